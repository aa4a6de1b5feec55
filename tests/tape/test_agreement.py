"""A session's own state and what its tape makes of the same events never differ, whatever happens."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tape.making import frame

from ipyscribe.errors import NetworkLostError
from ipyscribe.protocol import find_model
from ipyscribe.session.state import SessionState
from ipyscribe.tape import LaneManifest, Notice, Recorder, Tape
from ipyscribe.transcript import Mark, Transcript

TEXTS = st.sampled_from(["one", "one two", "three four five", "", "[Silence]", "ä €"])
EVENTS = st.one_of(
    st.tuples(st.just("turn"), st.integers(0, 4), TEXTS, st.booleans()),
    st.tuples(st.just("old turn"), st.integers(0, 300), TEXTS, st.booleans()),
    st.tuples(st.just("burst"), st.integers(1, 80)),
    st.tuples(st.just("raw"), st.sampled_from([b"no JSON", b"\xff\xfe", b'{"type":"Tomorrow"}', b"[]"])),
    st.tuples(st.just("said"), st.sampled_from(["Begin", "Warning", "Termination", "Error"])),
    st.tuples(st.just("revision"), st.integers(0, 300)),
    st.tuples(st.just("reconnect"), st.integers(0, 50_000)),
    st.tuples(st.just("mark"), st.sampled_from(["settings", "paused"])),
    st.tuples(st.just("note")),
    st.tuples(st.just("status"), st.sampled_from(["listening", "paused"])),
    st.tuples(st.just("late"), st.integers(0, 4), TEXTS),
)


class Driven:
    """A session's state without a session, and its tape."""

    def __init__(self, model: str) -> None:
        self.now_s = 100.0
        parameters: dict[str, Any] = {"format_turns": True}
        empty = Transcript.of(find_model(model), parameters)
        about = LaneManifest(
            find_model(model), "x", expects_formatting=empty.expects_formatting, has_confidences=empty.has_confidences
        )
        self.recorder = Recorder(about, clock=lambda: self.now_s)
        self.recorder.begin()
        self.state = SessionState(empty, self.recorder, clock=lambda: self.now_s)
        self.tape = Tape.of(self.recorder)
        self.order = 0

    def do(self, event: tuple[Any, ...]) -> None:
        self.now_s += 0.25
        for data in self._frames(event):
            self.state.on_frame(self.state.leg, data, self.now_s)
        self._else(event)

    def _frames(self, event: tuple[Any, ...]) -> Iterator[bytes]:
        """What the server says."""
        match event:
            case ("turn", ahead, text, end):
                yield frame(self.order + ahead - 2, text, end=end)
                self.order += end
            case ("old turn", order, text, end):
                yield frame(order, text, end=end)
            case ("burst", turns):
                for _ in range(turns):
                    yield frame(self.order, "said", end=True)
                    self.order += 1
            case ("raw", data):
                yield data
            case ("said", kind):
                yield json.dumps({"type": kind, "id": "x", "session_duration_seconds": 7}).encode()
            case ("revision", order):
                revision = {"turn_order": order, "speaker_label": "B", "words": []}
                yield json.dumps({"type": "SpeakerRevision", "revisions": [revision]}).encode()

    def _else(self, event: tuple[Any, ...]) -> None:
        """What the session does."""
        state = self.state
        match event:
            case ("reconnect", from_samples):
                state.on_closed(state.leg, 1006, "")
                state.cut()
                leg = state.new_leg(first_turn=state.turns_so_far)
                leg.from_samples = from_samples
                state.go_on(leg, [Mark("seam", 1.0, "reconnected")], lost_samples=from_samples // 7)
                self.order = 0
            case ("mark", kind):
                state.mark(Mark(kind, self.now_s, kind))
            case ("note",):
                state.note(Notice("budget", "soon", "hurry"))
            case ("status", status):
                state.change(status)
            case ("late", order, text):
                state.on_frame(state.legs[0], frame(order, text), self.now_s)

    def compare(self) -> None:
        state, scene = self.state, self.tape.lanes[0].scene_at(math.inf)
        assert scene.transcript == state.transcript
        assert scene.status == state.status
        assert scene.notes == tuple((note.kind, note.message, note.advice) for note in state.notes)
        assert scene.lost_samples == state.lost_samples
        assert list(scene.warnings) == state.warnings
        assert [message.problem for message in scene.unknown] == [message.problem for message in state.unknown]
        assert scene.leg.begin == state.leg.begin
        assert len(scene.legs) == len(state.legs)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=40), st.sampled_from(["u3-rt-pro", "universal-streaming-english", "whisper-rt"]))
def test_the_tape_agrees_with_the_session(events: list[tuple[Any, ...]], model: str) -> None:
    driven = Driven(model)
    for number, event in enumerate(events):
        driven.do(event)
        if number % 10 == 0:
            driven.compare()
    driven.compare()
    driven.state.finish(NetworkLostError("gone", code=1006) if len(events) % 2 else None)
    driven.compare()
