"""The money of an evaluation: what is spent, and what is reserved for recordings in progress."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.budget import budget_at


class Budget:
    """What all recordings together may cost. Any thread may call.

    ``usd_per_hour`` is the price of all models together, None where one is unknown; ``durations_s`` are the lengths of
    the recordings in seconds. Raises ``ParameterError`` where ``max_cost_usd`` is given and is not a number above 0,
    or the costs are unknown.
    """

    def __init__(
        self, max_cost_usd: float | None, usd_per_hour: float | None, durations_s: Mapping[str, float | None]
    ) -> None:
        self._max_usd, self.usd_per_hour, self._durations_s = max_cost_usd, usd_per_hour, durations_s
        self._lock = threading.Lock()
        self._reserved_usd: dict[str, float] = {}
        self.exhausted = False
        """Whether the last recording that was to be begun could cost more than what is left."""
        self.spent_usd = 0.0
        """Of all that was played, the recordings at which a model failed included."""
        if max_cost_usd is None:
            return
        budget_at(0.0, max_cost_usd, None)
        if usd_per_hour is None:
            raise ParameterError(
                "max_cost_usd needs the price of each model, and one is unknown.",
                advice="Give price_per_hour_usd, or {'model': ..., 'price_per_hour_usd': ...} for one model alone.",
            )
        unmeasured = [name for name, duration_s in durations_s.items() if duration_s is None]
        if usd_per_hour and unmeasured:
            raise ParameterError(
                f"max_cost_usd needs the length of each recording, and that of {', '.join(unmeasured)} is unknown.",
                advice="Leave max_cost_usd out, or convert them: ffmpeg -i INPUT OUTPUT.flac",
            )

    def expected_usd(self, name: str) -> float:
        """What a recording costs by its length; 0 where that or a price is unknown."""
        return (self._durations_s[name] or 0.0) / 3600 * (self.usd_per_hour or 0.0)

    def reserve(self, name: str) -> bool:
        """Reserve the cost of a recording; False where it could exceed what is left."""
        expected_usd = self.expected_usd(name)
        with self._lock:
            left_usd = (
                float("inf") if self._max_usd is None else self._max_usd - self.spent_usd - self._reserved_in_all()
            )
            self.exhausted = expected_usd > left_usd
            if self.exhausted:
                return False
            self._reserved_usd[name] = expected_usd
            return True

    @property
    def note(self) -> str:
        """What ended the playing, where it was this."""
        if not self.exhausted:
            return ""
        left_usd = (self._max_usd or 0.0) - self.spent_usd
        return (
            f"The next recording could cost more than the ${max(0.0, left_usd):.4f} that are left of "
            f"max_cost_usd={self._max_usd:g}, so it was not begun."
        )

    def release(self) -> None:
        """Nothing is in progress any more."""
        with self._lock:
            self.exhausted = False
            self._reserved_usd.clear()

    def settle(self, name: str, cost_usd: float | None) -> None:
        """A recording is over and has cost so much; None: it is not known how much, and counts as it was reserved."""
        with self._lock:
            reserved_usd = self._reserved_usd.pop(name, 0.0)
            self.spent_usd += reserved_usd if cost_usd is None else cost_usd

    def _reserved_in_all(self) -> float:
        return sum(self._reserved_usd.values())
