"""A v3 server that does what a test tells it, faults included; and one that is no WebSocket server at all."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any, get_args

from support.turns import turn_message
from support.waiting import LIMIT_S, no_new_threads
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin, Message, ServerError, Termination

_SILENT = logging.getLogger("scripted server")
_SILENT.disabled = True
_TLS = b"\x16"
_TAKEN: list[socket.socket] = []
SESSION_ID = "5f0c6d1e"
EXPIRES_AT_S = 1795406400


class Client:
    """One connection as the server sees it. ``messages`` are the client's text frames, ``audio`` its bytes."""

    def __init__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.path = connection.request.path
        self.headers = connection.request.headers
        self.messages: list[dict[str, Any]] = []
        self.audio = bytearray()
        self.chunks: list[int] = []
        self._connection = connection

    def say(self, message: Any) -> None:
        """Send one message: a typed one, any JSON value, or text as it is."""
        if isinstance(message, get_args(Message)):
            message = encode_message(message)
        self._connection.send(message if isinstance(message, str) else json.dumps(message))

    def say_raw(self, frame: bytes) -> None:
        """Send any bytes as a text frame."""
        self._connection.send(frame, text=True)

    def begin(self, session_id: str = SESSION_ID, *, configuration: dict[str, Any] | None = None) -> None:
        self.say(Begin(session_id, EXPIRES_AT_S, configuration or {}))

    def turn(self, order: int, text: str, *, end: bool = False, formatted: bool = True) -> None:
        self.say(turn_message(order, text, end=end, formatted=formatted))

    def was_read(self) -> None:
        """Wait until the client has taken all that was said: it answers a ping after what came before."""
        assert self._connection.ping().wait(LIMIT_S)

    def hear(self, kind: str | None = None, *, chunks: int | None = None) -> dict[str, Any]:
        """Read until a message of that type, or until so many chunks of sound have come in all."""
        while chunks is None or len(self.chunks) < chunks:
            received = self._connection.recv(timeout=LIMIT_S)
            if isinstance(received, bytes):
                self.audio += received
                self.chunks.append(len(received))
                continue
            self.messages.append(json.loads(received))
            if self.messages[-1]["type"] == kind:
                return self.messages[-1]
        return {}

    def terminate(self, *, audio_s: int = 4, session_s: int = 7) -> None:
        """Confirm the end and close, as after ``Terminate``."""
        self.say(Termination(audio_s, session_s))
        self.close(1000, "Session Ended")

    def fail(self, code: int, text: str) -> None:
        """An ``Error`` frame and a close with its code."""
        self.say(ServerError(code, text))
        self.close(code, "See Error message for details")

    def close(self, code: int, reason: str = "") -> None:
        self._connection.close(code, reason)

    def vanish(self, *, after_all_was_read: bool = False) -> None:
        """Break the connection without a close frame; what was said before may be lost with it."""
        with contextlib.suppress(OSError):  # the client may have been first
            self._connection.socket.shutdown(socket.SHUT_WR if after_all_was_read else socket.SHUT_RDWR)

    def gone(self) -> None:
        """Wait until the client has left, whatever it still says."""
        with contextlib.suppress(ConnectionClosed):
            self.hear()


class ScriptedServer:
    """``url`` is its address; ``clients`` are the connections there were; ``failures`` what scripts raised."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.clients: list[Client] = []
        self.failures: list[BaseException] = []


def polite(client: Client) -> None:
    """Begin, and Termination when it is asked for."""
    client.begin()
    client.hear("Terminate")
    client.terminate()


@contextlib.contextmanager
def scripted(
    script: Callable[[Client], None],
    *,
    tls: ssl.SSLContext | None = None,
    unread: int | None = 16,
    server_header: str = "scripted",
    other_threads: tuple[str, ...] = (),
) -> Iterator[ScriptedServer]:
    """A server that runs ``script`` for each connection; its failures fail the test.

    It calls itself ``server_header``. It takes no more from a client that has ``unread``
    messages waiting for the script, answers to pings included. All threads that start meanwhile have to end, but those
    whose names begin like one of ``other_threads``.
    """
    running: ScriptedServer

    def handle(connection: ServerConnection) -> None:
        client = Client(connection)
        running.clients.append(client)
        try:
            script(client)
        except ConnectionClosed:
            pass
        except BaseException as error:
            running.failures.append(error)

    serving = serve(
        handle,
        "127.0.0.1",
        0,
        ssl=tls,
        close_timeout=1,
        max_queue=unread,
        server_header=server_header,
        logger=_SILENT,
    )
    with no_new_threads(other_threads), serving as server:
        running = ScriptedServer(server.socket.getsockname()[1], "ws" if tls is None else "wss")
        thread = threading.Thread(target=server.serve_forever, name="scripted server")
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join(LIMIT_S)
    assert running.failures == []


@contextlib.contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port whose every caller gets ``answer`` to the head of its request; nothing at all if it is None."""
    stop = threading.Event()
    with no_new_threads(), socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve_callers() -> None:
            with contextlib.ExitStack() as callers:
                while not stop.is_set():
                    with contextlib.suppress(TimeoutError):
                        caller = callers.enter_context(listening.accept()[0])
                        if answer is not None:
                            _answer(caller, answer)

        thread = threading.Thread(target=serve_callers, name="answering")
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stop.set()
            thread.join(LIMIT_S)


def _answer(caller: socket.socket, answer: bytes) -> None:
    """Read the head of a request and answer it; the caller may hang up at any moment."""
    caller.settimeout(LIMIT_S)
    head = b""
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in head and head[:1] != _TLS and (more := caller.recv(4096)):
            head += more
        caller.sendall(answer)
        caller.shutdown(socket.SHUT_WR)


def closed_port() -> int:
    """A port at which nothing listens. It stays taken, so that nobody else is given it meanwhile."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _TAKEN.append(taken)
    return int(taken.getsockname()[1])
