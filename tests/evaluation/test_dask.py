"""An evaluation on a real cluster of two processes: the same results, whatever happens to a worker."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation.levels import TEXTS, by_level, evaluation
from support.environment import without_keys_or_proxies
from support.scripted_server import Client, ScriptedServer, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.access import keys
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.errors import MissingKeyError, ParameterError, ScribeError
from ipyscribe.evaluation import Evaluation, concurrency
from ipyscribe.evaluation.concurrency import Concurrency
from ipyscribe.protocol.new_session_limit import NewSessionLimit

pytestmark = pytest.mark.timeout(300)  # a cluster that starts on a busy machine
KEY = "d" * 8 + "1234567890abcdef"
COUNTS = ("recording", "words", "wer", "hits", "substitutions", "deletions", "insertions", "cost_usd")


@pytest.fixture(autouse=True)
def _without_keys_or_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in the other modules; but a cluster has threads of its own, and new ones for a worker that was killed."""
    without_keys_or_proxies(monkeypatch)
    yield
    wait_for(lambda: not any(thread.name.startswith("ipyscribe") for thread in threading.enumerate()))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of a cluster with two processes of two threads each, which have no key."""
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.admin.log-length": 1000}),
        LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None) as running,
        Client(running) as client,
    ):
        client.submit(os.getpid).result()
        yield client


NANNYS = ("AsyncProcess Dask Worker", "QueueFeederThread")
"""The threads in which a cluster starts a worker in place of one that was killed."""


@contextlib.contextmanager
def held(count: int) -> Iterator[tuple[ScriptedServer, threading.Event]]:
    """A server at which recordings wait, once their sound has begun, until the event is set."""
    go_on = threading.Event()

    def script(client: Client) -> None:
        if len(server.clients) <= count:
            client.begin()
            client.hear(chunks=1)
            go_on.wait(LIMIT_S)
            client.begin = lambda: None  # type: ignore[method-assign]
        by_level(client)

    with scripted(script, other_threads=NANNYS) as server:
        try:
            yield server, go_on
        finally:
            go_on.set()


def results(done: Evaluation) -> list[list[Any]]:
    return [[record[name] for name in COUNTS] for record in done.records()]


def in_background(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_results_and_resuming_are_those_of_one_machine(
    cluster: Any, server: ScriptedServer, leveled: Path, tmp_path: Path
) -> None:
    begun: list[str] = []
    together = evaluation(server, leveled, folder=tmp_path / "results", at_once="auto")
    assert together.run(lambda number, total, each: begun.append(each.name), client=cluster) is together
    assert sorted(begun) == sorted(TEXTS)
    assert results(together) == results(evaluation(server, leveled).run())
    assert together.tape("0.wav").transcript.text == TEXTS["0.wav"]
    again = evaluation(server, leveled, folder=tmp_path / "results")
    assert (again.left, again.table()) == ((), together.table())


def test_parts_of_a_file_go_to_the_workers_alone(cluster: Any, server: ScriptedServer, leveled: Path) -> None:
    table = leveled / "parts.csv"
    table.write_text("file,text,start,end\n0.wav,recording number one,0.2,0.8\n1.wav,recording number two,0,0.6\n")
    done = evaluation(server, table).run(client=cluster)
    assert [record["wer"] for record in done.records()] == [0, 0]
    assert {len(client.audio) for client in server.clients} == {2 * 9_600}


def test_a_file_that_goes_before_it_is_sent_is_left_out(cluster: Any, server: ScriptedServer, leveled: Path) -> None:
    done = evaluation(server, leveled)
    (leveled / "1.wav").unlink()
    done.run(client=cluster)
    assert [record["recording"] for record in done.records()] == ["0.wav", "2.wav", "3.wav"]
    assert list(done.failures) == ["1.wav"]
    assert "No such file" in done.failures["1.wav"]


def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(cluster: Any, leveled: Path) -> None:
    with held(2) as (server, go_on):
        done = evaluation(server, leveled, at_once=2)
        thread = in_background(lambda: done.run(client=cluster))
        wait_for(lambda: len(server.clients) == 2)
        pids = cluster.run(os.getpid)
        victim = next(address for address, keys_there in cluster.processing().items() if keys_there)
        os.kill(pids[victim], signal.SIGKILL)
        wait_for(lambda: victim not in cluster.nthreads())
        go_on.set()
        thread.join(LIMIT_S)
        assert done.left == ()
        assert [record["recording"] for record in done.records()] == sorted(TEXTS)
        lost = len(server.clients) - 4
        assert lost in (1, 2)
        assert f"Played again, because their workers were lost: {lost}." in done.table().notes
        heard_usd = sum(record["cost_usd"] for record in done.records())
        assert done.cost_usd is not None
        assert done.cost_usd > heard_usd  # the sessions of the killed worker were billed too


def test_stop_ends_the_sessions_on_the_workers(cluster: Any, leveled: Path) -> None:
    with held(2) as (server, go_on):
        done = evaluation(server, leveled, at_once=2, speed=0.01)
        thread = in_background(lambda: done.run(client=cluster))
        wait_for(lambda: len(server.clients) == 2)
        assert done.stop(LIMIT_S)
        thread.join(LIMIT_S)
        go_on.set()
        wait_for(lambda: all(each.messages and each.messages[-1]["type"] == "Terminate" for each in server.clients))
    assert len(done.left) == 4


def test_no_key_goes_to_the_cluster_and_a_worker_without_one_says_so(
    cluster: Any, leveled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.ENVIRONMENT, KEY)
    done = Evaluation(["u3-rt-pro"], leveled, silence_s=0)
    with pytest.raises(MissingKeyError, match=r"On the Dask worker tcp://[\w.:]+: .*key") as caught:
        done.run(client=cluster)
    assert keys.ENVIRONMENT in caught.value.advice
    seen = [cluster.get_worker_logs(), cluster.get_scheduler_logs(), cluster.get_events(), str(caught.value)]
    assert KEY not in repr(seen)
    for secret in ({"api_key": KEY}, {"token": KEY}):
        with pytest.raises(ParameterError, match="would have to be sent to the workers") as refused:
            Evaluation(["u3-rt-pro"], leveled, **secret).run(client=cluster)
        assert KEY not in str(refused.value)


def test_what_a_worker_is_sent_holds_no_key(cluster: Any, leveled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.ENVIRONMENT, KEY)
    sent: list[bytes] = []

    def submit(call: object, task: object, **options: object) -> None:
        sent.append(pickle.dumps((call, task, options)) + repr((call, task, options)).encode())
        raise ConnectionError

    monkeypatch.setattr(cluster, "submit", submit)
    with pytest.raises(ScribeError, match="connection to the Dask cluster was lost"):
        Evaluation(["u3-rt-pro"], leveled, silence_s=0).run(client=cluster)
    assert sent
    assert KEY.encode() not in b"".join(sent)


@pytest.fixture
def edge(cluster: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """The server stands for AssemblyAI's, here and on the workers, which have a key of their own."""
    monkeypatch.setitem(HOSTS, "edge", server.url)
    monkeypatch.setenv(keys.ENVIRONMENT, KEY)
    before = HOSTS["eu"].replace(".eu.", ".")
    cluster.run(_point_to, server.url, "w" * 32)
    yield server
    cluster.run(_point_to, before, None)


def _point_to(url: str, key: str | None) -> None:
    HOSTS["edge"] = url
    os.environ.pop(keys.ENVIRONMENT, None)
    if key is not None:
        os.environ[keys.ENVIRONMENT] = key


def test_the_limit_of_new_sessions_holds_for_all_workers(cluster: Any, edge: ScriptedServer, leveled: Path) -> None:
    done = Evaluation(["u3-rt-pro"], leveled, sessions_per_minute=2, speed=20, silence_s=0)
    thread = in_background(lambda: done.run(client=cluster))
    wait_for(lambda: len(done.records()) == 2)
    done.stop(LIMIT_S)
    thread.join(LIMIT_S)
    assert len(edge.clients) == 2
    assert {client.headers["Authorization"] for client in edge.clients} == {"w" * 32}


def test_refused_sessions_come_back_and_are_tried_again(
    cluster: Any, edge: ScriptedServer, leveled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency, "_FIRST_PAUSE_S", 0.01)  # so that the test does not wait for seconds
    refused = iter(range(1))

    def script(client: Client) -> None:
        by_level(client) if next(refused, None) is None else client.fail(3009, "Too many concurrent sessions")

    with scripted(script) as crowded:
        monkeypatch.setitem(HOSTS, "edge", crowded.url)
        cluster.run(_point_to, crowded.url, "w" * 32)
        done = Evaluation(["u3-rt-pro"], leveled, sessions_per_minute=100, speed=20, silence_s=0).run(client=cluster)
        assert len(crowded.clients) == 5
    assert len(done.records()) == 4
    assert "1 refused sessions (too many new ones) were tried again." in done.table().notes


def test_the_budget_holds_for_all_workers(cluster: Any, server: ScriptedServer, leveled: Path) -> None:
    could_usd = 1.2 / 3600 * 0.45
    done = evaluation(server, leveled, max_cost_usd=2.5 * could_usd, at_once=4).run(client=cluster)
    assert len(server.clients) <= 2
    assert len(done.left) >= 2


def test_what_is_no_client_is_told(server: ScriptedServer, leveled: Path) -> None:
    with pytest.raises(ParameterError, match="not a client of a Dask cluster"):
        evaluation(server, leveled).run(client=object())  # type: ignore[arg-type]


def test_sessions_that_were_granted_count_until_their_opening_is_known() -> None:
    pacing = Concurrency("auto", local=0, sessions=2, new_sessions=NewSessionLimit(4))
    pacing.spread_over(8)
    pacing.grant("a", 0)
    assert pacing.opening_wait_s(0) == 0
    pacing.grant("b", 0)
    assert 0 < pacing.opening_wait_s(100) < 1  # any moment now
    for name in ("a", "a", "b"):
        pacing.opened(name, 100)
    pacing.ended("b", 110)  # of its other session nothing was heard
    assert pacing.opening_wait_s(120) == 40
    pacing.spread_over(None)
    pacing.grant("c", 200)
    assert pacing.opening_wait_s(200) == 0
