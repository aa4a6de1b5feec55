"""Failed handshakes as errors that name the cause."""

from __future__ import annotations

import os
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from ipyscribe.errors import (
    ConnectError,
    ConnectionRefusedByHostError,
    ConnectTimeoutError,
    HandshakeError,
    NameResolutionError,
    ProxyConnectError,
    TLSError,
)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AGAIN = "Check the network and try again."


def error_text(error: BaseException) -> str:
    """The text of ``error``, or its type where it has none."""
    return str(error).rstrip(".") or type(error).__name__


def without_frames(error: BaseException) -> BaseException:
    """``error`` and those before it without their tracebacks: a frame of a library may hold the key in a variable."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def connect_error(
    error: Exception, url: str, timeout_s: float, status: int | None = None, retry_after: str | None = None
) -> ConnectError:
    """The error of an attempt to open ``url`` that failed with ``error``, or with an HTTP ``status``.

    ``retry_after`` is the header of that name in the HTTP answer.
    """
    import websocket

    host = urlsplit(url).netloc.rpartition("@")[2]
    if status is not None:
        retry_after_s = _seconds(retry_after)
        wait = "" if retry_after_s is None else f" It asks for a pause of {retry_after_s:.0f} s."
        return HandshakeError(
            f"{host} answered the WebSocket handshake with HTTP {status}.",
            status=status,
            advice=_status_advice(status) + wait,
            retry_after_s=retry_after_s,
        )
    if isinstance(error, (websocket.WebSocketTimeoutException, TimeoutError)):
        return ConnectTimeoutError(f"{host} did not answer within {timeout_s:g} s.", advice=_AGAIN)
    if isinstance(error, ssl.SSLError):
        return _tls_error(error, host)
    proxied = _proxied(url) and isinstance(error, (OSError, websocket.WebSocketAddressException))
    if proxied or isinstance(error, websocket.WebSocketProxyException):
        refusal = ProxyConnectError(
            f"The proxy did not let the connection to {host} through: {error_text(error)}.",
            advice="Check http_proxy, https_proxy and no_proxy.",
        )
        refusal.retry = not isinstance(error, websocket.WebSocketProxyException)  # one that answers will say the same
        return refusal
    if isinstance(error, (socket.gaierror, websocket.WebSocketAddressException)):
        return NameResolutionError(f"The host {host} is unknown.", advice="Check the network and the endpoint's name.")
    if isinstance(error, ConnectionRefusedError):
        return ConnectionRefusedByHostError(
            f"Nothing is listening at {host}.", advice="Check the endpoint's host and port."
        )
    failure = ConnectError(f"The connection to {host} failed: {error_text(error)}.", advice=_AGAIN)
    failure.retry = isinstance(error, (OSError, websocket.WebSocketException))  # others are about the address
    return failure


def _tls_error(error: ssl.SSLError, host: str) -> TLSError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TLSError(
            f"The certificate of {host} was not accepted: {error.verify_message or error.reason}.",
            advice="Check the computer's clock and its certificates (on macOS: Install Certificates.command).",
        )
    return TLSError(
        f"No secure connection to {host} could be made: {error.reason or error_text(error)}.",
        advice="Check the endpoint's port; an address without encryption begins with ws://.",
    )


def _proxied(url: str) -> bool:
    """Whether websocket-client asks a proxy of the environment for ``url``."""
    parts = urlsplit(url)
    name = "https_proxy" if parts.scheme == "wss" else "http_proxy"
    host = parts.hostname or ""
    if host in LOOPBACK or not os.environ.get(name, os.environ.get(name.upper())):
        return False
    return not proxy_bypass(host)


def _seconds(retry_after: str | None) -> float | None:
    """The seconds of a ``Retry-After`` header: a number, or a date (RFC 9110, section 10.2.3)."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _status_advice(status: int) -> str:
    match status:
        case 401 | 403:
            return "The account, plan or region may not allow it; check the key and the endpoint."
        case 404 | 410:
            return "The endpoint's path is wrong or was retired."
        case 429:
            return "Too many requests: wait a minute and try again."
    return "Try again in a moment." if status >= 500 else "Check the endpoint."
