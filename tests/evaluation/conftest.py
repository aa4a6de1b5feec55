from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from evaluation.corpora import Write
from evaluation.levels import LEVELS, TEXTS, by_level, write
from support.environment import without_keys_or_proxies
from support.scripted_server import ScriptedServer, scripted
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _without_keys_or_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without_keys_or_proxies(monkeypatch)
    with no_new_threads():
        yield


@pytest.fixture
def leveled(tmp_path: Path) -> Path:
    """A folder of four recordings that a server can tell from each other by their level."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name, text in TEXTS.items():
        write(folder / name, LEVELS[name])
        (folder / name).with_suffix(".txt").write_text(text)
    return folder


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Answers with the texts of those recordings."""
    with scripted(by_level) as running:
        yield running


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A folder of three recordings of 1.2 s, each with its text beside it."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    sound = (0.1 * np.sin(2 * np.pi * 440 / 16_000 * np.arange(19_200))).astype(np.float32)
    for name, text in {"a": "So we meet at noon.", "b": "Bring the red lamps!", "c": "See you there."}.items():
        sf.write(folder / f"{name}.wav", sound, 16_000)
        (folder / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")
    return folder


@pytest.fixture
def sound() -> Write:
    """Writes a sound file of some seconds, whose folders are made."""

    def written(path: Path, seconds: float = 1.0, **options: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, (0.1 * np.sin(0.17 * np.arange(round(16_000 * seconds)))).astype(np.float32), 16_000, **options)
        return path

    return written
