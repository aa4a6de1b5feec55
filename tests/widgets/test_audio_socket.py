"""The kernel's own WebSocket, with a real client."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from local.harness import wait_for
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ipyscribe.widgets.microphone.audio_socket import AudioSocket

ORIGIN = "https://hub.example"


class Kernel:
    def __init__(self) -> None:
        self.chunks: list[tuple[int, int, bytes, float, float]] = []
        self.messages: list[Mapping[str, Any]] = []
        self.used: list[bool] = []

    def take_chunk(self, *chunk: Any) -> int:
        self.chunks.append(chunk)
        return len(self.chunks)

    def handle(self, message: Mapping[str, Any]) -> int:
        self.messages.append(message)
        return len(self.chunks)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def socket(kernel: Kernel) -> Iterator[AudioSocket]:
    opened = AudioSocket(ORIGIN, take_chunk=kernel.take_chunk, handle=kernel.handle, used=kernel.used.append)
    yield opened
    opened.close()
    assert "ipyscribe-sound" not in [thread.name for thread in threading.enumerate()]


@contextlib.contextmanager
def page(socket: AudioSocket, *, origin: str = ORIGIN, token: str | None = None) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{socket.port}/", origin=origin, compression=None) as connection:  # type: ignore[arg-type]
        connection.send(json.dumps({"kind": "token", "token": socket.token if token is None else token}))
        yield connection


def test_sound_arrives_and_is_answered(kernel: Kernel, socket: AudioSocket) -> None:
    with page(socket) as connection:
        assert json.loads(connection.recv(30)) == {"kind": "ready"}
        for number in range(5):
            connection.send(struct.pack("<IIdd", number, 1500, 1600.0 * number, 2000.0) + bytes(3200))
        assert json.loads(connection.recv(30)) == {"kind": "ack", "next": 5}
        connection.send(json.dumps({"kind": "end", "count": 5}))
        assert json.loads(connection.recv(30)) == {"kind": "ack", "next": 5, "over": True}
    assert kernel.chunks[4] == (4, 6400, bytes(3200), 1.5, 2.0)
    assert kernel.messages == [{"kind": "end", "count": 5}]
    wait_for(lambda: kernel.used == [True, False], within_s=30)


def test_a_page_of_another_origin_is_not_let_in(kernel: Kernel, socket: AudioSocket) -> None:
    with pytest.raises(InvalidStatus, match="403"), page(socket, origin="https://evil.example"):
        pass
    assert kernel.used == []


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_without_the_token_nothing_is_heard(kernel: Kernel, socket: AudioSocket, token: str) -> None:
    with page(socket, token=token) as connection:
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert (kernel.used, kernel.chunks) == ([], [])


@pytest.mark.parametrize("first", [b"\0\1", "[", '"text"', b"\xff"])
def test_what_is_no_token_is_turned_away(kernel: Kernel, socket: AudioSocket, first: str | bytes) -> None:
    with connect(f"ws://127.0.0.1:{socket.port}/", origin=ORIGIN) as connection:  # type: ignore[arg-type]
        connection.send(first)
        with pytest.raises(ConnectionClosed):
            connection.recv(30)
    assert kernel.used == []


def test_strange_messages_end_nothing(kernel: Kernel, socket: AudioSocket) -> None:
    with page(socket) as connection:
        assert json.loads(connection.recv(30)) == {"kind": "ready"}
        for message in (b"", b"short", "{", "[]", struct.pack("<IIdd", 0, 0, float("nan"), 0.0) + b"\0\0"):
            connection.send(message)
        connection.send(struct.pack("<IIdd", 4, 0, 0.0, 0.0) + b"\0\0")
        while json.loads(connection.recv(30))["next"] != 1:
            pass  # each text is answered too, before any chunk was heard
    assert [chunk[0] for chunk in kernel.chunks] == [4]


def test_closing_ends_open_connections(kernel: Kernel, socket: AudioSocket) -> None:
    with page(socket) as connection:
        assert json.loads(connection.recv(30)) == {"kind": "ready"}
        socket.close()
        with pytest.raises(ConnectionClosed):
            connection.recv(30)
    socket.close()
    wait_for(lambda: kernel.used == [True, False], within_s=30)
