from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local.harness import CORPUS, CountingRecognition, running


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is held up does not lose its connection before it has read how that was closed."""
    monkeypatch.setattr("ipyscribe.local.server._CLOSE_S", 30.0)


@pytest.fixture
def recognition() -> CountingRecognition:
    return CountingRecognition()


@pytest.fixture
def url(recognition: CountingRecognition) -> Iterator[str]:
    with running(lambda: recognition) as address:
        yield address


@pytest.fixture
def corpus() -> Path:
    if not (CORPUS / "manifest.csv").is_file():
        pytest.skip(f"the speech corpus is not at {CORPUS}")
    return CORPUS
