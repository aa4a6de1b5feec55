"""A server that runs another model than the one asked for: it is said once, and priced by the one named."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from session.sources import Endless
from support.scripted_server import Client, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.comparison.measures import run_of
from ipyscribe.comparison.reference import Reference
from ipyscribe.protocol.models import LOCAL_SERVER
from ipyscribe.replay import Replay
from ipyscribe.tape.notice import Notice

EN, U3 = "universal-streaming-english", "universal-3-5-pro"
RUNS_U3 = Notice("model", f"The server runs {U3}, not {EN}.")
COUNTED_AS_U3 = Notice("price", f"An open hour is counted as $0.45, the price of {U3}.")


def naming(*names: str | None) -> Callable[[Client], None]:
    """Connection n names model n; each but the last breaks off after a turn."""
    connections = iter(names)
    left = len(names)

    def script(client: Client) -> None:
        nonlocal left
        left -= 1
        name = next(connections)
        client.begin(configuration=None if name is None else {"model": name})
        client.hear(chunks=1)
        client.turn(0, "One two.", end=True)
        if left:
            client.close(1011)
        else:
            client.hear("Terminate")
            client.terminate(session_s=3600)

    return script


def run(*names: str | None, header: str = "a server", turns: int = 1, **options: object) -> Session:
    with scripted(naming(*names), server_header=header, unread=None) as server:
        session = Session(EN, source=Endless(), endpoint=server.url, **options)  # type: ignore[arg-type]
        with session:
            wait_for(lambda: len(session.transcript.turns) == turns)
    replay = Replay(session.tape)
    replay.seek(math.inf)
    assert (replay.notices, replay.model, replay.cost_usd) == (session.notices, session.model, session.cost_usd)
    return session


def test_it_is_said_once_and_priced_by_the_one_named() -> None:
    session = run(U3)
    assert session.notices == (COUNTED_AS_U3, RUNS_U3)
    assert session.model.price_per_hour_usd == 0.45
    assert session.cost_usd == pytest.approx(0.45, abs=0.001)
    row = run_of(EN, session.tape.lane, Reference(""))
    assert (row.open_s, row.price_per_hour_usd) == (3600, pytest.approx(0.45, abs=0.001))


def test_a_reconnected_session_says_it_no_more_than_once() -> None:
    session = run(U3, U3, turns=2)
    assert session.notices == (COUNTED_AS_U3, RUNS_U3)


def test_a_connection_that_names_none_changes_nothing() -> None:
    session = run(U3, None, turns=2)
    assert session.notices == (COUNTED_AS_U3, RUNS_U3)
    assert session.model.price_per_hour_usd == 0.45


def test_the_model_asked_for_has_its_own_price_again() -> None:
    session = run(U3, EN, turns=2)
    back = Notice("price", f"An open hour is counted as $0.15, the price of {EN}.")
    assert session.notices == (COUNTED_AS_U3, back)
    assert session.model.price_per_hour_usd == 0.15


def test_add_ons_count_at_the_price_of_the_model_named() -> None:
    session = run(U3, keyterms_prompt=["dogs"], speaker_labels=True)
    assert session.model.price_per_hour_usd == pytest.approx(0.45 + 0.12)


def test_a_price_that_was_given_holds() -> None:
    session = run(U3, price_per_hour_usd=0.2)
    assert session.notices == (RUNS_U3,)
    assert session.model.price_per_hour_usd == 0.2


@pytest.mark.parametrize("name", ["universal-9", "whisper \x1b[2J\u202e", "local-whisper-tiny.en", ""])
def test_a_model_without_a_known_price_is_counted_as_before(name: str) -> None:
    session = run(name)
    assert [notice.kind for notice in session.notices] == ["price", "model"]
    assert "is still counted as $0.15" in session.notices[0].message
    assert not {"\x1b", "\u202e"} & set("".join(notice.message for notice in session.notices))
    assert session.model.price_per_hour_usd == 0.15


def test_a_simulation_stays_free() -> None:
    session = run(U3, header=LOCAL_SERVER)
    assert session.cost_usd == 0
    assert "price" not in {notice.kind for notice in session.notices}


def test_a_budget_is_spent_at_the_price_of_the_model_named() -> None:
    with scripted(naming(U3), unread=None) as server:
        session = Session(EN, source=Endless(), endpoint=server.url, max_cost_usd=0.45)
        with session:
            wait_for(lambda: session.model.price_per_hour_usd == 0.45)
            budget = session._context.budget  # an hour cannot be waited for
            assert not budget.spent(3590)
            assert budget.spent(3601)
