"""How long a session may be open, by time or by money."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.models import Model

_WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Budget:
    """``seconds`` of open socket, or None for no limit; ``says`` is the limit as a person gave it.

    ``max_seconds`` is the limit where nothing is charged.
    """

    seconds: float | None
    says: str = ""
    max_seconds: float | None = None

    def uncharged(self) -> Budget:
        """What is left of it where the session costs nothing."""
        return _of_time(self.max_seconds)

    def spent(self, open_s: float) -> bool:
        """Whether it is time to end."""
        return self.seconds is not None and open_s >= self.seconds

    def warning(self, open_s: float) -> str:
        """What to say beforehand; empty while there is time."""
        if self.seconds is None or open_s < _WARN_AT * self.seconds or self.spent(open_s):
            return ""
        return f"The session ends by itself in {self.seconds - open_s:.0f} s: {self.says}."


def budget_of(model: Model, max_cost_usd: float | None, max_duration_s: float | None) -> Budget:
    """The stricter of ``max_cost_usd`` (US dollars) and ``max_duration_s`` (seconds); None is no limit.

    Raises ``ParameterError`` for numbers that are not positive, and for a cost where the price is not known.
    """
    longest_s = None
    if max_duration_s is not None:
        longest_s = _positive("max_duration_s", max_duration_s, "a number of seconds above 0")
    time = _of_time(longest_s)
    if max_cost_usd is not None:
        dollars = _positive("max_cost_usd", max_cost_usd, "a number of US dollars above 0")
        if model.price_per_hour_usd is None:
            raise ParameterError(
                f"max_cost_usd={max_cost_usd!r} cannot be kept: the price of {model.name} is not known.",
                advice="Give max_duration_s in seconds.",
            )
        seconds = 3600 * dollars / model.price_per_hour_usd if model.price_per_hour_usd else math.inf
        if seconds < (math.inf if longest_s is None else longest_s):
            return Budget(seconds, f"max_cost_usd={max_cost_usd:g}", longest_s)
    return time


def _of_time(seconds: float | None) -> Budget:
    return Budget(seconds, "" if seconds is None else f"max_duration_s={seconds:g} s", seconds)


def _positive(name: str, value: Any, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Expected {wanted}, or None for no limit.")
    return float(value)
