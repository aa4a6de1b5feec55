"""Temporary tokens: requested with a key, used by sessions instead of it, and never shown."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from local.harness import CountingRecognition, running
from session.sources import MODEL, Endless, tone
from support.connections import last_connection
from support.scripted_server import Client, answering, closed_port, scripted
from support.waiting import LIMIT_S, wait_for

import ipyscribe
from ipyscribe import Session, temporary_token
from ipyscribe.access.endpoint import remote_endpoint
from ipyscribe.access.local_server import LoopbackServer

# Where tokens are fetched from shows only on the network.
from ipyscribe.access.tokens import _url
from ipyscribe.errors import (
    AuthenticationError,
    ConnectionRefusedByHostError,
    InvalidRequestError,
    MissingKeyError,
    ParameterError,
    ScribeError,
    TokenError,
    TokenExpiredError,
)

KEY = "a-secret-of-the-server"
EN = "universal-streaming-english"


@pytest.fixture
def url() -> Iterator[str]:
    """A real server that asks for a key; its address."""
    with running(CountingRecognition, token=KEY) as address:
        yield address


def token_of(url: str, expires_in_s: int = 60, **options: Any) -> str:
    return temporary_token(expires_in_s=expires_in_s, endpoint=url, api_key=KEY, **options)


def over(expires_in_s: float) -> None:
    """Wait until a token's time is over, by the clock that the server looks at."""
    until = time.time() + expires_in_s
    wait_for(lambda: time.time() > until)


def http(status: str, body: Any) -> bytes:
    text = json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text


def test_a_session_is_opened_with_a_token_instead_of_the_key(url: str) -> None:
    token = token_of(url, max_session_s=60)
    assert KEY not in token
    with Session(MODEL, source=tone(), endpoint=url, token=token) as session:
        session.wait(LIMIT_S)
        begin = last_connection(session).begin
    assert begin is not None
    assert begin.expires_at_s - time.time() < 61
    assert session.transcript.text.startswith("Word0")
    with pytest.raises(AuthenticationError), Session(MODEL, source=tone(), endpoint=url, token="guessed"):
        pass


@pytest.mark.recogniser
def test_a_token_of_the_local_server(embedded: LoopbackServer) -> None:
    token = temporary_token(expires_in_s=60, endpoint="local")
    with Session(MODEL, source=tone(), token=token) as session:
        session.wait(LIMIT_S)
    with pytest.raises(ParameterError, match="a key of its own"):
        temporary_token(expires_in_s=60, endpoint="local", api_key=KEY)


def test_an_expired_token_gives_advice(url: str) -> None:
    token = token_of(url, 1)
    over(1)
    with pytest.raises(TokenExpiredError) as caught, Session(MODEL, source=tone(), endpoint=url, token=token):
        pass
    assert (caught.value.code, caught.value.retry) == (1008, False)
    assert caught.value.reason == "Unauthorized Connection: Signature has expired"
    assert "ipyscribe.temporary_token()" in caught.value.advice


def test_a_function_is_asked_once_more(url: str) -> None:
    tokens = [token_of(url, 1), token_of(url)]
    over(1)
    with Session(MODEL, source=tone(), endpoint=url, token=lambda: tokens.pop(0)) as session:
        session.wait(LIMIT_S)
    assert tokens == []
    assert session.transcript.text.startswith("Word0")
    assert session.error is None


def test_a_function_is_not_asked_for_ever(url: str) -> None:
    late, calls = token_of(url, 1), []
    over(1)

    def token() -> str:
        calls.append(1)
        return late

    with pytest.raises(TokenExpiredError), Session(MODEL, source=tone(), endpoint=url, token=token):
        pass
    assert len(calls) == 2


def test_every_connection_gets_a_fresh_token() -> None:
    def script(client: Client) -> None:
        if "token=second" in client.path:
            client.fail(1008, "Unauthorized Connection: Signature has expired")
            return
        client.begin()
        if "token=first" in client.path:
            client.hear(chunks=3)
            client.vanish()
            return
        client.hear("Terminate")
        client.terminate()

    tokens = iter(["first", "second", "third"])
    with (
        scripted(script) as server,
        Session(EN, source=Endless(), endpoint=server.url, token=lambda: next(tokens)) as session,
    ):
        wait_for(lambda: len(server.clients) == 3 and session.status == "listening")
    assert ["Authorization" in client.headers for client in server.clients] == [False] * 3
    assert [mark.kind for mark in session.transcript.marks] == ["seam"]


def test_a_plain_token_that_is_over_at_a_reconnect_ends_the_session() -> None:
    def script(client: Client) -> None:
        if len(server.clients) > 1:
            client.fail(1008, "Unauthorized Connection: Signature has expired")
            return
        client.begin()
        client.turn(0, "Kept.", end=True)
        client.hear(chunks=3)
        client.vanish()

    with scripted(script) as server:
        session = Session(EN, source=Endless(), endpoint=server.url, token="only").start()
        with pytest.raises(TokenExpiredError):
            session.wait(LIMIT_S)
    assert len(server.clients) == 2


@pytest.mark.parametrize("expires_in_s", [0, 601, 1.5, "60", None, True])
def test_how_long_a_token_may_wait(expires_in_s: Any) -> None:
    with pytest.raises(ParameterError, match="a whole number from 1 to 600 s"):
        temporary_token(expires_in_s=expires_in_s, api_key=KEY)


@pytest.mark.parametrize("max_session_s", [59, 10_801, "60"])
def test_how_long_a_tokens_session_may_be(max_session_s: Any) -> None:
    with pytest.raises(ParameterError, match="a whole number from 60 to 10,800 s"):
        temporary_token(expires_in_s=60, max_session_s=max_session_s, api_key=KEY)


def test_without_a_key_or_with_both() -> None:
    with pytest.raises(MissingKeyError, match=r"requested with a key and no API key was found.*login"):
        temporary_token(expires_in_s=60)
    with pytest.raises(ParameterError, match="Give one of them"):
        Session(EN, source=tone(), api_key=KEY, token="t")
    for token in ("", "two words", "tökén", 7):
        with pytest.raises(ParameterError, match="The temporary token is empty or"):
            Session(EN, source=tone(), token=token)  # type: ignore[arg-type]


def test_a_refused_key_and_a_missing_one(url: str) -> None:
    with pytest.raises(TokenError, match=r"HTTP 401\). The server said: Invalid API key\. Check the key") as caught:
        temporary_token(expires_in_s=60, endpoint=url, api_key="another")
    assert (caught.value.status, caught.value.retry) == (401, False)
    with pytest.raises(TokenError, match=r"HTTP 422\). The server said: authorization: Field required\."):
        temporary_token(expires_in_s=60, endpoint=url)


@pytest.mark.parametrize(
    ("status", "body", "sentence", "retry"),
    [
        ("422 X", {"detail": [{"loc": ["query", "a"], "msg": "low"}, 7, {}]}, "said: a: low; request: None", False),
        ("429 X", {"error": "slow down"}, r"The server said: slow down\. Too many requests", True),
        ("500 X", {"error": {"deep": [1]}}, "HTTP 500", True),
        ("503 X", ["?"], r"HTTP 503\). Try again in a moment", True),
        ("200 OK", {"token": 7}, r"HTTP 200\). Check the endpoint", False),
        ("200 OK", {}, r"HTTP 200\). Check the endpoint", False),
        ("401 X", {"error": f"{KEY} is not known"}, r"The server said: ... is not known\.", False),
    ],
)  # fmt: skip
def test_what_else_a_server_may_answer(status: str, body: Any, sentence: str, retry: bool) -> None:
    with answering(http(status, body)) as port, pytest.raises(TokenError, match=sentence) as caught:
        temporary_token(expires_in_s=60, endpoint=f"ws://127.0.0.1:{port}", api_key=KEY)
    assert caught.value.retry is retry
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_key_does_not_follow_a_redirect() -> None:
    with answering(http("200 OK", {"token": "t"})) as elsewhere:
        away = f"http://127.0.0.1:{elsewhere}/v3/token"
        answer = f"HTTP/1.1 302 Found\r\nLocation: {away}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        with answering(answer) as port, pytest.raises(TokenError, match="HTTP 302"):
            temporary_token(expires_in_s=60, endpoint=f"ws://127.0.0.1:{port}", api_key=KEY)


def test_nobody_there() -> None:
    with pytest.raises(ConnectionRefusedByHostError, match="Nothing is listening at 127"):
        temporary_token(expires_in_s=60, endpoint=f"ws://127.0.0.1:{closed_port()}", api_key=KEY)


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("edge", "https://streaming.assemblyai.com/v3/token"),
        ("us", "https://streaming.us.assemblyai.com/v3/token"),
        ("eu", "https://streaming.eu.assemblyai.com/v3/token"),
        ("wss://gate.example:8443/v3/ws", "https://gate.example:8443/v3/token"),
        ("wss://gate.example/speech/v3/ws/", "https://gate.example/speech/v3/token"),
        ("ws://127.0.0.1:8080", "http://127.0.0.1:8080/v3/token"),
    ],
)
def test_a_token_comes_from_the_host_of_the_session(endpoint: str, address: str) -> None:
    assert _url(remote_endpoint(endpoint, KEY, None, "").resolve().base) == address


def test_a_function_that_fails_is_named_without_its_message() -> None:
    def token() -> str:
        raise ValueError(KEY)

    for function, message in ((token, "raised ValueError"), (lambda: "", "is empty or contains")):
        session = Session(EN, source=tone(), endpoint=f"ws://127.0.0.1:{closed_port()}", token=function).start()
        with pytest.raises(ScribeError, match=message) as caught:
            session.wait(LIMIT_S)
        assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_token_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = "hush-hush-token"

    def script(client: Client) -> None:
        assert f"token={token}" in client.path
        client.fail(3006, "User Input Validation Error: no")

    with scripted(script) as server:
        session = Session(EN, source=tone(), endpoint=server.url, token=token)
        with pytest.raises(InvalidRequestError) as caught, session:
            pass
    # A traceback with local variables shows the context.
    shown = (session, session._context, session._context.endpoint, session._context.endpoint.resolve(), session.notices)
    shown_text = repr(shown) + "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "hush" not in shown_text
    # Also where the token is a function.
    assert "hush" not in repr(ipyscribe.Session(EN, source=tone(), token=lambda: token)._context)
