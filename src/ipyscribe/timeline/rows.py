"""Where lanes lie one above the other; heights are parts of a lane, and the first lies around 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipyscribe.timeline.axis import labels_above
from ipyscribe.timeline.scale import BOTTOM, LANE_PX, TOP
from ipyscribe.timeline.window import Lane

HEAD_PX = 20.0
FOOT_PX = 42.0
_NAME = 18 / LANE_PX
_BRACKET = 12 / LANE_PX


@dataclass(frozen=True, slots=True)
class Rows:
    """Where ``count`` lanes lie; names and the words of marks above a lane take room from the lane before."""

    count: int
    heads: bool
    brackets: bool

    @classmethod
    def of(cls, lanes: Sequence[Lane], figure_px: float, *, brackets: bool) -> Rows:
        """The rows of ``lanes`` in a figure so wide, with a row for brackets above them."""
        above = labels_above([lane.label for lane in lanes], figure_px) and any(lane.label for lane in lanes)
        return cls(len(lanes), above or any(lane.marks for lane in lanes), brackets)

    def y(self, index: int) -> float:
        """The middle of a lane's bars."""
        return -index * (1 + (_NAME if self.heads else 0))

    @property
    def bottom(self) -> float:
        """The lower edge of the last lane."""
        return self.y(self.count - 1) + BOTTOM

    @property
    def top(self) -> float:
        """The upper edge of the first row."""
        return TOP + (_BRACKET + (_NAME if self.heads else 0) if self.brackets else 0)

    @property
    def height_px(self) -> float:
        """The height of all in CSS pixels."""
        return (self.top - self.bottom) * LANE_PX
