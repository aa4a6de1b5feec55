"""How long a session may be open, by time or by money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.models import Model

_WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Budget:
    """``seconds`` of open socket, or None for no limit; ``says`` is the limit as a person gave it."""

    seconds: float | None
    says: str = ""

    def spent(self, open_s: float) -> bool:
        """Whether it is time to end."""
        return self.seconds is not None and open_s >= self.seconds

    def warning(self, open_s: float) -> str:
        """What to say beforehand; empty while there is time."""
        if self.seconds is None or open_s < _WARN_AT * self.seconds or self.spent(open_s):
            return ""
        return f"The session ends by itself in {self.seconds - open_s:.0f} s: {self.says}."


def budget_of(model: Model, max_cost: float | None, max_duration: float | None) -> Budget:
    """The stricter of ``max_cost`` (US dollars) and ``max_duration`` (seconds); None is no limit.

    Raises ``ParameterError`` for numbers that are not positive, and for a cost where the price is not known.
    """
    limits = []
    if max_duration is not None:
        seconds = _positive("max_duration", max_duration, "a number of seconds above 0")
        limits.append(Budget(seconds, f"max_duration={max_duration:g} s"))
    if max_cost is not None:
        dollars = _positive("max_cost", max_cost, "a number of US dollars above 0")
        if model.price_per_hour_usd is None:
            raise ParameterError(
                f"max_cost={max_cost!r} cannot be kept: the price of {model.name} is not known.",
                advice="Give max_duration in seconds.",
            )
        if model.price_per_hour_usd:
            limits.append(Budget(3600 * dollars / model.price_per_hour_usd, f"max_cost=${max_cost:g}"))
    return min(limits, key=lambda limit: limit.seconds or 0.0, default=Budget(None))


def _positive(name: str, value: Any, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Expected {wanted}, or None for no limit.")
    return float(value)
