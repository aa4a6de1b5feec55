from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest
from local.harness import CountingRecognition, running
from support.environment import without_keys_or_proxies
from support.processes import gone
from support.waiting import LIMIT_S, no_new_threads, wait_for

from ipyscribe.access import keys
from ipyscribe.access import local_server as loopback
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.session import Session


class FakeKeyring(types.ModuleType):
    """A keyring of this test's own."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, account: str) -> str | None:
        return self.kept.get((service, account))

    def set_password(self, service: str, account: str, key: str) -> None:
        self.kept[service, account] = key

    def delete_password(self, service: str, account: str) -> None:
        del self.kept[service, account]


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    without_keys_or_proxies(monkeypatch)
    # A key typed in an earlier test is forgotten; a program has no reason to.
    monkeypatch.setattr(keys, "_remembered", [])
    fake = FakeKeyring()
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return fake


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stood still for some seconds is no server that does not answer."""
    for name in (
        "handshake.CONNECT_TIMEOUT_S",
        "handshake.BEGIN_TIMEOUT_S",
        # The limits are fixed for users.
        "reconnecting._REASON_S",
        "pump.BACKLOG_TIMEOUT_S",
    ):
        monkeypatch.setattr(f"ipyscribe.session.{name}", LIMIT_S)
    monkeypatch.setattr("ipyscribe.session.pump.FINISH_TIMEOUT_S", LIMIT_S / 2)
    monkeypatch.setattr(Session.stop, "__defaults__", (LIMIT_S,))


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    with no_new_threads():
        yield


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> Iterator[loopback.LoopbackServer]:
    """The embedded default's server, ended with the test and not before."""
    loopback.SERVER.stop()
    # The one server of this process is made on import, with the seconds that suit users.
    monkeypatch.setattr(loopback.SERVER, "_idle_exit_s", LIMIT_S)
    yield loopback.SERVER
    pid = loopback.SERVER.pid
    loopback.SERVER.stop()
    if pid is not None:
        wait_for(lambda: gone(pid))


@pytest.fixture
def speech(offline: OfflineRecognition) -> Iterator[str]:
    """A server with the real recogniser; its address."""
    with running(lambda: offline) as url:
        yield url


@pytest.fixture
def recognition() -> CountingRecognition:
    return CountingRecognition()


@pytest.fixture
def counting(recognition: CountingRecognition) -> Iterator[str]:
    """A server that hears one word for each 400 ms of loud sound; its address."""
    with running(lambda: recognition) as url:
        yield url
