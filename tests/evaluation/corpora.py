"""Names and texts of what is read of a corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipyscribe.evaluation import read_corpus

Write = Callable[..., Path]
"""Writes a sound file; the fixture ``sound``."""


def texts(recordings: Any) -> list[tuple[str, str]]:
    return [(recording.name, recording.reference) for recording in read_corpus(recordings).recordings]
