"""Limits on what a WebSocket server takes from those who have shown no token: connections, and unfinished messages.

For the local server and the kernel's socket for sound. They hold whoever connects, also another account of this
computer, and keep a flood of connections from taking the files that running sessions need.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from typing import cast

from websockets.asyncio.server import Server, ServerConnection
from websockets.frames import DATA_OPCODES, CloseCode, Frame

TLS_HANDSHAKE_S = 5.0
"""A handshake of TLS that is not over by then ends its connection."""
MOST_FRAGMENTS = 1024
"""Frames of one message. Bytes are limited by ``max_size`` of ``websockets``, which empty fragments never reach."""
ACCEPTED_AT_ONCE = 8
"""``backlog`` of the server: asyncio accepts so many before the first of them can be dropped."""
_QUEUED = 128
_REPORT_EVERY_S = 60.0
_log = logging.getLogger(__name__)


def lengthen_queue(server: Server) -> None:
    """Let more connections wait in the system's queue than asyncio accepts at once.

    It takes one number for both; where the queue is full, the system lets a client wait for a second or more.
    """
    for listening in server.sockets:
        with listening.dup() as same:
            same.listen(_QUEUED)


class PendingConnections:
    """Connections that are open and not admitted yet: at most ``most``.

    One more makes the oldest be dropped, not the newest: whoever has a token shows it at once, so a server whose
    places are all taken by idle connections can still be reached. The log says so at most once a minute.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._transports: dict[object, asyncio.Transport] = {}
        self._dropped = 0
        self._reported_s = -_REPORT_EVERY_S

    def __len__(self) -> int:
        return len(self._transports)

    def add(self, connection: object, transport: asyncio.Transport) -> None:
        """A connection was opened."""
        self._transports[connection] = transport
        if len(self._transports) > self._most:
            oldest = next(iter(self._transports))
            self._transports.pop(oldest).abort()
            self._dropped += 1
            self._report()

    def remove(self, connection: object) -> None:
        """A connection was admitted, or is closed."""
        self._transports.pop(connection, None)

    def _report(self) -> None:
        now_s = self._clock()
        if now_s - self._reported_s < _REPORT_EVERY_S:
            return
        _log.warning(
            "Too many connections have sent no token: %d dropped, at most %d wait. The next report is a minute away.",
            self._dropped,
            self._most,
        )
        self._reported_s, self._dropped = now_s, 0


class LimitedConnection(ServerConnection):
    """A connection that counts as pending in ``pending`` until ``admit`` is called.

    With ``tls`` it does the handshake of TLS itself: where asyncio does, a connection is not known before its end.
    """

    pending: PendingConnections
    tls: ssl.SSLContext | None = None
    _handshake: asyncio.Task[None] | None = None
    _made = False
    _fragments = 0

    def admit(self) -> None:
        """It has shown its token."""
        self.pending.remove(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it; this may drop the oldest one."""
        self.pending.add(self, cast(asyncio.Transport, transport))
        if self.tls is None:
            self._begin(transport)
        else:
            self._handshake = self.loop.create_task(self._start_tls(cast(asyncio.Transport, transport), self.tls))

    async def _start_tls(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        try:
            encrypted = await self.loop.start_tls(
                transport, self, tls, server_side=True, ssl_handshake_timeout=TLS_HANDSHAKE_S
            )
        except OSError:
            encrypted = None
        if encrypted is None:
            transport.abort()
            self.pending.remove(self)
        else:
            self._begin(encrypted)

    def _begin(self, transport: asyncio.BaseTransport) -> None:
        self._made = True
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self.pending.remove(self)
        if self._made:
            super().connection_lost(exc)

    def process_event(self, event: object) -> None:
        """Take a frame, unless its message has too many of them."""
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            if self._fragments >= MOST_FRAGMENTS:
                return
            self._fragments = 0 if event.fin else self._fragments + 1
            if self._fragments >= MOST_FRAGMENTS:
                self.protocol.fail(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {MOST_FRAGMENTS} fragments")
                self.send_data()
                self.transport.close()
                return
        super().process_event(event)  # type: ignore[arg-type]
