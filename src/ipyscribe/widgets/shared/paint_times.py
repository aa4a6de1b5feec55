"""When a browser painted the messages it was sent, on the kernel's clock."""

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
    """When its newest words arrived, an ``Arrival.monotonic_s``; None where it has none."""
    turns = transcript.turns[-2:]
    return max((turn.history[-1].arrival.monotonic_s for turn in turns if turn.history), default=None)


class PaintTimes(Generic[T]):
    """Numbers the messages that are sent, and puts a view's acknowledgements onto the kernel's clock.

    A view acknowledges several numbers at once, each with how long it took from receiving the message to the paint,
    and how long ago that was. The way there is estimated as half of the shortest round trip so far: a busy kernel
    receives late and never early, so the shortest trip contains the least of that. Of several views the first to
    answer counts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number = 0
        self._awaited: dict[int, tuple[T, float]] = {}
        self._shortest_trip_s = math.inf

    def sent(self, content: T) -> int:
        """The number of a message that shows ``content`` and is sent now."""
        self._number += 1
        self._awaited[self._number] = (content, self._clock())
        if len(self._awaited) > _MOST_AWAITED:
            del self._awaited[next(iter(self._awaited))]
        return self._number

    def acknowledged(self, message: dict[str, Any]) -> list[tuple[T, float]]:
        """What was painted, and when, in seconds of the clock, out of an acknowledgement's ``paints``.

        Each is ``[number, took, since]``: ms from receiving the message to the paint, and from there to the
        acknowledgement.
        """
        now_s = self._clock()
        acknowledged: list[tuple[T, float, float]] = []
        paints = message.get("paints")
        for paint in paints if isinstance(paints, list) else []:
            match paint:
                case [int(number), int() | float() as took_ms, int() | float() as since_ms] if (
                    number in self._awaited and _possible(took_ms) and _possible(since_ms)
                ):
                    content, sent_s = self._awaited.pop(number)
                    acknowledged.append((content, sent_s, took_ms / 1000))
                    trip_s = now_s - sent_s - (took_ms + since_ms) / 1000
                    self._shortest_trip_s = min(self._shortest_trip_s, max(0.0, trip_s))
        return [(content, sent_s + self._shortest_trip_s / 2 + took_s) for content, sent_s, took_s in acknowledged]


def _possible(duration_ms: float) -> bool:
    return not isinstance(duration_ms, bool) and 0 <= duration_ms <= 1000 * _LONGEST_S
