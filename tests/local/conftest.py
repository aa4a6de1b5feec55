from __future__ import annotations

from collections.abc import Iterator

import pytest
from local.harness import CountingRecognition, running


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is held up does not lose its connection before it has read how that was closed."""
    # A busy machine may take its time; users should not wait so long.
    monkeypatch.setattr("ipyscribe.local.server._CLOSE_S", 30.0)


@pytest.fixture
def recognition() -> CountingRecognition:
    return CountingRecognition()


@pytest.fixture
def url(recognition: CountingRecognition) -> Iterator[str]:
    with running(lambda: recognition) as address:
        yield address
