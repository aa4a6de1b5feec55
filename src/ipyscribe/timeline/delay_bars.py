"""Draws the delay of each final: a bar from the end of the turn to its arrival, or, where bars would overlap, a dot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from ipyscribe.timeline.delay_layout import DOT_PX, TEXT_PX, DelayLayout
from ipyscribe.timeline.labels import font
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import BAR, LANE_PX, Scale, pt

_Y = BAR + 12 / LANE_PX
_CAP = 3 / LANE_PX
_SHORTEST_BAR_PX = 6.0
_DOTS_TOP = BAR + 7 / LANE_PX
_DOTS_DEPTH = 17 / LANE_PX
_SUMMARY_LINE = 6.5 / LANE_PX


def draw_delays(axes: Axes, layout: DelayLayout, y: float, palette: Palette, scale: Scale) -> None:
    """Draw delays beneath the bars around ``y``; a dot beneath the end of its turn is the lower the longer it took."""
    if not layout.delays:
        return
    if layout.depths is None:
        _draw_bars(axes, layout, y, palette, scale)
    else:
        _draw_dots(axes, layout, layout.depths, y, palette, scale)


def _draw_bars(axes: Axes, layout: DelayLayout, y: float, palette: Palette, scale: Scale) -> None:
    delays = layout.delays
    bars = [((delay.end_s, y - _Y), (delay.final_s, y - _Y)) for delay in delays]
    ends = [((delay.end_s, y - BAR), (delay.end_s, y - _Y - _CAP)) for delay in delays]
    arrivals = [
        ((delay.final_s, y - _Y - _CAP), (delay.final_s, y - _Y + _CAP))
        for delay in delays
        if abs(delay.final_s - delay.end_s) * scale.px_per_s >= _SHORTEST_BAR_PX
    ]
    _draw_lines(axes, bars, palette, gid="delay", linewidth=pt(2.5))
    _draw_lines(axes, ends, palette, gid="end-of-turn", linewidth=pt(1.5))
    _draw_lines(axes, arrivals, palette, gid="arrival", linewidth=pt(1.5))
    for at_s, text in layout.texts:
        _write(axes, at_s, y - _Y, text, palette.delay, gid="delay-ms")


def _draw_dots(
    axes: Axes, layout: DelayLayout, depths: Sequence[float], y: float, palette: Palette, scale: Scale
) -> None:
    delays = layout.delays
    top = y - _DOTS_TOP
    low, high = axes.get_xlim()
    axes.add_collection(
        LineCollection([((low, top), (high, top))], color=palette.grid, linewidth=pt(1), zorder=1.2, gid="no-delay"),
        autolim=False,
    )
    dense = scale.dense(len(delays))
    axes.scatter(
        [delay.end_s for delay in delays], [top - _DOTS_DEPTH * depth for depth in depths],
        s=pt(2.0 if dense else DOT_PX) ** 2, marker="o", facecolor=palette.mute, edgecolor="none", linewidth=0,
        antialiased=not dense, alpha=1, zorder=2.2, gid="delay-dot", clip_on=True,
    )  # fmt: skip
    for index, (at_s, line) in enumerate(layout.texts):
        offset = _SUMMARY_LINE * (len(layout.texts) - 1 - 2 * index)
        text = _write(axes, at_s, top - _DOTS_DEPTH / 2 + offset, line, palette.mute, gid="delay-summary")
        text.set_path_effects([withStroke(linewidth=pt(3), foreground=palette.background)])


def _draw_lines(axes: Axes, lines: Any, palette: Palette, *, gid: str, linewidth: float) -> None:
    axes.add_collection(
        LineCollection(
            lines, color=palette.delay, linewidth=linewidth, capstyle="butt", zorder=2.2, gid=gid, snap=True
        ),
        autolim=False,
    )


def _write(axes: Axes, at_s: float, y: float, text: str, color: str, *, gid: str) -> Text:
    return axes.text(
        at_s, y, text, ha="left", va="center_baseline", color=color, zorder=3, fontproperties=font(TEXT_PX),
        parse_math=False, usetex=False, gid=gid,
    )  # fmt: skip
