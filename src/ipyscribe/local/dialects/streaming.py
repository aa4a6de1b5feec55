"""``universal-streaming-english`` and ``-multilingual``: a final word never changes.

``transcript`` holds the finalised words, ``words`` runs one word ahead of it, ``utterance`` is filled in a pause or
on the final with the words since the last utterance. Text is lower case without punctuation. Where the client asks for
formatted turns, ``formatting`` selects how: ``two_step`` (an unformatted final, then a formatted one), ``in_model``
(every message formatted, one final), ``off`` (never, as a server that has dropped it would).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ipyscribe.local import wire
from ipyscribe.local.dialects.base import Dialect
from ipyscribe.local.turns import end_confidence
from ipyscribe.protocol.messages import Word as WireWord

if TYPE_CHECKING:
    from ipyscribe.local.recognition_events import Turn

GRID_MS = 80
_SPEAKING_CONFIDENCE = 0.0123


class StreamingDialect(Dialect):
    """``_final`` holds the words of the open turn that were promised, as they were sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._final: list[WireWord] = []
        self._last: Any = None
        self._uttered = 0

    def finish(self) -> list[str]:
        """One empty final, as these models send on ``Terminate``."""
        empty = self._encode_turn("", (), end_of_turn=True, end_of_turn_confidence=0.0)
        self._order += 1
        return [*super().finish(), empty]

    def _end(self) -> None:
        super()._end()
        self._final, self._last, self._uttered = [], None, 0

    def _frames(self, turn: Turn) -> list[str]:
        in_model = self.parameters.format_turns and self.formatting == "in_model"
        spoken = self._words_of_turn(turn, formatted=in_model)
        count = len(spoken) if turn.ended else sum(word.is_final for word, _ in spoken)
        if turn.paused and not turn.ended:
            count = max(count - 1, len(self._final))
        self._final += [
            self._word_of(spoken_word, turn, final=True, after=self._final)
            for spoken_word in spoken[len(self._final) : count]
        ]
        ahead = [
            self._word_of(spoken_word, turn, final=False, after=self._final)
            for spoken_word in spoken[count : count + 1]
        ]
        words = [*self._final, *ahead]
        utterance = ""
        if turn.ended or turn.paused:
            utterance, self._uttered = _joined(words[self._uttered :]), len(words)
        shown = (_joined(words), len(self._final), utterance)
        if not turn.ended and shown == self._last:
            return []
        self._last = shown
        fields = {
            "end_of_turn": turn.ended,
            "end_of_turn_confidence": end_confidence(turn.text) if turn.ended or turn.paused else _SPEAKING_CONFIDENCE,
            **self._speaker(turn),
        }
        if (
            self.parameters.family == "multilingual"
            and self.parameters.language_detection
            and (turn.ended or utterance)
        ):
            fields.update(self._language(turn))
        frames = [
            self._encode_turn(_joined(self._final), words, turn_is_formatted=in_model, utterance=utterance, **fields)
        ]
        if turn.ended and turn.words and self.parameters.format_turns and self.formatting == "two_step":
            frames.append(self._formatted(turn, fields))
        return frames

    def _words_of_turn(self, turn: Turn, *, formatted: bool) -> list[tuple[Any, str]]:
        spoken = [(word, word.text if formatted else wire.unformatted(word.text)) for word in turn.words]
        return [(word, text) for word, text in spoken if text]

    def _word_of(self, spoken_word: tuple[Any, str], turn: Turn, *, final: bool, after: list[WireWord]) -> WireWord:
        word, text = spoken_word
        start_ms = max(_on_grid(word.start_ms), after[-1].end_ms if after else 0)
        end_ms = max(_on_grid(word.end_ms), start_ms + GRID_MS)
        return replace(self._word(word, turn, text, final=final), start_ms=start_ms, end_ms=end_ms)

    def _formatted(self, turn: Turn, fields: dict[str, Any]) -> str:
        spoken = [text for _, text in self._words_of_turn(turn, formatted=True)]
        words = self._final
        if len(spoken) == len(words):
            words = [replace(word, text=text) for word, text in zip(words, spoken, strict=True)]
        return self._encode_turn(" ".join(spoken), words, turn_is_formatted=True, utterance=" ".join(spoken), **fields)


def _on_grid(time_ms: int) -> int:
    return round(time_ms / GRID_MS) * GRID_MS


def _joined(words: list[WireWord]) -> str:
    return " ".join(word.text for word in words)
