"""How far an evaluation is, and the time and money that the rest of it is expected to take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ipyscribe.protocol.clock_text import clock_text

ProgressStatus = Literal["ready", "playing", "paused", "waiting", "finishing", "stopped", "done", "failed"]
_FEWEST_TO_EXTRAPOLATE = 2
_CENT_USD = 0.01


@dataclass(frozen=True, slots=True)
class Progress:
    """The recordings of an evaluation: ``total`` in all, of which some were ``played`` and some ``failed``.

    ``playing`` are the names of those that are being played. ``elapsed_s`` is how long it has run, pauses left out,
    ``left_s`` how long the rest is expected to take; ``left_usd`` is the expected cost of the rest. None for unknown.
    """

    status: ProgressStatus
    total: int
    played: int
    failed: int
    playing: tuple[str, ...]
    elapsed_s: float
    left_s: float | None
    cost_usd: float | None
    left_usd: float | None
    refusals: int = 0
    budget_note: str = ""
    """Why no other recording is begun, where that would exceed ``max_cost_usd``."""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return (self.played + self.failed) / self.total

    @property
    def time_text(self) -> str:
        """The time left, rounded as far as an estimate deserves; "" where it is unknown or nothing is left."""
        if not self.left_s:
            return ""
        step_s = 1 if self.left_s < 20 else 5 if self.left_s < 120 else 60
        return f"{clock_text(max(step_s, step_s * round(self.left_s / step_s)))} left"

    @property
    def cost_text(self) -> str:
        """What it has cost, and what the rest is expected to cost."""
        if self.cost_usd is None:
            return "price unknown"
        if not self.cost_usd and not self.left_usd:
            return "free" if self.left_usd is not None else ""
        if not self.left_usd:
            return f"${self.cost_usd:.4f}"
        return f"${self.cost_usd:.4f}, {about_usd(self.left_usd)} left"


def about_usd(expected_usd: float) -> str:
    """An expected cost in words, as far as an estimate deserves."""
    return f"about ${expected_usd:.2f}" if expected_usd >= _CENT_USD else "less than $0.01"


class Pace:
    """How fast recordings are played: wall time against sound, pauses left out. Any thread may call."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began_s: float | None = None
        self._elapsed_s = 0.0
        self._run_from_s = 0.0
        self._sound_s = 0.0
        self._recordings = 0

    def begin(self) -> None:
        """It runs from now on."""
        with self._lock:
            self._recordings, self._sound_s, self._run_from_s = 0, 0.0, self._elapsed_s
            self._began_s = self._clock()

    def hold(self) -> None:
        """It is paused or over."""
        with self._lock:
            self._elapsed_s, self._began_s = self._now_s(), None

    def go_on(self) -> None:
        """It runs again after a pause."""
        with self._lock:
            if self._began_s is None:
                self._began_s = self._clock()

    def finished(self, sound_s: float) -> None:
        """A recording of that length was played."""
        with self._lock:
            self._sound_s += sound_s
            self._recordings += 1

    @property
    def elapsed_s(self) -> float:
        """Seconds in which it ran."""
        with self._lock:
            return self._now_s()

    def left_s(self, sound_s: float, sound_per_s: float) -> float:
        """How long ``sound_s`` seconds of sound will take: as the recordings of this run took, before there are
        enough of them at ``sound_per_s``."""
        with self._lock:
            run_s = self._now_s() - self._run_from_s
            if self._recordings >= _FEWEST_TO_EXTRAPOLATE and run_s > 0 and self._sound_s > 0:
                sound_per_s = self._sound_s / run_s
        return sound_s / sound_per_s

    def _now_s(self) -> float:
        return self._elapsed_s + (0.0 if self._began_s is None else self._clock() - self._began_s)
