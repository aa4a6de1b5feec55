"""The loopback server: binds, loads the recogniser meanwhile, and gives each connection a session."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.http11 import Request, Response

from ipyscribe.errors import LocalServerError
from ipyscribe.local.audio_rules import LARGEST_BYTES
from ipyscribe.local.client_connection import ClientConnection, FrameObserver
from ipyscribe.local.dialects import Formatting, simulated_models
from ipyscribe.local.fault_injection import FaultPlan, FaultyConnection, FaultyTransport
from ipyscribe.local.faults import Fault
from ipyscribe.local.loading import OfflineRecognition, Recognition
from ipyscribe.local.session import ServerOptions, Session
from ipyscribe.local.tape_session import RecordedConnection, TapeSession, recording_for
from ipyscribe.local.tokens import TOKEN_PATH, Authenticator
from ipyscribe.local.weights import DEFAULT_MODEL, find_weights
from ipyscribe.protocol.models import LOCAL_SERVER, SPHINX, SPHINX_MODEL
from ipyscribe.server_limits import ACCEPTED_AT_ONCE, LimitedConnection, PendingConnections, lengthen_queue

PATHS = ("/v3/ws", "/")
HEALTH_PATH = "/v3/ws/health"

MOST_PENDING = 100
"""Connections that have shown no token yet."""
_CLOSE_S = 1.0


def _load_sphinx() -> Recognition:
    from ipyscribe.local.sphinx import SphinxRecognition

    return SphinxRecognition()


class LocalServer:
    """``async with LocalServer(...) as server`` listens at ``server.url`` and loads in the background.

    Sessions are refused with 3005 once loading has gone wrong.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        token: str | None = None,
        model_dir: str | Path | None = None,
        load: Callable[[], Recognition] | None = None,
        simulate: bool = False,
        formatting: Formatting = "two_step",
        older: bool = False,
        default_model: str | None = None,
        faults: Sequence[Fault] = (),
        watch: FrameObserver | None = None,
        recorded: Sequence[RecordedConnection] = (),
    ) -> None:
        """``token`` is the key that clients must send; None needs none. With ``tls`` connections are ``wss://``.

        ``load`` replaces loading the weights.

        With ``simulate`` AssemblyAI's model names are taken too, and each is spoken in its dialect with the same
        recogniser behind it; ``formatting`` says how universal-streaming formats a turn. ``older`` and
        ``default_model`` are those of ``session.ServerOptions``; ``faults`` go wrong as planned; ``watch`` sees every
        frame, on the event loop. With ``recorded`` every connection is answered from a recording, and nothing
        is recognised. Raises ``MissingDependencyError`` or ``LocalServerError`` where there is nothing to load.
        """
        if not _is_loopback(host):
            raise LocalServerError(f"{host!r} is not a loopback address.", advice="Use 127.0.0.1, ::1 or localhost.")
        self.model = DEFAULT_MODEL
        if load is None and model_dir == SPHINX:
            self.model, load = SPHINX_MODEL, _load_sphinx
        elif load is None:
            weights = find_weights(model_dir)
            self.model = weights.model
            load = lambda: OfflineRecognition(weights)  # noqa: E731 - a name for it would say no more
        self._load = load
        self._host = host
        self._port = port
        self._tls = tls
        self._token = token
        self._authenticator = Authenticator(token)
        names = (self.model, *simulated_models()) if simulate else (self.model,)
        self._options = ServerOptions(names, default_model, formatting, older)
        self._plan = FaultPlan(faults)
        self._observer = watch
        self._recorded = recorded
        self._pending = PendingConnections(MOST_PENDING)
        self._log = logging.getLogger(f"{__name__}.websockets")
        self._log.setLevel(logging.CRITICAL)
        self._faulty_transports: set[FaultyTransport] = set()
        self._count = 0
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
                create_connection=cast(type[ServerConnection], self._make_connection),
                max_size=LARGEST_BYTES,
                compression=None,
                ping_timeout=60,
                close_timeout=_CLOSE_S,
                server_header=LOCAL_SERVER,
                logger=self._log,
                backlog=ACCEPTED_AT_ONCE,
            )
        except OSError as error:
            raise LocalServerError(
                f"Cannot listen on {self._host} port {self._port}: {error.strerror or error}.",
                advice="Use port 0 to have a free port chosen.",
            ) from error
        lengthen_queue(self._server)
        self.ready: asyncio.Task[Recognition] = asyncio.create_task(asyncio.to_thread(self._load))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for transport in self._faulty_transports:
            transport.release()
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
        """``ws://127.0.0.1:PORT``, or ``wss://``."""
        return f"{'wss' if self._tls else 'ws'}://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    def _make_connection(self, *args: Any, **options: Any) -> ServerConnection:
        connection = _NumberedConnection(*args, **options)
        connection.pending = self._pending
        connection.tls = self._tls
        connection.faulty = bool(self._plan)
        connection.refused = self._refuse_tcp
        return connection

    def _refuse_tcp(self) -> bool:
        refused = self._plan.take(self._count + 1, "refuse") is not None
        self._count += refused
        return refused

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == HEALTH_PATH:
            return connection.respond(HTTPStatus.OK, "OK\n")
        if path not in (*PATHS, TOKEN_PATH):
            return connection.respond(HTTPStatus.NOT_FOUND, f"There is nothing at {path}\n")
        if self._token is None and not _is_local(request):
            return connection.respond(HTTPStatus.FORBIDDEN, "A page of another host needs a token\n")
        if path == TOKEN_PATH:
            return self._token_answer(connection, request)
        self._count += 1
        cast(_NumberedConnection, connection).number = self._count
        fault = self._plan.take(self._count, "http")
        if fault is None:
            return None
        status = HTTPStatus(int(fault.amount))
        return connection.respond(status, f"{status.phrase}\n")

    def _token_answer(self, connection: ServerConnection, request: Request) -> Response:
        query = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
        status, body = self._authenticator.answer(request.headers.get("Authorization"), query)
        response = connection.respond(status, json.dumps(body))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response

    async def _serve(self, connection: ServerConnection) -> None:
        with self._counted(), self._connection(cast(_NumberedConnection, connection)) as line:
            request = connection.request
            assert request is not None
            if self._recorded:
                recorded = recording_for(self._recorded, request, cast(_NumberedConnection, connection).number)
                await TapeSession(line, request, recorded=recorded, door=self._authenticator).run()
                return
            ready = asyncio.shield(self.ready)
            await Session(line, request, ready, manners=self._options, door=self._authenticator).run()

    @contextlib.contextmanager
    def _connection(self, connection: _NumberedConnection) -> Iterator[ClientConnection]:
        if connection.faulty_transport is None:
            yield ClientConnection(connection, connection.number, self._observer)
            return
        self._faulty_transports.add(connection.faulty_transport)
        try:
            yield FaultyConnection(
                connection, connection.number, self._observer, connection.faulty_transport, self._plan
            )
        finally:
            self._faulty_transports.discard(connection.faulty_transport)

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


class _NumberedConnection(LimitedConnection):
    """A connection with its number, and with a faulty transport where faults are planned."""

    number = 0
    faulty_transport: FaultyTransport | None = None
    faulty = False
    refused: Callable[[], bool]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.faulty:
            self.faulty_transport = FaultyTransport(cast(asyncio.Transport, transport), self.loop)
            super().connection_made(cast(asyncio.Transport, self.faulty_transport))
        else:
            super().connection_made(transport)
        if self.refused():
            cast(asyncio.Transport, transport).abort()


def _is_local(request: Request) -> bool:
    """Whether a program of this computer sent it, or a page that a server of this computer serves.

    Browsers send the origin of the page that connects; programs send none. A page whose host name was made to lead
    to this computer sends that name as the host, and no origin with a plain request.
    """
    headers = request.headers
    addresses = (*headers.get_all("Origin"), *(f"//{host}" for host in headers.get_all("Host")))
    return all(_is_loopback(_host_name(address)) for address in addresses)


def _host_name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # an unclosed bracket
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
