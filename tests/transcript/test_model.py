"""The transcript as values that other tools read."""

from __future__ import annotations

import sys

import pytest
from transcript.messages import heard, turn

from ipyscribe.errors import MissingDependencyError
from ipyscribe.transcript import Transcript

SAID = heard(
    turn(0, "one two"),
    turn(0, "One, two.", end=True, formatted=True, speaker="A", language="en"),
    turn(1, "three"),
)


def test_records() -> None:
    first, second = SAID.to_records()
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


def test_word_records() -> None:
    words = SAID.to_word_records()
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
    assert SAID.words == (*SAID.turns[0].words, *SAID.turns[1].words)
    assert [word.text for word in SAID.words] == ["One,", "two.", "three"]
    assert Transcript().words == ()


def test_text_and_open_turn() -> None:
    assert SAID.text == "One, two.\nthree"
    assert SAID.open_turn is SAID.turns[1]
    assert SAID.settled == SAID.turns[:1]
    assert Transcript().open_turn is None
    assert heard(turn(0, "x", end=True)).open_turn is None


def test_a_data_frame() -> None:
    frame = SAID.to_dataframe()
    assert list(frame["text"]) == ["One, two.", "three"]
    assert frame["start_ms"].dtype.kind == "i"


def test_a_data_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'ipyscribe\[data\]'"):
        SAID.to_dataframe()


def test_nobody_can_change_a_snapshot() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        SAID.turns[0].text = "other"  # type: ignore[misc]
    hash(SAID)
