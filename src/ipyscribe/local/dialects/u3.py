"""``u3-rt-pro`` and its successors: the whole turn each time, nothing final before its end, always formatted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ipyscribe.local.dialects.base import Dialect, Formatting
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Silence as SilenceMessage
from ipyscribe.protocol.messages import SpeechStarted

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters
    from ipyscribe.local.recognition_events import Silence, Turn

FIRST_MODEL = "u3-rt-pro"
_HELD = 0.8


class U3Dialect(Dialect):
    """``SpeechStarted`` comes right before a turn's first ``Turn``.

    ``u3-rt-pro`` marks its finals as formatted, with a confidence of 1, and its partials as neither. Its successors
    mark every ``Turn`` as formatted, and their confidence that the turn has ended rises while it is held open.
    """

    def __init__(self, parameters: Parameters, formatting: Formatting = "two_step") -> None:
        super().__init__(parameters, formatting)
        self._partials = 0
        self._first = parameters.speech_model == FIRST_MODEL

    def silence(self, silence: Silence) -> list[str]:
        """``Silence``, where it was requested."""
        if not self.parameters.acknowledge_silence:
            return []
        return [encode_message(SilenceMessage(silence.start_ms, silence.end_ms))]

    def _frames(self, turn: Turn) -> list[str]:
        words = [self._word(word, turn, word.text, final=turn.ended) for word in turn.words]
        if words and turn.paused and not (turn.ended or turn.text.endswith((".", "?", "!"))):
            words[-1] = replace(words[-1], text=words[-1].text + "—")
        transcript = " ".join(word.text for word in words)
        fields: dict[str, Any] = self._speaker(turn)
        if turn.ended and self.parameters.language_detection:
            fields.update(self._language(turn))
        frame = self._encode_turn(
            transcript,
            words,
            end_of_turn=turn.ended,
            turn_is_formatted=turn.ended or not self._first,
            end_of_turn_confidence=1.0 if turn.ended else self._held_confidence(),
            utterance=transcript if turn.ended else "",
            **fields,
        )
        if self._begun:
            return [frame]
        return [encode_message(SpeechStarted(turn.onset_ms, turn.speech_confidence)), frame]

    def _held_confidence(self) -> float:
        """0 on the first partial of a turn, then ever nearer to 1."""
        if self._first:
            return 0.0
        self._partials += 1
        return round(1 - _HELD ** (self._partials - 1), 4)

    def _end(self) -> None:
        super()._end()
        self._partials = 0
