"""A timeline picture of which it is known what lies where, so that a hand can point at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from ipyscribe.timeline.figure import plot_timeline
from ipyscribe.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Placed:
    """A PNG on which the audio clock runs from ``start_ms`` at ``left`` to ``end_ms`` at ``right``.

    ``left`` and ``right`` are shares of its width.
    """

    png: bytes
    start_ms: float
    end_ms: float
    left: float
    right: float


def placed_timeline(
    transcript: Transcript,
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    label: str = "",
) -> Placed:
    """The picture of ``timeline_png``, and what lies where on it. Raises ``ParameterError`` as that does."""
    figure = plot_timeline(
        transcript,
        theme=theme,
        start_ms=start_ms,
        end_ms=end_ms,
        now_ms=now_ms,
        label=label,
        width_in=width_px / 96,
    )
    from ipyscribe.timeline.sheet import DRAWING, png

    with DRAWING:
        axes = figure.axes[0]
        place, (low_s, high_s) = axes.get_position(), axes.get_xlim()
        figure.dpi *= ratio
        return Placed(png(figure), 1000 * low_s, 1000 * high_s, float(place.x0), float(place.x1))
