"""A turn as the browser draws it: text, and where in the text the unfinished and the doubtful words are."""

from __future__ import annotations

from typing import Any

from ipyscribe.transcript import Turn

DOUBTFUL_BELOW = 0.6


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
    at = 0
    for word in turn.words:
        text = word.text.strip()
        found = turn.text.find(text, at) if text else -1
        if found < 0 or found > at + len(text) + 40:
            spans.append((-1, -1))
        else:
            at = found + len(text)
            spans.append((found, at))
    return spans


def _firm(turn: Turn, spans: list[tuple[int, int]]) -> int:
    firm = 0
    for word, (_, end) in zip(turn.words, spans, strict=True):
        if not word.is_final:
            break
        firm = max(firm, end)
    return firm
