"""A model that the local server plays is never taken for AssemblyAI's, and costs nothing."""

from __future__ import annotations

import json

import pytest
from local.harness import CountingRecognition, running
from session.sources import MODEL, Endless, tone
from support.connections import last_connection
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S

from ipyscribe import Session, plot_timeline, temporary_token
from ipyscribe.access import default_model
from ipyscribe.access.local_server import LoopbackServer
from ipyscribe.errors import InvalidRequestError
from ipyscribe.protocol import find_model, models
from ipyscribe.protocol.models import simulated
from ipyscribe.timeline import describe


def marked_everywhere(session: Session) -> None:
    assert session.simulated
    assert session.server.endswith(", simulated")
    assert "simulated: " in repr(session)
    assert session.model.title == f"{session.model.name} (simulated)"
    assert (session.model.price_per_hour_usd, session.cost_usd, session.model.price) == (0.0, 0.0, "free")
    assert session.model.provider == "this computer"
    assert [notice.kind for notice in session.notices].count("simulated") == 1
    assert [mark.kind for mark in session.transcript.marks] == ["simulated"]


@pytest.mark.recogniser
def test_a_model_at_the_local_endpoint_is_played_and_marked(embedded: LoopbackServer) -> None:
    session = Session("u3-rt-pro", source=tone(), endpoint="local", max_cost_usd=0.01)
    marked_everywhere(session)
    assert session.server == "this computer, simulated"
    with session:
        session.wait(LIMIT_S)
    begin = last_connection(session).begin
    assert begin is not None
    assert begin.model == "u3-rt-pro"
    marked_everywhere(session)
    token = temporary_token(expires_in_s=60, endpoint="local")
    with Session("whisper-rt", source=tone(), endpoint="local", token=token) as another:
        another.wait(LIMIT_S)
    marked_everywhere(another)
    with Session(MODEL, source=tone()) as own:
        own.wait(LIMIT_S)
    assert (own.simulated, own.server, own.notices) == (False, "this computer", ())
    with pytest.raises(InvalidRequestError), Session("universal-9", source=tone(), endpoint="local"):
        pass


@pytest.mark.parametrize("name", [model.name for model in models() if not model.local])
def test_a_server_of_this_computer_at_an_address_says_that_it_is_one(name: str) -> None:
    with running(CountingRecognition, simulate=True) as url:
        session = Session(name, source=tone(), endpoint=url)
        assert not session.simulated
        with session:
            marked_everywhere(session)
            session.wait(LIMIT_S)
    marked_everywhere(session)
    assert session.transcript.turns
    assert describe(session.transcript).count("simulated") == 1
    texts = [text.get_text() for text in plot_timeline(session.transcript).findobj() if hasattr(text, "get_text")]
    assert "simulated" in texts


def test_a_simulation_has_no_cost_limit_but_a_time_limit() -> None:
    with running(CountingRecognition, simulate=True) as url:
        with Session("u3-rt-pro", source=tone(), endpoint=url, max_cost_usd=1e-9) as session:
            session.wait(LIMIT_S)
        assert session.transcript.text.startswith("Word0")
        assert "budget" not in [notice.kind for notice in session.notices]
        with Session("u3-rt-pro", source=Endless(), endpoint=url, max_cost_usd=1e-9, max_duration_s=0.2) as session:
            session.wait(LIMIT_S)
        assert "The session was ended because of max_duration_s=0.2 s." in [n.message for n in session.notices]


def test_another_server_is_not_taken_for_a_simulation() -> None:
    def script(client: Client) -> None:
        client.begin(configuration={"model": "u3-rt-pro"})
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server, Session("u3-rt-pro", source=tone(), endpoint=server.url) as session:
        session.wait(LIMIT_S)
    assert not session.simulated
    assert session.cost_usd == pytest.approx(0.45 * 7 / 3600)
    assert session.notices == ()


def test_the_description_of_a_simulated_model() -> None:
    record = json.dumps(simulated(find_model("u3-rt-pro")).to_record())
    assert "Simulated: not AssemblyAI's model" in record
    assert "0.45" not in record
    assert not simulated(find_model("u3-rt-pro")).local
    assert find_model("u3-rt-pro").title == "u3-rt-pro"


def test_nothing_is_simulated_without_being_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "k")
    assert default_model() == "universal-3-6-pro"
    assert default_model(endpoint="local") == MODEL
