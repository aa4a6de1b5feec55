"""One lane: the turns of one transcript as bars on the audio clock, with their first words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from ipyscribe.timeline.delay_bars import draw_delays
from ipyscribe.timeline.labels import ELLIPSIS, drawable, fit, font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import BAR, LANE_PX, Scale, figure_of, pt
from ipyscribe.transcript import Turn

_TEXT_PX = 11.0
_LINE_PX = 13.0
_MIDDLE_PX = 4.0
_PAD_PX = 6.0
_NARROWEST_BAR_PX = 3.0
_NARROWEST_LABEL_PX = 18.0
_INVISIBLE_PX = 0.75
_BESIDE_PX = 4.0
_CAPTION_PX = 60.0
_ABOVE = 0.5 / LANE_PX

_Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Bar:
    turn: Turn
    start_s: float
    end_s: float


def draw_lane(
    axes: Axes,
    turns: Sequence[Turn],
    y: float,
    palette: Palette,
    *,
    audio_end_s: float,
    now_s: float | None = None,
    dots_to_ms: float | None = None,
) -> None:
    """Draw ``turns`` around ``y`` within the present limits of ``axes``, which must be final.

    ``audio_end_s`` is how far the audio reaches: a thin line shows the silence up to there. ``now_s`` is where
    no text may cross.
    """
    scale = Scale.of(axes)
    dense = scale.dense(len(turns))
    bars = _bars(turns, scale, dense=dense)
    _draw_silence(axes, bars, y, palette, scale, audio_end_s)
    filled = [(bar.start_s, bar.end_s) for bar in bars if bar.turn.settled]
    dashed = [(bar.start_s, bar.end_s) for bar in bars if not bar.turn.settled]
    if dense:
        filled = _joined(filled, _INVISIBLE_PX / scale.px_per_s)
    settled: Any = {"facecolor": palette.settled, "edgecolor": palette.background, "linewidth": 0 if dense else pt(1)}
    unsettled: Any = {"facecolor": palette.unsettled, "edgecolor": palette.settled, "linewidth": pt(1.5)}
    _draw_bars(axes, filled, y, gid="settled", zorder=2, snap=not dense, **settled)
    _draw_bars(axes, dashed, y, gid="unsettled", zorder=2.1, snap=True, linestyle=(0, (3, 2)), **unsettled)
    draw_delays(axes, turns, y, palette, scale, now_s=now_s, dots_to_ms=dots_to_ms)
    _write_words(axes, bars, y, palette, scale, now_s=now_s, above=not dense)


def _bars(turns: Sequence[Turn], scale: Scale, *, dense: bool) -> list[_Bar]:
    """The turns as bars; one too short to be seen is lengthened as far as the next one leaves room."""
    least_s = _NARROWEST_BAR_PX / scale.px_per_s
    bars: list[_Bar] = []
    next_start_s = float("inf")
    for turn in reversed(turns):
        start_s, end_s = turn.start_ms / 1000, turn.end_ms / 1000
        if not (dense and turn.settled):
            end_s = max(end_s, min(start_s + least_s, next_start_s - least_s / 2))
        bars.append(_Bar(turn, start_s, end_s))
        next_start_s = start_s
    return bars[::-1]


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
    axes: Axes, bars: Sequence[_Bar], y: float, palette: Palette, scale: Scale, audio_end_s: float
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


def _write_words(
    axes: Axes, bars: Sequence[_Bar], y: float, palette: Palette, scale: Scale, *, now_s: float | None, above: bool
) -> None:
    """The first words of each turn: in its bar, else in the silence behind it, else above it from its beginning."""
    free_px = 0.0
    limit_px = scale.width_px if now_s is None else min(scale.width_px, max(scale.px(now_s) - _PAD_PX, 0.0))
    captions: list[tuple[float, str]] = []
    for bar, following in zip_longest(bars, bars[1:]):
        left_px, right_px = max(scale.px(bar.start_s), 0.0), min(scale.px(bar.end_s), scale.width_px)
        if right_px < 0 or left_px > scale.width_px or not bar.turn.text.strip():
            continue
        written, speaker = "", drawable(bar.turn.speaker or "")
        if right_px - left_px >= _NARROWEST_LABEL_PX:
            written = _write_in_bar(axes, bar, left_px, right_px, y, palette, scale)
        if written and written != speaker:
            continue
        next_px = limit_px if following is None else min(scale.px(following.start_s) - _PAD_PX, limit_px)
        text = "" if written else _words(bar.turn, next_px - right_px - _BESIDE_PX, most_lines=1)
        if text and text != speaker:
            _write_beside(axes, scale.seconds(right_px + _BESIDE_PX), y, text, palette)
        elif above:
            captions.append((left_px, drawable(bar.turn.text)))
    for index, (left_px, words) in enumerate(captions):
        next_px = captions[index + 1][0] - _PAD_PX if index + 1 < len(captions) else limit_px
        room_px = max(next_px, min(left_px + _CAPTION_PX, limit_px)) - left_px
        text = fit(words, _TEXT_PX, room_px, most_lines=1)
        if left_px >= free_px and len(text.rstrip(ELLIPSIS)) > 1:
            _write_above(axes, scale.seconds(left_px), y, text, palette)
            free_px = left_px + width_px(text, _TEXT_PX) + _PAD_PX


def _write_in_bar(
    axes: Axes, bar: _Bar, left_px: float, right_px: float, y: float, palette: Palette, scale: Scale
) -> str:
    """The text that had room: first words, the speaker alone, or none."""
    text = _words(bar.turn, right_px - left_px - 2 * _PAD_PX)
    if not text:
        return ""
    below_px = _MIDDLE_PX + _LINE_PX / 2 * text.count("\n")
    axes.text(
        scale.seconds(left_px + _PAD_PX), y, text, ha="left", va="baseline", fontproperties=font(_TEXT_PX),
        transform=axes.transData + ScaledTranslation(0, -below_px / 96, figure_of(axes).dpi_scale_trans),
        color=palette.on_settled if bar.turn.settled else palette.on_unsettled, linespacing=1.15, zorder=3,
        clip_on=True, parse_math=False, usetex=False, gid="words",
    )  # fmt: skip
    return text


def _write_beside(axes: Axes, at_s: float, y: float, text: str, palette: Palette) -> None:
    beside = axes.text(
        at_s, y, text, ha="left", va="center_baseline", fontproperties=font(_TEXT_PX), color=palette.ink, zorder=3,
        clip_on=True, parse_math=False, usetex=False, gid="words-beside",
    )  # fmt: skip
    beside.set_path_effects([withStroke(linewidth=pt(3), foreground=palette.background)])


def _write_above(axes: Axes, at_s: float, y: float, text: str, palette: Palette) -> None:
    axes.text(
        at_s, y + BAR + _ABOVE, text, ha="left", va="bottom", fontproperties=font(_TEXT_PX), color=palette.ink,
        zorder=3, clip_on=True, parse_math=False, usetex=False, gid="words-above",
    )  # fmt: skip


def _words(turn: Turn, room_px: float, *, most_lines: int = 2) -> str:
    """The speaker and the first words that fit; the speaker alone where no word does."""
    words = drawable(turn.text)
    speaker = drawable(turn.speaker or "")
    if not speaker:
        text = fit(words, _TEXT_PX, room_px, most_lines=most_lines)
        return text if len(text.rstrip(ELLIPSIS)) > 1 else ""
    text = fit(f"{speaker}: {words}", _TEXT_PX, room_px, most_lines=most_lines)
    if len(text.rstrip(ELLIPSIS)) > len(speaker) + 1:
        return text
    return speaker if width_px(speaker, _TEXT_PX) <= room_px else ""
