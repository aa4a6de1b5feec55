"""Positions of a turn's words in its text, which may have been formatted since they were recognised."""

from __future__ import annotations

from collections.abc import Sequence

from ipyscribe.protocol.messages import Word
from ipyscribe.transcript.scripts import writes_without_spaces

Span = tuple[int, int]
_LOOK_AHEAD = 40


def word_spans(text: str, words: Sequence[Word]) -> list[Span]:
    """Start and end (exclusive) of each word in ``text``, in characters (Unicode code points).

    (-1, -1) for a word that is not in it, such as a number that was formatted.
    """
    spans = []
    lowered, position = _lowered(text), 0
    for word in words:
        span = _find_word(lowered, _lowered(word.text.strip()), position)
        spans.append(span)
        position = max(position, span[1])
    return spans


def final_length(words: Sequence[Word], spans: Sequence[Span]) -> int:
    """How many characters from the start are final: up to the first word that is not."""
    length = 0
    for word, (_, end) in zip(words, spans, strict=True):
        if not word.is_final:
            break
        length = max(length, end)
    return length


def _find_word(text: str, word: str, position: int) -> Span:
    """The next occurrence of ``word`` within a few words from ``position``: a whole word, where spaces part words."""
    limit = position + len(word) + _LOOK_AHEAD
    while word and (start := text.find(word, position, limit)) >= 0:
        end = start + len(word)
        if not (_joined(text[start - 1 : start + 1]) or _joined(text[end - 1 : end + 1])):
            return start, end
        position = start + 1
    return -1, -1


def _joined(pair: str) -> bool:
    """True where two characters belong to one word; never in scripts that part words without spaces."""
    return len(pair) == 2 and pair.isalnum() and not any(map(writes_without_spaces, pair))


def _lowered(text: str) -> str:
    """``text`` in lower case, unless that moves characters (as of U+0130)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text
