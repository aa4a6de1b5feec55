"""CTM, STM, RTTM and SegLST as NIST's sctk and meeteval describe them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from export.speech import hostile
from msgspec.structs import replace
from timeline.speech import call, turn

from ipyscribe.errors import ParameterError
from ipyscribe.export import to_ctm, to_rttm, to_seglst, to_stm
from ipyscribe.transcript import Transcript, Word

CALL = call(2)
SESSION = SimpleNamespace(transcript=CALL, source=SimpleNamespace(label="call one.wav"))


def test_ctm_has_a_line_for_each_word() -> None:
    lines = to_ctm(SESSION).splitlines()
    assert lines[0] == "call_one.wav 1 0.800 0.364 Hello, 0.900"
    assert [line.split()[4] for line in lines] == " ".join(turn.text for turn in CALL.turns).split()
    assert all(float(line.split()[3]) > 0 for line in lines)
    unsure = Transcript((replace(turn(0, "x", 0, 500), words=(Word("x", 0, 500, None, True),)),))
    assert to_ctm(unsure, recording="a") == "a 1 0.000 0.500 x\n"


def test_stm_and_rttm_have_a_line_for_each_turn_of_a_speaker() -> None:
    assert to_stm(SESSION).splitlines() == [
        "call_one.wav 1 A 0.800 4.800 Hello, thank you for calling. How can I help you today?",
        "call_one.wav 1 B 6.000 9.400 Hi. I would like to change my flight.",
    ]
    assert to_rttm(CALL, recording="x", offset_s=10).splitlines() == [
        "SPEAKER x 1 10.800 4.000 <NA> <NA> A <NA> <NA>",
        "SPEAKER x 1 16.000 3.400 <NA> <NA> B <NA> <NA>",
    ]
    nobody = Transcript((turn(0, "Hello.", 0, 1000),))
    assert to_stm(nobody) == "recording 1 unknown 0.000 1.000 Hello.\n"


def test_seglst_has_a_segment_for_each() -> None:
    segments = json.loads(to_seglst(SESSION))
    assert segments[1] == {
        "session_id": "call one.wav",
        "speaker": "B",
        "start_time": 6.0,
        "end_time": 9.4,
        "words": "Hi. I would like to change my flight.",
    }


def test_text_cannot_add_lines_fields_or_alternatives() -> None:
    transcript = hostile()
    odd = Transcript((turn(0, "{ a / b } (c) ;; d", 0, 3000, speaker="two names;;"),))
    assert to_stm(odd).split()[2] == "two_names"
    assert to_stm(odd).split()[5:] == ["\uff5b", "a", "/", "b", "\uff5d", "\uff08c\uff09", "d"]
    assert ";;" not in to_ctm(odd)
    words = sum(len(one.text.split()) for one in transcript.turns)
    assert len(to_ctm(transcript).splitlines()) <= words
    assert all(len(line.split()) == 6 for line in to_ctm(transcript).splitlines())
    assert len(to_stm(transcript).splitlines()) == len(transcript.turns)
    assert all(len(line.split()) == 10 for line in to_rttm(transcript).splitlines())
    assert len(json.loads(to_seglst(transcript))) == len(transcript.turns)


def test_nothing_and_one_of_several() -> None:
    for write in (to_ctm, to_stm, to_rttm):
        assert write(Transcript()) == ""
    assert json.loads(to_seglst(Transcript())) == []
    with pytest.raises(ParameterError, match="no lane"):
        to_ctm(CALL, lane="slow")
