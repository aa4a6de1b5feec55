"""Where the bars of turns and their first words go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from math import floor
from typing import Literal

from ipyscribe.timeline.labels import ELLIPSIS, drawable, fit, width_px
from ipyscribe.timeline.scale import Scale
from ipyscribe.transcript import Turn

TEXT_PX = 11.0
PAD_PX = 6.0
_NARROWEST_BAR_PX = 3.0
_NARROWEST_LABEL_PX = 18.0
_BESIDE_PX = 4.0
_CAPTION_PX = 60.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a turn, in seconds."""

    turn: Turn
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Words:
    """First words of a turn, in lines, and the time at which they begin: in its bar, behind it or above it."""

    order: int
    text: str
    at_s: float
    place: Literal["in", "beside", "above"]
    settled: bool


def place_bars(turns: Sequence[Turn], scale: Scale, *, dense: bool) -> list[Bar]:
    """The turns as bars; one too short to be seen is lengthened as far as the next one leaves room."""
    least_s = _NARROWEST_BAR_PX / scale.px_per_s
    bars: list[Bar] = []
    next_start_s = float("inf")
    for turn in reversed(turns):
        start_s, end_s = turn.start_ms / 1000, turn.end_ms / 1000
        if not (dense and turn.settled):
            end_s = max(end_s, min(start_s + least_s, next_start_s - least_s / 2))
        bars.append(Bar(turn, start_s, end_s))
        next_start_s = start_s
    return bars[::-1]


def place_words(
    bars: Sequence[Bar],
    scale: Scale,
    *,
    now_s: float | None,
    above: bool,
    readable: Callable[[str], str] = drawable,
) -> list[Words]:
    """The first words of each turn: in its bar, else in the silence behind it, else above it from its beginning.

    None cross ``now_s``; ``above=False`` leaves out those that would stand above. ``readable`` puts a text on one line
    of characters that can be shown.
    """
    limit_px = scale.width_px if now_s is None else min(scale.width_px, max(scale.px(now_s) - PAD_PX, 0.0))
    words: list[Words] = []
    captions: list[tuple[float, Bar]] = []
    for bar, following in zip_longest(bars, bars[1:]):
        left_px, right_px = max(scale.px(bar.start_s), 0.0), min(scale.px(bar.end_s), scale.width_px)
        if right_px < 0 or left_px > scale.width_px or not bar.turn.text.strip():
            continue
        written, speaker = "", readable(bar.turn.speaker or "")
        if right_px - left_px >= _NARROWEST_LABEL_PX:
            written = _first_words(bar.turn, right_px - left_px - 2 * PAD_PX, readable)
        if written:
            words.append(Words(bar.turn.order, written, scale.seconds(left_px + PAD_PX), "in", bar.turn.settled))
        if written and written != speaker:
            continue
        next_px = limit_px if following is None else min(scale.px(following.start_s) - PAD_PX, limit_px)
        text = "" if written else _first_words(bar.turn, next_px - right_px - _BESIDE_PX, readable, most_lines=1)
        if text and text != speaker:
            words.append(Words(bar.turn.order, text, scale.seconds(right_px + _BESIDE_PX), "beside", bar.turn.settled))
        elif above:
            captions.append((left_px, bar))
    return words + _captions(captions, scale, limit_px, readable)


def _captions(
    captions: Sequence[tuple[float, Bar]], scale: Scale, limit_px: float, readable: Callable[[str], str]
) -> list[Words]:
    """The words above bars; one that would hit the one before it is left out."""
    words: list[Words] = []
    free_px = 0.0
    for index, (left_px, bar) in enumerate(captions):
        next_px = captions[index + 1][0] - PAD_PX if index + 1 < len(captions) else limit_px
        room_px = max(next_px, min(left_px + _CAPTION_PX, limit_px)) - left_px
        text = _fit(readable(bar.turn.text), room_px, most_lines=1)
        if left_px >= free_px and len(text.rstrip(ELLIPSIS)) > 1:
            words.append(Words(bar.turn.order, text, scale.seconds(left_px), "above", bar.turn.settled))
            free_px = left_px + width_px(text, TEXT_PX) + PAD_PX
    return words


def _first_words(turn: Turn, room_px: float, readable: Callable[[str], str], *, most_lines: int = 2) -> str:
    """The speaker and the first words that fit; the speaker alone where no word does."""
    words = readable(turn.text)
    speaker = readable(turn.speaker or "")
    if not speaker:
        text = _fit(words, room_px, most_lines=most_lines)
        return text if len(text.rstrip(ELLIPSIS)) > 1 else ""
    text = _fit(f"{speaker}: {words}", room_px, most_lines=most_lines)
    if len(text.rstrip(ELLIPSIS)) > len(speaker) + 1:
        return text
    return speaker if width_px(speaker, TEXT_PX) <= room_px else ""


def _fit(text: str, room_px: float, *, most_lines: int) -> str:
    return _fit_half_px(text, floor(2 * room_px), most_lines)


@lru_cache(maxsize=512)
def _fit_half_px(text: str, room_half_px: int, most_lines: int) -> str:
    """While a session runs, the same words are fitted into the same bars again and again."""
    return fit(text, TEXT_PX, room_half_px / 2, most_lines=most_lines)
