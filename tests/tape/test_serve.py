"""A tape as a server: any client of the protocol gets the recorded frames, at the recorded times."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from local.harness import Client, running
from session.sources import Endless
from support.processes import rest
from support.scripted_server import Client as Served
from support.scripted_server import scripted
from support.waiting import LIMIT_S, no_new_threads, wait_for
from tape.test_recording import KEY, U3, Twice, numbered

from ipyscribe import Session, Tape
from ipyscribe.cli.tape_frames import recorded_of
from ipyscribe.errors import ServerFailureError
from ipyscribe.local import ScriptedRecognition
from ipyscribe.transcript import Transcript


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with no_new_threads():
        yield


def played(path: Path, **options: Any) -> AbstractContextManager[str]:
    """A server that sends the frames of the tape; its address."""
    return running(lambda: ScriptedRecognition({"turns": []}), recorded=recorded_of(str(path)), **options)


def lesson(client: Served) -> None:
    client.begin()
    client.hear(chunks=4)
    client.turn(0, "one")
    client.hear(chunks=12)
    client.turn(0, "one two", end=True)
    client.hear(chunks=20)
    client.turn(1, "three", end=True)
    client.hear("Terminate")
    client.terminate(audio_s=2, session_s=2)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = numbered(1.5, 1.0)
    with scripted(lesson) as server, Session(U3, source=source, endpoint=server.url, api_key=KEY) as session:
        session.wait(60.0)
    return session.tape.save(tmp_path_factory.mktemp("serve") / "a.tape")


def words_of(transcript: Transcript) -> list[tuple[str, list[str]]]:
    return [(turn.text, [past.text for past in turn.history]) for turn in transcript.turns]


@pytest.mark.parametrize("speed", [1.0, math.inf])
def test_a_session_gets_the_recorded_frames(path: Path, speed: float) -> None:
    with played(path) as url, Session(U3, source=numbered(1.5, speed), endpoint=url) as session:
        session.wait(60.0)
    assert session.error is None
    assert words_of(session.transcript) == words_of(Tape.load(path).transcript)
    assert session.tape.lanes[0].snapshot_at(math.inf).billed_s(0.0) == 2.0


def test_frames_come_no_earlier_than_they_came(path: Path) -> None:
    recorded = [(record[0], record[4]) for record in Tape.load(path).lanes[0].records() if record[1] == "received"][:-1]
    arrivals: list[tuple[float, str]] = []

    def watch(_number: int, kind: str, frame: str | bytes) -> None:
        if kind in ("open", "out"):
            arrivals.append((time.monotonic(), str(frame)))

    with played(path, watch=watch) as url, Session(U3, source=Endless(), endpoint=url) as session:
        wait_for(lambda: len(session.transcript) == 2)
    opened_s = arrivals[0][0]
    assert [frame for _, frame in arrivals[1 : len(recorded) + 1]] == [frame for _, frame in recorded]
    for (sent_s, _), (recorded_s, _) in zip(arrivals[1:], recorded, strict=False):
        assert sent_s - opened_s >= recorded_s - recorded[0][0] - 0.001


def test_any_client_gets_the_frames_as_they_were(path: Path) -> None:
    recorded = [record[4] for record in Tape.load(path).lanes[0].records() if record[1] == "received"]
    with played(path) as url, Client(url, "speech_model=anything") as client:
        client.audio(bytes(3200))
        client.send(type="Terminate")
        client.rest()
        assert len(client.frames) == len(recorded)
        assert client.frames[0]["type"] == "Begin"
        assert client.close_code == 1000


def test_a_key_is_asked_for_where_there_is_one(path: Path) -> None:
    with played(path, token="secret") as url, Client(url) as client:
        client.rest()
        assert client.close_code == 1008
        assert [frame["type"] for frame in client.frames] == ["Error"]


def test_a_lost_connection_is_lost_again(tmp_path: Path) -> None:
    with scripted(Twice()) as server, Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY) as session:
        session.wait(60.0)
    path = session.tape.save(tmp_path / "a.tape")
    with played(path) as url, Session(U3, source=Endless(), endpoint=url) as again:
        wait_for(lambda: any(turn.text == "three four five" for turn in again.transcript.turns))
    assert [turn.text for turn in again.transcript.turns] == ["one two", "three four five", "last"]
    assert "seam" in {mark.kind for mark in again.transcript.marks}


def test_an_error_comes_again(tmp_path: Path) -> None:
    def fail(client: Served) -> None:
        client.begin()
        client.hear(chunks=2)
        client.fail(3005, "Session Cancelled: An error occurred")

    with scripted(fail) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, reconnect_for_s=0)
        with pytest.raises(ServerFailureError), session:
            session.wait(60.0)
    path = session.tape.save(tmp_path / "a.tape")
    with played(path) as url:
        again = Session(U3, source=Endless(), endpoint=url, reconnect_for_s=0)
        with pytest.raises(ServerFailureError, match="An error occurred"), again:
            again.wait(60.0)


def test_the_command_serves_a_tape(path: Path) -> None:
    command = [sys.executable, "-m", "ipyscribe", "serve", "--tape", str(path), "--no-token", "--exit-with-stdin"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as run:
        assert run.stdout is not None
        assert run.stdin is not None
        url = run.stdout.readline().split()[-1]
        assert run.stdout.readline().startswith("no token: ")
        with Session(U3, source=numbered(1.0, math.inf), endpoint=url) as session:
            session.wait(60.0)
        run.stdin.close()
        run.stdin = None
        assert rest(run) == ("", "")
    assert words_of(session.transcript) == words_of(Tape.load(path).transcript)


def test_the_command_names_a_file_that_is_not_a_tape(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tape"
    bad.write_bytes(b"hello")
    command = [sys.executable, "-m", "ipyscribe", "serve", "--tape", str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 1
    assert done.stderr.startswith("ipyscribe: 'bad.tape' is not a tape")
