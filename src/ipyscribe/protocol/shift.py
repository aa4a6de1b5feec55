"""A message of a later connection, on the clock and with the turn numbers of the session that it continues.

Every connection counts its turns from 0 and its milliseconds from its own first sample.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from ipyscribe.protocol.messages import (
    LLMGatewayResponse,
    Message,
    Revision,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    TurnMessage,
    Word,
)


def shifted(message: Message, *, by_ms: int, by_turns: int) -> Message:
    """``message`` with ``by_ms`` added to its times and ``by_turns`` to its turn orders."""
    match message:
        case TurnMessage(turn_order=order, words=words):
            return structs.replace(message, turn_order=order + by_turns, words=_later(words, by_ms))
        case SpeechStarted(timestamp_ms=at_ms):
            return replace(message, timestamp_ms=at_ms + by_ms)
        case SpeakerRevision(revisions):
            return SpeakerRevision(tuple(_later_revision(revision, by_ms, by_turns) for revision in revisions))
        case LLMGatewayResponse(turn_order=order):
            return replace(message, turn_order=order + by_turns)
        case Silence(start_ms, end_ms):
            return Silence(start_ms + by_ms, end_ms + by_ms)
        case _:
            return message


def _later(words: tuple[Word, ...], by_ms: int) -> tuple[Word, ...]:
    return tuple(structs.replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in words)


def _later_revision(revision: Revision, by_ms: int, by_turns: int) -> Revision:
    return Revision(revision.turn_order + by_turns, revision.speaker, _later(revision.words, by_ms))
