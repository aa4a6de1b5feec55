"""Temporary tokens over HTTP, and sessions that are opened with one."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from local.harness import MODEL, Client, wait_for
from local.scripts import scripted

from ipyscribe.local import tokens

KEY = "a secret of the server"
QUERY = f"speech_model={MODEL}"


def ask(url: str, query: str, key: str | None = KEY) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{url.replace('ws:', 'http:')}/v3/token?{query}")
    if key is not None:
        request.add_header("Authorization", key)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def mint(url: str, query: str = "expires_in_seconds=60") -> str:
    status, body = ask(url, query)
    assert status == 200
    return str(body["token"])


def test_a_token_opens_sessions_in_the_address_and_in_the_header() -> None:
    with scripted(token=KEY) as url:
        token = mint(url)
        for _ in range(2):
            with Client(url, f"{QUERY}&token={token}") as client:
                client.until("Begin")
        with Client(url, QUERY, header={"Authorization": token}) as client:
            assert abs(client.until("Begin")["expires_at"] - time.time() - 10_800) < 30
        assert KEY not in token


def test_bearer_counts_for_tokens_and_not_for_sessions() -> None:
    with scripted(token=KEY) as url:
        assert ask(url, "expires_in_seconds=1", f"Bearer {KEY}")[0] == 200
        with Client(url, QUERY, header={"Authorization": f"Bearer {KEY}"}) as client:
            assert client.refusal() == (1008, "Unauthorized Connection: Invalid API key")


def test_another_key_mints_nothing() -> None:
    with scripted(token=KEY) as url:
        assert ask(url, "expires_in_seconds=60", "another") == (401, {"error": "Invalid API key"})


@pytest.mark.parametrize(
    ("query", "key", "problem"),
    [
        ("expires_in_seconds=0", KEY, ("greater_than_equal", ["query", "expires_in_seconds"], "0", {"ge": 1})),
        ("expires_in_seconds=601", KEY, ("less_than_equal", ["query", "expires_in_seconds"], "601", {"le": 600})),
        ("expires_in_seconds=x", KEY, ("int_parsing", ["query", "expires_in_seconds"], "x", None)),
        ("", KEY, ("missing", ["query", "expires_in_seconds"], None, None)),
        (
            "expires_in_seconds=60&max_session_duration_seconds=59",
            KEY,
            ("greater_than_equal", ["query", "max_session_duration_seconds"], "59", {"ge": 60}),
        ),
        (
            "expires_in_seconds=60&max_session_duration_seconds=10801",
            KEY,
            ("less_than_equal", ["query", "max_session_duration_seconds"], "10801", {"le": 10_800}),
        ),
        ("expires_in_seconds=60", None, ("missing", ["header", "authorization"], None, None)),
    ],
)
def test_a_bad_request_is_answered_with_422(query: str, key: str | None, problem: tuple[Any, ...]) -> None:
    with scripted(token=KEY) as url:
        status, body = ask(url, query, key)
    assert status == 422
    (detail,) = body["detail"]
    assert (detail["type"], detail["loc"], detail["input"], detail.get("ctx")) == problem
    assert detail["msg"]


def test_a_token_expires() -> None:
    with scripted(token=KEY) as url:
        token = mint(url, "expires_in_seconds=1")
        minted_s = time.time()
        wait_for(lambda: time.time() > minted_s + 1.01)
        with Client(url, f"{QUERY}&token={token}") as client:
            assert client.refusal() == (1008, "Unauthorized Connection: Signature has expired")


def test_a_forged_token_is_no_token() -> None:
    with scripted(token=KEY) as url:
        token = mint(url)
        forged = ("A" if token[0] != "A" else "B") + token[1:]
        for wrong in (forged, token[:-1], "x." + token.partition(".")[2]):
            with Client(url, f"{QUERY}&token={wrong}") as client:
                assert client.refusal() == (1008, "Unauthorized Connection: Invalid API key")


def test_a_token_limits_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    # The shortest session that AssemblyAI allows lasts a minute.
    monkeypatch.setitem(tokens._LIMITS, "max_session_duration_seconds", (1, 10_800))
    with scripted(token=KEY) as url:
        token = mint(url, "expires_in_seconds=60&max_session_duration_seconds=1")
        with Client(url, f"{QUERY}&token={token}") as client:
            assert abs(client.until("Begin")["expires_at"] - time.time() - 1) < 30
            assert client.refusal() == (3008, "Session Expired: Maximum session duration exceeded")


def test_a_server_without_a_key_mints_too() -> None:
    with scripted() as url:
        with Client(url, f"{QUERY}&token={mint(url)}") as client:
            client.until("Begin")
        assert ask(url, "expires_in_seconds=60", None)[0] == 422
