"""Messages of the v3 protocol as this server writes and reads them: plain JSON text, nothing else.

Where AssemblyAI's models differ, ``Turn`` frames are those of the Universal-3 family: ``transcript`` is the
whole turn so far, ``utterance`` is filled on finals only, ``end_of_turn_confidence`` is 0 or 1. Unlike there,
``word_is_final`` is true early, for words that will not change any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from ipyscribe.local.parameters import VALIDATION, RefusalError

ERROR_REASON = "See Error message for details"
API_VERSION = "2025-05-12"


class SpokenWord(Protocol):
    """What a word of a ``Turn`` frame needs; times in ms on the session's audio clock."""

    @property
    def text(self) -> str: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...
    @property
    def confidence(self) -> float: ...
    @property
    def is_final(self) -> bool: ...


def begin(session_id: str, expires_at: int, model: str) -> str:
    """``Begin``; ``expires_at`` in Unix seconds."""
    configuration = {
        "model": model,
        "mode": None,
        "api_version": API_VERSION,
        "speaker_labels": False,
        "redact_pii": False,
        "filter_profanity": False,
        "domain": None,
        "voice_focus": None,
    }
    return _dump({"type": "Begin", "id": session_id, "expires_at": expires_at, "configuration": configuration})


def turn(order: int, words: Sequence[SpokenWord], *, ended: bool, formatted: bool) -> str:
    """``Turn``. Without ``formatted`` the text is lower case and has no punctuation. ``type`` comes last."""
    listed = []
    for word in words:
        text = word.text if formatted else unformatted(word.text)
        if text:
            listed.append(
                {
                    "start": word.start_ms,
                    "end": word.end_ms,
                    "text": text,
                    "confidence": word.confidence,
                    "word_is_final": word.is_final,
                }
            )
    transcript = " ".join(str(word["text"]) for word in listed)
    return _dump(
        {
            "turn_order": order,
            "turn_is_formatted": formatted,
            "end_of_turn": ended,
            "transcript": transcript,
            "end_of_turn_confidence": 1.0 if ended else 0.0,
            "words": listed,
            "utterance": transcript if ended else "",
            "type": "Turn",
        }
    )


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
