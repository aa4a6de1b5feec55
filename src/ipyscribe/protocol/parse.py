"""A parser of server messages that no frame can stop.

Every server message is one JSON object in a text frame, distinguished by ``type``; the order of keys is free
(in real ``Turn`` frames ``type`` is the last). What is unknown or malformed becomes ``Unknown``: it is kept,
and the reader goes on.

Nearly all messages are Turns as the protocol describes them, and those are read in one step. All others,
and Turns that differ in any way, are looked at field by field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from msgspec import MsgspecError
from msgspec.json import Decoder

from ipyscribe.protocol.messages import (
    MOST,
    Begin,
    Heartbeat,
    JsonObject,
    LLMGatewayResponse,
    Message,
    Revision,
    ServerError,
    ServerWarning,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    Termination,
    TurnMessage,
    Unknown,
    Word,
)

MOST_VALUES = 200_000
"""In one frame: a Turn of 30,000 words. Python's objects take fifty times as much memory as the text of some values."""
_ALWAYS_FEW_CHARS = 65_536
_well_formed_turn = Decoder(TurnMessage).decode


class _MalformedError(Exception):
    """A field of a known message that has another type than the protocol gives it."""


def parse_message(raw: str | bytes) -> Message:
    """Read one text frame. Never raises."""
    try:
        return _well_formed_turn(raw)
    except (MsgspecError, ValueError, RecursionError):
        return parse_field_by_field(raw)


def has_too_many_values(json_text: str) -> bool:
    """Whether ``json_text`` has more than ``MOST_VALUES`` values, judged without making any."""
    if len(json_text) <= _ALWAYS_FEW_CHARS:
        return False
    return sum(map(json_text.count, ",[{")) > MOST_VALUES


def parse_field_by_field(raw: str | bytes) -> Message:
    """The same, field by field, tolerant of what the protocol does not guarantee. Never raises."""
    try:
        text = _as_json(raw)
        if has_too_many_values(text):
            return Unknown(None, _as_text(raw), f"more than {MOST_VALUES:,} values")
        fields = json.loads(text)
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


def _as_text(raw: str | bytes) -> str:
    return _encodable(raw) if isinstance(raw, str) else raw.decode("utf-8", "replace")


def _encodable(text: str) -> str:
    """JSON can escape half a surrogate pair, which no file, terminal or socket takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _integer(fields: JsonObject, name: str, default: int | None = None) -> int:
    value = default if fields.get(name) is None else fields[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > MOST:
        raise _MalformedError(f"{name!r} should be an integer, got {value!r:.60}")
    return int(value)


def _optional_integer(fields: JsonObject, name: str) -> int | None:
    return None if fields.get(name) is None else _integer(fields, name)


def _number(fields: JsonObject, name: str) -> float | None:
    """A finite number. NaN, an infinity or one beyond MOST, which ``json`` reads, counts as none."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _MalformedError(f"{name!r} should be a number, got {value!r:.60}")
    return float(value) if abs(value) <= MOST else None


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
    return tuple(
        Word(
            text=_text(word, "text"),
            start_ms=_integer(word, "start"),
            end_ms=_integer(word, "end"),
            confidence=_number(word, "confidence"),
            is_final=_flag(word, "word_is_final"),
            speaker=_optional_text(word, "speaker"),
        )
        for word in _objects(fields, "words")
    )


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
