"""The scale of axes, and the sizes that bars and delays share.

Lengths along the lane are seconds; heights are parts of a lane, which is ``LANE_PX`` CSS pixels high where
the figure is the timeline's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ipyscribe.timeline.labels import PX_TO_PT

LANE_PX = 74.0
TOP = 31 / LANE_PX
BOTTOM = TOP - 1
BAR = 16 / LANE_PX

_DENSE_PX = 6.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds to CSS pixels from the left edge of the axes, which end at ``width_px``."""

    start_s: float
    px_per_s: float
    width_px: float

    @classmethod
    def of(cls, axes: Axes) -> Scale:
        """The present scale of ``axes``."""
        low, high = axes.get_xlim()
        width = axes.get_window_extent().width * 96 / figure_of(axes).dpi
        return cls(low, width / (high - low), width)

    def px(self, seconds: float) -> float:
        """The pixel of a time."""
        return (seconds - self.start_s) * self.px_per_s

    def seconds(self, px: float) -> float:
        """The time at a pixel."""
        return self.start_s + px / self.px_per_s

    def dense(self, count: int) -> bool:
        """True where ``count`` turns leave too few pixels to each for outlines, marks and words."""
        return count * _DENSE_PX > self.width_px


def figure_of(axes: Axes) -> Figure:
    """The figure that ``axes`` lies in, also from within a subfigure."""
    assert axes.figure is not None
    figure = axes.figure.canvas.figure
    assert isinstance(figure, Figure)
    return figure


def pt(px: float) -> float:
    """CSS pixels in points."""
    return px * PX_TO_PT
