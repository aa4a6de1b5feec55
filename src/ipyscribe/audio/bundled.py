"""The recording that comes with the package: two synthetic voices, their words and times."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipyscribe.audio.file import AudioFile
from ipyscribe.protocol.clock_text import clock_text

_FOLDER = Path(__file__).parent / "sample"


@dataclass(frozen=True, slots=True)
class SampleTurn:
    """What one speaker of the sample says without giving way; times are milliseconds from its beginning."""

    speaker: str
    start_ms: int
    end_ms: int
    text: str


def sample_path() -> Path:
    """The sample: 16 kHz mono FLAC."""
    return _FOLDER / "sample.flac"


def sample_reference() -> list[SampleTurn]:
    """The exact words of the sample, turn by turn, and when they are spoken."""
    return [SampleTurn(**turn) for turn in _description()["turns"]]


def sample(*, speed: float = 1.0, label: str | None = None) -> AudioFile:
    """The bundled recording as a source. ``speed`` as in AudioFile."""
    description = _description()
    seconds = round(description["duration_ms"] / 1000)
    default_label = f"Sample: {description['title']} ({clock_text(seconds)})"
    return AudioFile(sample_path(), speed=speed, label=label or default_label)


def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads((_FOLDER / "sample.json").read_text(encoding="utf-8"))
    return description
