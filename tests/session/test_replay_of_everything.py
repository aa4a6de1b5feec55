"""One session with all that can happen to one, and its replay, which says the same of itself in every property."""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from session.sources import Endless
from support.scripted_server import Client, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.audio import AudioNotice
from ipyscribe.errors import InvalidRequestError, ScribeError
from ipyscribe.protocol.messages import (
    Heartbeat,
    LLMGatewayResponse,
    Message,
    Revision,
    ServerWarning,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    Termination,
)
from ipyscribe.protocol.models import LOCAL_SERVER
from ipyscribe.protocol.parse import parse_message
from ipyscribe.replay import Replay
from ipyscribe.session import SessionLike
from ipyscribe.tape import Tape
from ipyscribe.tape.records import SHAPES
from ipyscribe.tape.status import STATUSES

PROPERTIES = [name for name, _ in inspect.getmembers(SessionLike, lambda member: isinstance(member, property))]
MARKS = {"seam", "lost", "settings", "paused", "resumed", "simulated"}
FRAMES: tuple[Any, ...] = (
    SpeechStarted(100, 0.9),
    ServerWarning(7, "That is old."),
    Heartbeat(1, 2, None, None),
    Silence(0, 1000),
    LLMGatewayResponse(0, "One two.", {}),
    SpeakerRevision((Revision(0, "B", ()),)),
    {"type": "FromNextYear"},
    "not JSON",
)


class Script:
    """A server whose first connection says everything and breaks, whose second fails, and whose third ends it."""

    def __init__(self, ending: Callable[[Client], None]) -> None:
        self.connections = 0
        self.drop, self.fail = threading.Event(), threading.Event()
        self._ending = ending

    def __call__(self, client: Client) -> None:
        self.connections += 1
        client.begin(configuration={"model": "another-model"})
        if self.connections == 1:
            client.turn(0, "one two", end=True, formatted=False)
            client.turn(0, "One two.", end=True)
            for frame in FRAMES:
                client.say(frame)
            client.turn(1, "three four")
            client.hear("ForceEndpoint")
            client.turn(1, "Three four.", end=True)
            client.turn(2, "not settled")
            client.hear("KeepAlive")
            wait_for(self.drop.is_set)
            client.close(1011)
        elif self.connections == 2:
            client.hear(chunks=1)
            client.turn(0, "Five six.", end=True)
            wait_for(self.fail.is_set)
            client.fail(3005, "Session Cancelled: An error occurred")
        else:
            client.hear(chunks=1)
            client.turn(0, "Seven eight.", end=True)
            self._ending(client)


def terminating(client: Client) -> None:
    client.hear("Terminate")
    client.terminate()


def refusing(client: Client) -> None:
    client.fail(3006, "Invalid 'prompt'")


def go_through_everything(session: Session, source: Endless, script: Script) -> None:
    wait_for(lambda: source.streams and len(session.transcript.turns) == 2)
    stream = source.streams[0]
    session.update(max_turn_silence=700, keyterms_prompt=["dogs"], language_detection=True)
    session.force_endpoint()
    wait_for(lambda: len(session.transcript.turns) == 3)
    stream.notice, stream.dropped_samples = AudioNotice("silent", "No sound arrives.", "Speak."), 4800
    wait_for(lambda: {"silent", "dropped"} <= {notice.kind for notice in session.notices})
    session.pause()
    wait_for(lambda: session.status == "paused")
    session.resume()
    wait_for(lambda: session.status == "listening")
    wait_for(lambda: session.audio_ms > 3000)
    session.pause(keep_alive=True)
    script.drop.set()
    wait_for(lambda: script.connections == 2)
    wait_for(lambda: session.status == "paused" and len(session.transcript.turns) == 3)
    session.resume()
    session.tape.record_paint(0.5)
    script.fail.set()
    wait_for(lambda: len(session.transcript.turns) == 4)


def comparable(value: Any) -> Any:
    return (type(value), str(value), vars(value)) if isinstance(value, ScribeError) else value


@pytest.mark.parametrize(("ending", "server_header"), [(terminating, LOCAL_SERVER), (refusing, "a server")])
def test_a_replay_agrees_with_the_session(
    ending: Callable[[Client], None], server_header: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ipyscribe.session.reconnecting.RING_S", 0.2)  # so that some sound is lost
    script, source = Script(ending), Endless()
    with scripted(script, server_header=server_header, unread=None) as server:
        session = Session(
            "universal-streaming-english",
            source=source,
            endpoint=server.url,
            format_turns=True,
            max_cost_usd=100,
            price_per_hour_usd=0.2,
        )
        try:
            go_through_everything(session.start(), source, script)
            if ending is refusing:
                with pytest.raises(InvalidRequestError):
                    session.wait()
        finally:
            session.stop()
    for tape in (session.tape, Tape.load(session.tape.save(tmp_path / "everything.tape"))):
        replay = Replay(tape)
        replay.seek(math.inf)
        for name in PROPERTIES:
            if name != "tape":
                assert comparable(getattr(replay, name)) == comparable(getattr(session, name)), name
        assert list(Replay(tape, speed=math.inf).start().lane.transcript.turns) == list(session.transcript.turns)
    assert_everything_happened(session)


def assert_everything_happened(session: Session) -> None:
    """The session above leaves out nothing that a session can meet: new kinds of records have to be added to it."""
    records = list(session.tape.lane.records())
    kinds = {record[1] for record in records}
    assert kinds | {"simulated"} == set(SHAPES)
    assert ("simulated" in kinds) is session.simulated
    messages = {type(parse_message(record[4])) for record in records if record[1] == "received"}
    assert set(get_args(Message)) - messages <= missing_after(session)
    simulated = session.simulated
    assert {mark.kind for mark in session.transcript.marks} | {"simulated"} == MARKS
    statuses = {record[2] for record in records if record[1] in ("status", "finished")}
    assert set(STATUSES) - statuses == {"ready", "failed" if session.error is None else "ended"} | (
        set() if session.error is None else {"finishing"}
    )
    notices = {"parameter", "silent", "dropped", "model", "warning", "unknown", "simulated" if simulated else "price"}
    assert {notice.kind for notice in session.notices} == notices
    assert session.billed_s > 0
    assert bool(session.cost_usd) is not simulated


def missing_after(session: Session) -> set[type]:
    """Nothing is confirmed where the server ends it with an error."""
    return set() if session.error is None else {Termination}
