"""What a setting is where none is given, as far as it is documented: AssemblyAI's pages of March to September 2026."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe.protocol.model import Family

_NO = "no"
DEFAULTS: Mapping[str, Mapping[Family, Any]] = {
    "format_turns": {"english": _NO, "whisper": _NO, "local": "yes"},
    "min_turn_silence": {"u3": 100, "english": 400, "multilingual": 400, "local": 680},
    "max_turn_silence": {"u3": 1000, "english": 1280, "multilingual": 1280, "local": 760},
    "end_of_turn_confidence_threshold": {"english": 0.4, "multilingual": 0.4},
    "vad_threshold": {"english": 0.4, "multilingual": 0.4, "local": 0.5},
    "speaker_labels": {"u3": _NO, "english": _NO, "multilingual": _NO},
    "language_detection": {"u3": _NO, "multilingual": _NO, "whisper": _NO},
    "mode": {"u3": "balanced"},
}


def default_text(name: str, family: Family) -> str:
    """The default of the setting ``name`` on models of ``family``; "" where it is not documented or there is none."""
    return str(DEFAULTS.get(name, {}).get(family, ""))
