"""Where a key comes from, where it goes, and where it never appears."""

from __future__ import annotations

import getpass
import sys
from typing import Any

import pytest
from session.conftest import FakeKeyring
from session.sources import MODEL, tone

import ipyscribe
from ipyscribe import Session
from ipyscribe.access import default_model, find_key
from ipyscribe.access.endpoint import choose_endpoint
from ipyscribe.access.keys import ENVIRONMENT
from ipyscribe.errors import MissingKeyError, ParameterError
from ipyscribe.protocol import find_model

EN = find_model("universal-streaming-english")
LOCAL = find_model(MODEL)


def test_the_order_in_which_keys_are_looked_for(keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_key() is None
    keyring.kept["ipyscribe", "assemblyai"] = "from-the-keyring"
    assert find_key() == "from-the-keyring"
    # Without a keyring, login keeps the key there; here there is one.
    monkeypatch.setattr("ipyscribe.access.keys._remembered", ["from-memory"])
    assert find_key() == "from-memory"
    monkeypatch.setenv(ENVIRONMENT, " from-the-environment \n")
    assert find_key() == "from-the-environment"
    assert find_key(" from-the-argument ") == "from-the-argument"
    monkeypatch.setenv(ENVIRONMENT, "  ")
    assert find_key() == "from-memory"


def test_logging_in_and_out(keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "typed" if "not shown" in prompt else "")
    assert ipyscribe.login() == "The key is kept in this system's keyring."
    assert keyring.kept == {("ipyscribe", "assemblyai"): "typed"}
    assert find_key() == "typed"
    ipyscribe.logout()
    assert keyring.kept == {}
    assert find_key() is None
    ipyscribe.logout()


def test_logging_in_without_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert ipyscribe.login("given") == "The key is kept in memory until this process ends."
    assert find_key() == "given"
    ipyscribe.logout()
    assert find_key() is None


@pytest.mark.parametrize(
    "key", ["", "  ", "hush hush", "hush\n hush", "hüsh", "hush\x00", "Bearer hush", "bearerhush", 7]
)
def test_an_invalid_key_is_refused_and_not_repeated(key: object) -> None:
    with pytest.raises(ParameterError, match="The API key") as caught:
        Session(EN.name, source=tone(), api_key=key)  # type: ignore[arg-type]
    assert "ush" not in str(caught.value)
    with pytest.raises(ParameterError):
        ipyscribe.login(key)  # type: ignore[arg-type]


def test_without_a_key() -> None:
    with pytest.raises(MissingKeyError, match=r"no API key was found.*ipyscribe\.login\(\).*ASSEMBLYAI_API_KEY"):
        Session("u3-rt-pro", source=tone())
    assert default_model() == MODEL
    assert Session(MODEL, source=tone()).server == "this computer"


def test_with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "hush")
    assert default_model() == "universal-3-6-pro"
    for name, label in ((None, "AssemblyAI (edge)"), ("us", "AssemblyAI (us)"), ("eu", "AssemblyAI (eu)")):
        endpoint = choose_endpoint(EN, name, None)
        assert endpoint.label == label
        assert endpoint.resolve().headers()["Authorization"] == "hush"
        assert "hush" not in repr(endpoint) + repr(endpoint.resolve())
    assert choose_endpoint(EN, "eu", None).resolve().url == "wss://streaming.eu.assemblyai.com/v3/ws"


def test_a_key_that_was_not_given_goes_to_assemblyai_only(
    keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, "hush")
    keyring.kept["ipyscribe", "assemblyai"] = "hush"
    for model in (EN, LOCAL):
        assert "Authorization" not in choose_endpoint(model, "ws://127.0.0.1:1", None).resolve().headers()
    assert choose_endpoint(EN, "ws://127.0.0.1:1", "given").resolve().headers()["Authorization"] == "given"


def test_the_local_model_stays_on_this_computer() -> None:
    for name in ("edge", "us", "eu"):
        with pytest.raises(ParameterError, match="runs on this computer"):
            Session(MODEL, source=tone(), endpoint=name)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "asia",
        "http://127.0.0.1",
        "ws://",
        "ws://[::1",
        "ws://h:port",
        "ws://h:99999",
        "ws://h/?token=hush",
        "ws://h/#hush",
        "ws://hush@h",
        "ws://user:hush@h",
        "wss://h\r\nX: hush",
        7,
        ["ws://h"],
    ],
)
def test_an_invalid_endpoint_is_refused(endpoint: object) -> None:
    with pytest.raises(ParameterError, match=r"^endpoint=.* cannot be used\. Expected 'local', 'edge'") as caught:
        choose_endpoint(EN, endpoint, "key")  # type: ignore[arg-type]
    assert "hush" not in str(caught.value) or "\r" in str(endpoint)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("ws://127.0.0.1:8765", "ws://127.0.0.1:8765/v3/ws"),
        ("ws://127.0.0.1:8765/", "ws://127.0.0.1:8765/v3/ws"),
        ("wss://host.example/custom/", "wss://host.example/custom"),
        ("ws://[::1]:80", "ws://[::1]:80/v3/ws"),
    ],
)
def test_addresses(endpoint: str, url: str) -> None:
    chosen = choose_endpoint(EN, endpoint, None)
    assert chosen.resolve().url == url
    assert chosen.label in url


@pytest.mark.parametrize(
    "host", ["gate.example", "10.0.0.7:8080", "[fd00::1]:8080", "localhost.example", "127.1", "127.8.9.10"]
)
def test_a_secret_never_goes_unencrypted_to_another_computer(host: str) -> None:
    secrets: tuple[dict[str, Any], ...] = ({"api_key": "hush"}, {"token": "hush"}, {"token": lambda: "hush"})
    for secret in secrets:
        word = next(iter(secret)).removeprefix("api_")
        with pytest.raises(ParameterError, match=rf"is not encrypted: the {word} could be read.*wss://") as caught:
            Session(EN.name, source=tone(), endpoint=f"ws://{host}", **secret)
        assert "hush" not in str(caught.value)
        assert Session(EN.name, source=tone(), endpoint=f"wss://{host}", **secret)
    with pytest.raises(ParameterError, match="is not encrypted"):
        ipyscribe.temporary_token(expires_in_s=60, endpoint=f"ws://{host}", api_key="hush")
    assert Session(EN.name, source=tone(), endpoint=f"ws://{host}").server == host
    assert choose_endpoint(EN, f"ws://{host}", "self-hosted").resolve().headers()["Authorization"] == "self-hosted"


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:8765"])
def test_this_computer_may_get_one(host: str) -> None:
    assert choose_endpoint(EN, f"ws://{host}/v3/ws", "hush").resolve().headers()["Authorization"] == "hush"
    assert choose_endpoint(EN, f"ws://{host}", None, "t").resolve().with_query("a=1").endswith("?a=1&token=t")
