"""The delay of each final: a bar from the end of the turn to its arrival, with milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.labels import font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import BAR, LANE_PX, Scale, pt
from ipyscribe.transcript import Turn

_ROWS = (BAR + 11 / LANE_PX, BAR + 23 / LANE_PX)
_TEXT_PX = 10.5
_APART_PX = 5.0
_CAP = 3 / LANE_PX
_SHORTEST_TAIL_PX = 6.0
_AHEAD = 8
_DEEPEST = 22 / LANE_PX


@dataclass(frozen=True, slots=True)
class _Delay:
    """``row`` 1 lies below row 0 and takes the tails that begin before the one in row 0 has ended."""

    end_s: float
    final_s: float
    delay_ms: float
    row: int = 0


def draw_delays(
    axes: Axes, turns: Sequence[Turn], y: float, palette: Palette, scale: Scale, *, now_s: float | None = None
) -> None:
    """Draw the delays of ``turns`` beneath the bars around ``y``.

    Where the turns stand too close for tails, each delay is a line that hangs from its bar, as long as the
    delay is beside the longest one, which is named.
    """
    delays = [
        _Delay(turn.end_ms / 1000, turn.final.audio_ms / 1000, turn.final_delay_ms or 0.0)
        for turn in turns
        if turn.final is not None
    ]
    if scale.dense(len(turns)):
        _draw_hanging(axes, delays, y, palette, scale)
        return
    placed = _in_rows(delays)
    tails = [((delay.end_s, y - _ROWS[delay.row]), (delay.final_s, y - _ROWS[delay.row])) for delay in placed]
    ends = [((delay.end_s, y - BAR), (delay.end_s, y - _ROWS[delay.row] - _CAP)) for delay in placed]
    arrivals = [
        ((delay.final_s, y - _ROWS[delay.row] - _CAP), (delay.final_s, y - _ROWS[delay.row] + _CAP))
        for delay in placed
        if abs(delay.final_s - delay.end_s) * scale.px_per_s >= _SHORTEST_TAIL_PX
    ]
    _lines(axes, tails, palette, gid="delay", linewidth=pt(2.5))
    _lines(axes, ends, palette, gid="end-of-turn", linewidth=pt(1.5))
    _lines(axes, arrivals, palette, gid="arrival", linewidth=pt(1.5))
    for delay, at_px in _placed_texts(placed, scale, now_s):
        _write_delay(axes, scale.seconds(at_px), y - _ROWS[delay.row], delay_text(delay.delay_ms), palette)


def _draw_hanging(axes: Axes, delays: Sequence[_Delay], y: float, palette: Palette, scale: Scale) -> None:
    longest = max(delays, key=lambda delay: delay.delay_ms, default=None)
    if longest is None or longest.delay_ms <= 0:
        return
    top = y - BAR - 3 / LANE_PX
    hanging = [
        ((delay.end_s, top), (delay.end_s, top - _DEEPEST * max(delay.delay_ms, 0.0) / longest.delay_ms))
        for delay in delays
    ]
    width = min(max(0.6 * scale.width_px / len(delays), 0.35), 1.0)
    _lines(axes, hanging, palette, gid="delay", linewidth=pt(width), snap=False)
    text = f"up to {delay_text(longest.delay_ms)}"
    right_px = scale.px(delays[-1].end_s) + _APART_PX
    if right_px + width_px(text, _TEXT_PX) <= scale.width_px:
        _write_delay(axes, scale.seconds(right_px), top - _DEEPEST / 2, text, palette)


def _in_rows(delays: Sequence[_Delay]) -> list[_Delay]:
    free_s = [float("-inf"), float("-inf")]
    placed = []
    for delay in delays:
        begin_s, end_s = sorted((delay.end_s, delay.final_s))
        row = next((row for row in (0, 1) if free_s[row] < begin_s), free_s.index(min(free_s)))
        free_s[row] = max(free_s[row], end_s)
        placed.append(_Delay(delay.end_s, delay.final_s, delay.delay_ms, row))
    return placed


def _placed_texts(delays: Sequence[_Delay], scale: Scale, now_s: float | None) -> list[tuple[_Delay, float]]:
    """The delays whose milliseconds hit nothing, with the pixel where the text begins.

    Right of the tail; left of it where the axes or the line of now end the room on the right.
    """
    texts = []
    taken_px = [0.0, 0.0]
    now_px = float("inf") if now_s is None else scale.px(now_s)
    for index, delay in enumerate(delays):
        left_px, right_px = sorted((scale.px(delay.end_s), scale.px(delay.final_s)))
        wide_px = width_px(delay_text(delay.delay_ms), _TEXT_PX)
        edge_px = scale.width_px if now_px < left_px else min(scale.width_px, now_px - _APART_PX)
        next_px = _next_px(delays, index, scale)
        before_px, at_px = left_px - _APART_PX - wide_px, right_px + _APART_PX
        if taken_px[delay.row] <= right_px and left_px >= 0 and at_px + wide_px <= min(edge_px, next_px - _APART_PX):
            texts.append((delay, at_px))
            right_px = at_px + wide_px
        elif taken_px[delay.row] + _APART_PX <= before_px and next_px > edge_px and not before_px <= now_px <= left_px:
            texts.append((delay, before_px))
        taken_px = [max(taken_px[0], left_px), taken_px[1]]
        taken_px[delay.row] = max(taken_px[delay.row], right_px)
    return texts


def _next_px(delays: Sequence[_Delay], index: int, scale: Scale) -> float:
    """The first line right of a tail that a text in its row would hit: one of the next tails or marks."""
    row, right_s = delays[index].row, max(delays[index].end_s, delays[index].final_s)
    first_s = float("inf")
    for later in delays[index + 1 : index + 1 + _AHEAD]:
        if later.row == row:
            first_s = min(first_s, later.end_s, later.final_s)
        elif later.row > row and later.end_s > right_s:
            first_s = min(first_s, later.end_s)
    return scale.px(first_s)


def _lines(axes: Axes, lines: Any, palette: Palette, *, gid: str, linewidth: float, snap: bool = True) -> None:
    axes.add_collection(
        LineCollection(
            lines, color=palette.delay, linewidth=linewidth, capstyle="butt", zorder=2.2, gid=gid, snap=snap
        ),
        autolim=False,
    )  # fmt: skip


def _write_delay(axes: Axes, at_s: float, y: float, text: str, palette: Palette) -> None:
    axes.text(
        at_s, y, text, ha="left", va="center_baseline", color=palette.delay, zorder=3, fontproperties=font(_TEXT_PX),
        parse_math=False, usetex=False, gid="delay-ms",
    )  # fmt: skip
