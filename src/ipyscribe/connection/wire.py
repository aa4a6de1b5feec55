"""A connected socket that one thread reads while others write, with TLS as without."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading

_MAX_READ_BYTES = 65536
_NON_BLOCKING = getattr(socket, "MSG_DONTWAIT", 0)
# These two need no file descriptor of their own, so that there is nothing to close.
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Wire:
    """Bytes in and out of ``raw``. ``timeout_s`` bounds each wait of a write; ``shutdown`` of ``raw`` ends a read.

    OpenSSL lets no two threads use one TLS connection at once, and not every Python keeps them apart: a read
    that overlaps a write can take itself for the end of the stream. So a TLS socket never blocks here, and who
    waits holds no lock.
    """

    def __init__(self, raw: socket.socket, timeout_s: float) -> None:
        self._raw = raw
        self._timeout_s = timeout_s
        self.last_read_s: float | None = None
        self._tls = isinstance(raw, ssl.SSLSocket)
        self._using = threading.Lock()
        self._writing = threading.Lock()
        # A socket with a time limit is polled for readiness before each call; without one it is not.
        raw.settimeout(0 if self._tls else None if _NON_BLOCKING else timeout_s)

    def read(self) -> bytes:
        """The bytes that have come, at least one. Raises ``TimeoutError``, and ``OSError`` at the end."""
        data = self._tls_read() if self._tls else self._raw.recv(_MAX_READ_BYTES)
        if not data:
            raise ConnectionResetError("the server hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send all of ``data``. From any thread. Raises ``OSError``."""
        with self._writing:
            if self._tls:
                self._tls_write(memoryview(data))
            elif not _NON_BLOCKING:
                self._raw.sendall(data)
            else:
                while True:
                    try:
                        sent = self._raw.send(data, _NON_BLOCKING)
                    except BlockingIOError:
                        self._wait(selectors.EVENT_WRITE)
                        continue
                    if sent == len(data):
                        return
                    data = data[sent:]

    def _tls_read(self) -> bytes:
        while True:
            with self._using:
                try:
                    return self._raw.recv(_MAX_READ_BYTES)
                except ssl.SSLWantReadError:
                    event = selectors.EVENT_READ
                except ssl.SSLWantWriteError:
                    event = selectors.EVENT_WRITE
            self._wait(event)

    def _tls_write(self, left: memoryview) -> None:
        while left:
            with self._using:
                try:
                    left = left[self._raw.send(left) :]
                    continue
                except ssl.SSLWantReadError:
                    event = selectors.EVENT_READ
                except ssl.SSLWantWriteError:
                    event = selectors.EVENT_WRITE
            self._wait(event)

    def _wait(self, event: int) -> None:
        try:
            selector = _Selector()
            selector.register(self._raw, event)
        except ValueError as error:
            raise ConnectionAbortedError("it was closed") from error
        if not selector.select(self._timeout_s):
            raise TimeoutError("timed out")
