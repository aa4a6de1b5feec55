"""When sound was handed to a socket: from positions on the audio clock to seconds of a steady clock."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from ipyscribe.errors import MetricError, ParameterError


@dataclass(frozen=True, slots=True)
class SendTimes:
    """Chunks of sound in order: where each ended and when it was handed to the socket.

    ``ends_ms`` are positions on the audio clock, rising, each chunk beginning where the one before it ended;
    ``at_s`` are seconds of one clock, ``time.monotonic()`` or a tape's own, that never fall. Raises
    ``ParameterError`` where they do not fit. The same shape serves the times at which a source delivered the
    sound.
    """

    ends_ms: Sequence[float]
    at_s: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.ends_ms) != len(self.at_s):
            raise ParameterError(
                f"{len(self.ends_ms)} ends of chunks do not go with {len(self.at_s)} times.",
                advice="Give one time in seconds for each chunk.",
            )
        if any(after <= before for before, after in pairwise(chain((0.0,), self.ends_ms))):
            raise ParameterError(
                "ends_ms must not decrease.", advice="Give where each chunk ended on the audio clock, in order, in ms."
            )
        if any(after < before for before, after in pairwise(self.at_s)):
            raise ParameterError(
                "at_s must not decrease.", advice="Give seconds of one clock in the order of the chunks."
            )

    def at(self, position_ms: float) -> float:
        """Seconds at which the chunk that contains ``position_ms`` was handed on.

        A position between two chunks belongs to the first; one after the last chunk counts as handed on with
        it, because no sound was left to wait for. Raises ``MetricError`` where nothing was handed on.
        """
        if not self.at_s:
            raise MetricError(
                "No sound was sent, so there is no time to measure from.", advice="Measure a session that listened."
            )
        return self.at_s[min(bisect_left(self.ends_ms, position_ms), len(self.at_s) - 1)]

    def sent_ms(self, time_s: float) -> float:
        """How many ms of sound had been handed on at ``time_s`` of the same clock."""
        chunks = bisect_right(self.at_s, time_s)
        return self.ends_ms[chunks - 1] if chunks else 0.0
