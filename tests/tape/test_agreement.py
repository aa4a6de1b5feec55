"""The state of a running session and that of a replay of its tape never differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tape.making import frame

from ipyscribe.audio import AudioNotice
from ipyscribe.errors import NetworkLostError
from ipyscribe.protocol import find_model
from ipyscribe.session.live_session import LiveConnection, LiveSession
from ipyscribe.tape import LaneManifest, Notice, Recorder, SessionSnapshot, Tape
from ipyscribe.transcript import Mark, Transcript

TEXTS = st.sampled_from(["one", "one two", "three four five", "", "[Silence]", "ä €"])
EVENTS = st.one_of(
    st.tuples(st.just("turn"), st.integers(0, 4), TEXTS, st.booleans()),
    st.tuples(st.just("old turn"), st.integers(0, 300), TEXTS, st.booleans()),
    st.tuples(st.just("burst"), st.integers(1, 80)),
    st.tuples(st.just("raw"), st.sampled_from([b"no JSON", b"\xff\xfe", b'{"type":"Tomorrow"}', b"[]"])),
    st.tuples(st.just("message"), st.sampled_from(["Begin", "Warning", "Termination", "Error"])),
    st.tuples(st.just("revision"), st.integers(0, 300)),
    st.tuples(st.just("reconnect"), st.integers(0, 50_000)),
    st.tuples(st.just("mark"), st.sampled_from(["settings", "paused"])),
    st.tuples(st.just("notice")),
    st.tuples(st.just("simulated")),
    st.tuples(st.just("settings"), st.sampled_from([{"prompt": "dogs"}, {"max_turn_silence": 900}])),
    st.tuples(st.just("audio"), st.sampled_from([None, "silent"]), st.integers(0, 9000), st.booleans()),
    st.tuples(st.just("status"), st.sampled_from(["listening", "paused"])),
    st.tuples(st.just("late"), st.integers(0, 4), TEXTS),
    st.tuples(st.just("opened")),
)
# Names, to leave them out.
NOT_COMPARED = ("_parts", "_joined")
"""How the transcript is held depends on when it was read; ``transcript`` itself is compared."""


class Driven:
    """A session without sockets and sound, and its tape."""

    def __init__(self, model: str) -> None:
        self.now_s = 100.0
        parameters: dict[str, Any] = {"format_turns": True}
        empty = Transcript.of(find_model(model), parameters)
        manifest = LaneManifest(
            find_model(model), "x", expects_formatting=empty.expects_formatting, has_confidences=empty.has_confidences
        )
        self.recorder = Recorder(manifest, clock=lambda: self.now_s)
        self.recorder.begin()
        self.live = LiveSession(empty, self.recorder, clock=lambda: self.now_s)
        self.connections: list[LiveConnection] = [self.live.connection]
        self.tape = Tape.of(self.recorder)
        self.order = 0

    def do(self, event: tuple[Any, ...]) -> None:
        self.now_s += 0.25
        for data in self._frames(event):
            self.live.on_frame(self.live.connection, data, self.now_s)
        self._other(event)

    def _frames(self, event: tuple[Any, ...]) -> Iterator[bytes]:
        """What the server sends."""
        match event:
            case ("turn", ahead, text, end):
                yield frame(self.order + ahead - 2, text, end=end)
                self.order += end
            case ("old turn", order, text, end):
                yield frame(order, text, end=end)
            case ("burst", turns):
                for _ in range(turns):
                    yield frame(self.order, "words", end=True)
                    self.order += 1
            case ("raw", data):
                yield data
            case ("message", kind):
                yield json.dumps({"type": kind, "id": "x", "session_duration_seconds": 7}).encode()
            case ("revision", order):
                revision = {"turn_order": order, "speaker_label": "B", "words": []}
                yield json.dumps({"type": "SpeakerRevision", "revisions": [revision]}).encode()

    def _other(self, event: tuple[Any, ...]) -> None:
        """What the session does."""
        live = self.live
        match event:
            case ("reconnect", from_samples):
                live.on_closed(live.connection, 1006, "")
                live.lose_connection()
                marks = [Mark("seam", 1.0, "reconnected")]
                connection = live.new_connection()
                live.switch_to(connection, from_samples=from_samples, lost_samples=from_samples // 7, marks=marks)
                self.connections.append(connection)
                self.order = 0
            case ("mark", kind):
                live.add_mark(Mark(kind, self.now_s, kind))
            case ("notice",):
                live.add_notice(Notice("budget", "soon", "hurry"))
            case ("simulated",):
                live.mark_simulated()
            case ("settings", parameters):
                live.record("settings", parameters, 0.57)
            case ("audio", kind, dropped_samples, behind):
                notice = kind and AudioNotice(kind, "No sound arrives.", "Speak.")
                live.set_audio_state(notice, dropped_samples, [Notice("behind", "by 2 s")] * behind)
            case ("status", status):
                live.set_status(status)
            case ("late", order, text):
                live.on_frame(self.connections[0], frame(order, text), self.now_s)
            case ("opened",):
                live.record("opened", live.connection.number)

    def compare(self) -> None:
        live = self.live.snapshot
        for recorded in (self.tape.lane.snapshot_at(float("inf")), self.tape.lane.snapshot_at(self.live.now_s)):
            assert_equal(recorded, live)


def assert_equal(recorded: SessionSnapshot, live: SessionSnapshot) -> None:
    """Every field is the same; errors and unknown frames by their text."""
    assert recorded.transcript == live.transcript
    for each in fields(SessionSnapshot):
        if each.name not in NOT_COMPARED:
            values = [_comparable(getattr(snapshot, each.name)) for snapshot in (recorded, live)]
            assert values[0] == values[1], each.name


def _comparable(value: Any) -> Any:
    return (type(value), str(value), vars(value)) if isinstance(value, Exception) else value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=40), st.sampled_from(["u3-rt-pro", "universal-streaming-english", "whisper-rt"]))
def test_the_tape_agrees_with_the_session(events: list[tuple[Any, ...]], model: str) -> None:
    driven = Driven(model)
    for number, event in enumerate(events):
        driven.do(event)
        if number % 10 == 0:
            driven.compare()
    driven.compare()
    driven.live.finish(NetworkLostError("gone", code=1006) if len(events) % 2 else None)
    driven.compare()
