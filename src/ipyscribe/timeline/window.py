"""Which part of the audio clock is shown, and which turns lie in it."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ipyscribe.errors import ParameterError
from ipyscribe.transcript import Mark, Transcript, Turn

SHORTEST_SESSION_MS = 5_000.0
MAX_ROWS = 8
_PX_PER_TURN = 90.0


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start_ms`` to ``end_ms`` on the audio clock; ``fitted`` where the end follows from the turns."""

    start_ms: float
    end_ms: float
    fitted: bool

    def has(self, time_ms: float) -> bool:
        """True for a time within the window, its ends included."""
        return self.start_ms <= time_ms <= self.end_ms


@dataclass(frozen=True, slots=True)
class Lane:
    """The turns and marks to be shown of one transcript, and how far its audio reaches."""

    label: str
    turns: Sequence[Turn]
    marks: Sequence[Mark]
    audio_end_ms: float


def window_of(
    transcript: Transcript,
    *,
    start_ms: float | None,
    end_ms: float | None,
    now_ms: float | None,
    sound_ms: float = 0.0,
) -> Window:
    """The window from ``start_ms`` to ``end_ms``; the complete session, at least 5 s, where an end is left open.

    ``sound_ms`` is how much sound there is: an end that is left open lies behind it.

    Raises ``ParameterError`` for times that are not finite and for a window that ends before it starts.
    """
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms), ("now_ms", now_ms)):
        if value is not None and not math.isfinite(value):
            raise ParameterError(f"{name}={value!r} is not a time.", advice="Give finite milliseconds.")
    if not isinstance(transcript, Transcript):
        raise ParameterError(
            f"{transcript!r:.80} is not a Transcript.",
            advice="Give the transcript of a session or a tape: session.transcript, Tape.load(path).transcript.",
        )
    start = 0.0 if start_ms is None else float(start_ms)
    if end_ms is None:
        reached = max((reach_ms(turn) for turn in transcript.turns), default=0.0)
        return Window(start, max(reached, now_ms or 0.0, sound_ms, start + SHORTEST_SESSION_MS), fitted=True)
    if end_ms <= start:
        raise ParameterError(
            f"The window from start_ms={start:g} to end_ms={end_ms:g} is empty.",
            advice="Give an end_ms greater than start_ms.",
        )
    return Window(start, float(end_ms), fitted=False)


def rows_of(window: Window, turns: int, width_px: float) -> list[Window]:
    """``window`` in equal parts, so many that ``turns`` have room for their first words; ``MAX_ROWS`` at most."""
    count = min(max(math.ceil(turns * _PX_PER_TURN / width_px), 1), MAX_ROWS)
    length_ms = (window.end_ms - window.start_ms) / count
    starts_ms = [window.start_ms + index * length_ms for index in range(count)]
    return [Window(start_ms, start_ms + length_ms, fitted=False) for start_ms in starts_ms]


def reach_ms(turn: Turn) -> float:
    """The end of ``turn`` as it is drawn: the end of its last word, or the arrival of its final."""
    return float(turn.end_ms) if turn.final is None else max(float(turn.end_ms), turn.final.audio_ms)


def turns_within(turns: Sequence[Turn], window: Window) -> Sequence[Turn]:
    """The turns that show in ``window``, found by bisection: turns follow each other on the audio clock."""
    last = bisect_right(turns, window.end_ms, key=lambda turn: float(turn.start_ms))
    first = bisect_left(turns, window.start_ms, hi=last, key=lambda turn: float(turn.end_ms))
    while first > 0 and reach_ms(turns[first - 1]) >= window.start_ms:
        first -= 1
    return turns[first:last]


def lane_of(transcript: Transcript, window: Window, *, label: str, now_ms: float | None) -> Lane:
    """What shows of ``transcript`` in ``window``."""
    audio_end_ms = max([now_ms or 0.0, *(float(turn.end_ms) for turn in transcript.turns[-1:])])
    return Lane(label, turns_within(transcript.turns, window), transcript.marks, audio_end_ms)
