from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from local.harness import CountingRecognition, running
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ASSEMBLYAI_API_KEY", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with no_new_threads():
        yield


@pytest.fixture
def counting() -> Iterator[str]:
    """A server that hears one word for each 400 ms of loud sound; its address."""
    recognition = CountingRecognition()
    with running(lambda: recognition) as url:
        yield url


@pytest.fixture
def tone_file(tmp_path: Path) -> Path:
    samples = (np.sin(np.arange(32_000) * 0.3) * 8000).astype("<i2")
    soundfile.write(tmp_path / "tone.wav", samples, 16_000)
    return tmp_path / "tone.wav"
