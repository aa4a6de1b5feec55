"""An open connection: frames in both directions, how it ends, and secrets that no log may show."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.connection import Connection
from ipyscribe.errors import ConnectError, NetworkLostError

KEY = "hush-0123456789abcdef"


class Callbacks:
    """Records the calls of a connection's callbacks."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.stamps: list[float] = []
        self.closes: list[tuple[int, str]] = []

    def on_frame(self, data: bytes, received_s: float) -> None:
        self.frames.append(data)
        self.stamps.append(received_s)

    def on_closed(self, code: int, reason: str) -> None:
        self.closes.append((code, reason))


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()


def opened(url: str, callbacks: Any, query: str = "x=1") -> Connection:
    connection = Connection(
        f"{url}/v3/ws?{query}",
        headers={"Authorization": KEY, "AssemblyAI-Version": "2025-05-12"},
        on_frame=callbacks.on_frame,
        on_closed=callbacks.on_closed,
    )
    connection.open(LIMIT_S)
    return connection


def send(connection: Connection, chunks: list[bytes]) -> None:
    for chunk in chunks:
        connection.send(chunk)


def test_frames_go_both_ways_and_the_close_comes_last(callbacks: Callbacks) -> None:
    def script(client: Client) -> None:
        client.begin()
        client.say("é" * 70_000)
        client.hear("Terminate")
        client.terminate()

    before = time.monotonic()
    with scripted(script) as server:
        connection = opened(server.url, callbacks)
        connection.send(b"ab" * 800)
        connection.send(b"cd" * 800)
        connection.send_text('{"type":"Terminate"}')
        wait_for(lambda: callbacks.closes)
        connection.close()
    (client,) = server.clients
    assert (client.path, client.headers["Authorization"]) == ("/v3/ws?x=1", KEY)
    assert client.headers["AssemblyAI-Version"] == "2025-05-12"
    assert "Origin" not in client.headers
    assert bytes(client.audio) == b"ab" * 800 + b"cd" * 800
    assert client.messages == [{"type": "Terminate"}]
    assert callbacks.frames[0].startswith(b'{"type":"Begin"')
    assert callbacks.frames[1] == ("é" * 70_000).encode()
    assert len(callbacks.frames) == 3
    assert before <= callbacks.stamps[0] <= callbacks.stamps[1] <= callbacks.stamps[2] <= time.monotonic()
    assert callbacks.closes == [(1000, "Session Ended")]


@pytest.mark.parametrize(("code", "reason"), [(3006, "Ungültig"), (1008, ""), (4029, "x" * 100)])
def test_codes_and_reasons_are_kept(callbacks: Callbacks, code: int, reason: str) -> None:
    with scripted(lambda client: client.close(code, reason)) as server:
        connection = opened(server.url, callbacks)
        wait_for(lambda: callbacks.closes)
        connection.close()
    assert callbacks.closes == [(code, reason)]


def test_a_connection_that_breaks_is_1006(callbacks: Callbacks) -> None:
    with scripted(lambda client: client.vanish()) as server:
        connection = opened(server.url, callbacks)
        wait_for(lambda: callbacks.closes)
        with pytest.raises(NetworkLostError, match="broke while sending") as caught:
            send(connection, 1000 * [bytes(1600)])
        connection.close()
    assert callbacks.closes == [(1006, "")]
    assert (caught.value.code, caught.value.retry) == (1006, True)


def test_closing_from_many_threads_at_once(callbacks: Callbacks) -> None:
    with scripted(lambda client: client.gone()) as server:
        connection = opened(server.url, callbacks)
        threads = [threading.Thread(target=connection.close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        connection.close()
        connection.abort()
    assert callbacks.closes == [(1006, "")]
    with pytest.raises(NetworkLostError, match="broke while sending") as caught:
        connection.send_text("{}")
    assert "NoneType" not in str(caught.value)


def test_an_open_connection_is_not_given_up(callbacks: Callbacks) -> None:
    def script(client: Client) -> None:
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        connection = opened(server.url, callbacks)
        connection.give_up()
        connection.send_text('{"type": "Terminate"}')
        wait_for(lambda: callbacks.closes)
        connection.close()
    assert callbacks.closes == [(1000, "Session Ended")]


def test_a_connection_that_was_given_up_beforehand_does_not_open(callbacks: Callbacks) -> None:
    with scripted(lambda client: client.gone()) as server:
        connection = Connection(server.url, headers={}, on_frame=callbacks.on_frame, on_closed=callbacks.on_closed)
        connection.give_up()
        with pytest.raises(ConnectError, match="given up"):
            connection.open(LIMIT_S)
    assert callbacks.closes == []


def test_a_callback_may_close(callbacks: Callbacks) -> None:
    holder: list[Connection] = []
    ready = threading.Event()

    class Closing(Callbacks):
        def on_frame(self, data: bytes, received_s: float) -> None:
            assert ready.wait(LIMIT_S)
            holder[0].close()

    closing = Closing()

    def script(client: Client) -> None:
        client.begin()
        client.gone()

    with scripted(script) as server:
        holder.append(opened(server.url, closing))
        ready.set()
        wait_for(lambda: closing.closes)
        holder[0].close()
    assert closing.closes == [(1006, "")]


def test_a_quiet_server_is_waited_for(callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.connection.socket.SEND_TIMEOUT_S", 0.05)
    quiet = threading.Event()

    def script(client: Client) -> None:
        quiet.wait(0.3)
        client.begin()
        client.close(1000)

    with scripted(script) as server:
        connection = opened(server.url, callbacks)
        wait_for(lambda: callbacks.closes)
        connection.close()
    assert len(callbacks.frames) == 1


def test_a_server_that_does_not_read_is_given_up(callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.connection.socket.SEND_TIMEOUT_S", 0.2)
    done = threading.Event()
    with scripted(lambda client: done.wait(LIMIT_S) and None) as server:
        connection = opened(server.url, callbacks)
        with pytest.raises(NetworkLostError, match="timed out"):
            send(connection, 10_000 * [bytes(32_000)])
        connection.close()
        done.set()


@pytest.fixture
def trace(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    websocket.enableTrace(True)
    try:
        yield
    finally:
        websocket.enableTrace(False)


def test_no_log_shows_the_key(
    callbacks: Callbacks, trace: None, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def script(client: Client) -> None:
        client.begin()
        client.close(1000)

    query = f"token={KEY}&webhook_auth_header_value={KEY}&y=2"
    with scripted(script) as server:
        connection = opened(server.url, callbacks, query)
        wait_for(lambda: callbacks.closes)
        connection.close()
    shown = "".join(capfd.readouterr())
    logged = "\n".join(record.getMessage() for record in caplog.records)
    for text in (shown, logged):
        assert "--- request header ---" in text
        assert "Authorization: ***" in text
        assert "token=***&webhook_auth_header_value=***&y=2" in text
        assert KEY not in text
    assert server.clients[0].headers["Authorization"] == KEY
    assert KEY in server.clients[0].path
