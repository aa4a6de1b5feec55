"""Keys, tokens and a webhook's secret: one test for each way on which they could get out of a session.

The tests of the widgets, the notebooks and the tapes hold the ways that begin there.
"""

from __future__ import annotations

import contextlib
import html
import json
import logging
import os
import pydoc
import re
import signal
import socket
import sys
import threading
import traceback
import zipfile
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import pytest
import websocket
from session.sources import Endless, EndlessStream
from support.scripted_server import Client, answering, closed_port, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe import Comparison, Evaluation, Session, login, temporary_token
from ipyscribe.connection import Connection
from ipyscribe.errors import ScribeError
from ipyscribe.export import to_json
from ipyscribe.protocol.messages import ServerError, ServerWarning
from ipyscribe.protocol.secret import SecretMask
from ipyscribe.tape import Tape

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
        # So it does the task.
        happened.reprs += map(repr, (session.model, session.source, session.tape, vars(session)["_task"]))
    assert secrets_in_text("".join(happened.reprs)) == []


def test_no_error_shows_a_secret_even_one_that_the_server_repeats(happened: Happened) -> None:
    for error in happened.errors:
        assert secrets_in_text(f"{error} {error!r} {error.args} {error.message} {error.advice} {vars(error)}") == []


def test_no_traceback_shows_a_secret_even_with_the_values_of_its_variables(happened: Happened) -> None:
    for error in happened.errors:
        assert secrets_in_text("".join(traceback.format_exception(error))) == []
        chain: BaseException | None = error
        while chain is not None:
            assert secrets_in_text(variables_of(chain)) == []
            chain = chain.__cause__ or chain.__context__


def variables_of(error: BaseException) -> str:
    """The variables of all calls in its traceback but those of the tests, as debuggers print them."""
    shown = []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith(str(Path(__file__).parents[1])):
            for name, value in frame.f_locals.items():
                with contextlib.suppress(AttributeError):  # an object that is half made
                    shown.append(f"{name}={value!r} {pydoc.text.repr(value)}")
    return "\n".join(shown)


LONG = KEY * 8
GIVEN: dict[str, Callable[[], object]] = {
    "session": lambda: Session(EN, source=Endless(), api_key=LONG, keep_audio_s=-1),
    "session's token": lambda: Session(EN, source=Endless(), token=LONG, keep_audio_s=-1),
    "session's setting": lambda: Session(
        EN, source=Endless(), webhook_auth_header_value=HOOK, webhook_url="https://a.example", keep_audio_s=-1
    ),
    "comparison": lambda: Comparison([EN, EN], source=Endless(), api_key=LONG, max_duration_s=-1),
    "one model of a comparison": lambda: Comparison({"a": {"model": EN, "api_key": LONG}}, source=Endless()),
    "evaluation": lambda: Evaluation([EN], [], api_key=LONG),
    "one model of an evaluation": lambda: Evaluation({"a": {"model": EN, "token": LONG}}, []),
    "key of another form": lambda: Session(EN, source=Endless(), api_key=f"Bearer{LONG}"),
    "login": lambda: login(f"Bearer{LONG}"),
    "token that nobody gives": lambda: temporary_token(
        expires_in_s=60, api_key=LONG, endpoint=f"ws://127.0.0.1:{closed_port()}"
    ),
    "token for too long": lambda: temporary_token(expires_in_s=6000, api_key=LONG),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_no_argument_is_shown_by_a_traceback_with_variables(kind: str) -> None:
    with pytest.raises(ScribeError) as caught:
        GIVEN[kind]()
    assert secrets_in_text(f"{caught.value!r} {variables_of(caught.value)}") == []
    assert caught.value.__context__ is None or secrets_in_text(variables_of(caught.value.__context__)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupted_handshake_shows_no_key() -> None:
    def interrupt(listening: socket.socket) -> None:
        with listening.accept()[0] as caller:
            caller.recv(65_536)
            os.kill(os.getpid(), signal.SIGINT)
            caller.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=interrupt, args=(listening,))
        thread.start()
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}/?token={TOKEN}"
        connection = Connection(url, headers={"Authorization": LONG}, on_frame=print, on_closed=print)
        with pytest.raises(KeyboardInterrupt) as caught:
            connection.open(LIMIT_S)
        thread.join(LIMIT_S)
    assert secrets_in_text(variables_of(caught.value)) == []
    assert caught.value.__context__ is None


# Keys in other spellings.

ODD = "k3y\"0f/00+d&fe%e\\df<0>0'd"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "escaped slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "code points": lambda key: "".join(f"\\u{ord(character):04X}" for character in key),
    "percent": lambda key: quote(key, safe=""),
    "percent twice": lambda key: quote(quote(key, safe=""), safe=""),
    "every character in percent": lambda key: "".join(f"%{ord(character):02x}" for character in key),
    "form": lambda key: quote_plus(key),
    "HTML": lambda key: html.escape(key),
    "base64": lambda key: b64encode(key.encode()).decode(),
    "base64 of a header": lambda key: b64encode(f"Authorization: {key};".encode()).decode(),
    "base64 for addresses": lambda key: urlsafe_b64encode(f"user:{key}".encode()).decode(),
}


def readings(text: str) -> Iterator[str]:
    """``text`` as whoever looks for a key would read it."""
    for _ in range(3):
        yield text
        yield html.unescape(text)
        for run in re.findall(r"[\w+/-]{8,}=*", text):
            for begin in range(4):
                piece = run[begin : begin + (len(run) - begin) // 4 * 4].replace("-", "+").replace("_", "/")
                with contextlib.suppress(ValueError):
                    yield b64decode(piece).decode("latin-1")
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
        text = unquote(text).replace("\\/", "/").replace('\\"', '"').replace("\\\\", "\\")


@pytest.mark.parametrize("key", [KEY, ODD], ids=["plain", "odd"])
def test_a_key_that_the_server_repeats_in_any_spelling_is_masked(
    key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    forms = [spell(key) for spell in SPELLINGS.values()]

    def repeat(client: Client) -> None:
        assert client.headers["Authorization"] == key
        client.begin()
        for number, form in enumerate(forms):
            client.turn(number, f"So: {form}", end=True)
            client.say({"type": f"Odd {form}"})
            for escaped in (form, json.dumps(form)[1:-1]):
                client.say_raw(f'{{"type":"Warning","warning_code":1,"warning":"{escaped}"}}'.encode())
        client.say(ServerError(3006, " ".join(forms)))
        client.close(3006, f"{'x' * (110 - len(key))}{key}"[:123])

    with scripted(repeat, unread=None) as server:
        session = Session(EN, source=Endless(), endpoint=server.url, api_key=key, reconnect_for_s=0)
        with pytest.raises(ScribeError) as caught, session:
            session.wait()
    assert len(session.transcript.turns) == len(forms)
    path = session.tape.save(tmp_path / "a.tape")
    with zipfile.ZipFile(path) as archive:
        tape = "\n".join(archive.read(name).decode() for name in archive.namelist() if name.endswith("json"))
        tape += "\n".join(archive.read(name).decode() for name in archive.namelist() if name.endswith("jsonl"))
    places = {
        "error": f"{caught.value} {caught.value!r} {vars(caught.value)}",
        "notices": "\n".join(f"{notice.message} {notice.advice}" for notice in session.notices),
        "transcript": session.transcript.text,
        "JSON": to_json(session),
        "tape": tape,
        "replay": "\n".join(turn.text for turn in Tape.load(path).transcript.turns),
        "log": caplog.text,
    }
    for place, text in places.items():
        assert not any(key in reading for reading in readings(text)), place


def test_a_key_that_is_cut_off_is_masked_too() -> None:
    mask = SecretMask([KEY])
    assert mask.cut_off_text(f"Invalid: {KEY[:12]}") == "Invalid: ..."
    assert mask.cut_off_text(f"Invalid: {KEY}") == "Invalid: ..."
    assert mask.cut_off_text("Invalid k3") == "Invalid k3"


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
