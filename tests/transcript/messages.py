"""Short ways to write a server's messages."""

from __future__ import annotations

from typing import Any

from ipyscribe.protocol.messages import Message, Termination, TurnMessage, Word
from ipyscribe.transcript import Arrival, Transcript, reduce


def word(text: str, at: int, *, final: bool = True, confidence: float | None = 0.9, speaker: str | None = None) -> Word:
    return Word(text, 400 * at, 400 * at + 360, confidence, final, speaker)


def turn(
    order: int,
    text: str = "",
    *,
    words: str | tuple[Word, ...] | None = None,
    end: bool = False,
    formatted: bool = False,
    utterance: str = "",
    **fields: Any,
) -> TurnMessage:
    """A ``Turn``: ``words`` are those of ``text`` unless given; a trailing ``~`` marks an unfinished one."""
    if not isinstance(words, tuple):
        tokens = (text if words is None else words).split()
        words = tuple(
            word(token.rstrip("~"), position, final=not token.endswith("~")) for position, token in enumerate(tokens)
        )
    values = {
        "turn_order": order,
        "transcript": text,
        "utterance": utterance,
        "end_of_turn": end,
        "turn_is_formatted": formatted,
        "end_of_turn_confidence": None,
        "words": words,
        "speaker": None,
        "language": None,
        "language_confidence": None,
    }
    return TurnMessage(**(values | fields))


def reduced(*messages: Message, start: Transcript | None = None) -> Transcript:
    """The transcript after those messages, one second apart."""
    transcript = Transcript() if start is None else start
    for second, message in enumerate(messages, 1):
        transcript = reduce(transcript, message, Arrival(float(second), 1000.0 * second))
    return transcript


TERMINATION = Termination(4, 7)
