"""The delay of each final: a bar from the end of the turn to its arrival, or, where bars would overlap, a dot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.labels import font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import BAR, LANE_PX, Scale, pt
from ipyscribe.transcript import Turn

_Y = BAR + 12 / LANE_PX
_TEXT_PX = 10.5
_APART_PX = 5.0
_CAP = 3 / LANE_PX
_SHORTEST_BAR_PX = 6.0
_DOTS_TOP = BAR + 7 / LANE_PX
_DOTS_DEPTH = 17 / LANE_PX
_DOT_PX = 4.0
_SUMMARY_LINE = 6.5 / LANE_PX


@dataclass(frozen=True, slots=True)
class _Delay:
    end_s: float
    final_s: float
    delay_ms: float

    @property
    def span_s(self) -> tuple[float, float]:
        """Both times, the earlier first: a final may come before the end of its turn."""
        return min(self.end_s, self.final_s), max(self.end_s, self.final_s)


def draw_delays(
    axes: Axes,
    turns: Sequence[Turn],
    y: float,
    palette: Palette,
    scale: Scale,
    *,
    now_s: float | None = None,
    dots_to_ms: float | None = None,
) -> None:
    """Draw the delays of ``turns`` beneath the bars around ``y``.

    Each is a bar with its milliseconds while all of them have room. Otherwise each is a dot beneath the end of its
    turn, the lower the longer the delay, and their median and maximum stand beside them. No text crosses ``now_s``.
    ``dots_to_ms`` asks for dots without these texts, whose depth reaches to that delay.
    """
    delays = _delays(turns)
    if not delays:
        return
    if dots_to_ms is None and have_room(delays, scale, now_s=now_s):
        _draw_bars(axes, delays, y, palette, scale)
    else:
        _draw_dots(axes, delays, y, palette, scale, now_s=now_s, longest_ms=dots_to_ms)


def summary_px(turns: Sequence[Turn], scale: Scale) -> float:
    """How much room the texts behind the last turn take."""
    delays = _delays(turns)
    if not delays:
        return 0.0
    if have_room(delays, scale, edge=False):
        return width_px(delay_text(delays[-1].delay_ms), _TEXT_PX) + 2 * _APART_PX
    return max(width_px(line, _TEXT_PX) for line in _summary(delays)) + 2 * _APART_PX


def have_room(delays: Sequence[_Delay], scale: Scale, *, now_s: float | None = None, edge: bool = True) -> bool:
    """True where each delay has room for its bar and the milliseconds behind it, before the next one begins.

    ``edge=False`` leaves the edge of the axes out of account.
    """
    limit_px = scale.width_px if edge else float("inf")
    now_px = float("inf") if now_s is None else scale.px(now_s)
    shown = [delay for delay in delays if 0 <= scale.px(delay.span_s[0]) <= scale.width_px]
    ends_px = [
        scale.px(delay.span_s[1]) + _APART_PX + width_px(delay_text(delay.delay_ms), _TEXT_PX) for delay in shown
    ]
    starts_px = [scale.px(delay.span_s[0]) for delay in shown]
    apart = all(end_px + _APART_PX <= start_px for end_px, start_px in zip(ends_px, starts_px[1:], strict=False))
    free = all(
        end_px <= limit_px and (end_px + _APART_PX <= now_px or now_px < start_px)
        for end_px, start_px in zip(ends_px, starts_px, strict=True)
    )
    in_order = all(before.span_s[1] <= after.span_s[0] for before, after in pairwise(delays))
    return apart and free and in_order


def _delays(turns: Sequence[Turn]) -> list[_Delay]:
    return [
        _Delay(turn.end_ms / 1000, turn.final.audio_ms / 1000, turn.final_delay_ms or 0.0)
        for turn in turns
        if turn.final is not None
    ]


def delay_note(turns: Sequence[Turn]) -> str:
    """The delays of ``turns`` in words, for the name of an axis beneath their dots."""
    delays = _delays(turns)
    return f"dots: delay of each final, {', '.join(_summary(delays))}" if delays else ""


def _summary(delays: Sequence[_Delay]) -> list[str]:
    values_ms = [delay.delay_ms for delay in delays]
    if len(values_ms) == 1:
        return [delay_text(values_ms[0])]
    return [f"median {delay_text(median(values_ms))}", f"longest {delay_text(max(values_ms))}"]


def _draw_bars(axes: Axes, delays: Sequence[_Delay], y: float, palette: Palette, scale: Scale) -> None:
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
    for delay in delays:
        left_px = scale.px(delay.span_s[1]) + _APART_PX
        if 0 <= left_px <= scale.width_px:
            _write(axes, scale.seconds(left_px), y - _Y, delay_text(delay.delay_ms), palette.delay, gid="delay-ms")


def _draw_dots(
    axes: Axes,
    delays: Sequence[_Delay],
    y: float,
    palette: Palette,
    scale: Scale,
    *,
    now_s: float | None,
    longest_ms: float | None,
) -> None:
    depth_ms = max(longest_ms or 0.0, 1.0, *(delay.delay_ms for delay in delays))
    top = y - _DOTS_TOP
    low, high = axes.get_xlim()
    axes.add_collection(
        LineCollection([((low, top), (high, top))], color=palette.grid, linewidth=pt(1), zorder=1.2, gid="no-delay"),
        autolim=False,
    )
    depths = [_DOTS_DEPTH * max(delay.delay_ms, 0.0) / depth_ms for delay in delays]
    dense = scale.dense(len(delays))
    axes.scatter(
        [delay.end_s for delay in delays], [top - depth for depth in depths], s=pt(2.0 if dense else _DOT_PX) ** 2,
        marker="o", facecolor=palette.mute, edgecolor="none", linewidth=0, antialiased=not dense, alpha=1, zorder=2.2,
        gid="delay-dot", clip_on=True,
    )  # fmt: skip
    if longest_ms is not None:
        return
    lines = _summary(delays)
    wide_px = max(width_px(line, _TEXT_PX) for line in lines)
    left_px = _free_px([scale.px(delay.end_s) for delay in delays], wide_px, scale, now_s)
    if left_px is None:
        return
    for index, line in enumerate(lines):
        offset = _SUMMARY_LINE * (len(lines) - 1 - 2 * index)
        height = top - _DOTS_DEPTH / 2 + offset
        text = _write(axes, scale.seconds(left_px), height, line, palette.mute, gid="delay-summary")
        text.set_path_effects([withStroke(linewidth=pt(3), foreground=palette.background)])


def _free_px(dots_px: Sequence[float], wide_px: float, scale: Scale, now_s: float | None) -> float | None:
    """Where a text has room among the dots: behind the last, else in the widest gap; None where it has none."""
    now_px = [] if now_s is None else [scale.px(now_s)]
    taken = sorted(px for px in [*dots_px, *now_px] if 0 <= px <= scale.width_px)
    gaps = [(scale.width_px - taken[-1], taken[-1])] if taken else [(scale.width_px, 0.0)]
    gaps += sorted(((after - before, before) for before, after in pairwise([0.0, *taken])), reverse=True)
    needed_px = wide_px + 2 * (_APART_PX + _DOT_PX / 2)
    for size_px, left_px in gaps:
        at_edge = left_px + size_px >= scale.width_px
        if size_px >= needed_px - (_APART_PX if at_edge else 0):
            return left_px + _APART_PX + _DOT_PX / 2
    return None


def _draw_lines(axes: Axes, lines: Any, palette: Palette, *, gid: str, linewidth: float) -> None:
    axes.add_collection(
        LineCollection(
            lines, color=palette.delay, linewidth=linewidth, capstyle="butt", zorder=2.2, gid=gid, snap=True
        ),
        autolim=False,
    )


def _write(axes: Axes, at_s: float, y: float, text: str, color: str, *, gid: str) -> Text:
    return axes.text(
        at_s, y, text, ha="left", va="center_baseline", color=color, zorder=3, fontproperties=font(_TEXT_PX),
        parse_math=False, usetex=False, gid=gid,
    )  # fmt: skip
