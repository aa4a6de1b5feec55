"""The table of words."""

from __future__ import annotations

import pytest
from metrics.made import sent_evenly, transcript, turn

from ipyscribe.errors import ParameterError
from ipyscribe.metrics import Run, SendTimes, compared_words

SPANS = ((1_000, 1_300), (1_500, 1_800), (2_000, 2_400))
QUICK = transcript(turn(0, [("one", 1_400), ("one too", 1_950), ("One too three.", 2_600)], SPANS))
SLOW = transcript(turn(0, [("one two", 2_200), ("one two three", 2_500)], SPANS))
SENT = sent_evenly(4_000)


def test_each_word_of_each_model_with_its_times_and_the_first_model() -> None:
    hour_later = SendTimes(SENT.ends_ms, tuple(at_s + 3_600 for at_s in SENT.at_s))
    other_clock = transcript(
        turn(0, [("one two", 2_200 + 3_600_000), ("one two three", 2_500 + 3_600_000)], SPANS),
    )
    for slow, sent in ((SLOW, SENT), (other_clock, hour_later)):
        table = compared_words([Run("quick", QUICK, sent=SENT), Run("slow", slow, sent=sent)])
        assert [(row["quick"], row["slow"], row["agree"], row["first"]) for row in table] == [
            ("One", "one", True, "quick"),
            ("too", "two", False, "quick"),
            ("three.", "three", True, "slow"),
        ]
        assert [row["quick_appeared_ms"] for row in table] == pytest.approx([100, 150, 200])
        assert [row["slow_appeared_ms"] for row in table] == pytest.approx([900, 400, 100])
        assert [row["slow_committed_ms"] for row in table] == pytest.approx([900, 400, 100])
        assert [(row["start_ms"], row["end_ms"]) for row in table] == list(SPANS)


def test_a_reference_is_a_column_beside_the_models() -> None:
    short = transcript(turn(0, [("one", 1_400)], SPANS))
    table = compared_words([Run("a", QUICK, reference="One, two three."), Run("b", short, sent=SENT)])
    assert [(row["reference"], row["a"], row["b"], row["agree"]) for row in table] == [
        ("One,", "One", "one", True),
        ("two", "too", None, False),
        ("three.", "three.", None, False),
    ]
    assert [row["first"] for row in table] == [None, None, None]
    assert table[1]["b_appeared_ms"] is None


def test_labels_must_be_unique() -> None:
    assert compared_words([]) == []
    for labels in (("a", "a"), ("a", "agree"), ("a", "reference")):
        with pytest.raises(ParameterError, match="label"):
            compared_words([Run(label, QUICK) for label in labels])
