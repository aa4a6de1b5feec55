"""A connected socket that is read and written without ever waiting, with TLS as without."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time

_read = memoryview(bytearray(16384))
"""Of all wires, as the loop's thread alone reads: a buffer for each read would seldom be in the processor's cache."""
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """Bytes in and out of ``raw``; what the other side does not take yet waits in the ``backlog``.

    Any thread may write, one reads; ``shutdown`` of ``raw`` ends both. A backlog of which nothing was taken for
    ``timeout_s`` seconds counts as an error. OpenSSL lets no two threads use one TLS connection at once, and not every
    Python keeps them apart: a read that overlaps a write can take itself for the end of the stream.
    """

    def __init__(self, raw: socket.socket, timeout_s: float) -> None:
        self._raw = raw
        self._timeout_s = timeout_s
        self.last_read_s: float | None = None
        self.tls = raw if isinstance(raw, ssl.SSLSocket) else None
        self._using = threading.Lock()
        self.backlog = bytearray()
        self._taken_s = 0.0
        raw.settimeout(0)

    def read(self) -> memoryview | None:
        """The bytes that have come, until the next read; None where there are none. Raises ``OSError`` at the end."""
        try:
            if self.tls is None:
                count = self._raw.recv_into(_read)
            else:
                with self._using:
                    count = self.tls.recv_into(_read)
        except _NOT_NOW:
            return None
        if not count:
            raise ConnectionResetError("the server hung up")
        return _read[:count]

    @property
    def holds_more(self) -> bool:
        """Whether OpenSSL has decrypted more than was read, of which a poll knows nothing."""
        if self.tls is None:
            return False
        with self._using:
            return self.tls.pending() > 0

    def write(self, data: bytes) -> bool:
        """Send ``data``, after the backlog; false where some of it has to wait. Raises ``OSError``."""
        with self._using:
            if self.backlog:
                self._check_progress()
                self.backlog += data
                return False
            try:
                sent = self._raw.send(data)
                if sent == len(data):
                    return True
            except _NOT_NOW:
                sent = 0
            self.backlog += memoryview(data)[sent:]
            self._taken_s = time.monotonic()
            return False

    def flush(self) -> bool:
        """Send of the backlog what is taken; whether all of it was. Raises ``OSError``."""
        with self._using:
            if self.backlog:
                with contextlib.suppress(*_NOT_NOW):
                    del self.backlog[: self._raw.send(self.backlog)]
                    self._taken_s = time.monotonic()
            return not self.backlog

    def is_clear(self) -> bool:
        """Whether nothing waits. Raises ``TimeoutError`` where it has waited for too long."""
        if not self.backlog:
            return True
        self._check_progress()
        return False

    def _check_progress(self) -> None:
        if time.monotonic() - self._taken_s > self._timeout_s:
            raise TimeoutError("timed out")
