"""Messages of the v3 protocol as this server writes and reads them: plain JSON text, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipyscribe.local.values import VALIDATION, RefusalError

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters

ERROR_REASON = "See Error message for details"
API_VERSION = "2025-05-12"


def begin(session_id: str, expires_at: int, configuration: Mapping[str, Any] | None) -> str:
    """``Begin``; ``expires_at`` in Unix seconds; servers of before June 2026 sent no ``configuration``."""
    fields = {} if configuration is None else {"configuration": configuration}
    return _dump({"type": "Begin", "id": session_id, "expires_at": expires_at, **fields})


def configuration(parameters: Parameters) -> dict[str, Any]:
    """The eight settings that ``Begin`` gives back."""
    return {
        "model": parameters.speech_model,
        "mode": (parameters.mode or "balanced") if parameters.family == "u3" else None,
        "api_version": API_VERSION,
        "speaker_labels": parameters.speaker_labels,
        "redact_pii": parameters.redact_pii,
        "filter_profanity": parameters.filter_profanity,
        "domain": parameters.domain,
        "voice_focus": parameters.voice_focus,
    }


def turn(
    order: int,
    transcript: str,
    words: Sequence[Mapping[str, Any]],
    *,
    ended: bool,
    formatted: bool,
    confidence: float,
    utterance: str,
    **more: Any,
) -> str:
    """``Turn``; ``type`` comes last, as on the real wire."""
    return _dump(
        {
            "turn_order": order,
            "turn_is_formatted": formatted,
            "end_of_turn": ended,
            "transcript": transcript,
            "end_of_turn_confidence": confidence,
            "words": words,
            "utterance": utterance,
            **more,
            "type": "Turn",
        }
    )


def speech_started(timestamp_ms: int, confidence: float) -> str:
    """``SpeechStarted``: onset on the session's audio clock."""
    return _dump({"type": "SpeechStarted", "timestamp": timestamp_ms, "confidence": confidence})


def silence(start_ms: int, end_ms: int) -> str:
    """``Silence``: no speech in this range of the audio clock."""
    return _dump({"type": "Silence", "start_ms": start_ms, "end_ms": end_ms})


def speaker_revision(revisions: Sequence[Mapping[str, Any]]) -> str:
    """``SpeakerRevision``: other speakers for earlier turns."""
    return _dump({"type": "SpeakerRevision", "revisions": revisions})


def warning(code: int, text: str) -> str:
    """``Warning``, which ends nothing."""
    return _dump({"type": "Warning", "warning_code": code, "warning": text})


def heartbeat(received_ms: int, duration_ms: int, max_speech_probability: float) -> str:
    """``Heartbeat``: audio received and time passed since ``Begin``, both in ms."""
    return _dump(
        {
            "type": "Heartbeat",
            "total_audio_received_ms": received_ms,
            "total_duration_ms": duration_ms,
            "realtime_factor": round(received_ms / max(1, duration_ms), 3),
            "max_speech_probability": round(max_speech_probability, 3),
        }
    )


def termination(audio_s: float, session_s: float) -> str:
    """``Termination``, in whole seconds."""
    return _dump(
        {
            "type": "Termination",
            "audio_duration_seconds": round(audio_s),
            "session_duration_seconds": round(session_s),
        }
    )


def error(code: int, text: str) -> str:
    """``Error``, which precedes a close with the same ``code``."""
    return _dump({"type": "Error", "error_code": code, "error": text})


def kind_of(frame: str) -> str:
    """The ``type`` of a frame that this module wrote."""
    return "Turn" if frame.endswith('"type":"Turn"}') else str(json.loads(frame)["type"])


def read_message(text: str) -> dict[str, Any]:
    """A client's control message. Raises ``RefusalError`` (3006)."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as trouble:
        raise RefusalError(3006, f"{VALIDATION}: Invalid JSON: {trouble}") from None
    if not isinstance(message, dict):
        raise RefusalError(3006, f"{VALIDATION}: Invalid Message: {_dump(message)[:200]}")
    kind = message.get("type")
    if kind not in ("UpdateConfiguration", "ForceEndpoint", "KeepAlive", "Terminate"):
        raise RefusalError(3006, f"{VALIDATION}: Invalid Message Type: {str(kind)[:200]}")
    return message


def unformatted(text: str) -> str:
    """A word in lower case without punctuation, except within it (``o'clock``, ``10.15``)."""
    return re.sub(r"^\W+|\W+$", "", text).lower()


def _dump(message: Any) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
