"""A TLS connection that is full in both directions waits, and loses nothing."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import pytest
import trustme
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.connection import Connection

CHUNKS, CHUNK = 160, bytes(range(250)) * 400
SAYINGS = 60


def test_a_full_tls_connection_waits_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    all_said = threading.Event()
    frames: list[bytes] = []
    closed: list[tuple[int, str]] = []

    def hear(data: bytes, _: float) -> None:
        frames.append(data)
        if len(frames) == SAYINGS:
            all_said.set()

    def script(client: Client) -> None:
        for number in range(SAYINGS):
            client.say(f"{number} " + "x" * 60_000)
        assert all_said.wait(LIMIT_S)
        client.hear("Terminate")
        assert client.audio == CHUNK * CHUNKS
        client.close(1000, "Session Ended")

    with scripted(script, tls=context) as server:
        one = Connection(
            server.url, headers={}, on_frame=hear, on_closed=lambda code, reason: closed.append((code, reason))
        )
        one.open(LIMIT_S)
        for _ in range(CHUNKS):
            one.send(CHUNK)
        one.send_text('{"type":"Terminate"}')
        wait_for(lambda: closed)
        one.close()
    assert [(int(frame.split()[0]), len(frame.split()[1])) for frame in frames] == [
        (number, 60_000) for number in range(SAYINGS)
    ]
    assert closed == [(1000, "Session Ended")]
