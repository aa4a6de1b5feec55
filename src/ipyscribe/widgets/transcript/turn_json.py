"""A turn as the browser draws it: text, and where in the text the unfinished and the doubtful words are."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ipyscribe.plain_text import plain
from ipyscribe.transcript import Turn
from ipyscribe.transcript.spans import final_length, word_spans

DOUBTFUL_BELOW = 0.6


def turn_json(turn: Turn) -> dict[str, Any]:
    """The turn as JSON, its text plain, as positions in it are those of the plain text.

    ``final_chars`` is how many characters from the start will not change; ``doubts`` are ``[start, end, confidence]``
    of words below ``DOUBTFUL_BELOW``, in characters of ``text`` (Unicode code points).
    """
    text, words = plain(turn.text), turn.words
    if text != turn.text:
        words = tuple([replace(word, text=plain(word.text)) for word in words])
    spans = word_spans(text, words)
    delay_ms = turn.final_delay_ms
    return {
        "order": turn.order,
        "start": turn.start_ms,
        "end": turn.end_ms,
        "text": text,
        "state": "settled" if turn.settled else "provisional" if turn.ended else "open",
        "final_chars": len(text) if turn.ended else final_length(words, spans),
        "doubts": [
            [start, end, round(word.confidence, 2)]
            for word, (start, end) in zip(words, spans, strict=True)
            if start >= 0 and word.confidence is not None and word.confidence < DOUBTFUL_BELOW
        ],
        "delay": None if delay_ms is None else round(delay_ms),
        "speaker": turn.speaker and plain(turn.speaker),
        "language": turn.language and plain(turn.language),
    }
