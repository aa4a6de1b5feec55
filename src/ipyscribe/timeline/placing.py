"""Places for the names of points that hit neither each other nor a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

_NEAR = (9.0, 22.0)
_GRID = (22.0, 8.0)
_POINT_PX = 6.0
_BESIDE_PX = 17.0
_SLANT_PX = 12.0
_APART_PX = 3.0
_HIT = 10_000.0
_COVERED = 1.5
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in CSS pixels, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, x: float, y: float, wide: float, high: float) -> Self:
        """The box with its middle at (x, y)."""
        return cls(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    def shared(self, other: Box) -> float:
        """The longer side of their overlap, 0 where they do not meet."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(wide, high) if wide > 0 and high > 0 else 0.0

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the box nearest to (x, y)."""
        return min(max(x, self.left), self.right), min(max(y, self.bottom), self.top)


def place_names(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    room: tuple[float, float],
) -> list[Box]:
    """A box of each size for the name of the point at the same index, within ``room`` (width, height).

    Beside its point if it can be, and rather not across ``bars``. Found one after the other and then anew in
    the light of the others, so that the same points always get the same places.
    """
    marks = [Box.around(x, y, 2 * _POINT_PX, 2 * _POINT_PX) for x, y in points]
    placed: list[Box | None] = [None] * len(points)
    for _ in range(_ROUNDS):
        before = list(placed)
        for index, (point, size) in enumerate(zip(points, sizes, strict=True)):
            others = [box for other, box in enumerate(placed) if box is not None and other != index]
            placed[index] = _best(point, size, [*others, *marks], bars, room)
        if placed == before:
            break
    return [box for box in placed if box is not None]


def leader_end(
    box: Box, point: tuple[float, float], points: Sequence[tuple[float, float]]
) -> tuple[float, float] | None:
    """Where a line from ``point`` to its name in ``box`` ends; None for a name that stands beside its point.

    Aslant, so that it is not taken for a bar, and on the side that is farther from the other ``points``.
    """
    x, y = point
    near = box.nearest(x, y)
    if abs(near[0] - x) + abs(near[1] - y) <= _BESIDE_PX:
        return None
    if abs(near[0] - x) >= _SLANT_PX:
        return near
    ends = [box.nearest(x + aside, y) for aside in (_SLANT_PX, -_SLANT_PX)]
    others = [other for other in points if other != point]
    return max(ends, key=lambda end: min((_distance(other, point, end) for other in others), default=0.0))


def _distance(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """From ``point`` to the nearest point of the line from ``start`` to ``end``."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = along_x**2 + along_y**2
    part = ((point[0] - start[0]) * along_x + (point[1] - start[1]) * along_y) / length if length else 0.0
    part = min(max(part, 0.0), 1.0)
    return math.hypot(point[0] - start[0] - part * along_x, point[1] - start[1] - part * along_y)


def _best(
    point: tuple[float, float],
    size: tuple[float, float],
    hard: Sequence[Box],
    bars: Sequence[Box],
    room: tuple[float, float],
) -> Box:
    """The box with the least cost: overlaps with other boxes and the bars, and the distance from its point."""
    best, least = Box(0, 0, *size), float("inf")
    for box in chain(_near(point, size, room), _grid(size, room)):
        x, y = box.nearest(*point)
        away = abs(x - point[0]) + abs(y - point[1])
        if away >= least:
            continue
        wider = Box(box.left - _APART_PX, box.bottom - _APART_PX / 2, box.right + _APART_PX, box.top + _APART_PX / 2)
        hits = sum(wider.shared(other) > 0 for other in hard)
        cost = _HIT * hits + _COVERED * sum(box.shared(bar) for bar in bars) + away
        if cost < least:
            best, least = box, cost
    return best


def _near(point: tuple[float, float], size: tuple[float, float], room: tuple[float, float]) -> Iterator[Box]:
    (x, y), (wide, high) = point, size
    for gap in _NEAR:
        across, up = wide / 2 + gap, high / 2 + gap * 0.7
        for dx, dy in (
            (across, up), (across, -up), (-across, up), (-across, -up), (0, up + 3), (0, -up - 3), (across, 0),
            (-across, 0), (wide / 4, up + 3), (-wide / 4, up + 3), (wide / 4, -up - 3), (-wide / 4, -up - 3),
        ):  # fmt: skip
            box = Box.around(x + dx, y + dy, wide, high)
            if box.left >= 0 and box.bottom >= 0 and box.right <= room[0] and box.top <= room[1]:
                yield box


def _grid(size: tuple[float, float], room: tuple[float, float]) -> Iterator[Box]:
    (wide, high), (across, up) = size, _GRID
    for column in range(int(max(room[0] - wide, 0) / across) + 1):
        for row in range(int(max(room[1] - high, 0) / up) + 1):
            left, bottom = column * across, row * up
            yield Box(left, bottom, left + wide, bottom + high)
