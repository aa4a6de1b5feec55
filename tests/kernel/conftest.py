from __future__ import annotations

import os
from collections.abc import Iterator

import psutil
import pytest
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ASSEMBLYAI_API_KEY", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)}
    with no_new_threads():
        yield
    left = [process for process in psutil.Process(os.getpid()).children(recursive=True) if process.pid not in before]
    assert left == []
