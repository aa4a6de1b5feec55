"""Points with an interval in each direction, and a name beside each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from ipyscribe.timeline.axis import name_x, plain, put_ticks, wrapped_lines
from ipyscribe.timeline.canvas import (
    NARROW_PX,
    SIDE_PX,
    SMALL_PX,
    TEXT_PX,
    add_axes,
    around,
    check_height,
    new_figure,
    position_px,
    reset_style,
    run_layout,
    size_px,
    write,
)
from ipyscribe.timeline.inputs import ModelPoint
from ipyscribe.timeline.labels import cut_anywhere, drawable, font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.placing import Box, leader_end, place_names
from ipyscribe.timeline.scale import pt
from ipyscribe.timeline.symlog import tick_values, without_overlaps

MARKERS = ("o", "s", "^", "D", "v", "*")

_HIGH_PX = 320.0
_LEAST_PX = 180.0
_LEFT_PX = 62.0
_LINE_PX = 15.0
_MARK_PX = 9.0
_STAR_PX = 13.0
_CAP_PX = 3.0
_LOGARITHMIC_FROM = 8.0
_SHORTEST_MS = 0.001
"""No clock measures less, and a logarithmic axis would have to reach down to it."""
_WIDEST_NAME = 0.6
_LEAST_MS = 10.0
_LEAST_PERCENT = 1.0
_FACTORS = ((1, 1.5, 2, 3, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1,))

_Segment = tuple[tuple[float, float], tuple[float, float]]


def new_error_bar_axes(wide_px: float, palette: Palette, *, notes: str, measure: str, ratio: float = 1.0) -> Axes:
    """Axes on a figure of their own, with room above for ``notes``."""
    room_px = wide_px - _LEFT_PX - SIDE_PX
    above = _LINE_PX * (wrapped_lines(notes, room_px).count("\n") + 1) + 14
    below = 22 + _LINE_PX * (wrapped_lines(_name(measure, logarithmic=True), room_px).count("\n") + 1) + 8
    figure = new_figure(wide_px, above + _HIGH_PX + below, palette, ratio=ratio)
    return add_axes(figure, left_px=_LEFT_PX, top_px=above, height_px=_HIGH_PX)


def draw_error_bar_plot(
    axes: Axes,
    points: Sequence[ModelPoint],
    palette: Palette,
    *,
    notes: str,
    measure: str,
    paths: Sequence[Sequence[int]] = (),
) -> None:
    """Draw ``points`` onto ``axes``, x is the latency in ms, y the word error rate in %, and arrows along ``paths``."""
    outside = around(axes, palette)
    reset_style(axes, palette)
    axes.grid(visible=True, axis="y", color=palette.grid, linewidth=pt(1), linestyle="-", alpha=1)
    drawn = [(index, point) for index, point in enumerate(points) if point.complete]
    logarithmic = _set_limits(axes, [point for _, point in drawn])
    _set_ticks(axes, outside, logarithmic=logarithmic)
    name_x(axes, _name(measure, logarithmic=logarithmic), outside)
    axes.set_ylabel(
        "word error rate (%), lower is better", fontproperties=font(SMALL_PX), color=outside.mute, usetex=False,
        labelpad=6, parse_math=False, loc="center",
    )  # fmt: skip
    axes.set_title(
        wrapped_lines(notes, size_px(axes)[0]), loc="left", fontproperties=font(SMALL_PX), color=outside.mute,
        pad=pt(8), y=1.0, usetex=False, parse_math=False, linespacing=1.25,
    )  # fmt: skip
    run_layout(axes)
    check_height(axes, _LEAST_PX)
    bars = [segment for index, point in drawn for segment in _draw_error_bars(axes, index, point, palette)]
    for path in paths:
        _draw_path(axes, [points[number] for number in path if points[number].complete], palette)
    _write_names(axes, drawn, bars, palette)


def _draw_path(axes: Axes, points: Sequence[ModelPoint], palette: Palette) -> None:
    places = [(point.latency_ms or 0.0, 100 * (point.wer or 0.0)) for point in points]
    for start, end in pairwise(places):
        axes.annotate(
            "", xy=end, xytext=start, zorder=1.9,
            arrowprops={
                "arrowstyle": "->", "color": palette.mute, "linewidth": pt(1.2), "linestyle": (0, (4, 2)),
                "shrinkA": pt(_MARK_PX), "shrinkB": pt(_MARK_PX), "gid": "path",
            },
        )  # fmt: skip


def _name(measure: str, *, logarithmic: bool) -> str:
    return f"{measure} (ms{', logarithmic' if logarithmic else ''}), further left is better"


def _set_limits(axes: Axes, points: Sequence[ModelPoint]) -> bool:
    """Room for all points and intervals; whether the latency is logarithmic."""
    latencies = [value for point in points for value in (point.latency_ms or 0.0, *(point.latency_interval_ms or ()))]
    rates = [100 * value for point in points for value in (point.wer or 0.0, *(point.wer_interval or ()))]
    low, high = min(latencies), max(latencies)
    logarithmic: bool = low >= _SHORTEST_MS and high / low > _LOGARITHMIC_FROM
    if logarithmic:
        axes.set_xscale("log")
        axes.set_xlim(low / (high / low) ** 0.08, high * (high / low) ** 0.08)
    else:
        axes.set_xscale("linear")
        left, right = _limits(low, high, least=_LEAST_MS)
        axes.set_xlim(left - 0.03 * (right - left), right)
    axes.set_ylim(*_limits(min(rates), max(rates), least=_LEAST_PERCENT))
    return logarithmic


def _limits(low: float, high: float, *, least: float) -> tuple[float, float]:
    """From 0, unless all values lie far from it, and over at least ``least``, so that no trifle looks large."""
    if 0 <= low <= 0.5 * high or 0 <= low <= high < least:
        return 0.0, max(1.1 * high, least)
    spare = max(0.1 * (high - low), (least - (high - low)) / 2)
    return low - spare, high + spare


def _set_ticks(axes: Axes, palette: Palette, *, logarithmic: bool) -> None:
    wide_px, high_px = size_px(axes)
    low, high = axes.get_xlim()
    if logarithmic:
        choices = [
            [value for power in range(-3, 9) for factor in factors if low <= (value := factor * 10.0**power) <= high]
            for factors in _FACTORS
        ]
    else:
        choices = [tick_values(low, high, int(wide_px / (50 if wide_px < NARROW_PX else 80)))]
    choices = [[value for value in at if _tick_label_box(axes, value)[0] >= 0] for at in choices]
    spread = [without_overlaps(at, [_tick_label_box(axes, value) for value in at], 12) for at in choices if at]
    at = next((kept for kept in spread if kept in choices), spread[-1] if spread else [])
    put_ticks(axes.xaxis, at, plain, palette)
    put_ticks(axes.yaxis, tick_values(*axes.get_ylim(), int(high_px / 45)), plain, palette)


def _tick_label_box(axes: Axes, value: float) -> tuple[float, float]:
    middle, half = position_px(axes, value, 0.0)[0], width_px(plain(value), SMALL_PX) / 2
    return middle - half, middle + half


def _draw_error_bars(axes: Axes, index: int, point: ModelPoint, palette: Palette) -> list[_Segment]:
    """The point and its intervals; the intervals as lines in data coordinates."""
    assert point.latency_ms is not None
    assert point.wer is not None
    x, y = point.latency_ms, 100 * point.wer
    color = palette.models[index % len(palette.models)]
    bars: list[_Segment] = []
    if interval := point.latency_interval_ms:
        bars.append(((interval[0], y), (interval[1], y)))
    if interval := point.wer_interval:
        bars.append(((x, 100 * interval[0]), (x, 100 * interval[1])))
    axes.add_collection(
        LineCollection(bars, color=color, linewidth=pt(1.6), zorder=2, gid="interval", capstyle="butt"), autolim=False
    )
    for (x0, y0), (x1, y1) in bars:
        axes.add_line(
            Line2D(
                [x0, x1], [y0, y1], linestyle="none", marker="|" if y0 == y1 else "_", markersize=pt(2 * _CAP_PX),
                markeredgewidth=pt(1.6), color=color, zorder=2, gid="cap",
            )
        )  # fmt: skip
    marker = MARKERS[index % len(MARKERS)]
    axes.add_line(
        Line2D(
            [x], [y], linestyle="none", marker=marker, markersize=pt(_STAR_PX if marker == "*" else _MARK_PX),
            color=color, markeredgecolor=palette.background, markeredgewidth=pt(1), zorder=2.6, gid="point",
            clip_on=False,
        )
    )  # fmt: skip
    return bars


def _write_names(
    axes: Axes, drawn: Sequence[tuple[int, ModelPoint]], bars: Sequence[_Segment], palette: Palette
) -> None:
    """Each name where it hits no other, with a line to its point where it is not beside it."""
    wide_px, high_px = size_px(axes)
    names = [cut_anywhere(drawable(point.label), TEXT_PX, _WIDEST_NAME * wide_px) for _, point in drawn]
    at = [position_px(axes, point.latency_ms or 0.0, 100 * (point.wer or 0.0)) for _, point in drawn]
    sizes = [(width_px(name, TEXT_PX), TEXT_PX + 4) for name in names]
    lines = [_around_line(position_px(axes, *start), position_px(axes, *end)) for start, end in bars]
    boxes = place_names(at, sizes, lines, (wide_px, high_px))
    for (index, _), name, (x, y), box in zip(drawn, names, at, boxes, strict=True):
        color = palette.models[index % len(palette.models)]
        if (near := leader_end(box, (x, y), at)) is not None:
            xs, ys = [x / wide_px, near[0] / wide_px], [y / high_px, near[1] / high_px]
            axes.add_line(
                Line2D(xs, ys, color=color, linewidth=pt(1), transform=axes.transAxes, zorder=1.8, gid="leader")
            )
        text = write(
            axes, box.left / wide_px, box.middle[1] / high_px, name, color, gid="label", size_px=TEXT_PX,
            transform=axes.transAxes, ha="left", va="center_baseline",
        )  # fmt: skip
        text.set_path_effects([withStroke(linewidth=pt(3), foreground=palette.background)])


def _around_line(start: tuple[float, float], end: tuple[float, float]) -> Box:
    return Box(start[0] - 1, start[1] - 1, end[0] + 1, end[1] + 1)
