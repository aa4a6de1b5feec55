"""The messages of the v3 protocol, both ways, and a parser that no frame can stop.

Every server message is one JSON object in a text frame, told apart by ``type``; the order of keys is free
(in real ``Turn`` frames ``type`` is the last). What is unknown or malformed becomes ``Unknown``: it is kept,
and the reader goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
_DECODER = json.JSONDecoder()
_KEPT_WORDS = 1024


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. Times are milliseconds on the session's audio clock.

    ``confidence`` is 0 to 1, or None where the model gives none (whisper-rt sends 0.0 for every word).
    ``is_final`` is the wire's ``word_is_final``.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None
    is_final: bool
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """The session is open. ``expires_at_s`` is Unix time; ``configuration`` is empty on older servers."""

    session_id: str
    expires_at_s: int
    configuration: JsonObject

    @property
    def model(self) -> str | None:
        """The model that the server says it runs, where it says so."""
        model = self.configuration.get("model")
        return model if isinstance(model, str) else None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech was heard (u3-rt-pro and its successors), once per turn, before its first ``Turn``."""

    timestamp_ms: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class TurnMessage:
    """The whole state of one turn; it replaces what was said of the same ``turn_order`` before.

    ``end_of_turn`` is the only sign that a turn has ended. ``transcript`` holds only finalised words on the
    universal-streaming models, the whole turn so far on the others.
    """

    turn_order: int
    transcript: str
    utterance: str
    end_of_turn: bool
    turn_is_formatted: bool
    end_of_turn_confidence: float | None
    words: tuple[Word, ...]
    speaker: str | None
    language: str | None
    language_confidence: float | None


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
    """How far the server has come, every five seconds where it was asked for."""

    total_audio_received_ms: int
    total_duration_ms: int
    realtime_factor: float | None
    max_speech_probability: float | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without speech, about once a second where it was asked for."""

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


class _MalformedError(Exception):
    """A field of a known message that has another type than the protocol gives it."""


def parse_message(raw: str | bytes) -> Message:
    """Read one text frame. Never raises."""
    try:
        fields = _decoded(_as_json(raw))
    except (ValueError, RecursionError) as error:
        return Unknown(None, _as_text(raw), f"not JSON: {error}")
    if not isinstance(fields, dict):
        return Unknown(None, _as_text(raw), f"expected a JSON object, got {type(fields).__name__}")
    kind = fields.get("type")
    if kind is None and isinstance(fields.get("error"), str):
        kind = "Error"
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return Unknown(_optional_text(fields, "type"), _as_text(raw), "unknown message type")
    try:
        return reader(fields)
    except _MalformedError as error:
        return Unknown(kind, _as_text(raw), str(error))
    except RecursionError:
        return Unknown(kind, _as_text(raw), "nested too deeply")


def _as_json(raw: str | bytes) -> str:
    return raw if isinstance(raw, str) else raw.decode("utf-8", "surrogatepass")


def _decoded(text: str) -> Any:
    """``json.loads``, which looks for white space with regular expressions, only where that can matter."""
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


def _as_text(raw: str | bytes) -> str:
    return _encodable(raw) if isinstance(raw, str) else raw.decode("utf-8", "replace")


def _encodable(text: str) -> str:
    """JSON can escape half a surrogate pair, which no file, terminal or socket takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _integer(fields: JsonObject, name: str, default: int | None = None) -> int:
    value = default if fields.get(name) is None else fields[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 2**53:
        raise _MalformedError(f"{name!r} should be an integer, got {value!r:.60}")
    return int(value)


def _optional_integer(fields: JsonObject, name: str) -> int | None:
    return None if fields.get(name) is None else _integer(fields, name)


def _number(fields: JsonObject, name: str) -> float | None:
    """A finite number. NaN, an infinity or one beyond 2**53, which ``json`` reads, counts as none."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _MalformedError(f"{name!r} should be a number, got {value!r:.60}")
    return float(value) if abs(value) <= 2**53 else None


def _text(fields: JsonObject, name: str, default: str | None = None) -> str:
    value = default if fields.get(name) is None else fields[name]
    if not isinstance(value, str):
        raise _MalformedError(f"{name!r} should be a string, got {value!r:.60}")
    return _encodable(value)


def _optional_text(fields: JsonObject, name: str) -> str | None:
    value = fields.get(name)
    return _encodable(value) if isinstance(value, str) else None


def _flag(fields: JsonObject, name: str) -> bool:
    value = False if fields.get(name) is None else fields[name]
    if not isinstance(value, bool):
        raise _MalformedError(f"{name!r} should be true or false, got {value!r:.60}")
    return value


def _objects(fields: JsonObject, name: str) -> list[JsonObject]:
    value = fields.get(name)
    if value is None:
        return []
    if type(value) is not list or {type(item) for item in value} - {dict}:
        raise _MalformedError(f"{name!r} should be a list of objects, got {value!r:.60}")
    return value


def _words(fields: JsonObject) -> tuple[Word, ...]:
    words = _objects(fields, "words")
    try:
        return tuple(
            [
                _shared_word(
                    word["text"],
                    word["start"],
                    word["end"],
                    word["confidence"],
                    word["word_is_final"],
                    word.get("speaker"),
                )
                for word in words
            ]
        )
    except (KeyError, TypeError):  # a value is left out, or a list or object that cannot be looked up
        return tuple([_word(word) for word in words])


def _word(fields: JsonObject) -> Word:
    get = fields.get
    return _read_word(get("text"), get("start"), get("end"), get("confidence"), get("word_is_final"), get("speaker"))


def _read_word(text: Any, start: Any, end: Any, confidence: Any, final: Any, speaker: Any) -> Word:
    fields = {"text": text, "start": start, "end": end, "confidence": confidence, "speaker": speaker}
    return Word(
        text=_text(fields, "text"),
        start_ms=_integer(fields, "start"),
        end_ms=_integer(fields, "end"),
        confidence=_number(fields, "confidence"),
        is_final=_flag({"word_is_final": final}, "word_is_final"),
        speaker=_optional_text(fields, "speaker"),
    )


# A Turn repeats all words of its turn: most of them were read from the message before.
_shared_word = lru_cache(_KEPT_WORDS, typed=True)(_read_word)


def _begin(fields: JsonObject) -> Begin:
    configuration = fields.get("configuration")
    return Begin(
        session_id=_text(fields, "id", ""),
        expires_at_s=_integer(fields, "expires_at", 0),
        configuration=configuration if isinstance(configuration, dict) else {},
    )


def _turn(fields: JsonObject) -> TurnMessage:
    return TurnMessage(
        turn_order=_integer(fields, "turn_order"),
        transcript=_text(fields, "transcript", ""),
        utterance=_optional_text(fields, "utterance") or "",
        end_of_turn=_flag(fields, "end_of_turn"),
        turn_is_formatted=_flag(fields, "turn_is_formatted"),
        end_of_turn_confidence=_number(fields, "end_of_turn_confidence"),
        words=_words(fields),
        speaker=_optional_text(fields, "speaker_label"),
        language=_optional_text(fields, "language_code"),
        language_confidence=_number(fields, "language_confidence"),
    )


def _speaker_revision(fields: JsonObject) -> SpeakerRevision:
    return SpeakerRevision(
        tuple(
            Revision(_integer(item, "turn_order"), _optional_text(item, "speaker_label"), _words(item))
            for item in _objects(fields, "revisions")
        )
    )


def _llm(fields: JsonObject) -> LLMGatewayResponse:
    data = fields.get("data")
    return LLMGatewayResponse(
        _integer(fields, "turn_order"),
        _text(fields, "transcript", ""),
        data if isinstance(data, dict) else {},
    )


def _heartbeat(fields: JsonObject) -> Heartbeat:
    return Heartbeat(
        _integer(fields, "total_audio_received_ms", 0),
        _integer(fields, "total_duration_ms", 0),
        _number(fields, "realtime_factor"),
        _number(fields, "max_speech_probability"),
    )


_READERS: Mapping[str, Callable[[JsonObject], Message]] = {
    "Begin": _begin,
    "SpeechStarted": lambda f: SpeechStarted(_integer(f, "timestamp"), _number(f, "confidence")),
    "Turn": _turn,
    "SpeakerRevision": _speaker_revision,
    "LLMGatewayResponse": _llm,
    "Heartbeat": _heartbeat,
    "Silence": lambda f: Silence(_integer(f, "start_ms"), _integer(f, "end_ms")),
    "Warning": lambda f: ServerWarning(_optional_integer(f, "warning_code"), _text(f, "warning", "")),
    "Error": lambda f: ServerError(_optional_integer(f, "error_code"), _text(f, "error", "")),
    "Termination": lambda f: Termination(
        _optional_integer(f, "audio_duration_seconds"), _optional_integer(f, "session_duration_seconds")
    ),
}

TERMINATE = '{"type":"Terminate"}'
FORCE_ENDPOINT = '{"type":"ForceEndpoint"}'
KEEP_ALIVE = '{"type":"KeepAlive"}'


def update_configuration(changes: JsonObject) -> str:
    """The text frame that changes settings of an open session; what is left out keeps its value."""
    return json.dumps({"type": "UpdateConfiguration", **changes}, separators=(",", ":"), ensure_ascii=False)
