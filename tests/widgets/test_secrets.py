"""Keys, tokens and a webhook's secret: one test for each way on which a widget could let them out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S, wait_for
from widgets.conftest import SentMessages

from ipyscribe import AudioArray, Transcriber
from ipyscribe.errors import AuthenticationError

KEY, TOKEN, HOOK = "k3y0f00dfeedf00dfeed", "t0kenf00dfeedf00dfeed", "h00kf00dfeedf00dfeed"


def refuses_and_tells(client: Client) -> None:
    """As a server might that is being debugged."""
    client.fail(1008, f"Invalid: {client.headers.get('Authorization')} {client.path[-60:]} {HOOK}")


@pytest.fixture(params=[{"api_key": KEY}, {"token": TOKEN}], ids=["key", "token"])
def refused(request: pytest.FixtureRequest, sent: SentMessages) -> Any:
    """A widget whose session was refused."""
    with scripted(refuses_and_tells) as server:
        t = Transcriber(
            "u3-rt-pro", source=AudioArray([0.0] * 1600, 16_000), endpoint=server.url, reconnect_for_s=0,
            webhook_url="https://example.org/hook", webhook_auth_header_name="X-Hook", webhook_auth_header_value=HOOK,
            **request.param,
        )  # fmt: skip
        t.start()
        with pytest.raises(AuthenticationError, match="The server said: Invalid"):
            t.wait(LIMIT_S)
        wait_for(lambda: t.controls.state["strip"]["error"])
        yield t
        t.close()


def said_in(text: str) -> list[str]:
    return [secret for secret in (KEY, TOKEN, HOOK) if secret in text]


def test_no_state_holds_a_secret(refused: Transcriber) -> None:
    widgets = [refused, *refused.children]
    state = json.dumps([widget.get_state() for widget in widgets], default=str)
    assert "The server said: Invalid" in state
    assert said_in(state) == []


def test_no_message_to_the_browser_holds_a_secret(refused: Transcriber, sent: SentMessages) -> None:
    assert sent
    assert said_in(repr(sent)) == []


def test_no_repr_holds_a_secret(refused: Transcriber) -> None:
    everything = [refused, *refused.children, refused.session, vars(refused)]
    assert said_in(repr(everything) + json.dumps(refused._repr_mimebundle_())) == []


def test_no_saved_copy_holds_a_secret(refused: Transcriber) -> None:
    assert said_in(json.dumps(refused.saved_copy.bundle(refused.session))) == []
