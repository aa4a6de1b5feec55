"""Sessions that are refused because too many were opened within a minute."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from session.sources import Endless
from support.scripted_server import Client, ScriptedServer, answering, polite, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.errors import HandshakeError, ParameterError, RateLimitError
from ipyscribe.protocol.new_session_limit import ENVIRONMENT_VARIABLE
from ipyscribe.session import opening_limit

MODEL = "u3-rt-pro"
TEXT = "Unauthorized Connection: Too many concurrent sessions"


@pytest.fixture(autouse=True)
def _no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_limit, "_limits", {})  # it outlives a session, and so a test
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)


@pytest.fixture
def _short_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that the test does not wait for a minute.
    monkeypatch.setattr("ipyscribe.protocol.new_session_limit._WINDOW_S", 0.3)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedServer], Session]:
    """Makes a session at a server that stands for AssemblyAI's edge."""

    def session(server: ScriptedServer) -> Session:
        monkeypatch.setitem(HOSTS, "edge", server.url)
        return Session(MODEL, source=Endless(), endpoint="edge", api_key="0123456789abcdef")

    return session


def refusing(times: int, then: Callable[[Client], None] = polite) -> Callable[[Client], None]:
    left = iter(range(times))
    return lambda client: then(client) if next(left, None) is None else client.fail(3009, TEXT)


@pytest.mark.usefixtures("_short_minute")
@pytest.mark.parametrize("times", [1, 3])
def test_a_refused_session_waits_and_is_opened_later(cloud: Callable[[ScriptedServer], Session], times: int) -> None:
    with scripted(refusing(times)) as server, cloud(server) as session:
        assert session.status == "listening"
        refusals = [notice for notice in session.notices if notice.kind == "refused"]
        assert len(refusals) == times
        assert "too many were opened within a minute" in refusals[0].message
        assert ENVIRONMENT_VARIABLE in refusals[0].advice
        assert len(server.clients) == times + 1
    assert session.error is None


def test_all_openings_of_one_key_are_counted(cloud: Callable[[ScriptedServer], Session]) -> None:
    with scripted(polite) as server:
        for _ in range(2):
            with cloud(server):
                pass
    (limit,) = opening_limit._limits.values()  # the account's count has no other reader
    assert limit._used == 2


@pytest.mark.usefixtures("_short_minute")
def test_it_gives_up_after_five_refusals_in_a_row(cloud: Callable[[ScriptedServer], Session]) -> None:
    with scripted(refusing(99)) as server:
        with pytest.raises(RateLimitError), cloud(server):
            pass
        assert len(server.clients) == 1 + opening_limit.MOST_REFUSALS


@pytest.mark.usefixtures("_short_minute")
def test_http_429_is_such_a_refusal_and_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n") as port:
        monkeypatch.setitem(HOSTS, "edge", f"ws://127.0.0.1:{port}")
        session = Session(MODEL, source=Endless(), endpoint="edge", api_key="0123456789abcdef").start()
        wait_for(lambda: session.done)
    assert isinstance(session.error, HandshakeError)
    assert session.error.status == 429
    refusals = [notice.message for notice in session.notices if notice.kind == "refused"]
    assert len(refusals) == opening_limit.MOST_REFUSALS
    assert refusals[0].endswith("Next try in 0 s.")


@pytest.mark.usefixtures("_short_minute")
def test_a_reconnecting_session_waits_too(cloud: Callable[[ScriptedServer], Session]) -> None:
    def breaking(client: Client) -> None:
        client.begin()
        client.hear(chunks=1)
        client.turn(0, "One.", end=True)
        client.was_read()
        client.close(1011)

    scripts = iter([breaking, refusing(1), polite])
    with scripted(lambda client: next(scripts)(client), unread=None) as server, cloud(server) as session:
        wait_for(lambda: len(server.clients) == 3 and session.status == "listening")
        assert [notice.kind for notice in session.notices].count("refused") == 1
    assert session.error is None


def test_it_can_be_stopped_while_it_waits(cloud: Callable[[ScriptedServer], Session]) -> None:
    with scripted(refusing(99)) as server:
        session = cloud(server).start()
        wait_for(lambda: any(notice.kind == "refused" for notice in session.notices))
        assert "Next try in 60 s." in session.notices[-1].message
        assert session.stop(60)
        assert (session.status, len(server.clients)) == ("ended", 1)


def test_the_limit_of_another_address_is_not_known() -> None:
    with scripted(refusing(1)) as server:
        with Session(MODEL, source=Endless(), endpoint=server.url) as session:
            assert not any(notice.kind == "refused" for notice in session.notices)
        assert len(server.clients) == 2


def test_a_limit_that_cannot_be_used_is_named(
    cloud: Callable[[ScriptedServer], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "many")
    named = pytest.raises(ParameterError, match=f"{ENVIRONMENT_VARIABLE}='many'")
    with scripted(polite) as server, named, cloud(server):
        pass
