"""The transcript as values that other tools read."""

from __future__ import annotations

import sys

import pytest
from transcript.messages import reduced, turn

from ipyscribe.errors import MissingDependencyError
from ipyscribe.transcript import Transcript

TRANSCRIPT = reduced(
    turn(0, "one two"),
    turn(0, "One, two.", end=True, formatted=True, speaker="A", language="en"),
    turn(1, "three"),
)


def test_records() -> None:
    first, second = TRANSCRIPT.to_records()
    assert first == {
        "turn_order": 0,
        "start_ms": 0,
        "end_ms": 760,
        "text": "One, two.",
        "speaker": "A",
        "language": "en",
        "confidence": pytest.approx(0.9),
        "end_of_turn": True,
        "settled": True,
        "words": 2,
        "partials": 2,
        "final_delay_ms": 1240.0,
    }
    assert (second["text"], second["settled"], second["final_delay_ms"]) == ("three", False, None)


def test_speakers_by_name() -> None:
    named = TRANSCRIPT.with_speakers({"A": "Ada", "B": "Ben"})
    assert [turn.speaker for turn in named.turns] == ["Ada", None]
    assert {record["speaker"] for record in named.to_word_records() if record["turn_order"] == 0} <= {"Ada", None}
    assert TRANSCRIPT.with_speakers({}).to_records() == TRANSCRIPT.to_records()


def test_word_records() -> None:
    words = TRANSCRIPT.to_word_records()
    assert [row["text"] for row in words] == ["One,", "two.", "three"]
    assert words[1] == {
        "turn_order": 0,
        "text": "two.",
        "start_ms": 400,
        "end_ms": 760,
        "confidence": 0.9,
        "speaker": "A",
        "word_is_final": True,
    }


def test_the_words_of_all_turns() -> None:
    assert TRANSCRIPT.words == (*TRANSCRIPT.turns[0].words, *TRANSCRIPT.turns[1].words)
    assert [word.text for word in TRANSCRIPT.words] == ["One,", "two.", "three"]
    assert Transcript().words == ()


def test_text_and_open_turn() -> None:
    assert TRANSCRIPT.text == "One, two.\nthree"
    assert TRANSCRIPT.open_turn is TRANSCRIPT.turns[1]
    assert TRANSCRIPT.settled == TRANSCRIPT.turns[:1]
    assert Transcript().open_turn is None
    assert reduced(turn(0, "x", end=True)).open_turn is None


def test_a_data_frame() -> None:
    frame = TRANSCRIPT.to_dataframe()
    assert list(frame["text"]) == ["One, two.", "three"]
    assert frame["start_ms"].dtype.kind == "i"


def test_a_data_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'ipyscribe\[data\]'"):
        TRANSCRIPT.to_dataframe()


def test_nobody_can_change_a_snapshot() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        TRANSCRIPT.turns[0].text = "other"  # type: ignore[misc]
    hash(TRANSCRIPT)
