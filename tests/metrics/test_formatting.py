"""Punctuation and casing, counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics.made import UNHURRIED

from ipyscribe.errors import EmptyReferenceError, ParameterError
from ipyscribe.metrics import PunctuationErrors, casing_errors, punctuation_errors

TEXTS = st.lists(st.sampled_from(["yes", "no.", "Who?", "you,", "."]), max_size=8).map(" ".join)


def test_punctuation_by_hand() -> None:
    # One comma left out, "!" right, "." written as "!", one "?" too many: 3 of 4 are wrong.
    errors = punctuation_errors("Hi, dear! Nice to see you. What's", "Hi dear! Nice to see you! What's?", marks=".,!?")
    assert errors == PunctuationErrors(correct=1, substitutions=1, deletions=1, insertions=1)
    assert errors.rate == 0.75


def test_wrong_words_are_not_punctuation_errors() -> None:
    assert punctuation_errors("He sat. Why?", "she SAT. whose?").rate == 0


@given(TEXTS, TEXTS)
@UNHURRIED
def test_every_mark_is_counted_once(reference: str, hypothesis: str) -> None:
    errors = punctuation_errors(reference, hypothesis)
    assert errors.correct + errors.substitutions + errors.deletions == sum(reference.count(mark) for mark in ".?")
    assert errors.correct + errors.substitutions + errors.insertions == sum(hypothesis.count(mark) for mark in ".?")
    assert punctuation_errors(reference, reference).correct == sum(reference.count(mark) for mark in ".?")


def test_without_marks_there_is_no_rate() -> None:
    with pytest.raises(EmptyReferenceError):
        _ = punctuation_errors("yes", "yes").rate
    for marks in ("", "a", ". "):
        with pytest.raises(ParameterError, match="marks"):
            punctuation_errors("yes.", "yes.", marks=marks)


def test_casing() -> None:
    errors = casing_errors("Ask Anna, the Boss.", "ask Anna — the boss")
    assert (errors.wrong, errors.n, errors.rate) == (2, 4, 0.5)
    with pytest.raises(EmptyReferenceError):
        _ = casing_errors("yes", "no").rate
