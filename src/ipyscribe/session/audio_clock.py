"""The audio clock: milliseconds of sound captured by a given time."""

from __future__ import annotations

from ipyscribe.audio.block import SAMPLE_RATE_HZ


class AudioClock:
    """Maps ``time.monotonic()`` to the audio clock. One thread calls ``advance``; any thread may read.

    Between two chunks, and after the last, it runs on at the pace of time.
    """

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    @property
    def samples(self) -> int:
        """Samples captured."""
        return 0 if self._last is None else self._last[0]

    def advance(self, samples: int, at_s: float) -> None:
        """Note that ``samples`` were captured in all by ``at_s``."""
        self._last = (samples, at_s)

    def at(self, time_s: float) -> float:
        """The audio clock in ms at ``time_s``; 0 before the first chunk."""
        last = self._last
        if last is None:
            return 0.0
        samples, at_s = last
        return 1000 * (samples / SAMPLE_RATE_HZ + (time_s - at_s))
