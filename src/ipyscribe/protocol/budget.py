"""How long a session may be open, by time or by money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.model import Model
from ipyscribe.protocol.pricing import RateSchedule, hourly_price
from ipyscribe.protocol.python_values import python_values

_WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Budget:
    """``seconds`` of open socket, or None for no limit; ``says`` is the limit as it was written.

    ``max_seconds`` is the limit where nothing is charged; ``max_cost_usd`` the one of money, if any.
    """

    seconds: float | None
    says: str = ""
    max_seconds: float | None = None
    max_cost_usd: float | None = None

    def at_rates(self, rates: RateSchedule) -> Budget:
        """The budget where the hourly price has changed while the session is open."""
        return _stricter(self.max_seconds, self.max_cost_usd, rates)

    def spent(self, open_s: float) -> bool:
        """Whether it is time to end."""
        return self.seconds is not None and open_s >= self.seconds

    def warning(self, open_s: float) -> str:
        """The warning before the end; empty while there is time."""
        if self.seconds is None or open_s < _WARN_AT * self.seconds or self.spent(open_s):
            return ""
        return f"The session ends by itself in {self.seconds - open_s:.0f} s: {self.says}."


def budget_of(
    model: Model,
    max_cost_usd: float | None,
    max_duration_s: float | None,
    settings: Mapping[str, Any] | None = None,
    price_per_hour_usd: float | None = None,
) -> Budget:
    """The stricter of ``max_cost_usd`` (US dollars) and ``max_duration_s`` (seconds); None is no limit.

    ``settings`` are those of the connection: the add-ons that they switch on count. ``price_per_hour_usd`` takes the
    place of the model's price. Raises ``ParameterError`` for numbers that are not positive, and for a cost where the
    price is not known.
    """
    price = hourly_price(model, settings or {}, price_per_hour_usd)
    if max_cost_usd is not None and price is None:
        raise ParameterError(
            f"max_cost_usd={max_cost_usd!r} cannot be enforced: the price of {model.name} is not known.",
            advice="Give price_per_hour_usd, the price of an open hour without add-ons, or max_duration_s in seconds.",
        )
    return budget_at(0.0 if price is None else price.usd, max_cost_usd, max_duration_s)


def budget_at(usd_per_hour: float, max_cost_usd: float | None, max_duration_s: float | None) -> Budget:
    """The stricter limit at an hourly price in US dollars. Raises ``ParameterError``."""
    max_seconds = None
    if max_duration_s is not None:
        max_seconds = _positive("max_duration_s", max_duration_s, "a number of seconds above 0")
    if max_cost_usd is not None:
        max_cost_usd = _positive("max_cost_usd", max_cost_usd, "a number of US dollars above 0")
    return _stricter(max_seconds, max_cost_usd, RateSchedule.constant(usd_per_hour))


def _stricter(max_seconds: float | None, max_cost_usd: float | None, rates: RateSchedule) -> Budget:
    seconds = math.inf if max_cost_usd is None else rates.open_s_for(max_cost_usd)
    if seconds < (math.inf if max_seconds is None else max_seconds):
        return Budget(seconds, f"max_cost_usd={max_cost_usd:g}", max_seconds, max_cost_usd)
    return _of_time(max_seconds, max_cost_usd)


def _of_time(seconds: float | None, max_cost_usd: float | None = None) -> Budget:
    return Budget(seconds, "" if seconds is None else f"max_duration_s={seconds:g} s", seconds, max_cost_usd)


def _positive(name: str, value: Any, wanted: str) -> float:
    value = python_values(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Expected {wanted}, or None for no limit.")
    return float(value)
