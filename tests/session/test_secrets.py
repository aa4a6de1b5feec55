"""Keys, tokens and a webhook's secret: one test for each way on which they could get out of a session.

The tests of the widgets, the notebooks and the tapes hold the ways that begin there.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import websocket
from session.sources import Endless, EndlessStream
from support.scripted_server import Client, answering, closed_port, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.messages import ServerWarning

EN = "universal-streaming-english"
KEY, TOKEN, HOOK = "k3y0f00dfeedf00dfeed", "t0kenf00dfeedf00dfeed", "h00kf00dfeedf00dfeed"
SECRETS = {"key": KEY, "token": TOKEN, "hook": HOOK}


def echo(client: Client) -> str:
    """A server that repeats all of its request, as one that is being debugged might."""
    return f"Invalid: {client.headers.get('Authorization')} {client.path[-30:]} {HOOK}"


def secrets_in_text(text: str) -> list[str]:
    """Which secrets ``text`` holds."""
    return [name for name, secret in SECRETS.items() if secret in text]


class Broken(Endless):
    """A source with a mistake of its own."""

    def open(self) -> EndlessStream:
        raise RuntimeError("a source's own mistake")


def goes_well(client: Client) -> None:
    client.begin()
    client.say(ServerWarning(1, echo(client)))
    client.say({"type": echo(client)})
    client.turn(0, "Fine.", end=True)
    client.hear("Terminate")
    client.terminate()


def refuses(client: Client) -> None:
    client.fail(1008, echo(client))


def breaks_off(client: Client) -> None:
    client.begin()
    client.hear(chunks=1)
    client.close(3005, echo(client))


@contextlib.contextmanager
def answers_http() -> Iterator[str]:
    header = f"X-Told: {HOOK}".encode()
    with answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n" + header + b"\r\n\r\n") as port:
        yield f"ws://127.0.0.1:{port}"


@contextlib.contextmanager
def at(script: Callable[[Client], None]) -> Iterator[str]:
    with scripted(script) as server:
        yield server.url
    sent = "".join(client.path + str(client.headers) for client in server.clients)
    assert len(secrets_in_text(sent)) == 2, "a key or token and the hook were really sent"


@dataclass
class Happened:
    """All that sessions left behind for a person to see."""

    sessions: list[Session] = field(default_factory=list)
    errors: list[ScribeError] = field(default_factory=list)
    reprs: list[str] = field(default_factory=list)


CASES: dict[str, tuple[Callable[[], contextlib.AbstractContextManager[str]], type[Endless]]] = {
    "it goes well": (lambda: at(goes_well), Endless),
    "it is refused": (lambda: at(refuses), Endless),
    "it breaks off": (lambda: at(breaks_off), Endless),
    "the source fails": (lambda: at(goes_well), Broken),
    "the host answers otherwise": (answers_http, Endless),
    "nothing listens": (lambda: contextlib.nullcontext(f"ws://127.0.0.1:{closed_port()}"), Endless),
}


@pytest.fixture(params=CASES)
def happened(request: pytest.FixtureRequest) -> Happened:
    return happen(request.param)


def happen(case: str) -> Happened:
    """Two sessions, one with a key and one with a token."""
    server_of, source = CASES[case]
    seen = Happened()
    for credentials in ({"api_key": KEY}, {"token": TOKEN}):
        with server_of() as url:
            session = Session(
                EN, source=source(), endpoint=url, connect_for_s=0, reconnect_for_s=0,
                webhook_url="https://example.org/hook", webhook_auth_header_name="X-Hook",
                webhook_auth_header_value=HOOK, **credentials,
            )  # fmt: skip
            seen.sessions.append(session)
            seen.reprs.append(repr(session))
            try:
                with session:
                    wait_for(lambda one=session: one.done or one.transcript.turns)
            except ScribeError as error:
                seen.errors.append(error)
            seen.reprs.append(repr(session))
    assert len(seen.errors) == (0 if case == "it goes well" else 2)
    return seen


def test_no_repr_shows_a_secret(happened: Happened) -> None:
    for session in happened.sessions:
        # A traceback with local variables shows the context.
        context = session._context
        held = (context, context.endpoint, context.endpoint.resolve(), context.session, context.session.snapshot)
        happened.reprs += map(repr, (session, *held, session.transcript))
        # So it does the thread.
        happened.reprs += map(repr, (session.model, session.source, session.tape, vars(session)["_thread"]))
    assert secrets_in_text("".join(happened.reprs)) == []


def test_no_error_shows_a_secret_even_one_that_the_server_repeats(happened: Happened) -> None:
    for error in happened.errors:
        assert secrets_in_text(f"{error} {error!r} {error.args} {error.message} {error.advice} {vars(error)}") == []


def test_no_traceback_shows_a_secret_even_with_the_values_of_its_variables(happened: Happened) -> None:
    for error in happened.errors:
        assert secrets_in_text("".join(traceback.format_exception(error))) == []
        chain: BaseException | None = error
        while chain is not None:
            for frame, _ in traceback.walk_tb(chain.__traceback__):
                if frame.f_globals["__name__"].startswith("ipyscribe."):
                    assert secrets_in_text(repr(frame.f_locals)) == []
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


def test_no_notice_shows_a_secret(happened: Happened) -> None:
    for session in happened.sessions:
        assert secrets_in_text(str(session.notices)) == []
    assert [len(session.notices) for session in happened.sessions] != [0, 0] or happened.errors


@pytest.mark.parametrize("case", CASES)
def test_no_log_shows_a_secret_even_with_websocket_clients_trace(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], case: str
) -> None:
    caplog.set_level(logging.DEBUG)
    websocket.enableTrace(True)
    try:
        happen(case)
    finally:
        websocket.enableTrace(False)
    out, err = capfd.readouterr()
    assert case == "nothing listens" or "websocket" in {record.name for record in caplog.records}
    assert secrets_in_text(out + err + "".join(record.getMessage() for record in caplog.records)) == []
