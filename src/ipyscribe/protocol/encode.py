"""Server messages as text frames: the inverse of ``ipyscribe.protocol.parse``, for whoever plays a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import to_builtins

from ipyscribe.protocol.messages import (
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


def encode_message(message: Message, *, nulls: Collection[str] = ()) -> str:
    """The text frame of a server's message: ``parse_message`` gives it back. An ``Unknown`` is the text that came.

    Fields that are None are left out, but for those whose names on the wire are among ``nulls``. Raises
    ``ValueError`` for a number that JSON does not have.
    """
    if isinstance(message, Unknown):
        return message.raw
    every_field = _FIELDS[type(message)](message).items()
    fields = {name: value for name, value in every_field if value is not None or name in nulls}
    frame = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if not frame.isascii():
        try:
            frame.encode()
        except UnicodeEncodeError:  # a lone surrogate, which a socket takes only as an escape
            return json.dumps(fields, separators=(",", ":"), allow_nan=False)
    return frame


def _word(word: Word) -> JsonObject:
    return {name: value for name, value in to_builtins(word).items() if value is not None}


def _turn(message: TurnMessage) -> JsonObject:
    """``type`` comes last, as on the real wire."""
    fields: JsonObject = to_builtins(message)
    fields["words"] = [_word(word) for word in message.words]
    fields["type"] = fields.pop("type")
    return fields


def _begin(message: Begin) -> JsonObject:
    return {
        "type": "Begin",
        "id": message.session_id,
        "expires_at": message.expires_at_s,
        "configuration": message.configuration or None,
    }


def _revision(revision: Revision) -> JsonObject:
    words = [_word(word) for word in revision.words]
    fields = {"turn_order": revision.turn_order, "speaker_label": revision.speaker, "words": words}
    return {name: value for name, value in fields.items() if value is not None}


def _heartbeat(message: Heartbeat) -> JsonObject:
    return {
        "type": "Heartbeat",
        "total_audio_received_ms": message.total_audio_received_ms,
        "total_duration_ms": message.total_duration_ms,
        "realtime_factor": message.realtime_factor,
        "max_speech_probability": message.max_speech_probability,
    }


def _llm(message: LLMGatewayResponse) -> JsonObject:
    return {
        "type": "LLMGatewayResponse",
        "turn_order": message.turn_order,
        "transcript": message.transcript,
        "data": message.data,
    }


def _termination(message: Termination) -> JsonObject:
    return {
        "type": "Termination",
        "audio_duration_seconds": message.audio_duration_s,
        "session_duration_seconds": message.session_duration_s,
    }


_FIELDS: Mapping[type[Any], Callable[[Any], JsonObject]] = {
    Begin: _begin,
    SpeechStarted: lambda m: {"type": "SpeechStarted", "timestamp": m.timestamp_ms, "confidence": m.confidence},
    TurnMessage: _turn,
    SpeakerRevision: lambda m: {"type": "SpeakerRevision", "revisions": [_revision(each) for each in m.revisions]},
    LLMGatewayResponse: _llm,
    Heartbeat: _heartbeat,
    Silence: lambda m: {"type": "Silence", "start_ms": m.start_ms, "end_ms": m.end_ms},
    ServerWarning: lambda m: {"type": "Warning", "warning_code": m.code, "warning": m.text},
    ServerError: lambda m: {"type": "Error", "error_code": m.code, "error": m.text},
    Termination: _termination,
}
