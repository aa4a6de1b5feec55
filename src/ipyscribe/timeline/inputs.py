"""What the figures are made of: their rows, points and words, and checks of sizes and numbers."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN = 9.0
TIME_AXIS = "audio time"
_MAX_PX = 16_384
Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class WordTiming:
    """One word of a lane: when it was spoken, appeared and settled, in ms on the audio clock; None for not yet."""

    text: str
    start_ms: float
    end_ms: float
    appeared_ms: float | None
    settled_ms: float | None

    @property
    def appearance_delay_ms(self) -> float | None:
        """From the end of the word to its appearance; negative where it appeared before it had been spoken."""
        return None if self.appeared_ms is None else self.appeared_ms - self.end_ms

    @property
    def settling_delay_ms(self) -> float | None:
        """From the end of the word to the time after which it never changed."""
        return None if self.settled_ms is None else self.settled_ms - self.end_ms

    @property
    def delays_ms(self) -> list[float]:
        """Both delays, as far as they were measured."""
        return [delay for delay in (self.appearance_delay_ms, self.settling_delay_ms) if delay is not None]


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """The sorted latencies of one model; median and 90th percentile by linear interpolation, None without values."""

    label: str
    values_ms: tuple[float, ...]
    median_ms: float | None
    p90_ms: float | None


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """The figures of one model; None for a value that was not measured.

    ``wer`` and its 95 % interval from ``wer_low`` to ``wer_high`` are fractions (0.05 is 5 %), latencies are ms.
    """

    label: str
    wer: float | None
    latency_ms: float | None
    wer_low: float | None = None
    wer_high: float | None = None
    latency_low_ms: float | None = None
    latency_high_ms: float | None = None

    @property
    def complete(self) -> bool:
        """True where there is a point to draw."""
        return self.wer is not None and self.latency_ms is not None

    @property
    def wer_interval(self) -> Interval:
        """The interval of the error rate, where both its ends were measured."""
        return _interval(self.wer_low, self.wer_high)

    @property
    def latency_interval_ms(self) -> Interval:
        """The interval of the latency, where both its ends were measured."""
        return _interval(self.latency_low_ms, self.latency_high_ms)


def _interval(low: float | None, high: float | None) -> Interval:
    return None if low is None or high is None else (low, high)


def width_of(width_in: float | None, ax: Axes | None) -> float:
    """The width of a new figure in CSS pixels. Raises ``ParameterError`` for an unusable one, or one beside ``ax``."""
    if ax is not None and width_in is not None:
        raise ParameterError("width_in is for a new figure.", advice="Leave it out, or leave out ax.")
    width_px = 96 * (WIDTH_IN if width_in is None else width_in)
    check_width(width_px, 1.0, name="width_in", value=width_in)
    return width_px


def check_width(width_px: float, ratio: float, *, name: str, value: float | None) -> None:
    """Raise ``ParameterError`` for a size of which no picture can be made."""
    if not (math.isfinite(ratio) and ratio > 0):
        raise ParameterError(f"ratio={ratio!r} is not a pixel ratio.", advice="Give a number such as 1.0 or 2.0.")
    if not (math.isfinite(width_px) and width_px >= 80 and width_px * ratio <= _MAX_PX):
        raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Give a width of 80 to {_MAX_PX:,} pixels.")


def check_some(models: Collection[object], name: str) -> None:
    """Raise ``ParameterError`` for no models."""
    if not models:
        raise ParameterError(f"{name} is empty.", advice="Give at least one model; 2 to 6 can be compared at a glance.")


def number(value: object, name: str) -> float:
    """``value`` as a float. Raises ``ParameterError`` that names ``name`` for one that is missing or not finite."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ParameterError(
            f"{name} is {value!r}.", advice="Give a finite number; leave out values that were not measured."
        )
    converted = float(value)
    if not math.isfinite(converted):
        raise ParameterError(
            f"{name} is {value!r}.", advice="Give a finite number; leave out values that were not measured."
        )
    return converted
