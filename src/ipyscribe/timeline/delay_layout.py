"""Where the delays of finals go: each a bar with its milliseconds, or, where these would overlap, a dot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ipyscribe.protocol.clock_text import delay_text
from ipyscribe.timeline.labels import width_px
from ipyscribe.timeline.scale import Scale
from ipyscribe.transcript import Turn

TEXT_PX = 10.5
DOT_PX = 4.0
_APART_PX = 5.0

_At = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Delay:
    """The end of a turn, the arrival of its final, and the time between them."""

    end_s: float
    final_s: float
    delay_ms: float

    @property
    def span_s(self) -> tuple[float, float]:
        """Both times, the earlier first: a final may come before the end of its turn."""
        return min(self.end_s, self.final_s), max(self.end_s, self.final_s)


@dataclass(frozen=True, slots=True)
class DelayLayout:
    """``texts``, each with its time in seconds, stand one behind each bar, or as lines beside the dots.

    ``depths`` are those of the dots, from 0 to 1; None where the delays are bars.
    """

    delays: Sequence[Delay] = ()
    texts: Sequence[_At] = ()
    depths: Sequence[float] | None = None


def place_delays(
    turns: Sequence[Turn],
    scale: Scale,
    *,
    now_s: float | None = None,
    deepest_ms: float = 0.0,
    only_dots: bool = False,
) -> DelayLayout:
    """The delays of ``turns`` on ``scale``. No text crosses ``now_s``.

    The depth of dots reaches to ``deepest_ms``, or to the longest delay if that is more. ``only_dots`` asks for dots
    without texts.
    """
    delays = _delays(turns)
    if not delays:
        return DelayLayout()
    if not only_dots and have_room(delays, scale, now_s=now_s):
        places_px = [scale.px(delay.span_s[1]) + _APART_PX for delay in delays]
        texts = [
            (scale.seconds(left_px), delay_text(delay.delay_ms))
            for left_px, delay in zip(places_px, delays, strict=True)
            if 0 <= left_px <= scale.width_px
        ]
        return DelayLayout(delays, texts)
    depth_ms = max(deepest_ms, 1.0, *(delay.delay_ms for delay in delays))
    depths = [max(delay.delay_ms, 0.0) / depth_ms for delay in delays]
    return DelayLayout(delays, () if only_dots else _summary_beside(delays, scale, now_s), depths)


def _summary_beside(delays: Sequence[Delay], scale: Scale, now_s: float | None) -> list[_At]:
    lines = _summary(delays)
    widest_px = max(width_px(line, TEXT_PX) for line in lines)
    left_px = _free_px([scale.px(delay.end_s) for delay in delays], widest_px, scale, now_s)
    return [] if left_px is None else [(scale.seconds(left_px), line) for line in lines]


def summary_px(turns: Sequence[Turn], scale: Scale) -> float:
    """How much room the texts behind the last turn take."""
    delays = _delays(turns)
    if not delays:
        return 0.0
    if have_room(delays, scale, edge=False):
        return width_px(delay_text(delays[-1].delay_ms), TEXT_PX) + 2 * _APART_PX
    return max(width_px(line, TEXT_PX) for line in _summary(delays)) + 2 * _APART_PX


def have_room(delays: Sequence[Delay], scale: Scale, *, now_s: float | None = None, edge: bool = True) -> bool:
    """True where each delay has room for its bar and the milliseconds behind it, before the next one begins.

    ``edge=False`` leaves the edge of the axes out of account.
    """
    limit_px = scale.width_px if edge else float("inf")
    now_px = float("inf") if now_s is None else scale.px(now_s)
    shown = [delay for delay in delays if 0 <= scale.px(delay.span_s[0]) <= scale.width_px]
    ends_px = [scale.px(delay.span_s[1]) + _APART_PX + width_px(delay_text(delay.delay_ms), TEXT_PX) for delay in shown]
    starts_px = [scale.px(delay.span_s[0]) for delay in shown]
    apart = all(end_px + _APART_PX <= start_px for end_px, start_px in zip(ends_px, starts_px[1:], strict=False))
    free = all(
        end_px <= limit_px and (end_px + _APART_PX <= now_px or now_px < start_px)
        for end_px, start_px in zip(ends_px, starts_px, strict=True)
    )
    in_order = all(before.span_s[1] <= after.span_s[0] for before, after in pairwise(delays))
    return apart and free and in_order


def _delays(turns: Sequence[Turn]) -> list[Delay]:
    return [
        Delay(turn.end_ms / 1000, turn.final.audio_ms / 1000, turn.final_delay_ms or 0.0)
        for turn in turns
        if turn.final is not None
    ]


def longest_delay_ms(lanes: Iterable[Sequence[Turn]]) -> float:
    """The longest delay of a final in any of ``lanes``: dots on one scale can be compared."""
    return max((turn.final_delay_ms or 0.0 for turns in lanes for turn in turns), default=0.0)


def delay_note(turns: Sequence[Turn]) -> str:
    """The delays of ``turns`` in words, for the name of an axis beneath their dots."""
    delays = _delays(turns)
    return f"dots: delay of each final, {', '.join(_summary(delays))}" if delays else ""


def _summary(delays: Sequence[Delay]) -> list[str]:
    values_ms = [delay.delay_ms for delay in delays]
    if len(values_ms) == 1:
        return [delay_text(values_ms[0])]
    return [f"median {delay_text(median(values_ms))}", f"longest {delay_text(max(values_ms))}"]


def _free_px(dots_px: Sequence[float], wide_px: float, scale: Scale, now_s: float | None) -> float | None:
    """Where a text has room among the dots: behind the last, else in the widest gap; None where it has none."""
    now_px = [] if now_s is None else [scale.px(now_s)]
    taken = sorted(px for px in [*dots_px, *now_px] if 0 <= px <= scale.width_px)
    gaps = [(scale.width_px - taken[-1], taken[-1])] if taken else [(scale.width_px, 0.0)]
    gaps += sorted(((after - before, before) for before, after in pairwise([0.0, *taken])), reverse=True)
    needed_px = wide_px + 2 * (_APART_PX + DOT_PX / 2)
    for size_px, left_px in gaps:
        at_edge = left_px + size_px >= scale.width_px
        if size_px >= needed_px - (_APART_PX if at_edge else 0):
            return left_px + _APART_PX + DOT_PX / 2
    return None
