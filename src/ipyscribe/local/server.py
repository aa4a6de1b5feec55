"""The loopback server: binds, says where it listens, loads the recogniser meanwhile, and knows when to go."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.http11 import Request, Response

from ipyscribe.errors import LocalServerError
from ipyscribe.local.audio_rules import LARGEST_BYTES
from ipyscribe.local.loading import OfflineRecognition, Recognition
from ipyscribe.local.session import Session
from ipyscribe.local.weights import find_weights

PATHS = ("/v3/ws", "/")
HEALTH_PATH = "/v3/ws/health"
FIRST_CONNECTION_S = 30.0

_PARENT_POLL_S = 1.0
_CLOSE_S = 1.0


class LocalServer:
    """``async with LocalServer(...) as server`` listens at ``server.url`` and loads in the background.

    ``failed`` is an exception once loading has gone wrong; sessions are then refused with 3005.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        model_dir: str | Path | None = None,
        load: Callable[[], Recognition] | None = None,
    ) -> None:
        """Raises ``MissingDependencyError`` or ``LocalServerError`` where there is nothing to load."""
        if not _is_loopback(host):
            raise LocalServerError(f"{host!r} is not a loopback address.", advice="Use 127.0.0.1, ::1 or localhost.")
        weights = find_weights(model_dir)
        self.model = weights.model
        self._host = host
        self._port = port
        self._token = token
        self._load = load or (lambda: OfflineRecognition(weights))
        self._log = logging.getLogger(f"{__name__}.websockets")
        self._log.setLevel(logging.CRITICAL)
        self.connections = 0
        self.on_idle: Callable[[bool], None] = lambda _: None
        """Called with true when the last connection has gone, with false when one comes."""

    async def __aenter__(self) -> Self:
        try:
            self._server: Server = await serve_websockets(
                self._serve,
                self._host,
                self._port,
                process_request=self._process,
                max_size=LARGEST_BYTES,
                compression=None,
                ping_timeout=60,
                close_timeout=_CLOSE_S,
                server_header=None,
                logger=self._log,
            )
        except OSError as error:
            raise LocalServerError(
                f"Cannot listen on {self._host} port {self._port}: {error.strerror or error}.",
                advice="Use port 0 to have a free port chosen.",
            ) from error
        self.ready: asyncio.Task[Recognition] = asyncio.create_task(asyncio.to_thread(self._load))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()
        await asyncio.wait({self.ready})
        self.ready.exception()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def url(self) -> str:
        """``ws://127.0.0.1:PORT``."""
        return f"ws://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    async def _serve(self, connection: ServerConnection) -> None:
        with self._counted():
            session = Session(connection, asyncio.shield(self.ready), model=self.model, token=self._token)
            await session.run()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self.connections += 1
        self.on_idle(False)
        try:
            yield
        finally:
            self.connections -= 1
            if not self.connections:
                self.on_idle(True)

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == HEALTH_PATH:
            return connection.respond(HTTPStatus.OK, "OK\n")
        if path not in PATHS:
            return connection.respond(HTTPStatus.NOT_FOUND, f"There is nothing at {path}\n")
        if self._token is None and not _origins_are_loopback(request):
            return connection.respond(HTTPStatus.FORBIDDEN, "A page of another origin needs a token\n")
        return None


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    model_dir: str | Path | None = None,
    idle_exit_s: float | None = None,
    exit_with_stdin: bool = False,
    say: Callable[[str], None],
) -> int:
    """Serve until told to stop; gives 0.

    ``say`` gets the line ``listening on ws://HOST:PORT`` as soon as connections are accepted, before the
    recogniser is loaded (sessions get ``Begin`` after that); it has to flush. The server stops at SIGINT or
    SIGTERM; ``idle_exit_s`` seconds after the last connection has closed (not before one has come, in the
    first 30 s); and, with ``exit_with_stdin``, at the end of standard input or when the parent process has
    gone. ``token`` is what clients must send; None asks for nothing. Raises ``LocalServerError`` or
    ``MissingDependencyError``.
    """
    server = LocalServer(host=host, port=port, token=token, model_dir=model_dir)
    asyncio.run(_serve_until_told(server, idle_exit_s, exit_with_stdin, say))
    return 0


async def _serve_until_told(
    server: LocalServer, idle_exit_s: float | None, exit_with_stdin: bool, say: Callable[[str], None]
) -> None:
    parent = os.getppid()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with _signals(loop, stop):
        async with server:
            say(f"listening on {server.url}")
            if idle_exit_s is not None:
                _exit_when_idle(server, loop, stop, idle_exit_s)
            tasks = [asyncio.create_task(_fail_with(server)), asyncio.create_task(stop.wait())]
            if exit_with_stdin:
                threading.Thread(target=_watch_stdin, args=(loop, stop), name="ipyscribe-stdin", daemon=True).start()
                tasks.append(asyncio.create_task(_parent_gone(parent)))
            done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            for task in done:
                task.result()


async def _fail_with(server: LocalServer) -> bool:
    """Wait for ever, unless loading fails: then let the waiting sessions be told, and raise."""
    await asyncio.wait({server.ready})
    error = server.ready.exception()
    if error is not None:
        await asyncio.sleep(0.1)
        raise error
    return bool(await asyncio.Event().wait())


async def _parent_gone(parent: int) -> bool:
    """A child of the parent may hold standard input open, so look at the parent as well."""
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_POLL_S)
    return True


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def _exit_when_idle(
    server: LocalServer, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, idle_exit_s: float
) -> None:
    timer = loop.call_later(max(FIRST_CONNECTION_S, idle_exit_s), stop.set)

    def idle(now: bool) -> None:
        nonlocal timer
        timer.cancel()
        if now:
            timer = loop.call_later(idle_exit_s, stop.set)

    server.on_idle = idle


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set ``stop``; nothing changes outside of the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _origins_are_loopback(request: Request) -> bool:
    """Browsers say which page connects; programs say nothing."""
    return all(_is_loopback(urlsplit(origin).hostname or "") for origin in request.headers.get_all("Origin"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
