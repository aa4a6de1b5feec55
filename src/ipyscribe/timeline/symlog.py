"""A scale for values with a long tail: linear where most of them lie, logarithmic beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.scale import SymmetricalLogTransform

_LINEAR_PART = 0.62
_LONG_TAIL = 3.0
_ROUND = (1, 2, 5, 10)
_ROUND_DIVISORS = {"1": (10, 5, 2, 1), "2": (4, 2, 1), "5": (5, 2, 1)}
_BASE = 10


@dataclass(frozen=True, slots=True)
class Symlog:
    """matplotlib's symlog scale: linear up to ``linear_to`` on either side of 0, logarithmic beyond.

    ``linscale`` is how many decades are as long as the linear part on one side.
    """

    linear_to: float
    linscale: float

    @classmethod
    def of(cls, values: Sequence[float], usual: float) -> Symlog | None:
        """The scale for ``values`` most of which are below ``usual``; None where a linear axis shows them all."""
        linear_to = round_up(usual)
        farthest = max(max(values), -min(values))
        if usual <= 0 or farthest <= _LONG_TAIL * linear_to:
            return None
        decades = math.log10(farthest / linear_to)
        return cls(linear_to, (1 - 1 / _BASE) * decades / (1 / _LINEAR_PART - 1))

    def set_on(self, axes: Axes) -> None:
        """Give the x axis of ``axes`` this scale."""
        axes.set_xscale("symlog", base=_BASE, linthresh=self.linear_to, linscale=self.linscale)

    def forward(self, values: Any) -> Any:
        """Where ``values`` lie along the axis, in a unit of its own."""
        return self._transform().transform(np.asarray(values, dtype=float))

    def backward(self, positions: Any) -> Any:
        """The values that lie there."""
        return self._transform().inverted().transform(np.asarray(positions, dtype=float))

    def _transform(self) -> SymmetricalLogTransform:
        return SymmetricalLogTransform(_BASE, self.linear_to, self.linscale)


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in _ROUND if factor * power >= value * (1 - 1e-9))


def tick_values(low: float, high: float, max_count: int, symlog: Symlog | None = None) -> list[float]:
    """Round values from ``low`` to ``high``, about ``max_count`` of them where the scale is linear."""
    if symlog is None:
        return _multiples(low, high, round_up((high - low) / max(max_count, 1)))
    parts = max(round(max_count * _LINEAR_PART), 1)
    step = next(
        step
        for divisor in _ROUND_DIVISORS[f"{symlog.linear_to:e}"[0]]
        if (step := symlog.linear_to / divisor) * parts >= symlog.linear_to
    )
    beyond = [
        size for power in range(12) for factor in _ROUND[:3]
        if (size := factor * 10.0 ** (math.floor(math.log10(symlog.linear_to)) + power)) > symlog.linear_to
    ]  # fmt: skip
    return [
        *(-size for size in reversed(beyond) if -size >= low),
        *_multiples(max(low, -symlog.linear_to), min(high, symlog.linear_to), step),
        *(size for size in beyond if size <= high),
    ]


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * index for index in range(first, last + 1)]


def without_overlaps(values: Sequence[float], boxes: Sequence[tuple[float, float]], gap: float) -> list[float]:
    """Those of ``values``, from the first on, whose boxes (left, right) are at least ``gap`` from the one before.

    0 is always kept.
    """
    first = values.index(0.0) if 0.0 in values else 0
    kept = [first]
    for index in range(first + 1, len(values)):
        if boxes[index][0] >= boxes[kept[-1]][1] + gap:
            kept.append(index)
    for index in range(first - 1, -1, -1):
        if boxes[index][1] <= boxes[kept[0]][0] - gap:
            kept.insert(0, index)
    assert all(one < other for one, other in pairwise(kept))
    return [values[index] for index in kept]
