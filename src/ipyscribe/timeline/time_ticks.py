"""Where the ticks of a time axis stand."""

from __future__ import annotations

import math

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAY_S = 86_400


def step_for(span_s: float, most: int) -> float:
    """The smallest round step, in s, that cuts ``span_s`` into at most ``most`` parts; tenths for up to 2 s."""
    least = max(span_s / max(most, 1), 1.0 if span_s > 2 else 0.0)
    for step in _STEPS_S:
        if step >= least:
            return step
    return _DAY_S * math.ceil(least / _DAY_S)


def ticks(start_s: float, end_s: float, step_s: float) -> list[float]:
    """The multiples of ``step_s`` from ``start_s`` to ``end_s``, both ends included."""
    first, last = math.ceil(start_s / step_s - 1e-9), math.floor(end_s / step_s + 1e-9)
    return [round(step_s * index, 1) for index in range(first, last + 1)]
