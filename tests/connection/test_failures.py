"""Every way in which a connection can fail, for real, and the error that comes of it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.scripted_server import Client, answering, closed_port, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.connection import Connection
from ipyscribe.errors import (
    ConnectError,
    ConnectionRefusedByHostError,
    ConnectTimeoutError,
    HandshakeError,
    NameResolutionError,
    ProxyConnectError,
    TLSError,
)

KEY = "hush-0123456789abcdef"


def connection(url: str, **callbacks: Any) -> Connection:
    quiet = {"on_frame": lambda *_: None, "on_closed": lambda *_: None}
    return Connection(f"{url}/v3/ws?x=1", headers={"Authorization": KEY}, **(quiet | callbacks))


def refusal(url: str, timeout_s: float = LIMIT_S) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        connection(url).open(timeout_s)
    error = caught.value
    assert error.__context__ is None
    assert error.message.endswith(".")
    assert error.advice.endswith(".")
    assert KEY not in repr(error) + str(error)
    return error


def test_nothing_listens() -> None:
    port = closed_port()
    error = refusal(f"ws://127.0.0.1:{port}")
    assert type(error) is ConnectionRefusedByHostError
    assert error.message == f"Nothing is listening at 127.0.0.1:{port}."
    assert error.retry


@pytest.mark.parametrize(
    ("status", "retry", "advice"),
    [
        (400, False, "Check the endpoint"),
        (401, False, "check the key"),
        (403, False, "plan or region"),
        (404, False, "path is wrong"),
        (410, False, "retired"),
        (429, True, "wait a minute"),
        (500, True, "Try again"),
        (503, True, "Try again"),
        (200, False, "Check the endpoint"),
        (302, False, "Check the endpoint"),
    ],
)
def test_http_answers(status: int, retry: bool, advice: str) -> None:
    body = b"<html>no</html>"
    head = f"HTTP/1.1 {status} Whatever\r\nLocation: ws://127.0.0.1:9/\r\nContent-Length: {len(body)}\r\n\r\n"
    with answering(head.encode() + body) as port:
        error = refusal(f"ws://127.0.0.1:{port}")
    assert isinstance(error, HandshakeError)
    assert (error.status, error.retry) == (status, retry)
    assert error.message == f"127.0.0.1:{port} answered the WebSocket handshake with HTTP {status}."
    assert advice in error.advice


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: wrong\r\n\r\n",
        b"HTTP/1.1 yes\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
    ],
)
def test_hosts_that_do_not_speak_websocket(answer: bytes) -> None:
    with answering(answer) as port:
        error = refusal(f"ws://127.0.0.1:{port}")
    assert type(error) is ConnectError
    assert error.message.startswith(f"The connection to 127.0.0.1:{port} failed: ")


def test_a_host_that_says_nothing() -> None:
    with answering(None) as port:
        error = refusal(f"ws://127.0.0.1:{port}", timeout_s=0.3)
    assert type(error) is ConnectTimeoutError
    assert isinstance(error, TimeoutError)
    assert error.message == f"127.0.0.1:{port} did not answer within 0.3 s."


def test_an_unknown_host() -> None:
    error = refusal("ws://no-such-host.invalid")
    assert type(error) is NameResolutionError
    assert error.message == "The host no-such-host.invalid is unknown."


@pytest.mark.parametrize("url", ["ws://127.0.0.1:99999", "ws://127.0.0.1:0x", "http://127.0.0.1"])
def test_addresses_that_are_none(url: str) -> None:
    assert type(refusal(url)) is ConnectError


def tls_context(*names: str) -> tuple[trustme.CA, ssl.SSLContext]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return authority, context


def test_a_certificate_that_nobody_vouches_for() -> None:
    _, context = tls_context("127.0.0.1")
    with scripted(lambda client: client.gone(), tls=context) as server:
        error = refusal(server.url)
    assert type(error) is TLSError
    assert error.message.startswith(f"The certificate of 127.0.0.1:{server.port} was not accepted: ")
    assert "certificate" in error.message
    assert not error.retry


def test_a_certificate_of_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = tls_context("elsewhere.example")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with scripted(lambda client: client.gone(), tls=context) as server:
        error = refusal(server.url)
    assert type(error) is TLSError
    assert "mismatch" in error.message


def test_a_host_without_tls() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        error = refusal(f"wss://127.0.0.1:{port}")
    assert type(error) is TLSError
    assert error.message.startswith(f"No secure connection to 127.0.0.1:{port} could be made: ")


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
        for variable, url in (("http_proxy", "ws://far.example"), ("HTTPS_PROXY", "wss://far.example")):
            with monkeypatch.context() as patch:
                patch.setenv(variable, f"http://user:{KEY}@127.0.0.1:{port}")
                error = refusal(url)
            assert type(error) is ProxyConnectError
            assert "far.example" in error.message
            assert "403" in error.message


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    assert type(refusal("ws://far.example")) is ProxyConnectError
    monkeypatch.setenv("http_proxy", "http://no-such-host.invalid:3128")
    assert type(refusal("ws://far.example")) is ProxyConnectError
    monkeypatch.setenv("no_proxy", "no-such-host-either.invalid")
    assert type(refusal("ws://no-such-host-either.invalid")) is NameResolutionError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_is_not_asked_for_this_computer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with scripted(lambda client: client.gone()) as server:
        one = connection(server.url.replace("127.0.0.1", host))
        one.open(LIMIT_S)
        one.close()


def test_giving_up_while_the_host_says_nothing() -> None:
    failures: list[BaseException] = []
    with answering(None) as port:
        one = connection(f"ws://127.0.0.1:{port}")

        def open_it() -> None:
            try:
                one.open(600)
            except ConnectError as error:
                failures.append(error)

        thread = threading.Thread(target=open_it)
        thread.start()
        # That a handshake is under way shows nowhere else.
        wait_for(lambda: getattr(one._socket, "sock", None) is not None)
        one.abort()
        thread.join(LIMIT_S)
        assert not thread.is_alive()
    assert [str(error) for error in failures] == ["The connection was given up while it was being opened."]
    one.close()


def test_giving_up_before_opening() -> None:
    closed: list[int] = []
    with scripted(lambda client: client.gone()) as server:
        one = connection(server.url, on_closed=lambda code, _: closed.append(code))
        one.close()
        with pytest.raises(ConnectError, match="given up"):
            one.open(LIMIT_S)
    assert closed == []


Script = Callable[[Client], None]


def test_a_trusted_certificate_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = tls_context("127.0.0.1")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    frames: list[bytes] = []

    def script(client: Client) -> None:
        for number in range(300):
            client.say(f"{number} " + "x" * 500)
            client.hear(chunks=number)
        client.hear("Terminate")
        client.close(1000, "Session Ended")

    closed: list[tuple[int, str]] = []
    with scripted(script, tls=context) as server:
        one = connection(
            server.url,
            on_frame=lambda data, _: frames.append(data),
            on_closed=lambda code, reason: closed.append((code, reason)),
        )
        one.open(LIMIT_S)
        for _ in range(300):
            one.send(bytes(1600))
        one.send_text('{"type":"Terminate"}')
        wait_for(lambda: closed)
        one.close()
    assert [int(frame.split()[0]) for frame in frames] == list(range(300))
    assert closed == [(1000, "Session Ended")]


def test_closing_wakes_a_reader_behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = tls_context("127.0.0.1")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    closed: list[int] = []
    with scripted(lambda client: client.gone(), tls=context) as server:
        one = connection(server.url, on_closed=lambda code, _: closed.append(code))
        one.open(LIMIT_S)
        one.close(LIMIT_S)
        assert closed == [1006]


def test_a_full_queue_of_callers_is_a_timeout() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = []
        try:
            for _ in range(4):
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(address)
                waiting.append(caller)
            error = refusal(f"ws://127.0.0.1:{address[1]}", timeout_s=0.3)
        finally:
            for caller in waiting:
                caller.close()
    assert type(error) is ConnectTimeoutError
