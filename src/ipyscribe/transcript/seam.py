"""The seam between two connections: what the transcript keeps, and from where audio is sent again."""

from __future__ import annotations

from itertools import takewhile

from msgspec.structs import replace

from ipyscribe.transcript.model import Mark, Transcript, Turn


def cut(transcript: Transcript) -> tuple[Transcript, int]:
    """The transcript without text that could still have changed, and up to which ms of audio it is complete.

    An ended turn stays as it is, even where its formatted text was still awaited. The final words of an open turn
    stay as a turn of their own; the audio of the others is sent again.
    """
    kept = _kept(transcript.turns)
    return replace(transcript, turns=kept), _end_ms(kept)


def told_ms(transcript: Transcript) -> int:
    """Up to which ms of audio it would be complete if it were cut now."""
    return _end_ms(_kept(transcript.turns[-4:]))


def _end_ms(kept: tuple[Turn, ...]) -> int:
    return max((turn.end_ms for turn in kept[-2:]), default=0)


def _kept(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return tuple(kept for turn in turns if (kept := _ended(turn)) is not None)


def marked(transcript: Transcript, mark: Mark) -> Transcript:
    """The transcript with one more mark."""
    return replace(transcript, marks=(*transcript.marks, mark))


def _ended(turn: Turn) -> Turn | None:
    if turn.ended:
        return replace(turn, provisional=False) if turn.provisional else turn
    words = tuple(takewhile(lambda word: word.is_final, turn.words))
    if not words:
        return None
    return replace(turn, words=words, text=" ".join(word.text for word in words), ended=True, provisional=False)
