"""Accuracy against latency: one point for each model, with the intervals in which its figures may lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.inputs import Interval, ModelPoint, check_some, check_width, number, width_of
from ipyscribe.timeline.palette import Palette, palette_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURE = "median word emission latency"

_MOST_PAIRS = 4


def plot_accuracy_latency(
    points: Sequence[ModelPoint],
    *,
    measure: str = MEASURE,
    ax: Axes | None = None,
    theme: str = "auto",
    width_in: float | None = None,
    warning: str = "",
    paths: Sequence[Sequence[int]] = (),
) -> Figure:
    """Word error rate (y, in %) against latency (x, in ms), a named point with its intervals for each model.

    Better is lower and further left. The latency is logarithmic, and says so, where the slowest model takes
    many times as long as the fastest. A model that lacks one of the two has no point and is named above.
    Intervals that overlap do not rank two models; a paired difference may.

    ``warning`` is written across the figure. Each of ``paths`` is a sequence of numbers of points, such as those of
    one setting in the order of its values; arrows follow it. Draws onto ``ax``, or onto a new figure of ``width_in``
    inches (9 by default). Raises ``ParameterError`` for no point at all, a number that is not finite, an interval that
    ends before it starts, another theme, a width that cannot be, or an ``ax`` too low.
    """
    palette = palette_of(theme)
    _check(points)
    width_px = width_of(width_in, ax)
    from ipyscribe.timeline.canvas import DRAWING, TimelineFigure
    from ipyscribe.timeline.scale import figure_of

    with DRAWING:
        axes = _drawn(points, palette, measure=measure, ax=ax, width_px=width_px, warning=warning, paths=paths)
        figure = figure_of(axes)
        if isinstance(figure, TimelineFigure):
            described = describe_accuracy_latency(points, measure=measure)
            figure.description = " ".join(filter(None, (plain(warning), described)))
        return figure


def accuracy_latency_png(
    points: Sequence[ModelPoint],
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    warning: str = "",
    paths: Sequence[Sequence[int]] = (),
) -> bytes:
    """The same figure as a PNG, ``width_px`` CSS pixels wide at ``ratio`` device pixels to each. Raises the same."""
    palette = palette_of(theme)
    _check(points)
    check_width(width_px, ratio, name="width_px", value=width_px)
    from ipyscribe.timeline.canvas import DRAWING, png
    from ipyscribe.timeline.scale import figure_of

    with DRAWING:
        axes = _drawn(
            points, palette, measure=MEASURE, ax=None, width_px=width_px, ratio=ratio, warning=warning, paths=paths
        )
        return png(figure_of(axes))


def _drawn(
    points: Sequence[ModelPoint],
    palette: Palette,
    *,
    measure: str,
    ax: Axes | None,
    width_px: float,
    warning: str,
    paths: Sequence[Sequence[int]],
    ratio: float = 1.0,
) -> Axes:
    from ipyscribe.timeline.canvas import put_warning
    from ipyscribe.timeline.error_bar_plot import draw_error_bar_plot, new_error_bar_axes

    text = notes(points)
    if any(len(path) > 1 for path in paths):
        text += " Arrows follow the values of a setting."
    axes = new_error_bar_axes(width_px, palette, notes=text, measure=measure, ratio=ratio) if ax is None else ax
    draw_error_bar_plot(axes, points, palette, notes=text, measure=measure, paths=paths)
    put_warning(axes, warning, palette)
    return axes


def describe_accuracy_latency(points: Sequence[ModelPoint], *, measure: str = MEASURE) -> str:
    """What the figure shows, in words, with the pairs of models whose intervals overlap."""
    _check(points)
    figures = [f"{point.label}: {_figures_text(point)}." for point in points]
    overlaps = [
        *_overlaps(points, "Error rate", lambda point: point.wer_interval),
        *_overlaps(points, "Latency", lambda point: point.latency_interval_ms),
    ]
    return plain(" ".join([f"Word error rate against {measure}; lower is better for both.", *figures, *overlaps]))


def notes(points: Sequence[ModelPoint]) -> str:
    """The notes above the figure."""
    texts = ["\u2199 Better is lower and further left."]
    drawn = [point for point in points if point.complete]
    with_intervals = [point for point in drawn if point.wer_interval or point.latency_interval_ms]
    if not with_intervals:
        texts.append("Without intervals, differences may be chance.")
    elif _pairs(drawn, lambda point: point.wer_interval) or _pairs(drawn, lambda point: point.latency_interval_ms):
        texts.append("Bars are 95 % intervals; where they overlap, this picture does not say which is better.")
    else:
        texts.append("Bars are 95 % intervals.")
    missing = [f"{point.label} ({_lack(point)})" for point in points if not point.complete]
    return " ".join([*texts, *([f"Not drawn: {', '.join(missing)}."] if missing else [])])


def _lack(point: ModelPoint) -> str:
    lacks = [name for name, value in (("error rate", point.wer), ("latency", point.latency_ms)) if value is None]
    return f"no {' and no '.join(lacks)}"


def _figures_text(point: ModelPoint) -> str:
    wer = "no error rate" if point.wer is None else f"{100 * point.wer:.1f} %"
    if point.wer is not None and (interval := point.wer_interval):
        wer += f" (95 % interval {100 * interval[0]:.1f} to {100 * interval[1]:.1f} %)"
    latency = "no latency" if point.latency_ms is None else delay_text(point.latency_ms)
    if point.latency_ms is not None and (interval := point.latency_interval_ms):
        latency += f" (95 % interval {delay_text(interval[0])} to {delay_text(interval[1])})"
    return f"{wer}, {latency}"


def _pairs(points: Sequence[ModelPoint], interval: Callable[[ModelPoint], Interval]) -> list[tuple[str, str]]:
    """The models whose intervals overlap."""
    intervals = [(point.label, bounds) for point in points if (bounds := interval(point)) is not None]
    return [
        (one, other)
        for (one, (low, high)), (other, (other_low, other_high)) in combinations(intervals, 2)
        if low <= other_high and other_low <= high
    ]


def _overlaps(points: Sequence[ModelPoint], name: str, interval: Callable[[ModelPoint], Interval]) -> list[str]:
    pairs = _pairs(points, interval)
    if not pairs:
        return []
    count = sum(interval(point) is not None for point in points)
    if len(pairs) > _MOST_PAIRS:
        return [f"{name} intervals overlap for {len(pairs)} of {count * (count - 1) // 2} pairs of models."]
    return [f"{name} intervals overlap: {', '.join(f'{one} with {other}' for one, other in pairs)}."]


def _check(points: Sequence[ModelPoint]) -> None:
    check_some(points, "points")
    for point in points:
        for field in fields(point)[1:]:
            value = getattr(point, field.name)
            if value is not None:
                number(value, f"{field.name} of {point.label!r}")
        for name, interval in (("wer", point.wer_interval), ("latency", point.latency_interval_ms)):
            if interval is not None and interval[1] < interval[0]:
                raise ParameterError(
                    f"The {name} interval of {point.label!r} ends at {interval[1]:g}, before it starts at "
                    f"{interval[0]:g}.",
                    advice="Give the lower end as low and the higher one as high.",
                )
    if not any(point.complete for point in points):
        raise ParameterError(
            plain(f"No model has both an error rate and a latency: {', '.join(map(_lack_text, points))}."),
            advice="Give a reference for error rates, and a measure that some model has.",
        )


def _lack_text(point: ModelPoint) -> str:
    return f"{point.label} has {_lack(point)}"
