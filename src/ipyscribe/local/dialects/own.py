"""The server's own model: the whole turn in every message, words final as soon as they will not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipyscribe.local import wire
from ipyscribe.local.dialects.base import Dialect

if TYPE_CHECKING:
    from ipyscribe.local.recognition_events import Turn


class OwnDialect(Dialect):
    """As the Universal-3 family speaks, with words that are final early and formatting that can be refused.

    A multilingual model tells the language of each turn.
    """

    def _frames(self, turn: Turn) -> list[str]:
        formatted = self.parameters.format_turns
        words = []
        for word in turn.words:
            text = word.text if formatted else wire.unformatted(word.text)
            if text:
                words.append(self._word(word, turn, text, final=word.is_final))
        transcript = " ".join(word.text for word in words)
        return [
            self._encode_turn(
                transcript,
                words,
                end_of_turn=turn.ended,
                turn_is_formatted=formatted,
                end_of_turn_confidence=float(turn.ended),
                utterance=transcript if turn.ended else "",
                **(self._language(turn) if turn.language else {}),
            )
        ]
