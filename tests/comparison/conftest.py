from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.waiting import no_new_threads

from ipyscribe.session import keys


@pytest.fixture(autouse=True)
def _without_keys_or_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv(keys.ENVIRONMENT, raising=False)
    with no_new_threads():
        yield
