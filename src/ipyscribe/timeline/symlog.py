"""A scale for values with a long tail: linear where most of them lie, logarithmic beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

_LINEAR_SHARE = 0.62
_LONG_TAIL = 3.0
_ROUND = (1, 2, 5, 10)
_ROUND_PARTS = {"1": (10, 5, 2, 1), "2": (4, 2, 1), "5": (5, 2, 1)}


@dataclass(frozen=True, slots=True)
class Symlog:
    """Linear up to ``at`` on either side of 0, logarithmic beyond; ``room`` is the decade's part of that length."""

    at: float
    room: float

    @classmethod
    def of(cls, values: Sequence[float], usual: float) -> Symlog | None:
        """The bend for ``values`` of which most are below ``usual``; None where they are, on the whole, in reach."""
        at = round_up(usual)
        farthest = max(max(values), -min(values))
        if usual <= 0 or farthest <= _LONG_TAIL * at:
            return None
        return cls(at, (1 / _LINEAR_SHARE - 1) / math.log10(farthest / at))

    def forward(self, values: Any) -> Any:
        """Where values lie, in lengths of the linear part."""
        size = np.abs(np.asarray(values, dtype=float)) / self.at
        return np.sign(values) * np.where(size <= 1, size, 1 + self.room * np.log10(np.maximum(size, 1)))

    def back(self, places: Any) -> Any:
        """The values that lie there."""
        size = np.abs(np.asarray(places, dtype=float))
        return np.sign(places) * self.at * np.where(size <= 1, size, 10 ** (np.maximum(size - 1, 0) / self.room))


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in _ROUND if factor * power >= value * (1 - 1e-9))


def readings(low: float, high: float, most: int, bend: Symlog | None = None) -> list[float]:
    """Round values from ``low`` to ``high``: about ``most`` at one distance, beyond the bend ever farther apart."""
    if bend is None:
        return _multiples(low, high, round_up((high - low) / max(most, 1)))
    parts = max(round(most * _LINEAR_SHARE), 1)
    step = next(step for share in _ROUND_PARTS[f"{bend.at:e}"[0]] if (step := bend.at / share) * parts >= bend.at)
    beyond = [
        size for power in range(12) for factor in _ROUND[:3]
        if (size := factor * 10.0 ** (math.floor(math.log10(bend.at)) + power)) > bend.at
    ]  # fmt: skip
    return [
        *(-size for size in reversed(beyond) if -size >= low),
        *_multiples(max(low, -bend.at), min(high, bend.at), step),
        *(size for size in beyond if size <= high),
    ]


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * index for index in range(first, last + 1)]


def apart(values: Sequence[float], boxes: Sequence[tuple[float, float]], gap: float) -> list[float]:
    """Those of ``values``, from the first on, whose boxes (left, right) stand at least ``gap`` from the one before.

    Where 0 is among them it stays.
    """
    keep = values.index(0.0) if 0.0 in values else 0
    kept = [keep]
    for index in range(keep + 1, len(values)):
        if boxes[index][0] >= boxes[kept[-1]][1] + gap:
            kept.append(index)
    for index in range(keep - 1, -1, -1):
        if boxes[index][1] <= boxes[kept[0]][0] - gap:
            kept.insert(0, index)
    assert all(one < other for one, other in pairwise(kept))
    return [values[index] for index in kept]
