"""Times for people: clock readings, the steps of the axis, lengths of a wait."""

from __future__ import annotations

import math

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAY_S = 86_400


def clock(seconds: float, *, step_s: float = 1.0) -> str:
    """``0:05``, ``12:30``, ``1:02:03``; with tenths, ``0:05.5``, where ``step_s`` is below a second."""
    tenths = math.floor(abs(seconds) * 10 + 0.5) if step_s < 1 else 10 * math.floor(abs(seconds) + 1e-6)
    whole, tenth = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    sign = "\u2212" if seconds < 0 and tenths else ""
    return f"{sign}{text}.{tenth}" if step_s < 1 else sign + text


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


def wait_text(delay_ms: float) -> str:
    """``350 ms``, ``1,100 ms``, ``12.4 s``, with a true minus sign where the final came before the end."""
    sign = "\u2212" if round(delay_ms) < 0 else ""
    size = abs(delay_ms)
    return f"{sign}{size / 1000:,.1f} s" if size >= 9_999.5 else f"{sign}{size:,.0f} ms"
