"""The latencies of each model, every value of them, with the median and the 90th percentile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.inputs import LatencyRow, check_some, number, width_of
from ipyscribe.timeline.palette import palette_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_latency(
    values_ms: Mapping[str, Sequence[float]],
    *,
    measure: str = "word emission latency",
    ax: Axes | None = None,
    theme: str = "auto",
    width_in: float | None = None,
    warning: str = "",
) -> Figure:
    """Every value of every model as a dot, one row for each label, with median, P90 and n.

    Values are milliseconds; those below zero are drawn as they are. The x axis is linear; where a few values
    lie far from the rest it is linear up to a value that it names, and logarithmic beyond. A model without
    values keeps its row and says so. Percentiles are by linear interpolation.

    ``warning`` is written across the figure. Draws onto ``ax``, or onto a new figure of ``width_in`` inches (9 by
    default). Raises ``ParameterError``
    for no values at all, one that is not a finite number, another theme, a width that cannot be, or an ``ax``
    too low for the rows.
    """
    palette = palette_of(theme)
    rows = _rows(values_ms)
    width_px = width_of(width_in, ax)
    from ipyscribe.timeline.canvas import DRAWING, TimelineFigure, put_warning
    from ipyscribe.timeline.scale import figure_of
    from ipyscribe.timeline.strip_plot import draw_strip_plot, new_strip_axes

    with DRAWING:
        axes = new_strip_axes(rows, width_px, palette, measure=measure) if ax is None else ax
        draw_strip_plot(axes, rows, palette, measure=measure)
        put_warning(axes, warning, palette)
        figure = figure_of(axes)
        if isinstance(figure, TimelineFigure):
            figure.description = " ".join(filter(None, (plain(warning), describe_latency(values_ms, measure=measure))))
        return figure


def describe_latency(values_ms: Mapping[str, Sequence[float]], *, measure: str = "word emission latency") -> str:
    """What the figure shows, in words.

    For example "Word emission latency. u3-rt-pro: median 310 ms, P90 640 ms, from -40 ms to 2,100 ms, n = 212."
    """
    rows = [f"{row.label}: {_values_text(row)}." for row in _rows(values_ms)]
    return plain(" ".join([f"{measure[:1].upper()}{measure[1:]}.", *rows]))


def _values_text(row: LatencyRow) -> str:
    if row.median_ms is None or row.p90_ms is None:
        return "no values"
    lowest, highest = delay_text(row.values_ms[0]), delay_text(row.values_ms[-1])
    middle = f"median {delay_text(row.median_ms)}, P90 {delay_text(row.p90_ms)}"
    return f"{middle}, from {lowest} to {highest}, n = {len(row.values_ms):,}"


def _rows(values_ms: Mapping[str, Sequence[float]]) -> list[LatencyRow]:
    check_some(values_ms, "values_ms")
    rows = [_row(label, values) for label, values in values_ms.items()]
    if not any(row.values_ms for row in rows):
        raise ParameterError(
            plain(f"There is no value for {', '.join(values_ms)}."),
            advice="Give at least one value of at least one model.",
        )
    return rows


def _row(label: str, values: Sequence[float]) -> LatencyRow:
    ordered = sorted(number(value, f"Value {index} of {label!r}") for index, value in enumerate(values))
    if not ordered:
        return LatencyRow(label, (), None, None)
    return LatencyRow(label, tuple(ordered), _percentile(ordered, 0.5), _percentile(ordered, 0.9))


def _percentile(ordered: Sequence[float], fraction: float) -> float:
    """By linear interpolation between the sorted values (Hyndman and Fan's type 7)."""
    position = (len(ordered) - 1) * fraction
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
