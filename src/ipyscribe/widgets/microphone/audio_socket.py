"""A WebSocket of the kernel's own, on this machine only, for sound that must not wait for a running cell."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import math
import secrets
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

from ipyscribe.errors import MissingDependencyError

_HEADER = struct.Struct("<IIdd")
_TOKEN_WITHIN_S = 10.0
_START_WITHIN_S = 10.0
_ACKNOWLEDGE_EVERY = 5
_LONGEST_MESSAGE = 1 << 20
_MOST_PENDING = 8

TakeChunk = Callable[[int, int, bytes, float, float], int]
"""Number, position, PCM16, seconds of sound that wait in the page, time of capture -> the first number missing."""


class AudioSocket:
    """Listens on a free port of 127.0.0.1 for one recording, until ``close``.

    A page is let in when its ``Origin`` is ``origin`` and its first message carries ``token``, both of which
    went over the kernel's own connection before; nothing secret is in the address. ``take_chunk`` gets the sound,
    ``handle`` every other message; ``used(True)`` says that a page has connected and ``used(False)`` that it has gone.
    All are called on the socket's thread. Raises ``MissingDependencyError`` where the package ``websockets`` is
    missing, and ``OSError`` where no port is free.
    """

    def __init__(
        self,
        origin: str,
        *,
        take_chunk: TakeChunk,
        handle: Callable[[Mapping[str, Any]], int],
        used: Callable[[bool], None],
    ) -> None:
        try:
            import websockets.asyncio.server  # noqa: F401
        except ImportError as error:
            raise MissingDependencyError("websockets", purpose="Sound during busy cells", extra="local") from error
        self.token = secrets.token_urlsafe(32)
        self.port = 0
        self._origin = origin
        self._take_chunk = take_chunk
        self._handle = handle
        self._used = used
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._listening = threading.Event()
        self._problem: OSError | None = None
        # A daemon with a loop, not websockets' threads: Python waits for those when it exits.
        self._thread = threading.Thread(target=self._run, name="ipyscribe-sound", daemon=True)
        self._thread.start()
        self._listening.wait(_START_WITHIN_S)
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Close the port and every connection; from any thread, any number of times."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._end.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(5.0)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as problem:
            self._problem = problem
        finally:
            self._listening.set()
            self._loop.close()

    async def _listen(self) -> None:
        from websockets.asyncio.server import ServerConnection, serve
        from websockets.typing import Origin

        from ipyscribe.server_limits import ACCEPTED_AT_ONCE, LimitedConnection, PendingConnections, lengthen_queue

        pending = PendingConnections(_MOST_PENDING)

        def pending_connection(*args: Any, **options: Any) -> ServerConnection:
            connection = LimitedConnection(*args, **options)
            connection.pending = pending
            return connection

        log = logging.getLogger(f"{__name__}.websockets")
        log.setLevel(logging.CRITICAL)  # a connection that is dropped would be an error with a traceback
        async with serve(
            self._serve,
            "127.0.0.1",
            0,
            origins=[Origin(self._origin)],
            create_connection=cast(type[ServerConnection], pending_connection),
            compression=None,
            max_size=_LONGEST_MESSAGE,
            backlog=ACCEPTED_AT_ONCE,
            logger=log,
        ) as server:
            lengthen_queue(server)
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._listening.set()
            await self._end.wait()

    async def _serve(self, connection: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        admitted = False
        try:
            async with asyncio.timeout(_TOKEN_WITHIN_S):
                admitted = self._admits(await connection.recv())
            if not admitted:
                await connection.close(1008, "unknown token")
                return
            connection.admit()
            self._used(True)
            await connection.send('{"kind": "ready"}')
            async for message in connection:
                if answer := self._answer(message):
                    await connection.send(json.dumps(answer))
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            if admitted:
                self._used(False)

    def _admits(self, message: str | bytes) -> bool:
        token = _object(message).get("token")
        return isinstance(token, str) and hmac.compare_digest(
            token.encode("utf-8", "surrogatepass"), self.token.encode()
        )

    def _answer(self, message: str | bytes) -> dict[str, Any] | None:
        if isinstance(message, str):
            content = _object(message)
            return {"kind": "ack", "next": self._handle(content), "over": content.get("kind") == "end"}
        if len(message) <= _HEADER.size:
            return None
        number, waiting_ms, position, at_ms = _HEADER.unpack_from(message)
        if not math.isfinite(position):
            return None
        missing = self._take_chunk(number, int(position), message[_HEADER.size :], waiting_ms / 1000, at_ms / 1000)
        if missing % _ACKNOWLEDGE_EVERY and missing == number + 1:
            return None
        return {"kind": "ack", "next": missing}


def _object(message: str | bytes) -> dict[str, Any]:
    try:
        content = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
