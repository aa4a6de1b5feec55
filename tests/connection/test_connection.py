"""An open connection: what comes, what goes, how it ends, and what no log may show."""

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


class Heard:
    """What a connection's callbacks got."""

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
def heard() -> Heard:
    return Heard()


def opened(url: str, heard: Any, query: str = "x=1") -> Connection:
    one = Connection(
        f"{url}/v3/ws?{query}",
        headers={"Authorization": KEY, "AssemblyAI-Version": "2025-05-12"},
        on_frame=heard.on_frame,
        on_closed=heard.on_closed,
    )
    one.open(LIMIT_S)
    return one


def send(one: Connection, chunks: list[bytes]) -> None:
    for chunk in chunks:
        one.send_audio(chunk)


def test_frames_go_both_ways_and_the_close_comes_last(heard: Heard) -> None:
    def script(client: Client) -> None:
        client.begin()
        client.say("é" * 70_000)
        client.hear("Terminate")
        client.terminate()

    before = time.monotonic()
    with scripted(script) as server:
        one = opened(server.url, heard)
        one.send_audio(b"ab" * 800)
        one.send_audio(b"cd" * 800)
        one.send_text('{"type":"Terminate"}')
        wait_for(lambda: heard.closes)
        one.close()
    (client,) = server.clients
    assert (client.path, client.headers["Authorization"]) == ("/v3/ws?x=1", KEY)
    assert client.headers["AssemblyAI-Version"] == "2025-05-12"
    assert "Origin" not in client.headers
    assert bytes(client.audio) == b"ab" * 800 + b"cd" * 800
    assert client.messages == [{"type": "Terminate"}]
    assert heard.frames[0].startswith(b'{"type":"Begin"')
    assert heard.frames[1] == ("é" * 70_000).encode()
    assert len(heard.frames) == 3
    assert before <= heard.stamps[0] <= heard.stamps[1] <= heard.stamps[2] <= time.monotonic()
    assert heard.closes == [(1000, "Session Ended")]


@pytest.mark.parametrize(("code", "reason"), [(3006, "Ungültig"), (1008, ""), (4029, "x" * 100)])
def test_codes_and_reasons_are_kept(heard: Heard, code: int, reason: str) -> None:
    with scripted(lambda client: client.close(code, reason)) as server:
        one = opened(server.url, heard)
        wait_for(lambda: heard.closes)
        one.close()
    assert heard.closes == [(code, reason)]


def test_a_connection_that_breaks_is_1006(heard: Heard) -> None:
    with scripted(lambda client: client.vanish()) as server:
        one = opened(server.url, heard)
        wait_for(lambda: heard.closes)
        with pytest.raises(NetworkLostError, match="broke while sending") as caught:
            send(one, 1000 * [bytes(1600)])
        one.close()
    assert heard.closes == [(1006, "")]
    assert (caught.value.code, caught.value.retry) == (1006, True)


def test_closing_from_many_threads_at_once(heard: Heard) -> None:
    with scripted(lambda client: client.gone()) as server:
        one = opened(server.url, heard)
        threads = [threading.Thread(target=one.close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        one.close()
        one.abort()
    assert heard.closes == [(1006, "")]
    with pytest.raises(NetworkLostError, match="broke while sending") as caught:
        one.send_text("{}")
    assert "NoneType" not in str(caught.value)


def test_an_open_connection_is_not_given_up(heard: Heard) -> None:
    def script(client: Client) -> None:
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        one = opened(server.url, heard)
        one.give_up()
        one.send_text('{"type": "Terminate"}')
        wait_for(lambda: heard.closes)
        one.close()
    assert heard.closes == [(1000, "Session Ended")]


def test_a_connection_that_was_given_up_beforehand_does_not_open(heard: Heard) -> None:
    with scripted(lambda client: client.gone()) as server:
        one = Connection(server.url, headers={}, on_frame=heard.on_frame, on_closed=heard.on_closed)
        one.give_up()
        with pytest.raises(ConnectError, match="given up"):
            one.open(LIMIT_S)
    assert heard.closes == []


def test_a_callback_may_close(heard: Heard) -> None:
    holder: list[Connection] = []
    ready = threading.Event()

    class Closing(Heard):
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


def test_a_quiet_server_is_waited_for(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.connection.socket.SEND_TIMEOUT_S", 0.05)
    quiet = threading.Event()

    def script(client: Client) -> None:
        quiet.wait(0.3)
        client.begin()
        client.close(1000)

    with scripted(script) as server:
        one = opened(server.url, heard)
        wait_for(lambda: heard.closes)
        one.close()
    assert len(heard.frames) == 1


def test_a_server_that_does_not_read_is_given_up(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.connection.socket.SEND_TIMEOUT_S", 0.2)
    done = threading.Event()
    with scripted(lambda client: done.wait(LIMIT_S) and None) as server:
        one = opened(server.url, heard)
        with pytest.raises(NetworkLostError, match="timed out"):
            send(one, 10_000 * [bytes(32_000)])
        one.close()
        done.set()


@pytest.fixture
def trace(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    websocket.enableTrace(True)
    try:
        yield
    finally:
        websocket.enableTrace(False)


def test_no_log_shows_the_key(
    heard: Heard, trace: None, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def script(client: Client) -> None:
        client.begin()
        client.close(1000)

    query = f"token={KEY}&webhook_auth_header_value={KEY}&y=2"
    with scripted(script) as server:
        one = opened(server.url, heard, query)
        wait_for(lambda: heard.closes)
        one.close()
    shown = "".join(capfd.readouterr())
    logged = "\n".join(record.getMessage() for record in caplog.records)
    for text in (shown, logged):
        assert "--- request header ---" in text
        assert "Authorization: ***" in text
        assert "token=***&webhook_auth_header_value=***&y=2" in text
        assert KEY not in text
    assert server.clients[0].headers["Authorization"] == KEY
    assert KEY in server.clients[0].path
