"""The messages of the v3 protocol, both ways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from ipyscribe.protocol.parameters import on_the_wire

JsonObject: TypeAlias = dict[str, Any]
MOST = 2**53
"""Numbers of the wire stay within what JSON carries exactly everywhere."""
Integer: TypeAlias = Annotated[int, Meta(ge=-MOST, le=MOST)]
Number: TypeAlias = Annotated[float, Meta(ge=-MOST, le=MOST)]


class Word(Struct, frozen=True, gc=False, rename={"start_ms": "start", "end_ms": "end", "is_final": "word_is_final"}):
    """One recognised word. Times are milliseconds on the session's audio clock.

    ``confidence`` is 0 to 1, or None where the model gives none (whisper-rt sends 0.0 for every word).
    ``is_final`` is the wire's ``word_is_final``.
    """

    text: str
    start_ms: Integer
    end_ms: Integer
    confidence: Number | None = None
    is_final: bool = False
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """The session is open. ``expires_at_s`` is Unix time; ``configuration`` is empty on older servers."""

    session_id: str
    expires_at_s: int
    configuration: JsonObject

    @property
    def model(self) -> str | None:
        """The model that the server reports, where it reports one."""
        model = self.configuration.get("model")
        return model if isinstance(model, str) else None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech was detected (u3-rt-pro and its successors), once per turn, before its first ``Turn``."""

    timestamp_ms: int
    confidence: float | None


class TurnMessage(
    Struct, frozen=True, gc=False, tag="Turn", rename={"speaker": "speaker_label", "language": "language_code"}
):
    """The whole state of one turn; it replaces the earlier state of the same ``turn_order``.

    ``end_of_turn`` is the only sign that a turn has ended. ``transcript`` holds only finalised words on the
    universal-streaming models, the whole turn so far on the others.
    """

    turn_order: Integer
    transcript: str = ""
    utterance: str = ""
    end_of_turn: bool = False
    turn_is_formatted: bool = False
    end_of_turn_confidence: Number | None = None
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    language: str | None = None
    language_confidence: Number | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """New speakers for one earlier turn."""

    turn_order: int
    speaker: str | None
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class SpeakerRevision:
    """New speakers for earlier turns; text and times never change."""

    revisions: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class LLMGatewayResponse:
    """A language model's answer to a final turn."""

    turn_order: int
    transcript: str
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How far the server has come, every five seconds where it was requested."""

    total_audio_received_ms: int
    total_duration_ms: int
    realtime_factor: float | None
    max_speech_probability: float | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A time range without speech, about once a second where it was requested."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class ServerWarning:
    """Trouble with a parameter that does not end the session."""

    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class ServerError:
    """The reason of the error close that follows at once; no ``Termination`` comes after it."""

    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Termination:
    """The last message after ``Terminate``; the durations are whole seconds, and the second one is billed."""

    audio_duration_s: int | None
    session_duration_s: int | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame that could not be read as a known message: ``problem`` says why, ``raw`` is what came."""

    type: str | None
    raw: str
    problem: str


Message: TypeAlias = (
    Begin
    | SpeechStarted
    | TurnMessage
    | SpeakerRevision
    | LLMGatewayResponse
    | Heartbeat
    | Silence
    | ServerWarning
    | ServerError
    | Termination
    | Unknown
)

TERMINATE = '{"type":"Terminate"}'
FORCE_ENDPOINT = '{"type":"ForceEndpoint"}'
KEEP_ALIVE = '{"type":"KeepAlive"}'


def update_configuration(changes: JsonObject) -> str:
    """The text frame that changes settings of an open session; what is left out keeps its value."""
    return json.dumps(
        {"type": "UpdateConfiguration", **on_the_wire(changes)}, separators=(",", ":"), ensure_ascii=False
    )
