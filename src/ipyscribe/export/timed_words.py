"""A turn's text in pieces that have times: what subtitles and annotations are made of."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from ipyscribe.export.exportable import one_line
from ipyscribe.transcript import Turn, Word
from ipyscribe.transcript.spans import word_spans

_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One written word with its time in ms on the audio clock; ``speaker`` where the model names one."""

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a written word: the spoken words that stand in it."""

    words: tuple[Word, ...]
    start: int
    end: int


def pieces(turn: Turn) -> list[Piece]:
    """The written words of ``turn``, in order, with the times of the spoken ones.

    Where formatting has changed a word ("forty two" to "42"), it gets the time between its neighbours. A turn
    without any word has no pieces: it has no place on the audio clock.
    """
    text = one_line(turn.text)
    if not turn.words or not text:
        return []
    known = _matched(text, turn.words)
    found: list[Piece] = []
    at_ms = turn.start_ms
    for index, token in enumerate(known):
        start_ms, end_ms = _times(known, index, at_ms, turn.end_ms)
        speaker = one_line(next((word.speaker for word in token.words if word.speaker), turn.speaker) or "") or None
        found.append(Piece(text[token.start : token.end], start_ms, max(end_ms, start_ms), speaker))
        at_ms = max(at_ms, end_ms)
    return found


def _matched(text: str, words: tuple[Word, ...]) -> list[_Known]:
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    if len(tokens) == len(words):  # the usual case: one spoken word for each written one
        return [_Known((word,), start, end) for word, (start, end) in zip(words, tokens, strict=True)]
    held: list[list[Word]] = [[] for _ in tokens]
    starts = [start for start, _ in tokens]
    for word, (at, _) in zip(words, word_spans(text, words), strict=True):
        if at >= 0:
            held[bisect_right(starts, at) - 1].append(word)
    return [_Known(tuple(inside), start, end) for inside, (start, end) in zip(held, tokens, strict=True)]


def _times(known: list[_Known], index: int, at_ms: int, last_ms: int) -> tuple[int, int]:
    """Start and end of a token; one without words gets its share of the time up to the next that has some."""
    words = known[index].words
    if words:
        return max(at_ms, words[0].start_ms), max(at_ms, words[-1].end_ms)
    after = next((later for later in range(index, len(known)) if known[later].words), len(known))
    until_ms = max(at_ms, known[after].words[0].start_ms) if after < len(known) else max(at_ms, last_ms)
    return at_ms, at_ms + (until_ms - at_ms) // (after - index)
