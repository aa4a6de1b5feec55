"""Times on the audio clock, and durations, as a reader sees them everywhere."""

from __future__ import annotations

import math


def clock_text(seconds: float, *, tenths: bool = False) -> str:
    """``0:05``, ``12:30``, ``1:02:03``; with ``tenths`` of a second, rounded, ``0:05.5``."""
    count = math.floor(abs(seconds) * 10 + 0.5) if tenths else 10 * math.floor(abs(seconds) + 1e-6)
    full, tenth = divmod(count, 10)
    minutes, second = divmod(full, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    sign = "\u2212" if seconds < 0 and count else ""
    return f"{sign}{text}.{tenth}" if tenths else sign + text


def delay_text(delay_ms: float) -> str:
    """``350 ms``, ``1,100 ms``, ``12.4 s``, with a true minus sign for a negative delay."""
    sign = "\u2212" if round(delay_ms) < 0 else ""
    size = abs(delay_ms)
    return f"{sign}{size / 1000:,.1f} s" if size >= 9_999.5 else f"{sign}{size:,.0f} ms"
