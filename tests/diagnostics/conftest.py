from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.environment import without_keys_or_proxies
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without_keys_or_proxies(monkeypatch)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with no_new_threads():
        yield
