"""Whether words keep up with the sound: how long after its sound the newest word of each message comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from ipyscribe.transcript.model import Arrival

LATE_MS = 3_000.0
_NEWEST = 5
_FEWEST = 3
_FORGET_AFTER_S = 15.0
_FASTER_THAN_SPEECH = 1.2


class Lateness(Struct, gc=False):
    """The delays of the newest words, by the arrivals of a session's messages. Changed by ``add`` alone.

    Only words at the end of the transcript count: one that is corrected later was not late. While the audio clock
    stands, as at the end of a file, the time that goes by is part of a delay. Sound that is sent faster than it was
    spoken has no delays to speak of.
    """

    first: Arrival | None = None
    moved: Arrival = Arrival(0.0, 0.0)
    """The newest arrival before which the audio clock had moved."""
    newest_ms: int = 0
    delays_ms: tuple[float, ...] = ()
    arrived_s: float = 0.0
    worst_ms: float = 0.0

    def add(self, arrival: Arrival, newest_ms: int = 0) -> None:
        """A message by which the transcript ends with a word that ends at ``newest_ms`` on the audio clock."""
        if arrival.audio_ms > self.moved.audio_ms:
            self.moved = arrival
        if self.first is None:
            self.first = arrival
        if newest_ms <= self.newest_ms:
            return
        standing_ms = 1000 * (arrival.monotonic_s - self.moved.monotonic_s)
        delays_ms = (*self.delays_ms[1 - _NEWEST :], arrival.audio_ms - newest_ms + standing_ms)
        self.newest_ms, self.delays_ms, self.arrived_s = newest_ms, delays_ms, arrival.monotonic_s
        middle_ms = sorted(delays_ms)[len(delays_ms) // 2]
        if middle_ms > self.worst_ms and len(delays_ms) >= _FEWEST and not self._faster_than_speech:
            self.worst_ms = max(self.worst_ms, median(delays_ms))

    def delay_ms(self, now_s: float) -> float:
        """The median delay of the newest words at ``now_s``; 0 where too few have come of late to tell."""
        if len(self.delays_ms) < _FEWEST or now_s > self.arrived_s + _FORGET_AFTER_S or self._faster_than_speech:
            return 0.0
        return median(self.delays_ms)

    @property
    def _faster_than_speech(self) -> bool:
        if self.first is None:
            return False
        passed_ms = 1000 * (self.moved.monotonic_s - self.first.monotonic_s)
        return self.moved.audio_ms - self.first.audio_ms > _FASTER_THAN_SPEECH * passed_ms


def latency_warning(simulated: Sequence[str], late_s: Mapping[str, float]) -> str:
    """Whose latencies are not those of the model that is named, in words; "" where nobody's are.

    ``simulated`` are the labels of models that this computer played, ``late_s`` by how many seconds words came late.
    """
    late = [f"{label} up to {seconds:.0f} s" for label, seconds in late_s.items() if seconds]
    sentences = []
    if simulated:
        sentences.append(f"Simulated: the latencies of {_listed(simulated)} are this computer's, not AssemblyAI's.")
    if late:
        sentences.append(f"Words came late for reasons other than the model: {_listed(late)}.")
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
