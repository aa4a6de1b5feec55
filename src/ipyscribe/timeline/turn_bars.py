"""One lane: the turns of one transcript as bars on the audio clock, with their first words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from ipyscribe.timeline.delay_bars import draw_delays
from ipyscribe.timeline.delay_layout import place_delays
from ipyscribe.timeline.labels import font
from ipyscribe.timeline.palette import Palette, speaker_colour
from ipyscribe.timeline.scale import BAR, LANE_PX, Scale, figure_of, pt
from ipyscribe.timeline.turn_layout import TEXT_PX, Bar, Words, place_bars, place_words
from ipyscribe.transcript import Turn

_LINE_PX = 13.0
_MIDDLE_PX = 4.0
_INVISIBLE_PX = 0.75
_ABOVE = 0.5 / LANE_PX

_Span = tuple[float, float]


def draw_lane(
    axes: Axes,
    turns: Sequence[Turn],
    y: float,
    palette: Palette,
    *,
    audio_end_s: float,
    now_s: float | None = None,
    deepest_ms: float = 0.0,
    only_dots: bool = False,
    by_speaker: bool = False,
) -> None:
    """Draw ``turns`` around ``y`` within the present limits of ``axes``, which must be final.

    ``audio_end_s`` is how far the audio reaches: a thin line shows the silence up to there. ``now_s`` is where
    no text may cross. ``deepest_ms`` and ``only_dots`` are those of ``place_delays``. ``by_speaker`` gives the bars
    of each speaker a colour of their own.
    """
    scale = Scale.of(axes)
    dense = scale.dense(len(turns))
    bars = place_bars(turns, scale, dense=dense)
    _draw_silence(axes, bars, y, palette, scale, audio_end_s)
    filled = [(bar.start_s, bar.end_s) for bar in bars if bar.turn.settled]
    dashed = [(bar.start_s, bar.end_s) for bar in bars if not bar.turn.settled]
    colours: Any = palette.settled
    if dense:
        filled = _joined(filled, _INVISIBLE_PX / scale.px_per_s)
    elif by_speaker:
        colours = [palette.models[speaker_colour(bar.turn.speaker)] for bar in bars if bar.turn.settled]
    settled: Any = {"facecolor": colours, "edgecolor": palette.background, "linewidth": 0 if dense else pt(1)}
    unsettled: Any = {"facecolor": palette.unsettled, "edgecolor": palette.settled, "linewidth": pt(1.5)}
    _draw_bars(axes, filled, y, gid="settled", zorder=2, snap=not dense, **settled)
    _draw_bars(axes, dashed, y, gid="unsettled", zorder=2.1, snap=True, linestyle=(0, (3, 2)), **unsettled)
    delays = place_delays(turns, scale, now_s=now_s, deepest_ms=deepest_ms, only_dots=only_dots)
    draw_delays(axes, delays, y, palette, scale)
    for words in place_words(bars, scale, now_s=now_s, above=not dense):
        _write(axes, words, y, palette)


def _joined(spans: Sequence[_Span], gap_s: float) -> list[_Span]:
    """The spans, with those made one that stand closer than ``gap_s``."""
    joined: list[_Span] = []
    for start_s, end_s in spans:
        if joined and start_s - joined[-1][1] < gap_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((start_s, end_s))
    return joined


def _draw_bars(axes: Axes, spans: Sequence[_Span], y: float, **look: Any) -> None:
    low, high = y - BAR, y + BAR
    corners: Any = np.array([((a, low), (a, high), (b, high), (b, low)) for a, b in spans], dtype=float)
    axes.add_collection(PolyCollection(corners.reshape(-1, 4, 2), **look), autolim=False)


def _draw_silence(
    axes: Axes, bars: Sequence[Bar], y: float, palette: Palette, scale: Scale, audio_end_s: float
) -> None:
    """A thin line where there is audio and nobody speaks."""
    silent = []
    silent_from_s = max(0.0, scale.start_s)
    for start_s, end_s in [*((bar.start_s, bar.end_s) for bar in bars), (audio_end_s, audio_end_s)]:
        if (start_s - silent_from_s) * scale.px_per_s > _INVISIBLE_PX:
            silent.append(((silent_from_s, y), (start_s, y)))
        silent_from_s = max(silent_from_s, end_s)
    axes.add_collection(
        LineCollection(silent, color=palette.silence, linewidth=pt(1.2), capstyle="butt", zorder=1.4, gid="silence"),
        autolim=False,
    )  # fmt: skip


def _write(axes: Axes, words: Words, y: float, palette: Palette) -> None:
    look: Any = {"fontproperties": font(TEXT_PX), "zorder": 3, "clip_on": True, "parse_math": False, "usetex": False}
    match words.place:
        case "in":
            below_px = _MIDDLE_PX + _LINE_PX / 2 * words.text.count("\n")
            down = ScaledTranslation(0, -below_px / 96, figure_of(axes).dpi_scale_trans)
            color = palette.on_settled if words.settled else palette.on_unsettled
            axes.text(
                words.at_s, y, words.text, ha="left", va="baseline", transform=axes.transData + down, color=color,
                linespacing=1.15, gid="words", **look,
            )  # fmt: skip
        case "beside":
            beside = axes.text(
                words.at_s,
                y,
                words.text,
                ha="left",
                va="center_baseline",
                color=palette.ink,
                gid="words-beside",
                **look,
            )
            beside.set_path_effects([withStroke(linewidth=pt(3), foreground=palette.background)])
        case "above":
            axes.text(
                words.at_s, y + BAR + _ABOVE, words.text, ha="left", va="bottom", color=palette.ink, gid="words-above",
                **look,
            )  # fmt: skip
