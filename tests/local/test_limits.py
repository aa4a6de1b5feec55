"""What connects without a token is limited: sessions that run notice nothing, and new ones get in."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from local.harness import MODEL, Client, wait_for
from local.scripts import SECOND, scripted
from support.waiting import LIMIT_S
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ipyscribe.local.server import MOST_PENDING
from ipyscribe.server_limits import MOST_FRAGMENTS, PendingConnections

IDLE = 400
_AT_ONCE = 50
"""Fewer than the system keeps waiting for a server: of more it drops some, without a word to the client."""
ORIGIN = "https://hub.example"
BOTH = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from local.scripts import scripted
from ipyscribe.widgets.microphone.audio_socket import AudioSocket

chunks = []
def take_chunk(*chunk):
    chunks.append(chunk)
    return len(chunks)

kernel = AudioSocket(sys.argv[2], take_chunk=take_chunk, handle=lambda message: 0, used=lambda connected: None)
with scripted(token="T") as url:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    print(json.dumps([kernel.port, kernel.token, url]), flush=True)
    for line in sys.stdin:
        failures = 0
        for _ in range(30):
            try:
                open(line.strip()).close()
            except OSError:
                failures += 1
        print(failures, flush=True)
kernel.close()
"""


class Process:
    """A kernel's socket and a local server in one process that may open 256 files."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout, self.log = process.stdin, process.stdout, log
        self.port, self.kernel_token, self.url = json.loads(self._stdout.readline())

    def failures_to_open_a_file(self) -> int:
        """Of 30 attempts."""
        self._stdin.write(f"{self.log}\n")
        self._stdin.flush()
        return int(self._stdout.readline())

    @contextlib.contextmanager
    def page(self) -> Iterator[ClientConnection]:
        with connect(f"ws://127.0.0.1:{self.port}/", origin=ORIGIN, compression=None) as page:  # type: ignore[arg-type]
            page.send(json.dumps({"kind": "token", "token": self.kernel_token}))
            assert json.loads(page.recv(LIMIT_S)) == {"kind": "ready"}
            yield page

    def session(self) -> Client:
        return Client(self.url, header={"Authorization": "T"})


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    log = tmp_path_factory.mktemp("limits") / "log.txt"
    tests = str(Path(__file__).parents[1])
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", BOTH, tests, ORIGIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as started,
    ):
        yield Process(started, log)
        assert started.stdin is not None
        started.stdin.close()
        assert started.wait(LIMIT_S) == 0


@contextlib.contextmanager
def idle(port: int, *, left: int) -> Iterator[None]:
    """So many connections that send nothing; begins once all but ``left`` were dropped."""
    connections: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        while len(connections) < IDLE:
            for _ in range(_AT_ONCE):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), LIMIT_S))
                connection.setblocking(False)
                connections.append(connection)
            wait_for(lambda: sum(map(is_open, connections)) <= left)
        yield


def is_open(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_400_idle_connections_take_no_files_that_others_need(process: Process) -> None:
    with process.page() as page, process.session() as session:
        session.until("Begin")
        with idle(process.port, left=8), idle(urlsplit(process.url).port or 0, left=MOST_PENDING):
            assert process.failures_to_open_a_file() == 0
            for number in range(5):
                page.send(struct.pack("<IIdd", number, 0, 1600.0 * number, 0.0) + bytes(3200))
            assert json.loads(page.recv(LIMIT_S)) == {"kind": "ack", "next": 5}
            session.audio(SECOND * 3)
            assert session.until("Turn")["transcript"]
            with process.page(), process.session() as another:
                another.until("Begin")
    lines = process.log.read_text().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("Too many connections have sent no token: ") for line in lines)


def test_a_message_of_endless_fragments_ends_its_connection_alone(process: Process) -> None:
    fragments = ["" for _ in range(40 * MOST_FRAGMENTS)]
    addresses = [
        (f"ws://127.0.0.1:{process.port}/", {}),
        (f"{process.url}/v3/ws?speech_model={MODEL}", {"Authorization": "T"}),
    ]
    with process.page() as page, process.session() as session:
        session.until("Begin")
        for address, headers in addresses:
            with (
                connect(address, origin=ORIGIN, additional_headers=headers, compression=None) as connection,  # type: ignore[arg-type]
                pytest.raises(ConnectionClosed) as closed,
            ):
                send_and_read(connection, fragments)
            assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        page.send(json.dumps({"kind": "waiting", "reason": ""}))
        assert json.loads(page.recv(LIMIT_S))["kind"] == "ack"
        session.send(type="Terminate")
        session.until("Termination")


def send_and_read(connection: ClientConnection, fragments: list[str]) -> None:
    connection.send(fragments)
    while True:
        connection.recv(LIMIT_S)


class Transport:
    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_the_log_tells_of_dropped_connections_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    pending = PendingConnections(2, clock=lambda: now_s)
    transports: list[Any] = [Transport() for _ in range(7)]
    for number, transport in enumerate(transports[:5]):
        pending.add(number, transport)
    assert [transport.aborted for transport in transports[:5]] == [True, True, True, False, False]
    pending.remove(3)
    pending.remove(3)
    now_s = 61.0
    for number, transport in enumerate(transports[5:], start=5):
        pending.add(number, transport)
    assert len(pending) == 2
    assert [record.args for record in caplog.records] == [(1, 2), (3, 2)]


# Who may connect without a token.


@pytest.fixture(scope="module")
def open_url() -> Iterator[str]:
    with scripted() as url:
        yield url


def status(url: str, path: str, headers: dict[str, str]) -> int:
    """The HTTP status of a request; 101 where a session is opened."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
    with contextlib.closing(connection):
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
REQUESTS: list[tuple[str, dict[str, str], int]] = [
    (f"/v3/ws?speech_model={MODEL}", UPGRADE, 101),
    ("/v3/token?expires_in_seconds=60", {"Authorization": "any"}, 200),
]


@pytest.mark.parametrize(("path", "more", "accepted"), REQUESTS, ids=["socket", "token"])
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Host": "localhost:80", "Origin": "https://localhost:8888"}, True),
        ({"Host": "[::1]:80", "Origin": "http://[::1]"}, True),
        ({"Origin": "https://example.org"}, False),
        ({"Origin": "null"}, False),
        ({"Host": "example.org"}, False),
        ({"Host": "localhost.example.org:80", "Origin": "http://localhost"}, False),
        ({"Host": "[::1"}, False),
    ],
)
def test_without_a_token_the_host_and_the_origin_are_this_computer(
    open_url: str, headers: dict[str, str], allowed: bool, path: str, more: dict[str, str], accepted: int
) -> None:
    assert status(open_url, path, {**more, **headers}) == (accepted if allowed else 403)


# Messages that no client sends.

FIRST: dict[str, Callable[[], str]] = {
    "a lone surrogate as its type": lambda: r'{"type": "\ud800"}',
    "a lone surrogate alone": lambda: r'"\ud800"',
    "deep JSON": lambda: "[" * 100_000,
    "JSON that is just too deep": lambda: "[" * 990 + "]" * 990,
}


@pytest.mark.parametrize("kind", list(FIRST))
def test_a_strange_first_message_gets_an_error_frame(process: Process, kind: str) -> None:
    with process.session() as session:
        session.until("Begin")
        session.socket.send(FIRST[kind]())
        code, text = session.refusal()
        assert code == 3006
        assert "Invalid" in text
    assert "Traceback" not in process.log.read_text()


@pytest.mark.parametrize("message", [r'{"token": "\ud800"}', "[" * 100_000])
def test_the_kernel_turns_a_strange_first_message_away(process: Process, message: str) -> None:
    with connect(f"ws://127.0.0.1:{process.port}/", origin=ORIGIN) as page:  # type: ignore[arg-type]
        page.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(LIMIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert "Traceback" not in process.log.read_text()
