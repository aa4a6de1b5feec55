"""Answers that are checked, and the tapes on which they are found."""

from __future__ import annotations

import math
from typing import Any

import pytest

import ipyscribe as scribe
from ipyscribe import lesson
from ipyscribe.errors import LocalServerError, ParameterError
from ipyscribe.lesson.solutions import SOLUTIONS


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_right_answer_is_right_and_three_dots_are_none(name: str) -> None:
    solution = SOLUTIONS[name]
    expected = solution.answer()
    right = lesson.check(name, expected.upper() if isinstance(expected, str) else expected)
    assert right
    assert repr(right).startswith("Right. ")
    assert not lesson.check(name, ...)
    for wrong in ("neither", -1, None, True, math.nan, [expected]):
        verdict = lesson.check(name, wrong)
        assert not verdict
        assert repr(verdict).startswith("Not yet. ")


def test_a_label_is_right_as_it_is_printed() -> None:
    [label] = [label for label in lesson.tape("models").labels if label.startswith("revising")]
    assert lesson.check("late-2", label)


def test_an_exercise_that_does_not_exist() -> None:
    with pytest.raises(ParameterError, match="Available: words-1"):
        lesson.check("words-3", 1)


def test_the_tapes_are_what_the_lessons_say() -> None:
    assert lesson.tapes() == ("models", "silences")
    models, silences = map(lesson.tape, lesson.tapes())
    assert models.labels == ("tiny.en", "pocketsphinx", "immutable (simulated)", "revising (simulated)")
    assert silences.labels == ("150 ms", "400 ms", "700 ms", "1500 ms")
    for tape in (models, silences):
        assert not tape.cut_off
        assert len(tape.audio()) > 32 * 44_000
        replay = scribe.Replay(tape)
        replay.seek(math.inf)
        for lane in replay.lanes:
            assert lane.late_s < 1
            texts = [version.text for turn in lane.transcript.turns for version in turn.history]
            assert not [text for text in texts if "*" in text], "a word that no classroom needs"
    with pytest.raises(ParameterError, match="Available: models, silences"):
        lesson.tape("../models")


def played(server: lesson.TeachingServer, **options: Any) -> scribe.Session:
    with scribe.Session("u3-rt-pro", source=scribe.sample(speed=30), endpoint=server.url, **options) as session:
        session.wait()
    return session


def test_a_server_that_fails_where_it_is_told_to() -> None:
    with lesson.server("drop@9sx2") as server:
        session = played(server)
    assert [mark.kind for mark in session.transcript.marks].count("seam") == SOLUTIONS["broken-1"].answer()
    assert repr(server) == "<TeachingServer, closed>"


def test_a_fault_that_does_not_exist() -> None:
    with pytest.raises(LocalServerError, match="there is no fault 'flood'"):
        lesson.server("flood")


def test_each_delay_of_a_turn_is_drawn_by_its_name() -> None:
    lane, *_, longer = lesson.tape("models").lanes
    turn = lane.transcript.turns[3]
    figure: Any = lesson.plot_delays(lane, turn, theme="dark")
    [axes] = figure.axes
    texts = [text.get_text().strip() for text in axes.texts]
    for name in ("spoken", "time to first token", "word emission", "commit", "endpointing delay", "end of turn", "So"):
        assert name in texts
    # It waits from the last word's appearance to the end of the turn.
    assert "word emission: 158 ms, counted from 11,712 ms" in figure.description
    assert "endpointing delay: 543 ms, counted from 11,870 ms" in figure.description
    assert "end of turn: 701 ms, counted from 11,712 ms" in figure.description
    with pytest.raises(ParameterError, match="Give a turn of"):
        lesson.plot_delays(lane, longer.transcript.turns[-1])
