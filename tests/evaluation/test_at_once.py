"""Several recordings at once: the same words and counts as one after the other, and nothing lost whatever ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluation.levels import TEXTS, by_level, evaluation
from support.scripted_server import Client, ScriptedServer, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.access.endpoint import HOSTS
from ipyscribe.errors import ParameterError, SessionLimitError, SessionStateError
from ipyscribe.evaluation import Evaluation, Recording, concurrency
from ipyscribe.evaluation.concurrency import Concurrency
from ipyscribe.evaluation.recording import Corpus
from ipyscribe.protocol.new_session_limit import NewSessionLimit
from ipyscribe.session import opening_limit


def test_the_results_are_those_of_one_after_the_other(server: ScriptedServer, leveled: Path) -> None:
    begun: list[str] = []
    together = evaluation(server, leveled).run(lambda number, total, each: begun.append(f"{number}/{total}"))
    alone = evaluation(server, leveled, at_once=1).run()
    assert begun == ["1/4", "2/4", "3/4", "4/4"]
    counts = ("recording", "words", "wer", "hits", "substitutions", "deletions", "insertions")
    assert [[record[name] for name in counts] for record in together.records()] == [
        [record[name] for name in counts] for record in alone.records()
    ]
    assert [record["substitutions"] for record in together.records()] == [0, 0, 1, 0]
    assert "Latencies were measured with up to 3 recordings at once." in together.table().warning
    assert "at once" not in alone.table().warning
    assert {record["at_once"] for record in together.records()} <= {1, 2, 3}
    assert [record["at_once"] for record in alone.records()] == [1] * 4


def test_latencies_at_once_or_faster_are_marked_also_when_results_are_opened_again(
    server: ScriptedServer, leveled: Path, tmp_path: Path
) -> None:
    evaluation(server, leveled, folder=tmp_path / "results").run()
    again = evaluation(server, leveled, folder=tmp_path / "results")
    table = again.table()
    for sentence in ("up to 3 recordings at once.", "times as fast as speech"):
        assert sentence in table.warning
        assert sentence in again.freeze().html
    assert " ms *" in str(table)
    assert table[0]["speed"] > 1.1
    assert (table[0]["at_once"], table[0]["forced_ends"]) == (3, False)


def test_recordings_belong_together_by_any_column(server: ScriptedServer, leveled: Path) -> None:
    wards = Corpus(
        tuple(
            Recording(f"{time} {name}", leveled / name, text, columns={"ward": name == "1.wav" or None})
            for time in (1, 2)
            for name, text in TEXTS.items()
        )
    )
    by_ward = evaluation(server, wards, blocks="ward").run()
    assert "Intervals are over 7 blocks of recordings that belong together (ward)." in by_ward.table().notes
    assert "assume that recordings are independent" in str(evaluation(server, wards).run().table())
    without = Corpus(tuple(replace(each, columns={"bed": None}) for each in wards.recordings))
    for corpus in (wards, without):
        with pytest.raises(ParameterError, match="no column 'bed'"):
            evaluation(server, corpus, blocks="bed")


def test_refused_sessions_are_tried_again_and_counted(
    server: ScriptedServer, leveled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the test does not wait for seconds.
    monkeypatch.setattr(concurrency, "_FIRST_PAUSE_S", 0.01)
    refused = iter(range(2))

    def busy(client: Client) -> None:
        if next(refused, None) is None:
            by_level(client)
        else:
            client.fail(3009, "Too many concurrent sessions")

    with scripted(busy) as crowded:
        done = evaluation(crowded, leveled).run()
    assert done.left == ()
    assert "2 refused sessions (too many new ones) were tried again." in done.table().notes


def test_ctrl_c_keeps_what_was_over_and_it_resumes(server: ScriptedServer, leveled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"

    def interrupt(number: int, total: int, recording: Recording) -> None:
        if number == 3:
            raise KeyboardInterrupt

    first = evaluation(server, leveled, folder=folder, at_once=2)
    with pytest.raises(KeyboardInterrupt):
        first.run(interrupt)
    left = len(first.left)
    assert 2 <= left <= 3  # the second may have been played still, and was not kept then
    again = evaluation(server, leveled, folder=folder)
    assert len(again.left) == left
    again.run()
    assert len(again.records()) == 4


def test_stop_ends_it_from_another_thread(server: ScriptedServer, leveled: Path) -> None:
    slow = evaluation(server, leveled, speed=0.01, at_once=2)
    assert slow.stop()
    thread = threading.Thread(target=slow.run)
    thread.start()
    wait_for(lambda: len(server.clients) == 2)
    with pytest.raises(SessionStateError, match="is running"):
        slow.run()
    assert slow.stop(LIMIT_S)
    thread.join(LIMIT_S)
    assert len(slow.left) == 4


def test_the_budget_holds_for_all_that_are_played_at_once(server: ScriptedServer, leveled: Path) -> None:
    could_usd = 1.2 / 3600 * 0.45
    done = evaluation(server, leveled, max_cost_usd=2.5 * could_usd, at_once=4).run()
    assert len(done.left) >= 2


@pytest.mark.parametrize("at_once", [0, 65, -1, 2.0, True, "all", None])
def test_numbers_that_cannot_be_used(at_once: Any, server: ScriptedServer, leveled: Path) -> None:
    with pytest.raises(ParameterError, match=r"at_once=.* cannot be used"):
        evaluation(server, leveled, at_once=at_once)


def played(limiter: Concurrency, count: int, delay_ms: Callable[[int], float]) -> list[int]:
    limits = []
    for _ in range(count):
        limiter.finished(delay_ms(limiter.limit))
        limits.append(limiter.limit)
    return limits


def test_local_models_get_as_many_as_the_machine_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency.os, "cpu_count", lambda: 2)
    limiter = Concurrency("auto", local=1)
    assert limiter.limit == 1
    limits = played(limiter, 60, lambda limit: 300.0 if limit <= 3 else 800.0)
    assert max(limits) == 4
    assert set(limits[-20:]) == {3}
    alone = Concurrency("auto", local=1)
    assert played(alone, 20, lambda limit: 300.0 if limit == 1 else 800.0)[-1] == 1
    by_chance = Concurrency("auto", local=1)
    assert played(by_chance, 2, lambda _: 300.0) == [1, 2]
    delays_ms = iter([900.0, 1000.0, *[300.0] * 20])
    assert played(by_chance, 22, lambda _: next(delays_ms))[-1] == 4
    assert played(Concurrency("auto", local=1), 60, lambda _: 300.0)[-1] == 4
    assert played(Concurrency("auto", local=3), 60, lambda _: 300.0)[-1] == 1
    monkeypatch.setattr(concurrency.os, "cpu_count", lambda: 64)
    assert played(Concurrency("auto", local=1), 60, lambda _: 300.0)[-1] == 8


def test_models_that_this_computer_plays_count_as_its_own(leveled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency.os, "cpu_count", lambda: 2)
    simulated = Evaluation(["u3-rt-pro", "whisper-rt"], leveled, endpoint="local")
    # What it finds out while it plays cannot be seen without playing for minutes.
    assert played(simulated._concurrency, 60, lambda _: 300.0)[::59] == [1, 2]


@pytest.fixture
def edge(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """The server stands for AssemblyAI's, of an account that has opened no session yet."""
    monkeypatch.setattr(opening_limit, "_limits", {})  # it outlives a session, and so a test
    monkeypatch.setitem(HOSTS, "edge", server.url)
    return server


def test_it_asks_before_it_opens_more_sessions_at_once_than_the_account_may(
    edge: ScriptedServer, leveled: Path
) -> None:
    asking = Evaluation(
        ["u3-rt-pro"], leveled, at_once=4, sessions_per_minute=3, api_key="k" * 32, speed=20, silence_s=0
    )
    with pytest.raises(SessionLimitError, match="4 new sessions at once are more than the 3"):
        asking.run()
    assert edge.clients == []
    asking.run(confirm=True)
    assert len(edge.clients) == 4
    assert len(asking.records()) == 4


def test_it_says_that_it_waits_until_more_sessions_may_be_opened(edge: ScriptedServer, leveled: Path) -> None:
    few = Evaluation(["u3-rt-pro"], leveled, sessions_per_minute=2, api_key="k" * 32, speed=20, silence_s=0).start()
    wait_for(lambda: few.progress.status == "waiting" and few.progress.played == 2)
    assert len(edge.clients) == 2
    assert few.stop(LIMIT_S)
    assert few.progress.status == "stopped"


def test_sessions_that_waited_after_a_refusal_are_counted(
    edge: ScriptedServer, leveled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipyscribe.protocol.new_session_limit._WINDOW_S", 0.2)  # in the place of a minute
    refused = iter(range(1))

    def script(client: Client) -> None:
        by_level(client) if next(refused, None) is None else client.fail(3009, "Too many concurrent sessions")

    with scripted(script) as server:
        monkeypatch.setitem(HOSTS, "edge", server.url)
        done = Evaluation(["u3-rt-pro"], leveled, api_key="k" * 32, speed=20, silence_s=0).run()
    assert len(done.records()) == 4
    assert "1 refused sessions (too many new ones) were tried again." in done.table().notes


def test_new_sessions_are_opened_as_the_limit_allows() -> None:
    pacing = Concurrency("auto", local=0, sessions=2, new_sessions=NewSessionLimit(5))
    assert pacing.sessions_at_first(100) == 2
    for _ in range(2):
        assert pacing.opening_wait_s(10) == 0
        pacing.grant("a recording", 10)
    assert pacing.opening_wait_s(15) == 55
    assert pacing.opening_wait_s(70) == 0
    pacing.paced = False
    assert pacing.opening_wait_s(15) == 0
    assert Concurrency(8, local=1).opening_wait_s(15) == 0


def test_models_elsewhere_get_more_until_sessions_are_refused() -> None:
    limiter = Concurrency("auto", local=0)
    before = limiter.limit
    played(limiter, 200, lambda _: 500.0)
    assert limiter.limit == 64
    limiter.refused()
    assert (limiter.limit, limiter.refusals) == (32, 1)
    pauses = [limiter.pause_s]
    for _ in range(5):
        limiter.refused()
        pauses.append(limiter.pause_s)
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert limiter.limit == 1 < before
    limiter.finished(None)
    assert limiter.pause_s == 0
    fixed = Concurrency(3, local=0)
    fixed.refused()
    assert fixed.limit == 3
