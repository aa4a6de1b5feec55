"""One WebSocket: a reader thread that hands on every frame, sends that one other thread makes, an orderly end.

websocket-client's ``WebSocketApp`` races when it is closed, so its low-level ``WebSocket`` is used.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ipyscribe.errors import (
    ConnectError,
    ConnectionRefusedByHostError,
    ConnectTimeoutError,
    HandshakeError,
    NameResolutionError,
    NetworkLostError,
    ProxyConnectError,
    TLSError,
)
from ipyscribe.protocol.closing import NO_CLOSE_FRAME

OnFrame = Callable[[bytes, float], None]
OnClosed = Callable[[int, str], None]
SEND_TIMEOUT_S = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECRET_LINE = re.compile(r"(?im)^((?:proxy-)?authorization\s*:\s*)\S.*$")
_SECRET_QUERY = re.compile(r"(?i)([?&]token=)[^&\s]+")


class RedactSecrets(logging.Filter):
    """Masks keys and tokens in websocket-client's handshake trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its secrets masked."""
        text = record.getMessage()
        masked = _SECRET_QUERY.sub(r"\1***", _SECRET_LINE.sub(r"\1***", text))
        if masked != text:
            record.msg, record.args = masked, ()
        return True


class Connection:
    """An open WebSocket.

    ``on_frame(data, received_s)`` gets every text frame's bytes with its ``time.monotonic()``;
    ``on_closed(code, reason)`` is the last call, once, with 1006 where no close frame came. Both run on the
    reader thread and must be quick. ``send_text`` and ``send_audio`` belong to one other thread; ``close`` and
    ``abort`` to any.
    """

    def __init__(
        self, url: str, *, headers: Mapping[str, str], on_frame: OnFrame, on_closed: OnClosed, name: str = "session"
    ) -> None:
        self._url = url
        self._headers = dict(headers)
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._name = name
        self._socket: Any = None
        self._reader: threading.Thread | None = None
        self._aborted = threading.Event()

    def open(self, timeout_s: float = 10.0) -> None:
        """Shake hands. Raises the ``ConnectError`` that names what stood in the way."""
        import websocket

        _redact()
        self._socket = websocket.WebSocket(
            enable_multithread=True,
            skip_utf8_validation=True,
            sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)],
        )
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(
                self._url,
                header=[f"{name}: {value}" for name, value in self._headers.items()],
                suppress_origin=True,
                redirect_limit=0,
                # A proxy from the environment would be asked for loopback addresses too.
                http_no_proxy=list(_LOOPBACK) if urlsplit(self._url).hostname in _LOOPBACK else None,
            )
        except Exception as error:
            self._drop()
            raise _connect_error(error, self._url, timeout_s) from None
        if self._aborted.is_set():
            self._drop()
            raise ConnectError("The connection was given up while it was being opened.")
        self._socket.settimeout(SEND_TIMEOUT_S)
        self._reader = threading.Thread(
            target=_read, args=(self._socket, self._on_frame, self._on_closed), name=f"ipyscribe-{self._name}-reader"
        )
        self._reader.daemon = True
        self._reader.start()

    def send_text(self, text: str) -> None:
        """Send one JSON message. Raises ``NetworkLostError``."""
        self._send(text, opcode=1)

    def send_audio(self, pcm: bytes) -> None:
        """Send one chunk of PCM16. Raises ``NetworkLostError``."""
        self._send(pcm, opcode=2)

    def close(self, timeout_s: float = 1.0) -> None:
        """Close the socket and wait for the reader. Does nothing the second time."""
        self.abort()
        reader = self._reader
        if reader is not None and reader is not threading.current_thread():
            reader.join(timeout_s)
        self._drop()

    def abort(self) -> None:
        """Make every waiting call of this connection return now."""
        self._aborted.set()
        raw = getattr(self._socket, "sock", None)
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)

    def _send(self, data: str | bytes, opcode: int) -> None:
        import websocket

        try:
            self._socket.send(data, opcode)
        except (websocket.WebSocketException, OSError, AttributeError) as error:
            raise NetworkLostError(
                f"The connection broke while sending ({error or type(error).__name__}).",
                code=NO_CLOSE_FRAME,
                advice="Check the network and start again; what had settled is kept.",
            ) from None

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.shutdown()


def _read(ws: Any, on_frame: OnFrame, on_closed: OnClosed) -> None:
    import websocket

    code, reason = NO_CLOSE_FRAME, ""
    try:
        while True:
            try:
                opcode, frame = ws.recv_data_frame(True)
            except websocket.WebSocketTimeoutException:
                continue
            if opcode == websocket.ABNF.OPCODE_TEXT:
                on_frame(frame.data, time.monotonic())
            elif opcode == websocket.ABNF.OPCODE_CLOSE:
                if len(frame.data) >= 2:
                    code = int.from_bytes(frame.data[:2], "big")
                    reason = frame.data[2:].decode("utf-8", "replace")
                return
    except (websocket.WebSocketException, OSError, AttributeError):
        return  # AttributeError: the socket was dropped between two reads
    finally:
        on_closed(code, reason)


def _redact() -> None:
    logger = logging.getLogger("websocket")
    if not any(isinstance(known, RedactSecrets) for known in logger.filters):
        logger.addFilter(RedactSecrets())


def _connect_error(error: Exception, url: str, timeout_s: float) -> ConnectError:
    import websocket

    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if isinstance(error, websocket.WebSocketBadStatusException):
        status = int(error.status_code or 0)
        return HandshakeError(
            f"{host} answered the WebSocket handshake with HTTP {status}.", status=status, advice=_status_advice(status)
        )
    if isinstance(error, (websocket.WebSocketTimeoutException, TimeoutError)):
        return ConnectTimeoutError(
            f"{host} did not answer within {timeout_s:g} s.", advice="Check the network and try again."
        )
    if isinstance(error, websocket.WebSocketProxyException):
        return ProxyConnectError(
            f"The proxy did not let the connection to {host} through: {error}.",
            advice="Check http_proxy, https_proxy and no_proxy.",
        )
    if isinstance(error, ssl.SSLError):
        return TLSError(
            f"The certificate of {host} was not accepted: {error.reason or error}.",
            advice="Check the computer's clock and its certificates (on macOS: Install Certificates.command).",
        )
    if isinstance(error, (socket.gaierror, websocket.WebSocketAddressException)):
        return NameResolutionError(f"The host {host} is unknown.", advice="Check the network and the endpoint's name.")
    if isinstance(error, ConnectionRefusedError):
        return ConnectionRefusedByHostError(f"Nothing listens at {host}.", advice="Check the endpoint's host and port.")
    return ConnectError(
        f"The connection to {host} failed: {error or type(error).__name__}.", advice="Check the network and try again."
    )


def _status_advice(status: int) -> str:
    match status:
        case 401 | 403:
            return "The account, plan or region may not allow it; check the key and the endpoint."
        case 404 | 410:
            return "The endpoint's path is wrong or was retired."
        case 429:
            return "Too many requests: wait a minute and try again."
    return "Try again in a moment." if status >= 500 else "Check the endpoint."
