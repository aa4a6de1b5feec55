"""How long each final was waited for: a tail from the end of the turn to the arrival, with milliseconds."""

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
class _Wait:
    """``row`` 1 lies below row 0 and takes the tails that begin before the one in row 0 has ended."""

    end_s: float
    final_s: float
    delay_ms: float
    row: int = 0


def draw_waits(
    axes: Axes, turns: Sequence[Turn], y: float, palette: Palette, scale: Scale, *, now_s: float | None = None
) -> None:
    """Draw the waits of ``turns`` beneath the bars around ``y``.

    Where the turns stand too close for tails, each wait is a line that hangs from its bar, as long as the
    wait is beside the longest one, which is named.
    """
    waits = [
        _Wait(turn.end_ms / 1000, turn.final.audio_ms / 1000, turn.final_delay_ms or 0.0)
        for turn in turns
        if turn.final is not None
    ]
    if scale.dense(len(turns)):
        _hang(axes, waits, y, palette, scale)
        return
    placed = _in_rows(waits)
    tails = [((wait.end_s, y - _ROWS[wait.row]), (wait.final_s, y - _ROWS[wait.row])) for wait in placed]
    ends = [((wait.end_s, y - BAR), (wait.end_s, y - _ROWS[wait.row] - _CAP)) for wait in placed]
    arrivals = [
        ((wait.final_s, y - _ROWS[wait.row] - _CAP), (wait.final_s, y - _ROWS[wait.row] + _CAP))
        for wait in placed
        if abs(wait.final_s - wait.end_s) * scale.px_per_s >= _SHORTEST_TAIL_PX
    ]
    _lines(axes, tails, palette, gid="wait", linewidth=pt(2.5))
    _lines(axes, ends, palette, gid="end-of-turn", linewidth=pt(1.5))
    _lines(axes, arrivals, palette, gid="arrival", linewidth=pt(1.5))
    for wait, at_px in _texts(placed, scale, now_s):
        _say(axes, scale.seconds(at_px), y - _ROWS[wait.row], delay_text(wait.delay_ms), palette)


def _hang(axes: Axes, waits: Sequence[_Wait], y: float, palette: Palette, scale: Scale) -> None:
    longest = max(waits, key=lambda wait: wait.delay_ms, default=None)
    if longest is None or longest.delay_ms <= 0:
        return
    top = y - BAR - 3 / LANE_PX
    hanging = [
        ((wait.end_s, top), (wait.end_s, top - _DEEPEST * max(wait.delay_ms, 0.0) / longest.delay_ms)) for wait in waits
    ]
    width = min(max(0.6 * scale.width_px / len(waits), 0.35), 1.0)
    _lines(axes, hanging, palette, gid="wait", linewidth=pt(width), snap=False)
    text = f"up to {delay_text(longest.delay_ms)}"
    right_px = scale.px(waits[-1].end_s) + _APART_PX
    if right_px + width_px(text, _TEXT_PX) <= scale.width_px:
        _say(axes, scale.seconds(right_px), top - _DEEPEST / 2, text, palette)


def _in_rows(waits: Sequence[_Wait]) -> list[_Wait]:
    free_s = [float("-inf"), float("-inf")]
    placed = []
    for wait in waits:
        begin_s, end_s = sorted((wait.end_s, wait.final_s))
        row = next((row for row in (0, 1) if free_s[row] < begin_s), free_s.index(min(free_s)))
        free_s[row] = max(free_s[row], end_s)
        placed.append(_Wait(wait.end_s, wait.final_s, wait.delay_ms, row))
    return placed


def _texts(waits: Sequence[_Wait], scale: Scale, now_s: float | None) -> list[tuple[_Wait, float]]:
    """The waits whose milliseconds hit nothing, with the pixel where the text begins.

    Right of the tail; left of it where the axes or the line of now end the room on the right.
    """
    texts = []
    taken_px = [0.0, 0.0]
    now_px = float("inf") if now_s is None else scale.px(now_s)
    for index, wait in enumerate(waits):
        left_px, right_px = sorted((scale.px(wait.end_s), scale.px(wait.final_s)))
        wide_px = width_px(delay_text(wait.delay_ms), _TEXT_PX)
        edge_px = scale.width_px if now_px < left_px else min(scale.width_px, now_px - _APART_PX)
        next_px = _next_px(waits, index, scale)
        before_px, at_px = left_px - _APART_PX - wide_px, right_px + _APART_PX
        if taken_px[wait.row] <= right_px and left_px >= 0 and at_px + wide_px <= min(edge_px, next_px - _APART_PX):
            texts.append((wait, at_px))
            right_px = at_px + wide_px
        elif taken_px[wait.row] + _APART_PX <= before_px and next_px > edge_px and not before_px <= now_px <= left_px:
            texts.append((wait, before_px))
        taken_px = [max(taken_px[0], left_px), taken_px[1]]
        taken_px[wait.row] = max(taken_px[wait.row], right_px)
    return texts


def _next_px(waits: Sequence[_Wait], index: int, scale: Scale) -> float:
    """The first line right of a tail that a text in its row would hit: one of the next tails or marks."""
    row, right_s = waits[index].row, max(waits[index].end_s, waits[index].final_s)
    first_s = float("inf")
    for later in waits[index + 1 : index + 1 + _AHEAD]:
        if later.row == row:
            first_s = min(first_s, later.end_s, later.final_s)
        elif later.row > row and later.end_s > right_s:
            first_s = min(first_s, later.end_s)
    return scale.px(first_s)


def _lines(axes: Axes, lines: Any, palette: Palette, *, gid: str, linewidth: float, snap: bool = True) -> None:
    axes.add_collection(
        LineCollection(
            lines, color=palette.wait, linewidth=linewidth, capstyle="butt", zorder=2.2, gid=gid, snap=snap
        ),
        autolim=False,
    )  # fmt: skip


def _say(axes: Axes, at_s: float, y: float, text: str, palette: Palette) -> None:
    axes.text(
        at_s, y, text, ha="left", va="center_baseline", color=palette.wait, zorder=3, fontproperties=font(_TEXT_PX),
        parse_math=False, usetex=False, gid="wait-ms",
    )  # fmt: skip
