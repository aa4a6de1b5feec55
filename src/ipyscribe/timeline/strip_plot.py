"""Rows of dots, one dot for each value, with the median and P90 marked and written above.

The y axis counts CSS pixels downwards, so that dots keep their distance at every size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.axis import labels_above, name_x, plain, put_ticks, wrapped_lines
from ipyscribe.timeline.canvas import (
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
from ipyscribe.timeline.inputs import LatencyRow
from ipyscribe.timeline.labels import cut_anywhere, drawable, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import figure_of, pt
from ipyscribe.timeline.symlog import Symlog, tick_values, without_overlaps

_TOP_PX = 12.0
_FOOT_PX = 26.0
_LINE_PX = 15.0
_NAME_PX = 18.0
_READING_PX = 18.0
_DOTS_PX = 40.0
_GAP_PX = 10.0
_DOT_SIZES_PX = (5.0, 4.0, 3.0)
_APART_PX = 8.0


@dataclass(frozen=True, slots=True)
class _RowHeights:
    """Heights of one row in CSS pixels from the top: name, readings, middle of the dots."""

    name: float
    reading: float
    dots: float


def new_strip_axes(rows: Sequence[LatencyRow], wide_px: float, palette: Palette, *, measure: str) -> Axes:
    """Axes for ``rows`` on a figure of their own."""
    labels = [row.label for row in rows]
    widest_px = max(width_px(text, TEXT_PX) for label in labels for text in (drawable(label), "n = 10,000"))
    above = labels_above(labels, wide_px)
    high_px = len(rows) * _row_px(above=above)
    left_px = SIDE_PX if above else widest_px + 30
    lines = wrapped_lines(_name(measure, _symlog(rows)), wide_px - left_px - SIDE_PX).count("\n") + 1
    figure = new_figure(wide_px, _TOP_PX + high_px + _FOOT_PX + _LINE_PX * lines, palette)
    return add_axes(figure, left_px=left_px, top_px=_TOP_PX, height_px=high_px)


def draw_strip_plot(axes: Axes, rows: Sequence[LatencyRow], palette: Palette, *, measure: str) -> None:
    """Draw ``rows`` onto ``axes``. The x axis is in milliseconds."""
    outside = around(axes, palette)
    above = labels_above([row.label for row in rows], figure_of(axes).get_figwidth() * 96)
    reset_style(axes, palette)
    symlog = _symlog(rows)
    _set_limits(axes, rows, symlog, above=above)
    for at, dashes in [(0.0, "-")] if symlog is None else [(0.0, "-"), (symlog.linear_to, (0, (2, 3)))]:
        axes.axvline(at, color=palette.silence, linestyle=dashes, linewidth=pt(1), zorder=1, gid="edge")
    _set_ticks(axes, symlog, outside)
    name_x(axes, _name(measure, symlog), outside)
    run_layout(axes)
    check_height(axes, len(rows) * _row_px(above=above))
    places_px = [_places_px(axes, row.values_ms) for row in rows]
    dot_px = _dot_px(places_px)
    for index, row in enumerate(rows):
        heights = _row_heights(index, above=above)
        _write_name(axes, row, heights, outside, above=above)
        if row.median_ms is None or row.p90_ms is None:
            write(
                axes, 0.0, heights.dots, "no values", palette.mute, gid="nothing", ha="left", va="center",
                transform=axes.get_yaxis_transform(),
            )  # fmt: skip
            continue
        _draw_dots(axes, row.values_ms, places_px[index], heights.dots, dot_px, palette.of_model(index))
        _draw_percentiles(axes, row.median_ms, row.p90_ms, heights, palette)


def _row_px(*, above: bool) -> float:
    return (_NAME_PX if above else 0) + _READING_PX + _DOTS_PX + _GAP_PX


def _row_heights(index: int, *, above: bool) -> _RowHeights:
    top = index * _row_px(above=above)
    reading = top + (_NAME_PX if above else 0) + _READING_PX / 2
    return _RowHeights(top + _NAME_PX / 2, reading, reading + _READING_PX / 2 + _DOTS_PX / 2)


def _name(measure: str, symlog: Symlog | None) -> str:
    return (
        f"{measure} (ms)"
        if symlog is None
        else f"{measure} (ms; linear to {plain(symlog.linear_to)}, logarithmic beyond)"
    )


def _symlog(rows: Sequence[LatencyRow]) -> Symlog | None:
    """Linear up to the 90th percentile of the middle model."""
    p90s_ms = [row.p90_ms for row in rows if row.p90_ms is not None]
    return Symlog.of([value for row in rows for value in row.values_ms], median_low(p90s_ms))


def _set_limits(axes: Axes, rows: Sequence[LatencyRow], symlog: Symlog | None, *, above: bool) -> None:
    values = [value for row in rows for value in row.values_ms]
    if symlog is None:
        axes.set_xscale("linear")
        low, high = min(0.0, *values), max(0.0, *values)
        spare = 0.03 * (high - low) or 1.0
        axes.set_xlim(low - spare, high + spare)
    else:
        symlog.set_on(axes)
        low, high = (float(symlog.forward(value)) for value in (min(0.0, *values), max(0.0, *values)))
        spare = 0.03 * (high - low)
        axes.set_xlim(float(symlog.backward(low - spare)), float(symlog.backward(high + spare)))
    axes.set_ylim(len(rows) * _row_px(above=above), 0)


def _set_ticks(axes: Axes, symlog: Symlog | None, palette: Palette) -> None:
    low, high = axes.get_xlim()
    texts = {value: plain(value) for value in tick_values(low, high, int(size_px(axes)[0] / 70), symlog)}
    boxes = [
        (position_px(axes, value, 0)[0] - half, position_px(axes, value, 0)[0] + half)
        for value, text in texts.items()
        for half in [width_px(text, SMALL_PX) / 2]
    ]
    put_ticks(axes.xaxis, without_overlaps(list(texts), boxes, 12), plain, palette)


def _write_name(axes: Axes, row: LatencyRow, heights: _RowHeights, palette: Palette, *, above: bool) -> None:
    """Name and n: above the row at its ends, or left of it on two lines."""
    count = f"n = {len(row.values_ms):,}"
    name = drawable(row.label)
    if above:
        room_px = size_px(axes)[0] - width_px(count, SMALL_PX) - _APART_PX
        spots = [(0.0, heights.name, cut_anywhere(name, TEXT_PX, room_px), "left"), (1.0, heights.name, count, "right")]
    else:
        left = -14 / size_px(axes)[0]
        spots = [(left, heights.dots - 8, name, "right"), (left, heights.dots + 8, count, "right")]
    for gid, color, size, (x, y, text, ha) in zip(
        ("label", "n"), (palette.ink, palette.mute), (TEXT_PX, SMALL_PX), spots, strict=True
    ):
        write(
            axes, x, y, text, color, gid=gid, size_px=size, ha=ha, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip


def _places_px(axes: Axes, values: Sequence[float]) -> list[float]:
    """How many CSS pixels from the left of ``axes`` each of many values lies."""
    at = axes.transData.transform([(value, 0.0) for value in values])[:, 0] if values else np.empty(0)
    return [float(x) for x in (at - axes.bbox.x0) * 96 / figure_of(axes).dpi]


def _dot_px(places_px: Sequence[Sequence[float]]) -> float:
    """The largest size at which the dots of every row have room without hiding each other, or the smallest."""
    for dot_px in _DOT_SIZES_PX:
        if all(_tallest(row, dot_px) * dot_px <= _DOTS_PX for row in places_px):
            break
    return dot_px


def _tallest(places_px: Sequence[float], dot_px: float) -> int:
    return max(Counter(at_px // dot_px for at_px in places_px).values(), default=1)


def _draw_dots(
    axes: Axes, values: Sequence[float], places_px: Sequence[float], y: float, dot_px: float, palette: Palette
) -> None:
    """A dot for each value; those that would hide each other side by side across the x axis."""
    step_px = min(dot_px, _DOTS_PX / _tallest(places_px, dot_px))
    filled: dict[float, int] = {}
    heights = []
    for at_px in places_px:
        count = filled.get(at_px // dot_px, 0)
        filled[at_px // dot_px] = count + 1
        heights.append(y + step_px * ((count + 1) // 2) * (1 if count % 2 else -1))
    axes.scatter(
        values, heights, s=pt(dot_px) ** 2, color=palette.settled, edgecolor=palette.background,
        linewidth=pt(0.6 if dot_px > 3 else 0.0), alpha=0.85, zorder=2, gid="dots", marker="o",
    )  # fmt: skip


def _draw_percentiles(axes: Axes, median_ms: float, p90_ms: float, heights: _RowHeights, palette: Palette) -> None:
    """A line for the median and a dashed one for P90, each with its value on its own side, so that they part."""
    top, bottom = heights.reading + _READING_PX / 2 - 2, heights.dots + _DOTS_PX / 2
    looks: Any = ((median_ms, palette.ink, "-", "median"), (p90_ms, palette.delay, (0, (3, 2)), "p90"))
    for at, color, dashes, gid in looks:
        axes.add_line(
            Line2D([at, at], [top, bottom], color=color, linestyle=dashes, linewidth=pt(2), zorder=2.4, gid=gid)
        )
    wide_px = size_px(axes)[0]
    middle, p90 = f"median {delay_text(median_ms)}", f"P90 {delay_text(p90_ms)}"
    middle_px, p90_px = width_px(middle, SMALL_PX), width_px(p90, SMALL_PX)
    right_px = min(max(position_px(axes, p90_ms, 0)[0] - 2, middle_px + _APART_PX), wide_px - p90_px)
    left_px = max(min(position_px(axes, median_ms, 0)[0] + 2 - middle_px, right_px - _APART_PX - middle_px), 0.0)
    look: Any = {"ha": "left", "va": "center", "transform": axes.get_yaxis_transform()}
    write(axes, left_px / wide_px, heights.reading, middle, palette.ink, gid="median-ms", **look)
    write(axes, right_px / wide_px, heights.reading, p90, palette.delay, gid="p90-ms", **look)
