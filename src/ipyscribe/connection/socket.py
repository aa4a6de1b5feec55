"""One WebSocket: the loop's thread passes on every frame, any thread sends, and it is closed in order.

websocket-client performs the handshake, through a proxy and TLS where there are any; from then on its socket is
read and written here.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ipyscribe.connection.failure import LOOPBACK, connect_error, error_text, without_frames
from ipyscribe.connection.frames import BINARY, CLOSE, PING, PONG, TEXT, FrameError, FrameReader, encode
from ipyscribe.connection.io_loop import report, shared_loop
from ipyscribe.connection.poller import READABLE, WRITABLE
from ipyscribe.connection.wire import Wire
from ipyscribe.errors import ConnectError, NetworkLostError
from ipyscribe.protocol.closing import NO_CLOSE_FRAME
from ipyscribe.protocol.secret import Secret, SecretMask, hidden

OnFrame = Callable[[bytes, float], None]
OnClosed = Callable[[int, str], None]
SEND_TIMEOUT_S = 10.0
_LAST_READS = 64
_SECRET_LINE = re.compile(r"(?im)^((?:proxy-)?authorization\s*:\s*)\S.*$")
_SECRET_QUERY = re.compile(r"(?i)([?&](?:token|webhook_auth_header_value)=)([^&\s]+)")
_shaking_hands = threading.local()


class RedactSecrets(logging.Filter):
    """Masks keys and tokens in websocket-client's handshake trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its secrets masked."""
        text = record.getMessage()
        masked = _SECRET_QUERY.sub(r"\1***", _SECRET_LINE.sub(r"\1***", text))
        mask: SecretMask | None = getattr(_shaking_hands, "mask", None)  # a server may repeat them in its answer
        masked = masked if mask is None else mask.text(masked)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


class Connection:
    """An open WebSocket.

    ``on_frame(data, received_s)`` gets every text frame's bytes with its ``time.monotonic()``;
    ``on_closed(code, reason)`` is the last call, once, with 1006 where no close frame came. Both run on the thread
    of the loop that all connections share and must be quick, as must ``on_drained()``, called when frames that had to
    wait are sent. ``open`` waits; all else does not, ``close`` excepted.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_closed: OnClosed,
        on_drained: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._headers = {name: hidden(value) for name, value in headers.items()}
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._on_drained = on_drained
        self._socket: Any = None
        self._raw: Any = None
        self._loop = shared_loop()
        self._frames = FrameReader()
        self._aborted = threading.Event()
        self._ended = False
        self._over = threading.Event()
        self._wire: Wire | None = None
        self._opening = threading.Lock()

    @property
    def server(self) -> str:
        """The ``Server`` header of the handshake, or nothing."""
        headers = getattr(self._socket, "headers", None) or {}
        return str(headers.get("server", ""))

    @property
    def last_read_s(self) -> float | None:
        """``time.monotonic()`` of the newest bytes, control frames among them."""
        return None if self._wire is None else self._wire.last_read_s

    def open(self, timeout_s: float = 10.0) -> None:
        """Perform the handshake. Raises the ``ConnectError`` that names the cause."""
        import websocket

        _redact()
        _shaking_hands.mask = SecretMask(_secrets(self._url, self._headers), mask="***")
        self._socket = websocket.WebSocket(
            sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)],
        )
        self._socket.settimeout(timeout_s)
        failure: BaseException | None = None
        try:
            self._socket.connect(
                self._url,
                header=[Secret(f"{name}: {value}") for name, value in self._headers.items()],
                suppress_origin=True,
                redirect_limit=0,
                **_direct(self._url),
            )
        except BaseException as error:
            failure = without_frames(error)
        finally:
            _shaking_hands.mask = None
        if failure is not None:
            # Out of the except block, so that no traceback leads to websocket-client's frames, in which the key lies.
            self._drop()
            if not isinstance(failure, Exception):
                raise failure
            if self._aborted.is_set():
                raise _aborted_error()
            status, answer = _status(self._socket, failure), _answer_headers(self._socket, failure)
            raise connect_error(failure, self._url, timeout_s, status, answer.get("retry-after"))
        raw = self._socket.sock  # None, or closed, once another thread has given the connection up
        try:
            wire = None if raw is None else Wire(raw, SEND_TIMEOUT_S)
        except OSError:
            wire = None
        with self._opening:
            self._wire = None if self._aborted.is_set() else wire
        if self._wire is None:
            self._drop()
            raise _aborted_error()
        self._raw = raw
        self._loop.watch(raw, self._on_event)

    def send(self, payload: bytes, opcode: int = BINARY) -> bool:
        """Send one frame, a chunk of PCM16 by default; false where some of it has to wait.

        Raises ``NetworkLostError``.
        """
        wire = self._wire
        try:
            if wire is None or self._ended:
                raise ConnectionAbortedError("it is not open")
            if wire.write(encode(opcode, payload)):
                return True
            self._loop.call_soon(self._watch)
            return False
        except OSError as error:
            raise _sending_error(error) from None

    def send_text(self, text: str) -> None:
        """Send one JSON message. Raises ``NetworkLostError``."""
        self.send(text.encode(), TEXT)

    def is_clear(self) -> bool:
        """Whether no frame waits to be sent. Raises ``NetworkLostError`` where the server takes none any more."""
        try:
            return self._wire is None or self._wire.is_clear()
        except OSError as error:
            raise _sending_error(error) from None

    def ping(self) -> None:
        """Ask for a sign of life. Where it cannot be sent, the next message raises."""
        self._answer(PING, b"")

    def close(self, timeout_s: float = 1.0) -> None:
        """Close the socket, and wait for the last call of ``on_closed``. Does nothing the second time."""
        self.abort()
        if self._raw is not None:
            if self._loop.in_thread:
                self._read_rest()
            elif self._loop.in_other_thread and not self._over.wait(timeout_s):
                return  # its descriptor must not become another's while it is watched
        self._drop()

    def abort(self) -> None:
        """Make every waiting call of this connection return now; ``open`` once the host has accepted it."""
        self._aborted.set()
        raw = getattr(self._socket, "sock", None)
        if raw is not None:
            with contextlib.suppress(OSError):
                # SSLSocket's own would take off the TLS too, and the reader would get encrypted bytes.
                socket.socket.shutdown(raw, socket.SHUT_RDWR)

    def give_up(self) -> None:
        """``abort``, unless it is open already: an open connection is owed an orderly end."""
        with self._opening:
            if self._wire is None:
                self.abort()

    def _answer(self, opcode: int, payload: bytes) -> None:
        """Send a control frame; if that fails, the next read does."""
        with contextlib.suppress(NetworkLostError):
            self.send(payload, opcode)

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.shutdown()

    def _on_event(self, events: int) -> None:
        """The socket can be read or written. On the loop's thread."""
        wire = self._wire
        assert wire is not None
        try:
            if events != READABLE and wire.flush():
                self._watch()
                self._on_drained()
            if events != WRITABLE and (data := wire.read()) is not None:
                self._take(wire, data)
                while wire.tls is not None and not self._ended and wire.holds_more and (data := wire.read()):
                    self._take(wire, data)
        except (FrameError, OSError):
            self._end(NO_CLOSE_FRAME, "")
        except BaseException as error:
            report(error)
            self._end(NO_CLOSE_FRAME, "")

    def _take(self, wire: Wire, data: memoryview) -> None:
        received_s = wire.last_read_s = time.monotonic()
        text = self._frames.only_text(data)
        if text is not None:
            self._on_frame(text, received_s)
            return
        for opcode, payload in self._frames.feed(data):
            if opcode == TEXT:
                self._on_frame(payload, received_s)
            elif opcode == PING:
                self._answer(PONG, payload)
            elif opcode == CLOSE:
                self._answer(CLOSE, payload[:2])
                code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else NO_CLOSE_FRAME
                self._end(code, payload[2:].decode("utf-8", "replace"))
            if self._ended:
                return

    def _watch(self) -> None:
        """Be told when the socket can be written where frames wait. On the loop's thread."""
        if self._wire is not None and not self._ended:
            self._loop.watch_writable(self._raw, wanted=bool(self._wire.backlog))

    def _read_rest(self) -> None:
        """What had come before the socket was shut down, and its end. On the loop's thread."""
        for _ in range(_LAST_READS):
            if self._ended:
                return
            self._on_event(READABLE)
        self._end(NO_CLOSE_FRAME, "")

    def _end(self, code: int, reason: str) -> None:
        """Read no more. On the loop's thread."""
        if self._ended:
            return
        self._ended = True
        self._loop.unwatch(self._raw)
        try:
            self._on_closed(code, reason)
        except BaseException as error:
            report(error)
        finally:
            self._over.set()


def _redact() -> None:
    logger = logging.getLogger("websocket")
    if not any(isinstance(each, RedactSecrets) for each in logger.filters):
        logger.addFilter(RedactSecrets())


def _secrets(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a handshake that must not be shown, also as they are written in a query."""
    quoted = [value for _, value in _SECRET_QUERY.findall(url)]
    return tuple({secret for secret in (*headers.values(), *quoted, *map(unquote, quoted)) if len(secret) >= 4})


def _direct(url: str) -> dict[str, Any]:
    """No proxy for loopback: the environment's would be used for it too, unless some proxy is named here."""
    if urlsplit(url).hostname not in LOOPBACK:
        return {}
    return {"http_proxy_host": "unused", "http_proxy_port": 1, "http_no_proxy": list(LOOPBACK)}


def _sending_error(error: OSError) -> NetworkLostError:
    return NetworkLostError(
        f"The connection broke while sending ({error_text(error)}).",
        code=NO_CLOSE_FRAME,
        advice="Check the network and start again; settled turns are kept.",
    )


def _aborted_error() -> ConnectError:
    return ConnectError("The connection was given up while it was being opened.")


def _status(ws: Any, error: Exception) -> int | None:
    """The HTTP status that came instead of 101, if one did: a redirect raises no exception of its own."""
    status = getattr(error, "status_code", None) or getattr(ws.handshake_response, "status", None)
    return None if status is None else int(status)


def _answer_headers(ws: Any, error: Exception) -> Mapping[str, str]:
    """The headers of an HTTP answer that was not 101, their names in lower case."""
    return getattr(error, "resp_headers", None) or getattr(ws.handshake_response, "headers", None) or {}
