"""The timeline of a recording: where its axis ends, and what a place on it is told to be."""

from __future__ import annotations

import math

import pytest
from local.harness import wait_for
from support.front_end_messages import deliver
from tape.making import Recording, short_tape
from widgets.conftest import SentMessages

from ipyscribe import Tape
from ipyscribe.widgets import ReplayView


def test_a_place_on_the_timeline_is_told_in_words(sent: SentMessages) -> None:
    view = ReplayView(short_tape())
    deliver(view.timeline, {"kind": "hello", "theme": "light", "width": 800, "ratio": 1, "everything": False})
    wait_for(lambda: sent.of("picture"), within_s=60)
    for audio_ms in (300, 60_000, math.nan):
        deliver(view.timeline, {"kind": "point", "audio_ms": audio_ms})
    [there, nowhere] = sent.of("turns_at")
    [[before, words, after]] = there["turns"]
    assert (before, words, there["audio_ms"]) == ("0:00", "four five", 300)
    assert after == "final 240 ms after its last word"
    assert nowhere["turns"] == []
    view.close()


@pytest.mark.parametrize("everything", [True, False])
def test_the_handle_stands_on_the_axis_where_the_sound_goes_on_after_the_last_word(
    everything: bool, sent: SentMessages
) -> None:
    view = ReplayView(quiet_at_the_end())
    deliver(view.timeline, {"kind": "hello", "theme": "light", "width": 800, "ratio": 1, "everything": everything})
    deliver(view.travel_bar, {"kind": "to_end"})
    wait_for(lambda: any(position["audio_ms"] == 40_000 for position in sent.of("position")), within_s=60)
    assert view._drawer.flush()  # the picture of that position may still be drawn
    start_ms, end_ms, *_ = sent.of("picture")[-1]["axis"]
    assert start_ms <= 40_000 <= end_ms
    assert (start_ms == 0) == everything
    view.close()


def quiet_at_the_end() -> Tape:
    """One turn, and 40 s of sound."""
    recording = Recording()
    recording.recorder.note("status", "listening")
    recording.say(0, "Good evening.")
    recording.hear(39.6)
    return recording.finish()
