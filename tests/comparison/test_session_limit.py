"""A comparison asks before it opens more new sessions at once than the account may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from session.sources import tone
from support.scripted_server import ScriptedServer, polite, scripted

from ipyscribe import Comparison
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.errors import ParameterError, SessionLimitError
from ipyscribe.protocol.new_session_limit import ENVIRONMENT_VARIABLE
from ipyscribe.session import opening_limit

MODELS = ["u3-rt-pro", "whisper-rt"]


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A server that stands for AssemblyAI's, of an account that has opened no session yet."""
    monkeypatch.setattr(opening_limit, "_limits", {})  # it outlives a session, and so a test
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    with scripted(polite) as server:
        monkeypatch.setitem(HOSTS, "edge", server.url)
        yield server


def comparison(**options: Any) -> Comparison:
    return Comparison(MODELS, source=tone(0.2), api_key="0123456789abcdef", **options)


def test_it_names_the_number_the_limit_and_how_to_go_on_before_anything_is_opened(edge: ScriptedServer) -> None:
    asking = comparison(sessions_per_minute=1)
    with pytest.raises(SessionLimitError) as raised:
        asking.run()
    assert (raised.value.sessions, raised.value.allowed) == (2, 1)
    assert raised.value.message == (
        "2 new sessions at once are more than the 1 that your account is taken to open in a minute."
    )
    for way in ("confirm=True", "sessions_per_minute=", ENVIRONMENT_VARIABLE):
        assert way in raised.value.advice
    assert (edge.clients, asking.started) == ([], False)
    assert asking.run(confirm=True).done
    assert len(edge.clients) == 2


def test_sessions_of_the_last_minute_count(edge: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "3")
    comparison().run()
    with pytest.raises(SessionLimitError, match=r"more than the 3 that .* in a minute, 2 of which are used; wait"):
        comparison().start()
    assert len(edge.clients) == 2
    comparison(sessions_per_minute=4).run()
    assert len(edge.clients) == 4


def test_five_are_taken_to_be_allowed_and_models_of_this_computer_do_not_count(edge: ScriptedServer) -> None:
    models = {f"model {number}": {"model": "u3-rt-pro"} for number in range(6)}
    with pytest.raises(SessionLimitError, match="6 new sessions at once are more than the 5"):
        Comparison(models, source=tone(0.2), api_key="0123456789abcdef").start()
    elsewhere = {
        label: {"model": "u3-rt-pro", "endpoint": edge.url.replace("127.0.0.1", "localhost")} for label in models
    }
    Comparison(elsewhere, source=tone(0.2)).run()
    assert len(edge.clients) == 6


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "many"])
def test_a_limit_that_cannot_be_used_is_named(value: Any) -> None:
    with pytest.raises(ParameterError, match=f"sessions_per_minute={value!r} cannot be used"):
        comparison(sessions_per_minute=value)
