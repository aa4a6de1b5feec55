"""A turn as the browser draws it: text, and where in the text the unfinished and the doubtful words are."""

from __future__ import annotations

from typing import Any

from ipyscribe.transcript import Turn

DOUBTFUL_BELOW = 0.6
_LOOK_AHEAD = 40


def row(turn: Turn) -> dict[str, Any]:
    """The turn as JSON.

    ``firm`` is how many characters from the start will not change; ``doubts`` are ``[start, end, confidence]``
    of words below ``DOUBTFUL_BELOW``, in characters of ``text`` (Unicode code points).
    """
    spans = _spans(turn)
    delay_ms = turn.final_delay_ms
    return {
        "order": turn.order,
        "start": turn.start_ms,
        "end": turn.end_ms,
        "text": turn.text,
        "state": "settled" if turn.settled else "provisional" if turn.ended else "open",
        "firm": len(turn.text) if turn.ended else _firm(turn, spans),
        "doubts": [
            [start, end, round(word.confidence, 2)]
            for word, (start, end) in zip(turn.words, spans, strict=True)
            if start >= 0 and word.confidence is not None and word.confidence < DOUBTFUL_BELOW
        ],
        "delay": None if delay_ms is None else round(delay_ms),
        "speaker": turn.speaker,
        "language": turn.language,
    }


def _spans(turn: Turn) -> list[tuple[int, int]]:
    """Where each word stands in the text; (-1, -1) for one that does not, as numbers that were formatted."""
    spans = []
    text, at = _folded(turn.text), 0
    for word in turn.words:
        found = _find_word(text, _folded(word.text.strip()), at)
        spans.append(found)
        at = max(at, found[1])
    return spans


def _find_word(text: str, word: str, at: int) -> tuple[int, int]:
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


def _firm(turn: Turn, spans: list[tuple[int, int]]) -> int:
    firm = 0
    for word, (_, end) in zip(turn.words, spans, strict=True):
        if not word.is_final:
            break
        firm = max(firm, end)
    return firm
