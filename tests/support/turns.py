"""Turns as a server sends them: words of equal length, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from ipyscribe.protocol.messages import TurnMessage, Word


def turn_message(
    order: int,
    text: str | Sequence[str],
    *,
    end: bool = False,
    formatted: bool | None = None,
    final: bool | None = None,
    start_ms: int = 0,
    word_ms: int = 400,
    spoken_ms: int = 360,
) -> TurnMessage:
    """A ``Turn`` whose words begin at ``start_ms``, one every ``word_ms``, and last ``spoken_ms``.

    It is ``formatted``, and its words are ``final``, at its end by default.
    """
    texts = text.split() if isinstance(text, str) else text
    transcript = " ".join(texts)
    return TurnMessage(
        turn_order=order,
        transcript=transcript,
        utterance=transcript if end else "",
        end_of_turn=end,
        turn_is_formatted=end if formatted is None else formatted,
        end_of_turn_confidence=float(end),
        words=tuple(
            Word(word, start, start + spoken_ms, 0.9, is_final=end if final is None else final)
            for word, start in zip(texts, range(start_ms, start_ms + word_ms * len(texts), word_ms), strict=True)
        ),
    )
