"""An environment in which nothing reaches beyond this machine."""

from __future__ import annotations

import pytest

from ipyscribe.access import keys


def without_keys_or_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is found, and no proxy is asked."""
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv(keys.ENVIRONMENT, raising=False)
