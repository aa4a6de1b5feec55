"""One connection as a session uses it: text frames out, messages in, a close. Everything that passes can be watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ipyscribe.server_limits import LimitedConnection

LONGEST_REASON_BYTES = 123

FrameObserver: TypeAlias = Callable[[int, str, str | bytes], None]
"""Called with the number of a connection, what happened (``open``, ``in``, ``out``, ``end``), and the frame."""


class ClientLostError(Exception):
    """The client has gone from a connection on which nothing was sent any more."""


class ClientConnection:
    """A line that works. ``number`` counts the server's connections from 1."""

    def __init__(self, connection: LimitedConnection, number: int, watch: FrameObserver | None = None) -> None:
        self._connection = connection
        self._number = number
        self._observer = watch or (lambda *_: None)
        self._observer(number, "open", "")

    async def opened(self) -> None:
        """The upgrade has been answered."""

    def admit(self) -> None:
        """The client has shown that it may use the server."""
        self._connection.admit()

    def on_audio_received(self, received_ms: float) -> None:
        """How far the session's audio clock has come."""

    async def send(self, frame: str, kind: str) -> None:  # noqa: ARG002 - for connections with faults
        """Send a text frame of the type ``kind``. Raises ``ConnectionClosed``."""
        await self._write(frame)

    async def receive(self) -> str | bytes:
        """The next message. Raises ``ConnectionClosed``."""
        message = await self._connection.recv()
        self._observer(self._number, "in", message)
        return message

    async def close(self, code: int, reason: str) -> None:
        """Close with a close frame."""
        await self._connection.close(code, shortened(reason))

    def break_off(self) -> None:
        """End it without a close frame."""
        self._connection.transport.abort()

    def ended(self) -> None:
        """The session is over."""
        self._observer(self._number, "end", f"{self._connection.close_code or ''}")

    async def _write(self, frame: str | bytes) -> None:
        await self._connection.send(frame)
        self._observer(self._number, "out", frame)


def shortened(reason: str) -> str:
    """As much of ``reason`` as a close frame holds."""
    return reason.encode("utf-8", "replace")[:LONGEST_REASON_BYTES].decode(errors="ignore")
