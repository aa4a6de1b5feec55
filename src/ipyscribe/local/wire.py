"""What the server reads and writes besides typed messages: control messages, the settings in ``Begin``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ipyscribe.local.values import VALIDATION, RefusalError

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters

ERROR_REASON = "See Error message for details"
API_VERSION = "2025-05-12"


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


def kind_of(frame: str) -> str:
    """The ``type`` of a frame that ``encode_message`` made."""
    return "Turn" if frame.endswith('"type":"Turn"}') else str(json.loads(frame)["type"])


def read_message(text: str) -> dict[str, Any]:
    """A client's control message. Raises ``RefusalError`` (3006)."""
    try:
        message = json.loads(text)
        shown = "" if isinstance(message, dict) else json.dumps(message, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise RefusalError(3006, f"{VALIDATION}: Invalid JSON: {error}") from None
    if not isinstance(message, dict):
        raise RefusalError(3006, f"{VALIDATION}: Invalid Message: {shown[:200]}")
    kind = message.get("type")
    if kind not in ("UpdateConfiguration", "ForceEndpoint", "KeepAlive", "Terminate"):
        raise RefusalError(3006, f"{VALIDATION}: Invalid Message Type: {str(kind)[:200]}")
    return message


def unformatted(text: str) -> str:
    """A word in lower case without punctuation, except within it (``o'clock``, ``10.15``)."""
    return re.sub(r"^\W+|\W+$", "", text).lower()
