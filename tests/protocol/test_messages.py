"""Every message of the protocol is read, and no frame stops the reader."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.protocol.messages import (
    FORCE_ENDPOINT,
    KEEP_ALIVE,
    TERMINATE,
    Begin,
    Heartbeat,
    LLMGatewayResponse,
    Revision,
    ServerError,
    ServerWarning,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    Termination,
    TurnMessage,
    Unknown,
    Word,
    update_configuration,
)
from ipyscribe.protocol.parse import parse_field_by_field, parse_message

WORD = {"start": 4000, "end": 4160, "text": "we", "confidence": 0.98, "word_is_final": True}
TURN = {
    "turn_order": 2,
    "turn_is_formatted": False,
    "end_of_turn": False,
    "transcript": "we measured",
    "end_of_turn_confidence": 0.0123,
    "words": [WORD, {"start": 4640, "end": 4720, "text": "mito", "confidence": 0.61, "word_is_final": False}],
    "utterance": "",
    "type": "Turn",
}
CONFIGURATION = {"model": "u3-rt-pro", "mode": "balanced", "api_version": "2025-05-12", "domain": None}
READ = [
    (
        {"type": "Begin", "id": "5f0c", "expires_at": 1795406400, "configuration": CONFIGURATION},
        Begin("5f0c", 1795406400, CONFIGURATION),
    ),
    ({"type": "Begin", "id": "5f0c", "expires_at": 1795406400}, Begin("5f0c", 1795406400, {})),
    ({"type": "Begin", "id": None, "expires_at": None, "configuration": None}, Begin("", 0, {})),
    ({"type": "SpeechStarted", "timestamp": 1216, "confidence": 0.97}, SpeechStarted(1216, 0.97)),
    ({"type": "SpeechStarted", "timestamp": 1216}, SpeechStarted(1216, None)),
    (
        TURN,
        TurnMessage(
            turn_order=2,
            transcript="we measured",
            utterance="",
            end_of_turn=False,
            turn_is_formatted=False,
            end_of_turn_confidence=0.0123,
            words=(Word("we", 4000, 4160, 0.98, True), Word("mito", 4640, 4720, 0.61, False)),
            speaker=None,
            language=None,
            language_confidence=None,
        ),
    ),
    (
        {
            "turn_order": 0,
            "end_of_turn": True,
            "transcript": "Jó napot.",
            "utterance": "Jó napot.",
            "turn_is_formatted": True,
            "words": [{**WORD, "speaker": "B", "speaker_confidence": 0.4}],
            "speaker_label": "B",
            "language_code": "hu",
            "language_confidence": 0.84,
            "type": "Turn",
        },
        TurnMessage(
            turn_order=0,
            transcript="Jó napot.",
            utterance="Jó napot.",
            end_of_turn=True,
            turn_is_formatted=True,
            end_of_turn_confidence=None,
            words=(Word("we", 4000, 4160, 0.98, True, "B"),),
            speaker="B",
            language="hu",
            language_confidence=0.84,
        ),
    ),
    (
        {
            "type": "SpeakerRevision",
            "revisions": [
                {
                    "turn_order": 1,
                    "speaker_label": "B",
                    "words": [{"text": "Yes.", "start": 900, "end": 1300, "speaker": "B"}],
                },
                {"turn_order": 4, "speaker_label": None, "words": []},
            ],
        },
        SpeakerRevision((Revision(1, "B", (Word("Yes.", 900, 1300, None, False, "B"),)), Revision(4, None, ()))),
    ),
    (
        {"type": "LLMGatewayResponse", "turn_order": 0, "transcript": "Hi.", "data": {"choices": []}},
        LLMGatewayResponse(0, "Hi.", {"choices": []}),
    ),
    (
        {
            "type": "Heartbeat",
            "total_audio_received_ms": 9900,
            "total_duration_ms": 10100,
            "realtime_factor": 0.99,
            "max_speech_probability": 0.91,
        },
        Heartbeat(9900, 10100, 0.99, 0.91),
    ),
    ({"type": "Silence", "start_ms": 12000, "end_ms": 13000}, Silence(12000, 13000)),
    ({"type": "Warning", "warning_code": 1234, "warning": "domain ignored"}, ServerWarning(1234, "domain ignored")),
    ({"type": "Error", "error_code": 3007, "error": "Input Duration Error"}, ServerError(3007, "Input Duration Error")),
    ({"error": "Not authorised"}, ServerError(None, "Not authorised")),
    (
        {"type": "Termination", "audio_duration_seconds": 4, "session_duration_seconds": 7},
        Termination(4, 7),
    ),
    ({"type": "Termination"}, Termination(None, None)),
]


@pytest.mark.parametrize(("fields", "message"), READ, ids=lambda value: type(value).__name__)
def test_a_message_is_read(fields: dict[str, Any], message: object) -> None:
    assert parse_message(json.dumps(fields)) == message
    assert parse_message(json.dumps(fields, ensure_ascii=False).encode()) == message


@pytest.mark.parametrize(("fields", "message"), READ, ids=lambda value: type(value).__name__)
def test_order_of_keys_and_new_fields_do_not_matter(fields: dict[str, Any], message: object) -> None:
    backwards = {"from_next_year": [1, {"a": 2}], **dict(reversed(fields.items()))}
    assert parse_message(json.dumps(backwards)) == message


def test_the_model_that_begin_names() -> None:
    assert Begin("", 0, CONFIGURATION).model == "u3-rt-pro"
    assert Begin("", 0, {}).model is None
    assert Begin("", 0, {"model": 7}).model is None


@pytest.mark.parametrize(
    ("raw", "kind", "problem"),
    [
        ('{"type":"FromNextYear","x":1}', "FromNextYear", "unknown message type"),
        ('{"x":1}', None, "unknown message type"),
        ('{"type":7}', None, "unknown message type"),
        ('{"type":["Turn"]}', None, "unknown message type"),
        ("[]", None, "expected a JSON object, got list"),
        ("null", None, "expected a JSON object, got NoneType"),
        ("", None, "not JSON"),
        ("{'type': 'Turn'}", None, "not JSON"),
        (b"\xff\xfe\xfd", None, "not JSON"),
        ("[" * 100_000, None, "not JSON"),
        ("1" * 5000, None, "not JSON"),
        ('{"type":"Turn"}', "Turn", "'turn_order' should be an integer, got None"),
        ('{"type":"Turn","turn_order":true}', "Turn", "'turn_order' should be an integer, got True"),
        ('{"type":"Turn","turn_order":"1"}', "Turn", "'turn_order' should be an integer, got '1'"),
        ('{"type":"Turn","turn_order":NaN}', "Turn", "'turn_order' should be an integer, got nan"),
        ('{"type":"Turn","turn_order":1e400}', "Turn", "'turn_order' should be an integer, got inf"),
        ('{"type":"Turn","turn_order":1,"words":{}}', "Turn", "'words' should be a list of objects, got {}"),
        ('{"type":"Turn","turn_order":1,"words":[1]}', "Turn", "'words' should be a list of objects, got [1]"),
        ('{"type":"Turn","turn_order":1,"transcript":7}', "Turn", "'transcript' should be a string, got 7"),
        ('{"type":"Turn","turn_order":1,"end_of_turn":"yes"}', "Turn", "'end_of_turn' should be true or false"),
        ('{"type":"Heartbeat","realtime_factor":"1"}', "Heartbeat", "'realtime_factor' should be a number, got '1'"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_cannot_be_read_is_kept(raw: str | bytes, kind: str | None, problem: str) -> None:
    message = parse_message(raw)
    assert isinstance(message, Unknown)
    assert message.type == kind
    assert message.problem.startswith(problem)
    assert message.raw == (raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))


def test_a_wrong_value_nested_to_the_limit_of_the_stack_is_kept() -> None:
    problems = set()
    for depth in range(1, 1200):
        raw = '{"type":"Turn","turn_order":' + "[" * depth + "]" * depth + "}"
        message = parse_message(raw)
        assert isinstance(message, Unknown)
        problems.add(message.problem.split(",")[0].split(":")[0])
    assert {"not JSON", "'turn_order' should be an integer"} <= problems


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 400])
def test_a_number_that_is_none_costs_no_words(number: str) -> None:
    raw = json.dumps({**TURN, "end_of_turn_confidence": "?"}).replace('"?"', number).replace("0.98", number)
    message = parse_message(raw)
    assert isinstance(message, TurnMessage)
    assert message.end_of_turn_confidence is None
    assert [word.confidence for word in message.words] == [None, 0.61]


def _words(**changes: Any) -> tuple[Word, ...] | str:
    message = parse_message(json.dumps({**TURN, "words": [{**WORD, **changes}]}))
    return message.problem if isinstance(message, Unknown) else message.words  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start": True}, "'start' should be an integer, got True"),
        ({"word_is_final": 1}, "'word_is_final' should be true or false, got 1"),
        ({"text": ["we"]}, "'text' should be a string, got ['we']"),
        ({"end": {}}, "'end' should be an integer, got {}"),
    ],
)
def test_a_word_seen_before_lends_nothing_to_one_of_another_type(changes: dict[str, Any], problem: str) -> None:
    (seen,) = _words(start=1)
    assert seen.start_ms == 1
    assert _words(**changes) == problem


def test_white_space_around_a_message_is_no_matter() -> None:
    text = json.dumps(TURN)
    assert parse_message(f" \r\n{text}\t ") == parse_message(text)
    assert isinstance(parse_message(f"{text}]"), Unknown)


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    raw = '{"type":"Turn","turn_order":0,"transcript":"a\\ud800b","words":[{"text":"\\udc00","start":0,"end":1}]}'
    message = parse_message(raw)
    assert isinstance(message, TurnMessage)
    assert (message.transcript, message.words[0].text) == ("a?b", "?")
    unknown = parse_message('{"type":"\ud800"}')
    assert isinstance(unknown, Unknown)
    assert (unknown.type, unknown.raw) == ("?", '{"type":"?"}')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted({name for fields, _ in READ for name in fields} | set(WORD) | {"speaker"})
TYPES = sorted({str(fields["type"]) for fields, _ in READ if "type" in fields})
OBJECTS = st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON)))


@given(JSON | st.tuples(st.sampled_from(TYPES), OBJECTS).map(lambda both: {**both[1], "type": both[0]}))
def test_no_json_stops_the_reader(value: Any) -> None:
    message = parse_message(json.dumps(value))
    repr(message).encode()
    for name in ("end_of_turn_confidence", "realtime_factor", "confidence"):
        number = getattr(message, name, None)
        assert number is None or math.isfinite(number)


WORD_FIELDS = {
    "text": st.text(max_size=5) | st.none(),
    "start": st.integers(0, 9) | st.booleans(),
    "end": st.floats(0, 9),
}
WORD_EXTRAS = {"confidence": st.floats() | st.integers(), "word_is_final": st.booleans(), "speaker": JSON}
TURN_FIELDS = {name: JSON for name in TURN if name != "type"} | {
    "turn_order": st.integers(-1, 2**54) | st.floats(0, 9),
    "transcript": st.text(max_size=5),
    "words": st.lists(st.fixed_dictionaries(WORD_FIELDS, optional=WORD_EXTRAS), max_size=3),
}


@given(st.fixed_dictionaries({}, optional=TURN_FIELDS))
def test_a_turn_that_is_read_in_one_step_is_the_one_that_is_read_field_by_field(fields: dict[str, Any]) -> None:
    raw = json.dumps({**fields, "type": "Turn"})
    assert parse_message(raw) == parse_field_by_field(raw)


@given(st.binary() | st.text())
def test_no_bytes_stop_the_reader(raw: bytes | str) -> None:
    parse_message(raw)


def test_a_frame_of_too_many_values_is_not_taken_apart() -> None:
    raw = '{"type":"Begin","id":"x","expires_at":1,"more":[' + "[]," * 250_000 + "[]]}"
    for frame in (raw, raw.encode()):
        message = parse_message(frame)
        assert isinstance(message, Unknown)
        assert message.problem == "more than 200,000 values"


def test_what_a_client_says() -> None:
    frames = [TERMINATE, FORCE_ENDPOINT, KEEP_ALIVE]
    assert [json.loads(text) for text in frames] == [
        {"type": "Terminate"},
        {"type": "ForceEndpoint"},
        {"type": "KeepAlive"},
    ]
    changes = {"keyterms_prompt": ["Szent-Györgyi", "NADH"], "max_turn_silence": 2400}
    text = update_configuration(changes)
    assert json.loads(text) == {"type": "UpdateConfiguration", **changes}
    assert "Györgyi" in text
