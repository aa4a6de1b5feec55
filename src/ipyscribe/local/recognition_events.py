"""What a recogniser reports: words, turns and silences on the session's audio clock. No audio, no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """A word on the session's audio clock, in ms; one that ``is_final`` stays in its turn as it is."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    is_final: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """The whole turn as recognised so far.

    ``paused`` marks a transcript made in a silence within the turn. ``onset_ms`` is where speech was detected and
    ``speech_confidence`` the VAD's probability there. ``language`` is a code, None where the model knows one
    language only. ``speaker`` and ``first_speaker`` (named while the session runs, corrected to ``speaker`` at its
    end) are known to a script only.
    """

    order: int
    words: tuple[Word, ...]
    ended: bool
    paused: bool = False
    onset_ms: int = 0
    speech_confidence: float = 1.0
    speaker: str | None = None
    first_speaker: str | None = None
    language: str | None = None
    language_confidence: float = 1.0

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Silence:
    """A time range between turns without speech."""

    start_ms: int
    end_ms: int


Event: TypeAlias = Turn | Silence
