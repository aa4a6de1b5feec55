"""One connection of a session; a session that was reconnected has several."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.messages import Begin, ServerError, Termination

_HIDDEN = b"..."


@dataclass(eq=False)
class ConnectionState:
    """What is known of one connection. Written under the lock of the session's state.

    ``number`` counts the connections that were tried, from 0.
    ``from_samples`` is where its first sample lies on the session's clock, ``first_turn`` how many turns the
    session has had before; ``opened_s`` and ``closed_s`` are ``time.monotonic()`` of its socket, ``error`` is
    what it closed with where that was not asked for. Once it is ``lost``, nothing counts that it still says.
    ``secrets`` are what it was opened with and what the server must not make appear again.
    """

    number: int = 0
    from_samples: int = 0
    first_turn: int = 0
    opened_s: float | None = None
    closed_s: float | None = None
    last_received_s: float | None = None
    begin: Begin | None = None
    termination: Termination | None = None
    server_error: ServerError | None = None
    error: ScribeError | None = None
    lost: bool = False
    closed: threading.Event = field(default_factory=threading.Event)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def from_ms(self) -> int:
        """``from_samples`` in milliseconds."""
        return 1000 * self.from_samples // SAMPLE_RATE_HZ

    def harmless(self, said: bytes) -> bytes:
        """What the server said, without its ``secrets``: a server that is being debugged may say all it was told."""
        for secret in self.secrets:
            if secret in said:
                said = said.replace(secret, _HIDDEN)
        return said

    def open_s(self, now_s: float) -> float:
        """Seconds for which its socket has been open."""
        if self.opened_s is None:
            return 0.0
        return (now_s if self.closed_s is None else self.closed_s) - self.opened_s

    def billed_s(self, now_s: float) -> float:
        """The server's own count of ``open_s`` where it gave one, else ``open_s``."""
        counted = None if self.termination is None else self.termination.session_duration_s
        return self.open_s(now_s) if counted is None else float(counted)
