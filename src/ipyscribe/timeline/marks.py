"""Marks of events other than words: a new connection, other settings, a pause, lost audio."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ipyscribe.timeline.labels import font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import BAR, Scale, pt
from ipyscribe.transcript import Mark

WORDS = {
    "seam": "reconnected",
    "settings": "settings",
    "paused": "paused",
    "resumed": "resumed",
    "lost": "sound lost",
    "simulated": "simulated",
}
_WARM = ("seam", "lost", "simulated")
_TEXT_PX = 11.0
_APART_PX = 6.0


def place_marks(marks: Sequence[Mark], scale: Scale, free_px: tuple[float, float]) -> list[tuple[Mark, str]]:
    """Each of ``marks`` with its word, or without where that would hit another or leave the pixels ``free_px``."""
    free_from_px, limit_px = free_px
    placed = []
    for mark in marks:
        text = WORDS.get(mark.kind, "")
        left_px = scale.px(mark.audio_ms / 1000)
        right_px = left_px + width_px(text, _TEXT_PX)
        if not text or left_px < free_from_px or right_px > limit_px:
            text = ""
        else:
            free_from_px = right_px + _APART_PX
        placed.append((mark, text))
    return placed


def is_warm(mark: Mark) -> bool:
    """Whether ``mark`` stands out, as what was lost or is not what it seems."""
    return mark.kind in _WARM


def draw_marks(
    axes: Axes,
    marks: Sequence[Mark],
    palette: Palette,
    around: Palette,
    *,
    y: float,
    top: float,
    free_px: tuple[float, float],
) -> None:
    """A dotted line for each of ``marks`` from the bars around ``y`` up to ``top``, where its word stands.

    A word that would hit another is left out. ``around`` is the palette of the area above; ``free_px`` is
    the range of pixels there that is still free.
    """
    bottom = y - BAR  # beneath the bars are the delays and their texts
    for mark, text in place_marks(marks, Scale.of(axes), free_px):
        warm = is_warm(mark)
        at_s = mark.audio_ms / 1000
        line = palette.delay if warm else palette.mute
        axes.add_line(
            Line2D(
                [at_s, at_s], [bottom, top], color=line, linewidth=pt(1.2), linestyle=(0, (1, 2)), zorder=2.5,
                gid="mark-line",
            )
        )  # fmt: skip
        if not text:
            continue
        axes.text(
            at_s, top, text, ha="left", va="bottom", zorder=3, gid="mark",
            color=around.delay if warm else around.mute, fontproperties=font(_TEXT_PX), parse_math=False, usetex=False,
        )  # fmt: skip
