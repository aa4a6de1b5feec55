"""What happened besides words: a new connection, other settings, a pause, sound that was lost."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

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


def draw_marks(
    axes: Axes, marks: Sequence[Mark], palette: Palette, around: Palette, *, free_px: tuple[float, float]
) -> None:
    """A dotted line for each of ``marks``, and its word above the lane where that hits no other.

    ``around`` is the palette of what lies around the axes; ``free_px`` is the stretch above the lane that
    nothing else has taken.
    """
    scale = Scale.of(axes)
    taken_px, limit_px = free_px
    bottom, top = axes.get_ylim()
    above = (-BAR - bottom) / (top - bottom)  # beneath the bars stand the waits and their texts
    for mark in marks:
        warm = mark.kind in _WARM
        at_s = mark.audio_ms / 1000
        line = palette.wait if warm else palette.mute
        axes.axvline(
            at_s, ymin=above, color=line, linewidth=pt(1.2), linestyle=(0, (1, 2)), zorder=2.5, gid="mark-line"
        )
        text = WORDS.get(mark.kind, "")
        left_px = scale.px(at_s)
        right_px = left_px + width_px(text, _TEXT_PX)
        if not text or left_px < taken_px or right_px > limit_px:
            continue
        taken_px = right_px + _APART_PX
        axes.text(
            at_s, 1.0, text, transform=axes.get_xaxis_transform(), ha="left", va="bottom", zorder=3, gid="mark",
            color=around.wait if warm else around.mute, fontproperties=font(_TEXT_PX), parse_math=False, usetex=False,
        )  # fmt: skip
