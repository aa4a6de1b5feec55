"""Failures are raised, typed, in the caller's thread; the transcript stays."""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import websocket
from local.harness import CountingRecognition, running
from session.sources import MODEL, Endless, tone
from support.scripted_server import Client, answering, closed_port, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe import Session
from ipyscribe.errors import (
    AudioRuleError,
    AuthenticationError,
    ConnectionRefusedByHostError,
    ConnectTimeoutError,
    DeviceLostError,
    HandshakeError,
    InactivityError,
    InvalidRequestError,
    NetworkLostError,
    RateLimitError,
    ScribeError,
    ServerFailureError,
    SessionClosedError,
    SessionExpiredError,
)
from ipyscribe.local.loading import OfflineRecognition

EN = "universal-streaming-english"
KEY = "hush-0123456789abcdef"


def session_at(url: str, source: Endless | None = None) -> Session:
    return Session(EN, source=source or Endless(), endpoint=url, api_key=KEY, connect_for_s=0, reconnect_for_s=0)


def opening_fails(url: str) -> ScribeError:
    """The error that entering the block raises; every later call raises it too."""
    session = session_at(url)
    with pytest.raises(ScribeError) as caught, session:
        pytest.fail("it must not open")
    error = caught.value
    assert session.error is error
    assert session.status == "failed"
    for call in (session.wait, session.wait_until_open, lambda: list(session.iter_turns())):
        with pytest.raises(type(error)) as again:
            call()
        assert again.value is error
    assert session.stop()
    assert session.transcript.turns == ()
    return error


def test_nothing_listens() -> None:
    assert isinstance(opening_fails(f"ws://127.0.0.1:{closed_port()}"), ConnectionRefusedByHostError)


def test_an_http_answer() -> None:
    with answering(b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
        error = opening_fails(f"ws://127.0.0.1:{port}")
    assert isinstance(error, HandshakeError)
    assert error.status == 403


def test_a_host_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.handshake.CONNECT_TIMEOUT_S", 0.2)
    with answering(None) as port:
        assert isinstance(opening_fails(f"ws://127.0.0.1:{port}"), ConnectTimeoutError)


def test_a_server_that_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.handshake.BEGIN_TIMEOUT_S", 0.2)
    with scripted(lambda client: client.gone()) as server:
        error = opening_fails(server.url)
    assert isinstance(error, ConnectTimeoutError)
    assert error.message == "The server opened no session within 0.2 s."
    assert server.clients[0].messages == [{"type": "Terminate"}]


def refusing(code: int, text: str) -> Callable[[Client], None]:
    return lambda client: client.fail(code, text)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (1008, "Unauthorized Connection: Invalid API key", AuthenticationError),
        (1008, "Unauthorized connection: Too many concurrent sessions", RateLimitError),
        (3005, "Session Cancelled: An error occurred", ServerFailureError),
        (3006, "User Input Validation Error: Invalid 'speech_model'", InvalidRequestError),
        (3009, "Unauthorized Connection: Too many concurrent sessions", RateLimitError),
    ],
)
def test_refusals_before_begin(code: int, text: str, kind: type[SessionClosedError]) -> None:
    with scripted(refusing(code, text)) as server:
        error = opening_fails(server.url)
    assert type(error) is kind
    assert text in error.message


def test_a_close_without_a_frame_before_begin() -> None:
    with scripted(lambda client: client.close(1011, "")) as server:
        assert isinstance(opening_fails(server.url), ServerFailureError)
    with scripted(lambda client: client.vanish()) as server:
        assert isinstance(opening_fails(server.url), NetworkLostError)


def test_a_wrong_model_and_a_bad_key_at_the_local_server(recognition: CountingRecognition) -> None:
    with running(lambda: recognition, token="right") as url:
        with pytest.raises(AuthenticationError, match="Invalid API key"), session_at(url):
            pass
        with (
            pytest.raises(AuthenticationError, match="Missing Authorization header"),
            Session(MODEL, source=tone(), endpoint=url),
        ):
            pass
        with (
            pytest.raises(InvalidRequestError, match=rf"Invalid 'speech_model': Input should be '{MODEL}'") as caught,
            Session(EN, source=tone(), endpoint=url, api_key="right"),
        ):
            pass
        assert caught.value.code == 3006
        with Session(MODEL, source=tone(0.1), endpoint=url, api_key="right") as session:
            session.wait(LIMIT_S)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (3005, "Session Cancelled: An error occurred", ServerFailureError),
        (3006, "Session terminated due to inactivity: No messages received for 5 seconds", InactivityError),
        (3007, "Input Duration Error: Input Duration Violation: 20.0 ms.", AudioRuleError),
        (3008, "Session Expired: Maximum session duration exceeded", SessionExpiredError),
    ],
)
def test_a_server_that_ends_it_in_the_middle(code: int, text: str, kind: type[SessionClosedError]) -> None:
    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "One two.", end=True)
        client.turn(1, "three")
        client.hear(chunks=3)
        client.fail(code, text)

    source = Endless()
    with scripted(script) as server:
        session = session_at(server.url, source)
        texts = []
        with pytest.raises(kind) as caught, session:
            texts.extend(session.iter_turns())
        session_error = caught.value
    assert (session_error.code, session.error, session.status) == (code, session_error, "failed")
    assert session.transcript.text == "One two.\nthree"
    assert source.streams[0].ended
    with pytest.raises(kind):
        list(session.iter_turns())


def test_settled_turns_come_before_the_error() -> None:
    def script(client: Client) -> None:
        client.begin()
        for order in range(3):
            client.turn(order, f"Turn {order}.", end=True)
        client.turn(3, "open")
        client.vanish(after_all_was_read=True)
        client.gone()

    texts = []
    with scripted(script) as server:
        session = session_at(server.url).start()
        with contextlib.suppress(NetworkLostError):
            for turn in session.iter_turns():
                texts.append(turn.text)
    assert texts == ["Turn 0.", "Turn 1.", "Turn 2."]
    assert isinstance(session.error, NetworkLostError)
    assert session.transcript.turns[-1].text == "open"
    open_s, seen_at = session.open_s, time.monotonic()
    wait_for(lambda: time.monotonic() > seen_at)
    assert session.open_s == open_s > 0, "the clock of what is billed stands still once it is over"


def test_leaving_the_block_raises_the_failure() -> None:
    entered = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        entered.wait(LIMIT_S)
        client.fail(3005, "Session Cancelled: An error occurred")

    def failed(session: Session) -> bool:
        entered.set()
        return bool(wait_for(lambda: session.done))

    with scripted(script) as server:
        session = session_at(server.url)
        with pytest.raises(ServerFailureError), session:
            assert failed(session)
        entered.clear()
        session = session_at(server.url)
        with pytest.raises(KeyError), session:
            {}[failed(session)]


SERVE = "import sys; from ipyscribe.cli import main; sys.exit(main(['serve', '--no-token']))"


@pytest.mark.recogniser
def test_a_server_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        session = Session(MODEL, source=Endless(every_s=0.02), endpoint=url, reconnect_for_s=0)
        killer = threading.Thread(
            target=lambda: wait_for(lambda: session.audio_ms > 200) and process.send_signal(signal.SIGKILL)
        )
        killer.start()
        with pytest.raises(NetworkLostError) as caught, session:
            list(session.iter_turns())
        killer.join(LIMIT_S)
        assert caught.value.retry
        assert session.status == "failed"
        assert session.audio_ms > 200


def test_a_server_that_never_confirms_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.pump.FINISH_TIMEOUT_S", 0.3)
    monkeypatch.setattr("ipyscribe.session.pump.BACKLOG_TIMEOUT_S", 0.4)

    def script(client: Client) -> None:
        client.turn(0, "kept", end=False)  # a session that has begun may be over before another word comes
        client.begin()
        client.gone()

    with scripted(script) as server:
        with session_at(server.url) as stopped:
            wait_for(lambda: stopped.transcript.turns)
        with Session(MODEL, source=tone(0.1), endpoint=server.url) as ran_out:
            assert ran_out.wait(LIMIT_S)
    for session, limit in ((stopped, "0.3"), (ran_out, "0.4")):
        assert (session.status, session.error) == ("ended", None)
        (notice,) = session.notices
        assert (notice.kind, notice.message) == (
            "unconfirmed",
            f"The server did not confirm the end within {limit} s.",
        )
        assert session.transcript.text == "kept"


def test_a_slow_server_is_waited_for_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.pump.BACKLOG_TIMEOUT_S", 30.0)
    passed_s: list[float] = []

    def clock() -> float:
        return time.monotonic() + sum(passed_s)

    def script(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        for order in range(6):
            passed_s.append(20.0)
            client.turn(order, f"Turn {order}.", end=True)
            client.was_read()
        client.terminate()

    with scripted(script) as server:
        session = Session(MODEL, source=tone(0.1), endpoint=server.url)
        # A session takes no clock from users.
        session._context = replace(session._context, clock=clock)
        # Nor does what its threads share.
        session._live._clock = clock
        monkeypatch.setattr("ipyscribe.connection.socket.time", SimpleNamespace(monotonic=clock))
        with session:
            assert len(list(session.iter_turns())) == 6
    assert session.notices == ()


def test_turns_that_settle_after_the_end_is_asked_for() -> None:
    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "last wor")
        client.hear("Terminate")
        client.turn(0, "Last words.", end=True)
        client.terminate()

    with scripted(script) as server, session_at(server.url) as session:
        wait_for(lambda: session.transcript.turns)
    assert [turn.text for turn in session.iter_turns()] == ["Last words."]


def test_a_device_that_is_lost_still_gives_the_last_words() -> None:
    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "before it wen")
        client.hear("Terminate")
        client.turn(0, "Before it went.", end=True)
        client.terminate()

    source = Endless()
    with scripted(script) as server:
        session = session_at(server.url, source)
        unplugging = threading.Thread(
            target=lambda: (
                wait_for(lambda: session.transcript.turns and source.streams)
                and source.lose(DeviceLostError("It is gone."))
            )
        )
        unplugging.start()
        with pytest.raises(DeviceLostError, match="gone"), session:
            wait_for(lambda: session.done)
        unplugging.join(LIMIT_S)
    assert session.transcript.settled[0].text == "Before it went."
    assert session.billed_s == 7
    assert source.streams[0].ended


def test_an_unforeseen_failure_of_a_source_is_reported() -> None:
    class Broken(Endless):
        def open(self) -> None:  # type: ignore[override]
            raise RuntimeError("a source's own mistake")

    def script(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        session = session_at(server.url, Broken())
        with pytest.raises(ScribeError, match="unexpected RuntimeError: a source's own mistake") as caught:
            session.start().wait(LIMIT_S)
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert server.clients[0].messages == [{"type": "Terminate"}]


def test_frames_that_cannot_be_read_are_kept_and_do_no_harm() -> None:
    def script(client: Client) -> None:
        client.begin()
        for text in ("not json", "[]", '{"type":"FromNextYear"}', '{"type":"Turn"}') + 200 * ("{}",):
            client.say(text)
        client.turn(0, "Fine.", end=True)
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server, session_at(server.url) as session:
        wait_for(lambda: session.transcript.turns)
    assert session.transcript.text == "Fine."
    # Unknown frames are kept for a debugger; users read them on the tape.
    assert session._live.snapshot.unknown[2].type == "FromNextYear"
    # That not all of them are kept shows nowhere else.
    assert len(session._live.snapshot.unknown) == 100


@pytest.fixture
def trace(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    websocket.enableTrace(True)
    try:
        yield
    finally:
        websocket.enableTrace(False)


def test_the_key_is_shown_nowhere(
    trace: None, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted(refusing(1008, "Unauthorized Connection: Invalid API key")) as server:
        session = session_at(server.url)
        with pytest.raises(AuthenticationError) as caught:
            session.start().wait(LIMIT_S)
    # A traceback with local variables shows the context.
    shown = [*capfd.readouterr(), repr(session), str(session), repr(session._context), repr(session.parameters)]
    shown += [repr(caught.value), str(caught.value), *(record.getMessage() for record in caplog.records)]
    error = caught.value
    shown += traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True).format()
    assert server.clients[0].headers["Authorization"] == KEY
    assert not [text for text in shown if KEY in text]


def test_sessions_that_failed_to_load_the_recogniser() -> None:
    def load() -> OfflineRecognition:
        raise ScribeError("model.bin is not the file it should be.")

    with (
        running(load) as url,
        pytest.raises(ServerFailureError, match=r"model\.bin is not the file it should be"),
        Session(MODEL, source=tone(), endpoint=url, connect_for_s=0),
    ):
        pass
