"""The figures of all models at one moment: their table, and the points of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipyscribe.comparison.table import Table
from ipyscribe.timeline import ModelPoint


@dataclass(frozen=True, slots=True)
class Summary:
    """``table`` as ``Evaluation.table()`` gives it, one of ``points`` for each model, and the ``paths`` of a sweep."""

    table: Table
    points: tuple[ModelPoint, ...]
    paths: Sequence[tuple[int, ...]] = ()

    @property
    def drawable(self) -> bool:
        """Whether there is a point to draw."""
        return any(point.complete for point in self.points)
