"""``u3-rt-pro`` and its successors: the whole turn each time, nothing final before its end, always formatted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipyscribe.local import wire
from ipyscribe.local.dialects.base import Dialect

if TYPE_CHECKING:
    from ipyscribe.local.recognition_events import Quiet, Turn


class U3Dialect(Dialect):
    """``SpeechStarted`` comes right before a turn's first ``Turn``."""

    def quiet(self, quiet: Quiet) -> list[str]:
        """``Silence``, where it was asked for."""
        return [wire.silence(quiet.start_ms, quiet.end_ms)] if self.parameters.acknowledge_silence else []

    def _frames(self, turn: Turn) -> list[str]:
        words = [self._word(word, turn, word.text, final=turn.ended) for word in turn.words]
        if words and turn.paused and not (turn.ended or turn.text.endswith((".", "?", "!"))):
            words[-1]["text"] += "—"
        transcript = " ".join(word["text"] for word in words)
        fields: dict[str, Any] = self._speaker(turn)
        if turn.ended and self.parameters.language_detection:
            fields.update(self._language(turn))
        frame = self._send(
            transcript,
            words,
            ended=turn.ended,
            formatted=turn.ended,
            confidence=float(turn.ended),
            utterance=transcript if turn.ended else "",
            **fields,
        )
        return [frame] if self._begun else [wire.speech_started(turn.onset_ms, turn.speech_confidence), frame]
