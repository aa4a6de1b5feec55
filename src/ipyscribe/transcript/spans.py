"""Where the words of a turn stand in its text, which may have been formatted since they were heard."""

from __future__ import annotations

from collections.abc import Sequence

from ipyscribe.protocol.messages import Word

Span = tuple[int, int]
_LOOK_AHEAD = 40


def word_spans(text: str, words: Sequence[Word]) -> list[Span]:
    """First and last position (exclusive) of each word in ``text``, in characters (Unicode code points).

    (-1, -1) for a word that does not stand there, as numbers that were formatted.
    """
    spans = []
    folded, at = _folded(text), 0
    for word in words:
        found = _find_word(folded, _folded(word.text.strip()), at)
        spans.append(found)
        at = max(at, found[1])
    return spans


def firm_length(words: Sequence[Word], spans: Sequence[Span]) -> int:
    """How many characters from the start will not change: up to the first word that is not final."""
    firm = 0
    for word, (_, end) in zip(words, spans, strict=True):
        if not word.is_final:
            break
        firm = max(firm, end)
    return firm


def _find_word(text: str, word: str, at: int) -> Span:
    """The next place of a whole ``word`` within a few words from ``at``."""
    limit = at + len(word) + _LOOK_AHEAD
    while word and (found := text.find(word, at, limit)) >= 0:
        end = found + len(word)
        if not (text[found - 1 : found].isalnum() or text[end : end + 1].isalnum()):
            return found, end
        at = found + 1
    return -1, -1


def _folded(text: str) -> str:
    """In lower case, where that leaves every character in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text
