"""The seam between two connections: what the transcript keeps, and from where audio is sent again."""

from __future__ import annotations

from msgspec.structs import replace

from ipyscribe.protocol.messages import Word
from ipyscribe.transcript.model import Mark, Transcript, Turn


def drop_unsettled(transcript: Transcript) -> tuple[Transcript, int]:
    """The transcript without text that could still change, and the ms of audio up to which it is complete.

    An ended turn stays as it is, even where its formatted text was still awaited. The final words of an open turn
    stay as a turn of their own; the audio of the others is sent again.
    """
    settled = _settled(transcript.turns)
    return replace(transcript, turns=settled), max((turn.end_ms for turn in settled[-2:]), default=0)


def settled_until_ms(transcript: Transcript) -> int:
    """The ms of audio up to which ``drop_unsettled`` would leave it complete."""
    ends_ms = []
    for turn in transcript.turns[-4:]:
        words = turn.words
        if turn.ended:
            ends_ms.append(turn.end_ms)
        elif final := _final_count(words):
            ends_ms.append(words[final - 1].end_ms)
    return max(ends_ms[-2:], default=0)


def _settled(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return tuple(settled for turn in turns if (settled := _settled_part(turn)) is not None)


def with_mark(transcript: Transcript, mark: Mark) -> Transcript:
    """The transcript with one more mark."""
    return replace(transcript, marks=(*transcript.marks, mark))


def _settled_part(turn: Turn) -> Turn | None:
    if turn.ended:
        return replace(turn, provisional=False) if turn.provisional else turn
    words = turn.words[: _final_count(turn.words)]
    if not words:
        return None
    return replace(turn, words=words, text=" ".join(word.text for word in words), ended=True, provisional=False)


def _final_count(words: tuple[Word, ...]) -> int:
    """How many words at the beginning are final."""
    count = 0
    for word in words:
        if not word.is_final:
            break
        count += 1
    return count
