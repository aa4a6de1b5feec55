"""When a browser painted what it was told, on the kernel's clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ipyscribe.transcript import Transcript

T = TypeVar("T")

_MOST_AWAITED = 200
_LONGEST_S = 60.0


def newest_arrival_s(transcript: Transcript) -> float | None:
    """When the newest that it holds had arrived."""
    turns = transcript.turns[-2:]
    return max((turn.history[-1].arrival.monotonic_s for turn in turns if turn.history), default=None)


class PaintTimes(Generic[T]):
    """Numbers what is sent and puts a view's answers onto the kernel's clock.

    A view answers several numbers at once, each with how long it took from having the message to the paint, and
    how long ago that was. The way there is taken for half of the shortest round trip so far: a kernel that is busy
    hears late and never early, so the shortest one has the least of that in it. Of several views the first to
    answer counts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number = 0
        self._awaited: dict[int, tuple[T, float]] = {}
        self._shortest_s = math.inf

    def sent(self, what: T) -> int:
        """The number of a message that shows ``what`` and goes out now."""
        self._number += 1
        self._awaited[self._number] = (what, self._clock())
        if len(self._awaited) > _MOST_AWAITED:
            del self._awaited[next(iter(self._awaited))]
        return self._number

    def painted(self, message: dict[str, Any]) -> list[tuple[T, float]]:
        """What was painted, and when, in seconds of the clock, out of an answer's ``paints``.

        Each is ``[number, took, since]``: ms from having the message to the paint, and from there to the answer.
        """
        now_s = self._clock()
        found: list[tuple[T, float, float]] = []
        paints = message.get("paints")
        for paint in paints if isinstance(paints, list) else []:
            match paint:
                case [int(number), int() | float() as took_ms, int() | float() as since_ms] if (
                    number in self._awaited and _possible(took_ms) and _possible(since_ms)
                ):
                    what, sent_s = self._awaited.pop(number)
                    found.append((what, sent_s, took_ms / 1000))
                    trip_s = now_s - sent_s - (took_ms + since_ms) / 1000
                    self._shortest_s = min(self._shortest_s, max(0.0, trip_s))
        return [(what, sent_s + self._shortest_s / 2 + took_s) for what, sent_s, took_s in found]


def _possible(ms: float) -> bool:
    return not isinstance(ms, bool) and 0 <= ms <= 1000 * _LONGEST_S
