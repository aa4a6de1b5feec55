"""``whisper-rt``: no partials, no confidences, always a language, and tags in brackets for what is not speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipyscribe.local import wire
from ipyscribe.local.dialects.base import Dialect
from ipyscribe.local.turns import looks_complete
from ipyscribe.protocol.messages import Word as WireWord

if TYPE_CHECKING:
    from ipyscribe.local.recognition_events import Silence, Turn, Word

SILENCE_TAG = "[Silence]"


class WhisperDialect(Dialect):
    """``utterance`` holds the formatted text and the tags; ``transcript`` is raw unless formatting was requested."""

    def turn(self, turn: Turn) -> list[str]:
        """Finals only."""
        return super().turn(turn) if turn.ended else []

    def silence(self, silence: Silence) -> list[str]:
        """A turn of its own that is nothing but a tag."""
        word = WireWord("", silence.start_ms, silence.end_ms, 0.0, is_final=True)
        frame = self._final(" silence", SILENCE_TAG, [word], {"language": "en", "language_confidence": 1.0})
        self._order += 1
        return [frame]

    def _frames(self, turn: Turn) -> list[str]:
        formatted = self.parameters.format_turns
        words = [
            self._word(word, turn, word.text if formatted else wire.unformatted(word.text), final=True, confidence=0.0)
            for word in turn.words
        ]
        return [self._final(_raw(turn.words), turn.text, words, {**self._speaker(turn), **self._language(turn)})]

    def _final(self, raw: str, text: str, words: list[WireWord], fields: dict[str, Any]) -> str:
        formatted = self.parameters.format_turns
        transcript = text if formatted else raw
        return self._encode_turn(
            transcript,
            words,
            end_of_turn=True,
            turn_is_formatted=formatted,
            end_of_turn_confidence=1.0,
            utterance=text,
            **fields,
        )


def _raw(words: tuple[Word, ...]) -> str:
    """Without case and punctuation, a space before each piece, so that two meet where sentences do."""
    raw = ""
    for word in words:
        raw += f" {wire.unformatted(word.text)}" + (" " if looks_complete(word.text) else "")
    return raw.rstrip()
