"""Words left out of a tape: which, what they are worth when they are typed, and what the correct words change."""

from __future__ import annotations

import pytest
from tape.making import Recording, short_tape

from ipyscribe import Tape, lesson
from ipyscribe.errors import ParameterError


def spoken(*turns: str) -> Tape:
    recording = Recording()
    for order, text in enumerate(turns):
        recording.say(order, text)
    return recording.finish()


def test_every_third_word_is_left_out_with_its_punctuation_left() -> None:
    exercise = lesson.hide(spoken("One two (three), four five", "six — seven."), every=3)
    assert [gap.answer for gap in exercise.gaps] == ["three", "six"]
    assert exercise.text == "One two (______), four five\n______ — seven."
    assert repr(exercise) == "<Exercise of 2 gaps in 2 turns>"


def test_what_is_typed_is_marked() -> None:
    exercise = lesson.hide(spoken("I'm at the observatory tonight"), every=1)
    marks = exercise.marks([" i'm ", "in", "", "observatry"])
    assert marks == ("right", "wrong", "empty", "close", "empty")
    assert exercise.score(["I'm", "at", "the", "observatory", "Tonight!"]) == 1
    assert exercise.score([]) == 0
    with pytest.raises(ParameterError, match="6 words were typed for 5 gaps"):
        exercise.marks(["a"] * 6)
    with pytest.raises(ParameterError):
        exercise.marks("words")


def test_the_true_words_are_the_answers_where_they_are_given() -> None:
    tape = spoken("read led lambs are really nice")
    exercise = lesson.hide(tape, every=1, reference="Red LED lamps are nice.")
    assert [gap.answer for gap in exercise.gaps] == ["Red", "LED", "lamps", "are", "nice"]
    assert exercise.text.split()[4] == "really", "nobody said that, so nobody can hear it"


def test_a_lane_of_several_and_whatever_has_a_tape() -> None:
    tape = Tape.together(spoken("one two"), spoken("three four"), labels=["a", "b"])
    assert [gap.answer for gap in lesson.hide(tape, every=2, lane="b").gaps] == ["four"]
    with pytest.raises(ParameterError, match="It has: a, b"):
        lesson.hide(tape, lane="c")

    class Session:
        tape = short_tape()

    assert len(lesson.hide(Session(), every=2).gaps) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("every", [0, True, 1.5, "7"])
def test_a_number_that_cannot_be_used(every: object) -> None:
    with pytest.raises(ParameterError, match="Expected 1 to 1000"):
        lesson.hide(short_tape(), every=every)  # type: ignore[arg-type]


def test_nothing_to_leave_out() -> None:
    with pytest.raises(ParameterError, match="has 5 words, and none to leave out with every=7"):
        lesson.hide(short_tape())
