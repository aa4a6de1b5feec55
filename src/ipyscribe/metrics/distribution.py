"""Many values in a few: percentiles with their n, and no more of them than n allows."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from typing import Any, Literal

from ipyscribe.errors import ParameterError

Negatives = Literal["keep", "drop", "clamp"]
ENOUGH_FOR_P99 = 100


@dataclass(frozen=True, slots=True)
class Distribution:
    """Percentiles by linear interpolation between the sorted values (numpy's default, Hyndman and Fan's type 7).

    The nearest rank, which some benchmarks use, gives other figures for few values. All are in the unit of the
    values and None where there is none; ``p99`` is None below n = 100, where it would be the worst value or
    two. ``negative_share`` is 0 to 1.
    """

    n: int
    median: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    lowest: float | None
    highest: float | None
    negative_share: float | None

    @classmethod
    def of(cls, values: Iterable[float], *, negatives: Negatives = "keep") -> Distribution:
        """The distribution of ``values``.

        A latency below zero is real: a model may write a word before all of its sound was sent. "drop" and
        "clamp" (to 0) move the median and are here only to meet the figures of benchmarks that do so; the
        share of negatives is that of the values before it.
        """
        if negatives not in ("keep", "drop", "clamp"):
            raise ParameterError(f"negatives={negatives!r} cannot be used.", advice="Expected keep, drop or clamp.")
        listed = values if isinstance(values, Sized) else list(values)
        if not len(listed):
            return cls(0, None, None, None, None, None, None, None)
        import numpy as np

        array = np.asarray(listed, float)
        share = float((array < 0).mean())
        if negatives == "drop":
            array = array[array >= 0]
        elif negatives == "clamp":
            array = np.maximum(array, 0.0)
        n = len(array)
        if not n:
            return cls(0, None, None, None, None, None, None, share)
        median, p90, p95, p99 = (float(value) for value in np.percentile(array, (50, 90, 95, 99)))
        lowest, highest = float(array.min()), float(array.max())
        return cls(n, median, p90, p95, p99 if n >= ENOUGH_FOR_P99 else None, lowest, highest, share)

    def to_record(self, name: str) -> dict[str, Any]:
        """Flat columns: ``name`` is the median; the others have ``_p90``, ``_p95``, ``_p99``, ``_n``, ``_negative``."""
        return {
            name: self.median,
            f"{name}_p90": self.p90,
            f"{name}_p95": self.p95,
            f"{name}_p99": self.p99,
            f"{name}_n": self.n,
            f"{name}_negative": self.negative_share,
        }
