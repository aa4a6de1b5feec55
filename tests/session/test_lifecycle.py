"""A session's life: opening, steering, ending, from any thread and at any time."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from local.harness import CountingRecognition
from session.sources import MODEL, Endless, tone
from support.connections import last_connection
from support.scripted_server import Client, answering, polite, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe import PushSource, Session
from ipyscribe.errors import ParameterError, ScribeError, SessionStateError
from ipyscribe.protocol.messages import ServerWarning
from ipyscribe.tape import Notice

EN = "universal-streaming-english"


def test_turns_come_once_each_and_the_words_stay(counting: str) -> None:
    session = Session(MODEL, source=tone(2, 3), endpoint=counting)
    assert session.status == "ready"
    with session:
        assert session.status in ("listening", "finishing", "ended")
        turns = list(session.iter_turns())
    assert len(turns) == 1
    assert turns[0].text.startswith("Word0 Word1 Word2 Word3")
    assert turns == list(session.transcript.turns) == list(session.iter_turns())
    assert (session.status, session.done, session.error) == ("ended", True, None)
    assert session.audio_ms == 5000
    assert session.open_s > 0
    assert last_connection(session).termination is not None
    assert session.billed_s == last_connection(session).termination.session_duration_s


def test_what_a_session_says_of_itself(counting: str) -> None:
    session = Session(MODEL, source=tone(), endpoint=counting, max_turn_silence=900)
    address = counting.removeprefix("ws://")
    assert session.server == address
    assert session.model.name == MODEL
    assert session.parameters == {"inactivity_timeout": 30, "max_turn_silence": 900}
    assert repr(session) == f"<Session of {MODEL} at {address}: ready, 0 turns>"
    assert (session.audio_ms, session.open_s, session.billed_s, session.cost_usd) == (0, 0, 0, 0)
    assert session.level_dbfs == float("-inf")


def test_an_audio_chunk_is_never_shorter_than_50_ms() -> None:
    with scripted(polite) as server, Session(MODEL, source=tone(0.12), endpoint=server.url) as session:
        session.wait(LIMIT_S)
    (client,) = server.clients
    assert client.chunks == [1600, 1600, 1600]
    assert bytes(client.audio[3840:]) == bytes(960)
    assert session.audio_ms == 150


def test_the_address_and_the_query() -> None:
    with scripted(polite) as server:
        for endpoint in (server.url, server.url + "/", server.url + "/v3/ws", server.url + "/elsewhere"):
            session = Session(EN, source=tone(0.1), endpoint=endpoint, api_key="k", format_turns=True)
            with session:
                session.wait(LIMIT_S)
    paths = [client.path.partition("?") for client in server.clients]
    assert [path for path, _, _ in paths] == ["/v3/ws", "/v3/ws", "/v3/ws", "/elsewhere"]
    assert {query for _, _, query in paths} == {
        f"speech_model={EN}&sample_rate=16000&encoding=pcm_s16le&inactivity_timeout=30&format_turns=true"
    }
    assert [client.headers.get("Authorization") for client in server.clients] == ["k"] * 4


def test_a_session_is_used_once(counting: str) -> None:
    session = Session(MODEL, source=tone(0.1), endpoint=counting)
    with session, pytest.raises(SessionStateError, match="already started"):
        session.start()
    with pytest.raises(SessionStateError, match="already started"), session:
        pytest.fail("it must not open")


def test_calls_before_the_start() -> None:
    session = Session(MODEL, source=tone())
    for call in (session.wait, session.wait_until_open, lambda: next(session.iter_turns())):
        with pytest.raises(SessionStateError, match="not started"):
            call()
    for call in (session.pause, session.resume, session.force_endpoint, session.update):
        with pytest.raises(SessionStateError, match="this one is ready"):
            call()


def test_stopping_before_the_start_is_the_end() -> None:
    session = Session(MODEL, source=tone())
    assert session.stop()
    assert session.stop()
    assert session.status == "ended"
    assert list(session.iter_turns()) == []
    assert session.wait() is True
    with pytest.raises(SessionStateError, match="already started or stopped"):
        session.start()


def test_calls_after_the_end(counting: str) -> None:
    with Session(MODEL, source=tone(0.1), endpoint=counting) as session:
        session.wait(LIMIT_S)
    for call in (session.pause, session.resume, session.force_endpoint, session.update):
        with pytest.raises(SessionStateError, match="this one is ended"):
            call()
    assert session.stop()
    assert session.wait()
    assert session.level_dbfs == float("-inf")


def test_stopping_twice_and_from_many_threads(counting: str) -> None:
    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        wait_for(lambda: session.transcript.turns)
        answers: list[bool] = []
        threads = [threading.Thread(target=lambda: answers.append(session.stop(LIMIT_S))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        assert answers == [True] * 4
        assert session.stop()
    assert session.status == "ended"
    assert last_connection(session).termination is not None
    assert all(turn.settled for turn in session.transcript.turns)


def test_asking_for_the_end_does_not_wait(counting: str) -> None:
    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        session.request_stop()
        assert session.wait(LIMIT_S)
    assert session.status == "ended"


def test_an_exception_in_the_block_ends_the_session(counting: str) -> None:
    source = Endless()
    session = Session(MODEL, source=source, endpoint=counting)
    with pytest.raises(ZeroDivisionError), session:
        1 / 0  # noqa: B018
    assert session.status == "ended"
    assert last_connection(session).termination is not None
    assert source.streams[0].ended


def test_leaving_the_turns_early_ends_the_session(counting: str, recognition: CountingRecognition) -> None:
    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        wait_for(lambda: session.transcript.turns)
        session.force_endpoint()
        for turn in session.iter_turns():
            assert turn.settled
            break
    assert session.status == "ended"


def test_a_session_used_by_many_threads(counting: str) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def repeat(call: Callable[[], Any]) -> None:
        try:
            while not done.wait(0.002):
                call()
        except BaseException as error:
            failures.append(error)

    with Session(MODEL, source=Endless(), endpoint=counting) as session:
        numbers = itertools.count()
        calls: list[Callable[[], Any]] = [
            lambda: session.update(max_turn_silence=50 + next(numbers) % 9000),
            session.force_endpoint,
            lambda: (repr(session), session.parameters, session.notices, session.cost_usd, session.level_dbfs),
            lambda: (session.transcript.text, session.transcript.to_records(), session.transcript.to_word_records()),
            lambda: session.on_change(lambda: None)(),
            lambda: session.wait_for_change(0, 0.01),
            lambda: (session.pause(), session.resume()),
        ]
        threads = [threading.Thread(target=repeat, args=(call,)) for call in calls]
        readers: list[list[Any]] = [[], []]
        readings = [threading.Thread(target=lambda into=into: into.extend(session.iter_turns())) for into in readers]
        for thread in (*threads, *readings):
            thread.start()
        wait_for(lambda: len(session.transcript.settled) >= 5)
        done.set()
        for thread in threads:
            thread.join(LIMIT_S)
        assert session.stop(LIMIT_S)
        for thread in readings:
            thread.join(LIMIT_S)
    assert failures == []
    assert [turn.order for turn in readers[0]] == [turn.order for turn in session.transcript.turns]
    assert readers[0] == readers[1]


def test_changes_are_reported_until_the_callback_is_removed(counting: str) -> None:
    statuses: list[str] = []
    session = Session(MODEL, source=tone(1), endpoint=counting)
    forget = session.on_change(lambda: statuses.append(session.status))
    quiet: list[str] = []
    session.on_change(lambda: quiet.append("x"))()
    with session:
        session.wait(LIMIT_S)
    assert list(dict.fromkeys(statuses)) == ["connecting", "listening", "finishing", "ended"]
    assert quiet == []
    forget()


def test_a_forgotten_session_ends() -> None:
    ended = threading.Event()

    def script(client: Client) -> None:
        polite(client)
        ended.set()

    with scripted(script):
        pass
    with scripted(script) as server:
        session = Session(EN, source=Endless(), endpoint=server.url, api_key="k").start()
        session.wait_until_open(LIMIT_S)
        session.pause()
        del session
        gc.collect()
        assert ended.wait(LIMIT_S)
    assert server.clients[0].messages[-1] == {"type": "Terminate"}


def test_a_second_microphone_ends_the_first(counting: str) -> None:
    file = Session(MODEL, source=Endless(), endpoint=counting)
    first, second = (Session(MODEL, source=Endless(live=True), endpoint=counting) for _ in range(2))
    with file, first:
        with second:
            assert first.wait(LIMIT_S)
            assert (first.status, second.done, file.done) == ("ended", False, False)
            assert [notice.kind for notice in first.notices] == ["microphone"]
        assert not file.done


def test_calls_come_at_the_same_time(counting: str) -> None:
    calls = [PushSource(8000) for _ in range(2)]
    both = [Session(MODEL, source=call, endpoint=counting) for call in calls]
    with both[0], both[1], Session(MODEL, source=Endless(live=True), endpoint=counting):
        for session in both:
            session.wait_until_open(LIMIT_S)
        assert [session.status for session in both] == ["listening", "listening"]


def test_stopping_while_the_host_says_nothing() -> None:
    with answering(None) as port:
        session = Session(MODEL, source=Endless(), endpoint=f"ws://127.0.0.1:{port}").start()
        # That a handshake is under way shows nowhere else.
        wait_for(lambda: session._live.give_up_connecting is not None)
        assert session.stop(LIMIT_S)
        assert (session.status, session.error) == ("ended", None)
        assert session.wait()


def test_stopping_before_begin_does_not_touch_the_source() -> None:
    def script(client: Client) -> None:
        client.hear("Terminate")
        client.begin()
        client.terminate()

    source = Endless(live=True)
    with scripted(script) as server:
        session = Session(MODEL, source=source, endpoint=server.url).start()
        wait_for(lambda: server.clients)
        assert session.stop(LIMIT_S)
    assert (session.status, session.error, source.streams) == ("ended", None, [])


def test_the_block_may_be_entered_while_another_thread_stops() -> None:
    waiting = threading.Event()

    def script(client: Client) -> None:
        waiting.set()
        client.hear("Terminate")
        client.close(1000, "Session Ended")

    with scripted(script) as server:
        session = Session(MODEL, source=Endless(), endpoint=server.url)
        stopper = threading.Thread(target=lambda: waiting.wait(LIMIT_S) and session.stop(LIMIT_S))
        stopper.start()
        with session:
            assert list(session.iter_turns()) == []
        stopper.join(LIMIT_S)
    assert (session.status, session.error) == ("ended", None)


@pytest.mark.parametrize("source", [None, "a.wav", b"", 7, object()])
def test_an_invalid_source_is_refused(source: Any) -> None:
    with pytest.raises(ParameterError, match="is not a source of sound"):
        Session(MODEL, source=source)


def test_notices() -> None:
    def script(client: Client) -> None:
        client.begin(configuration={"model": "another"})
        client.say(ServerWarning(1, "domain ignored"))
        client.hear("Terminate")
        client.terminate()

    source = Endless()
    with scripted(script) as server, Session(MODEL, source=source, endpoint=server.url) as session:
        source.streams[0].dropped_samples = 24_000
        expected = (
            Notice("dropped", "1.5 s of sound were lost because they could not be sent in time."),
            Notice("model", f"The server runs another, not {MODEL}."),
            Notice("warning", "The server warns: domain ignored"),
        )
        wait_for(lambda: session.notices == expected)  # a busy machine is reported to be behind, briefly


def test_an_error_is_a_scribe_error() -> None:
    assert issubclass(SessionStateError, ScribeError)
    assert issubclass(SessionStateError, RuntimeError)
