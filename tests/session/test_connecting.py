"""A first connection that fails over what may pass is tried again; what cannot help ends the session at once."""

from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pytest
from session.sources import Endless
from session.test_reconnect import chunks, finish, in_turn, numbered
from support.scripted_server import Client, answering, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.audio import AudioArray
from ipyscribe.errors import AuthenticationError, ConnectError, HandshakeError, NameResolutionError, ServerFailureError
from ipyscribe.session import Session
from ipyscribe.session.opening import Opening

U3 = "u3-rt-pro"
KEY = "hush-0123456789abcdef"


def failing(client: Client) -> None:
    client.fail(3005, "Session Cancelled: An error occurred")


def polite(client: Client) -> None:
    client.begin()
    finish(client)


class Live(AudioArray):
    """An array whose sound comes whether it is taken or not."""

    live = True


def test_the_sound_of_a_microphone_is_kept_meanwhile() -> None:
    with scripted(in_turn(failing, failing, polite)) as server:
        source = Live(np.repeat(np.arange(1, 41, dtype=np.int16), 800), 16_000, speed=4.0)
        with Session(U3, source=source, endpoint=server.url, api_key=KEY) as session:
            session.wait(LIMIT_S)
        assert chunks(bytes(server.clients[2].audio)) == list(range(1, 41))
        assert session.transcript.marks == ()
        assert session.notices == ()


def test_other_sound_waits() -> None:
    with scripted(in_turn(failing, polite)) as server:
        source = numbered(1.0)
        session = Session(U3, source=source, endpoint=server.url, api_key=KEY).start()
        wait_for(lambda: session.notices)
        assert (session.status, session.audio_ms) == ("connecting", 0)
        [notice] = session.notices
        assert notice.kind == "connecting"
        assert notice.message.startswith("Not open after 1 try: The server failed (close code 3005).")
        assert notice.advice == "Trying again for up to 60 s, or until Stop."
        session.wait(LIMIT_S)
        assert chunks(bytes(server.clients[1].audio)) == list(range(1, 21))
        assert (session.error, session.notices) == (None, ())


@pytest.mark.parametrize("live", [False, True])
def test_it_can_be_stopped_while_it_is_tried_again(live: bool) -> None:
    with scripted(failing) as server:
        session = Session(U3, source=Endless(live=live), endpoint=server.url, api_key=KEY).start()
        wait_for(lambda: any(notice.kind == "connecting" for notice in session.notices))
        assert session.stop(LIMIT_S)
        assert (session.status, session.error) == ("ended", None)
        unconfirmed = any(notice.kind == "unconfirmed" for notice in session.notices)
        assert unconfirmed == (session.audio_ms > 0)


def test_it_is_given_up_with_the_last_error() -> None:
    with scripted(failing) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, connect_for_s=1.0)
        with pytest.raises(ServerFailureError), session:
            pytest.fail("it must not open")
        assert len(server.clients) >= 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(b"HTTP/1.1 404 Not Found\r\n\r\n", HandshakeError), (b"HTTP/1.1 410 Gone\r\n\r\n", HandshakeError)],
)
def test_an_answer_that_stays_the_same_ends_it(answer: bytes, kind: type[ConnectError]) -> None:
    with answering(answer) as port:
        fails_at_once(f"ws://127.0.0.1:{port}", kind)


def test_a_refused_key_ends_it() -> None:
    with scripted(lambda client: client.fail(1008, "Unauthorized Connection: Invalid API key")) as server:
        fails_at_once(server.url, AuthenticationError)
        assert len(server.clients) == 1


def test_a_pause_that_is_longer_than_the_time_left_ends_it() -> None:
    with answering(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\n\r\n") as port:
        error = fails_at_once(f"ws://127.0.0.1:{port}", HandshakeError)
    assert error.advice == "Try again in a moment. It asks for a pause of 3600 s."


def fails_at_once(url: str, kind: type[Exception]) -> Any:
    session = Session(U3, source=Endless(), endpoint=url, api_key=KEY)
    with pytest.raises(kind) as caught, session:
        pytest.fail("it must not open")
    assert not any(record[1] == "audio" for record in session.tape.lane.records()), "it was tried again"
    return caught.value


def test_a_name_that_does_not_resolve_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    # No resolver of a test machine can be switched off for one name.
    resolve, failures = socket.getaddrinfo, iter(range(2))

    def unsteady(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host != "speech.example":
            return resolve(host, port, *args, **options)
        if next(failures, None) is not None:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve("127.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", unsteady)
    with scripted(polite) as server:
        url = f"ws://speech.example:{server.port}"
        with Session(U3, source=numbered(0.5), endpoint=url) as session:
            assert session.status == "listening"
    assert isinstance(next_problem(session), NameResolutionError)


def next_problem(session: Session) -> Any:
    """The error that a notice of the tape named."""
    text = str(list(session.tape.lane.records()))
    return NameResolutionError("named") if "The host speech.example" in text else None


class Attempt:
    """Tenacity's state after an attempt that failed."""

    def __init__(self, number: int, problem: Exception, since_s: float = 0.0) -> None:
        self.attempt_number, self.seconds_since_start = number, since_s
        self.outcome = self
        self._problem = problem

    def exception(self) -> Exception:
        return self._problem


def test_pauses_grow_and_are_as_long_as_the_server_asks() -> None:
    opening = Opening.__new__(Opening)  # only its pauses, which are too long to wait for
    plain = HandshakeError("", status=503)
    pauses_s = [opening._pause_s(Attempt(number, plain)) for number in range(1, 9)]  # type: ignore[arg-type]
    for pause_s, least_s in zip(pauses_s, (0.5, 1, 2, 4, 8, 8, 8, 8), strict=True):
        assert least_s <= pause_s <= least_s + 0.5
    asked = HandshakeError("", status=503, retry_after_s=20.0)
    assert opening._pause_s(Attempt(1, asked)) == 20.0  # type: ignore[arg-type]
