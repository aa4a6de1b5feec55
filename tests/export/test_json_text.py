import json
from collections.abc import Callable
from typing import Any

import pytest
from export.speech import hostile, talk_with_past
from msgspec.structs import replace
from timeline.speech import live_call

from ipyscribe.errors import ParameterError
from ipyscribe.export import from_json, to_json
from ipyscribe.transcript import Transcript

TALK = talk_with_past(5)


@pytest.mark.parametrize(
    "transcript",
    [TALK, hostile(), live_call(), Transcript(), Transcript(expects_formatting=True, has_confidences=False)],
)
def test_it_comes_back_equal(transcript: Transcript) -> None:
    assert from_json(to_json(transcript)) == transcript
    assert from_json(to_json(transcript, indent=2).encode()) == transcript


def test_the_past_can_be_left_out() -> None:
    small = to_json(TALK, history=False)
    assert len(small) < len(to_json(TALK)) / 2
    assert from_json(small) == replace(TALK, turns=tuple(replace(turn, history=()) for turn in TALK.turns))


def test_the_fields_are_those_of_the_documentation() -> None:
    document = json.loads(to_json(TALK))
    assert set(document) == {"format", "version", "expects_formatting", "has_confidences", "turns", "marks"}
    assert (document["format"], document["version"]) == ("ipyscribe-transcript", 1)
    [turn, *_] = document["turns"]
    assert turn["start_ms"] == TALK.turns[0].start_ms
    assert set(turn["words"][0]) == {"text", "start_ms", "end_ms", "confidence", "word_is_final", "speaker"}


def test_fields_of_later_versions_are_passed_over() -> None:
    document = json.loads(to_json(TALK))
    document["turns"][0]["mood"] = "good"
    assert from_json(json.dumps(document)) == TALK


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(to_json(TALK))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[]", 'no "format"'),
        ('{"format": "ipyscribe-transcript"}', "version is None"),
        (broken(lambda d: d.update(version=2)), "version is 2, and this reader supports 1"),
        (broken(lambda d: d.pop("turns")), "turns is None, and should be a list"),
        (broken(lambda d: d.update(turns=[3])), r"turns\[0\] is 3, and should be an object"),
        (broken(lambda d: d["turns"][1].update(text=None)), r"turns\[1\]\.text is None, and should be a text"),
        (broken(lambda d: d["turns"][0].update(turn_order=True)), "turn_order is True"),
        (broken(lambda d: d["turns"][0]["words"][2].update(start_ms="0")), r"turns\[0\]\.words\[2\]\.start_ms is '0'"),
        (broken(lambda d: d["turns"][0]["first"].update(audio_ms=float("nan"))), r"first\.audio_ms is nan"),
        (broken(lambda d: d["turns"][0]["first"].update(audio_ms=10**400)), r"first\.audio_ms is 10"),
        (broken(lambda d: d["turns"][0]["words"][0].update(confidence="high")), "confidence is 'high'"),
        (broken(lambda d: d.update(marks=[{"kind": "seam"}])), r"marks\[0\]\.audio_ms is None"),
    ],
)
def test_anything_else_is_refused_by_name(text: str | bytes, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        from_json(text)
