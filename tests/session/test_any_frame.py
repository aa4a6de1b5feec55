"""Any frames in any order: the reader goes on, and valid turns are kept as they were sent."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from session.sources import Endless
from support.scripted_server import Client, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import TurnMessage, Unknown
from ipyscribe.protocol.parse import parse_message
from ipyscribe.transcript import Arrival, Transcript, reduce

pytestmark = pytest.mark.timeout(300)

EN = "universal-streaming-english"
FIRST_VALID_ORDER = 2**40
"""Turn orders from here on are those of the valid turns, and of no others."""
EVERY = 3
VALID_TEXTS = ["We were on time.", "Both of us?", "Yes, both."]

TEXTS = st.text(max_size=12) | st.sampled_from(["[Silence]", "\ud800", "\x1b[2J", "<b>no</b>", "\u202e"])
NUMBERS = st.integers() | st.floats() | st.integers(-3, 3) | st.just(10**400)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
WORDS = st.fixed_dictionaries(
    {"text": TEXTS, "start": NUMBERS, "end": NUMBERS, "word_is_final": st.booleans()},
    optional={"confidence": NUMBERS | st.none(), "speaker": TEXTS},
)
ORDERS = st.integers(-3, 6)
TURNS = st.fixed_dictionaries(
    {"type": st.just("Turn"), "turn_order": ORDERS, "end_of_turn": st.booleans(), "turn_is_formatted": st.booleans()},
    optional={"transcript": TEXTS, "utterance": TEXTS, "words": st.lists(WORDS, max_size=4), "language_code": TEXTS},
)
OTHERS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["Begin", "SpeechStarted", "Turn", "SpeakerRevision", "LLMGatewayResponse", "Heartbeat", "Silence",
             "Warning", "Error", "Termination", "Tomorrow", ""]
        )
    },
    optional={
        "id": JSON, "expires_at": JSON, "configuration": JSON, "timestamp": JSON, "words": JSON, "transcript": JSON,
        "turn_order": ORDERS | TEXTS, "end_of_turn": JSON, "revisions": st.lists(TURNS, max_size=2) | JSON,
        "error": JSON, "error_code": JSON, "warning": JSON, "data": JSON, "start_ms": JSON, "end_ms": JSON,
        "audio_duration_seconds": JSON, "session_duration_seconds": JSON, "total_audio_received_ms": JSON,
    },
)  # fmt: skip
FRAMES = st.one_of(
    TURNS.map(json.dumps).map(str.encode),
    OTHERS.map(json.dumps).map(str.encode),
    JSON.map(json.dumps).map(str.encode),
    st.binary(max_size=40),
    TURNS.flatmap(lambda turn: st.integers(0, 60).map(lambda length: json.dumps(turn).encode()[:length])),
)


class ScriptedFrames:
    """The script of the next session's server: ``frames``, ``before`` of them ahead of Begin, and turns between."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.before = 0
        self.sent: list[bytes] = []

    def __call__(self, client: Client) -> None:
        self.sent = []
        numbers = iter(range(len(VALID_TEXTS)))
        for at, frame in enumerate(self.frames):
            if at == self.before:
                client.begin()
            self._send(client, frame)
            if at >= self.before and at % EVERY == 0:
                self._send_valid(client, next(numbers, None))
        if self.before >= len(self.frames):
            client.begin()
        for number in numbers:
            self._send_valid(client, number)
        client.hear("Terminate")
        client.terminate()

    def _send_valid(self, client: Client, number: int | None) -> None:
        if number is not None:
            order, text = FIRST_VALID_ORDER + number, VALID_TEXTS[number]
            self._send(
                client, encode_message(TurnMessage(order, text, end_of_turn=True, turn_is_formatted=True)).encode()
            )

    def _send(self, client: Client, frame: bytes) -> None:
        self.sent.append(frame)
        client.say_raw(frame)


def folded(frames: list[bytes]) -> list[tuple[int, str, bool]]:
    """The turns that the reducer makes of them one by one, without a session."""
    transcript = Transcript()
    for frame in frames:
        transcript = reduce(transcript, parse_message(frame), Arrival(0.0, 0.0))
    return [(turn.order, turn.text, turn.ended) for turn in transcript.turns]


def test_any_sequence_of_frames() -> None:
    script = ScriptedFrames()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(FRAMES, max_size=16), st.integers(0, 3))
    @example([b"[" * 100_000, b'{"type":"Turn","turn_order":NaN}', b"\xff\xfe", b"", b"\x00" * 5, b'"' * 70_000], 0)
    @example([b'{"type":"Termination"}', b'{"type":"Error","error":"no"}', b'{"type":"Begin"}'] * 3, 2)
    def holds(frames: list[bytes], before: int) -> None:
        script.frames, script.before = frames, before
        session = Session(EN, source=Endless(), endpoint=server.url, reconnect_for_s=0)
        with session:
            wait_for(lambda: session.transcript.turns and session.transcript.turns[-1].order == FIRST_VALID_ORDER + 2)
        assert (session.status, session.error) == ("ended", None)
        turns = session.transcript.turns
        assert [turn.text for turn in turns if turn.order >= FIRST_VALID_ORDER] == VALID_TEXTS
        assert [(turn.order, turn.text, turn.ended) for turn in turns] == folded(script.sent)
        unknown = [frame for frame in script.sent if isinstance(parse_message(frame), Unknown)]
        assert len(session.tape.lane.snapshot_at(math.inf).unknown) == len(unknown)
        views_can_be_made(session)

    with scripted(script) as server:
        holds()


def views_can_be_made(session: Session) -> None:
    """Everything that a person can be shown is text that can be written, and numbers that JSON knows."""
    shown: list[Any] = [
        *session.notices,
        session.transcript.to_word_records(),
        session.transcript.to_records(),
        repr(session),
    ]
    for thing in shown:
        str(thing).encode()
    json.dumps(session.transcript.to_records(), allow_nan=False)
    assert math.isfinite(session.audio_ms)
    assert all(turn.text for turn in session.iter_turns())
