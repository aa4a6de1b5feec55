"""A turn's written text as words with times: the input of subtitles, annotations and scoring files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from ipyscribe.export.exportable import one_line
from ipyscribe.transcript import Transcript, Turn, Word
from ipyscribe.transcript.scripts import writes_without_spaces
from ipyscribe.transcript.spans import word_spans

_TOKEN = re.compile(r"\S+")
_OPENING = "([{<\u00ab\u2018\u201c\u3008\u300a\u300c\u300e\u3010\u3014\uff08\uff3b\uff5b"


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One written word with its time in ms on the audio clock.

    ``speaker`` is None where the model names none; ``spaced`` is false where no space stands before the word, as in
    Chinese, Japanese and Thai. ``confidence`` is the mean of the recognised words in it.
    """

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None = None
    spaced: bool = True
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    """Characters ``start`` to ``end`` of the text, and the recognised words in them."""

    words: tuple[Word, ...]
    start: int
    end: int


def timed_words(turn: Turn) -> list[TimedWord]:
    """The written words of ``turn`` in order, with the times of the recognised ones.

    Where formatting has changed a word ("forty two" to "42"), it gets the time between its neighbours. A turn
    without words has no time on the audio clock, and gives none.
    """
    text = one_line(turn.text)
    if not turn.words or not text:
        return []
    tokens = _tokens(text, turn.words)
    timed: list[TimedWord] = []
    reached_ms = turn.start_ms
    for index, token in enumerate(tokens):
        start_ms, end_ms = _times(tokens, index, reached_ms, turn.end_ms)
        speaker = one_line(next((word.speaker for word in token.words if word.speaker), turn.speaker) or "") or None
        spaced = token.start == 0 or text[token.start - 1] == " "
        confidence = _mean([word.confidence for word in token.words if word.confidence is not None])
        written = text[token.start : token.end]
        timed.append(TimedWord(written, start_ms, max(end_ms, start_ms), speaker, spaced, confidence))
        reached_ms = max(reached_ms, end_ms)
    return timed


def speaker_runs(transcript: Transcript) -> Iterator[list[TimedWord]]:
    """The timed words of ``transcript``, in runs of one turn and one speaker."""
    for turn in transcript.turns:
        run: list[TimedWord] = []
        for word in timed_words(turn):
            if run and word.speaker != run[-1].speaker:
                yield run
                run = []
            run.append(word)
        if run:
            yield run


def joined(words: list[TimedWord]) -> str:
    """The text of ``words`` as it was written."""
    return "".join(f" {word.text}" if word.spaced and index else word.text for index, word in enumerate(words))


def _tokens(text: str, words: tuple[Word, ...]) -> list[_Token]:
    bounds = [match.span() for match in _TOKEN.finditer(text)]
    if len(bounds) == len(words):  # the usual case: one recognised word for each written one
        return [_Token((word,), start, end) for word, (start, end) in zip(words, bounds, strict=True)]
    spans = word_spans(text, words)
    bounds = [part for start, end in bounds for part in _split(text, start, end, [span[0] for span in spans])]
    contained: list[list[Word]] = [[] for _ in bounds]
    starts = [start for start, _ in bounds]
    for word, (position, _) in zip(words, spans, strict=True):
        if position >= 0:
            contained[max(bisect_right(starts, position) - 1, 0)].append(word)
    return [_Token(tuple(inside), start, end) for inside, (start, end) in zip(contained, bounds, strict=True)]


def _split(text: str, start: int, end: int, word_starts: list[int]) -> list[tuple[int, int]]:
    """The part of ``text`` from ``start`` to ``end`` split where words begin, in scripts that write no spaces."""
    cuts = [start]
    for position in sorted(set(word_starts)):
        if not start < position < end:
            continue
        while position - 1 > cuts[-1] and text[position - 1] in _OPENING:
            position -= 1
        if position > cuts[-1] and any(map(writes_without_spaces, text[position - 1 : position + 1])):
            cuts.append(position)
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _times(tokens: list[_Token], index: int, reached_ms: int, last_ms: int) -> tuple[int, int]:
    """Start and end of a token; one without words gets its share of the time up to the next that has some."""
    words = tokens[index].words
    if words:
        return max(reached_ms, words[0].start_ms), max(reached_ms, words[-1].end_ms)
    following = next((later for later in range(index, len(tokens)) if tokens[later].words), len(tokens))
    until_ms = max(reached_ms, tokens[following].words[0].start_ms if following < len(tokens) else last_ms)
    return reached_ms, reached_ms + (until_ms - reached_ms) // (following - index)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
