"""What is encoded is read back as it was."""

from __future__ import annotations

import json
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.message_reader import MessageReader
from ipyscribe.protocol.messages import (
    MOST,
    Begin,
    Heartbeat,
    LLMGatewayResponse,
    Message,
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
)
from ipyscribe.protocol.parse import parse_field_by_field, parse_message

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-MOST, MOST)
NUMBERS = st.floats(-MOST, MOST)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
WORDS = st.lists(
    st.builds(Word, TEXTS, INTEGERS, INTEGERS, st.none() | NUMBERS, st.booleans(), st.none() | TEXTS), max_size=4
).map(tuple)
REVISIONS = st.lists(st.builds(Revision, INTEGERS, st.none() | TEXTS, WORDS), max_size=3).map(tuple)
OF_TYPE: dict[type[Message], st.SearchStrategy[Message]] = {
    Begin: st.builds(Begin, TEXTS, INTEGERS, OBJECTS),
    SpeechStarted: st.builds(SpeechStarted, INTEGERS, st.none() | NUMBERS),
    TurnMessage: st.builds(
        TurnMessage,
        turn_order=INTEGERS,
        transcript=TEXTS,
        utterance=TEXTS,
        end_of_turn=st.booleans(),
        turn_is_formatted=st.booleans(),
        end_of_turn_confidence=st.none() | NUMBERS,
        words=WORDS,
        speaker=st.none() | TEXTS,
        language=st.none() | TEXTS,
        language_confidence=st.none() | NUMBERS,
    ),
    SpeakerRevision: st.builds(SpeakerRevision, REVISIONS),
    LLMGatewayResponse: st.builds(LLMGatewayResponse, INTEGERS, TEXTS, OBJECTS),
    Heartbeat: st.builds(Heartbeat, INTEGERS, INTEGERS, st.none() | NUMBERS, st.none() | NUMBERS),
    Silence: st.builds(Silence, INTEGERS, INTEGERS),
    ServerWarning: st.builds(ServerWarning, st.none() | INTEGERS, TEXTS),
    ServerError: st.builds(ServerError, st.none() | INTEGERS, TEXTS),
    Termination: st.builds(Termination, st.none() | INTEGERS, st.none() | INTEGERS),
    Unknown: TEXTS.map(parse_message),
}


def test_every_message_is_tried_below() -> None:
    assert set(OF_TYPE) == set(get_args(Message))


@given(st.one_of(*OF_TYPE.values()))
def test_a_message_survives_the_round_trip(message: Message) -> None:
    frame = encode_message(message)
    assert parse_message(frame) == message
    assert parse_message(frame.encode()) == message
    assert parse_field_by_field(frame) == message
    assert MessageReader().read(frame.encode()) == message


def test_a_turn_has_its_type_last_and_only_the_fields_that_it_has() -> None:
    frame = encode_message(TurnMessage(3, "Hi.", words=(Word("Hi.", 40, 400),)))
    assert json.loads(frame) == {
        "turn_order": 3,
        "transcript": "Hi.",
        "utterance": "",
        "end_of_turn": False,
        "turn_is_formatted": False,
        "words": [{"text": "Hi.", "start": 40, "end": 400, "word_is_final": False}],
        "type": "Turn",
    }
    assert frame.endswith('"type":"Turn"}')


def test_begin_of_an_older_server_has_no_configuration() -> None:
    assert json.loads(encode_message(Begin("5f0c", 7, {}))) == {"type": "Begin", "id": "5f0c", "expires_at": 7}


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_message(TurnMessage(0, end_of_turn_confidence=math.nan))
