"""An exercise in a cell: the page has no answers before they are asked for, and hears the turns."""

from __future__ import annotations

import json

from local.harness import wait_for
from support.front_end_messages import deliver
from tape.making import short_tape
from widgets.conftest import SentMessages, wait_until_published

from ipyscribe import lesson
from ipyscribe.widgets.lesson.exercise_view import ExerciseView


def test_an_exercise_is_done_by_ear(sent: SentMessages) -> None:
    exercise = lesson.hide(short_tape(), every=2)
    view = exercise.view
    assert isinstance(view, ExerciseView)
    assert "two" not in json.dumps(view.get_state(["turns", "answers"]))
    assert view.has_sound
    deliver(view, {"kind": "play_audio", "order": 0, "request": "r1"})
    [sound] = wait_for(lambda: sent.of("audio"))
    assert (sound["request"], len(sound["buffers"])) == ("r1", 1)
    deliver(view, {"kind": "check", "typed": ["Two", "for", "more", "than", "there", "are"]})
    assert view.marks == ["right", "close"]
    assert view.summary == "1 of 2 right, 1 nearly: 50%"
    deliver(view, {"kind": "reveal"})
    assert view.answers == ["two", "four"]
    wait_until_published()
    copy = view.saved_copy.bundle((exercise, view.summary))
    assert copy["text/plain"] == "one ______ three\n______ five\n1 of 2 right, 1 nearly: 50%"
    assert "1 of 2 right" in copy["text/html"]
    view.close()
