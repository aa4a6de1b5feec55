"""What the dialects of all models have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Revision, SpeakerRevision, TurnMessage
from ipyscribe.protocol.messages import Word as WireWord

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters
    from ipyscribe.local.recognition_events import Silence, Turn, Word

Formatting: TypeAlias = Literal["two_step", "in_model", "off"]
FORMATTINGS: tuple[Formatting, ...] = ("two_step", "in_model", "off")


class Dialect:
    """Turns the recognition events of one session into text frames. Turn numbers are counted here, from 0.

    ``parameters`` is replaced when the client changes them.
    """

    def __init__(self, parameters: Parameters, formatting: Formatting = "two_step") -> None:
        self.parameters = parameters
        self.formatting = formatting
        self._order = 0
        self._begun = False
        self._revisions: list[Revision] = []

    def turn(self, turn: Turn) -> list[str]:
        """The frames of a turn."""
        if not turn.ended and not self.parameters.partials:
            return []
        frames = self._frames(turn) if turn.words or self._begun else []
        self._begun = self._begun or bool(frames)
        if turn.ended:
            self._keep_revision(turn)
            self._end()
        return frames

    def silence(self, silence: Silence) -> list[str]:  # noqa: ARG002 - most models send nothing
        """The frames about silence."""
        return []

    def finish(self) -> list[str]:
        """The frames between the last turn and ``Termination``."""
        return [encode_message(SpeakerRevision(tuple(self._revisions)))] if self._revisions else []

    def _frames(self, turn: Turn) -> list[str]:
        raise NotImplementedError

    def _end(self) -> None:
        """The turn is over."""
        if self._begun:
            self._order += 1
        self._begun = False

    def _encode_turn(self, transcript: str, words: Iterable[WireWord], **fields: Any) -> str:
        """The frame of the open turn; ``fields`` are those of a ``TurnMessage``."""
        message = TurnMessage(self._order, transcript, words=tuple(words), **fields)
        return encode_message(message, nulls=["speaker_label"] if "speaker" in fields else [])

    def _speaker(self, turn: Turn) -> dict[str, Any]:
        """On finals where speaker labels were requested: null where the speaker is not known."""
        if not (turn.ended and self.parameters.speaker_labels):
            return {}
        return {"speaker": turn.first_speaker or turn.speaker}

    def _language(self, turn: Turn) -> dict[str, Any]:
        """The turn's language; a model of one language knows English only, and is sure of it."""
        return {"language": turn.language or "en", "language_confidence": turn.language_confidence}

    def _word(self, word: Word, turn: Turn, text: str, *, final: bool, confidence: float | None = None) -> WireWord:
        return WireWord(
            text,
            word.start_ms,
            word.end_ms,
            word.confidence if confidence is None else confidence,
            is_final=final,
            speaker=(turn.first_speaker or turn.speaker) if final and self.parameters.speaker_labels else None,
        )

    def _keep_revision(self, turn: Turn) -> None:
        if not (self._begun and self.parameters.speaker_labels and turn.first_speaker not in (None, turn.speaker)):
            return
        words = tuple(
            WireWord(word.text, word.start_ms, word.end_ms, word.confidence, is_final=True, speaker=turn.speaker)
            for word in turn.words
        )
        self._revisions.append(Revision(self._order, turn.speaker, words))
