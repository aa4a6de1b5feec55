"""What a running timeline sends: everything once, then what is new."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from support.turns import turn_message
from tape.making import Recording

from ipyscribe.transcript import Arrival, Transcript, reduce
from ipyscribe.widgets.timeline.live_lanes import LiveLanes
from ipyscribe.widgets.timeline.waveform import LOUDEST, LiveLevels, waveform


def said(transcript: Transcript, order: int, text: str, *, end: bool = False) -> Transcript:
    start_ms = 3000 * order
    message = turn_message(order, text.split(), end=end, start_ms=start_ms, word_ms=300, spoken_ms=250)
    return reduce(transcript, message, Arrival(start_ms / 1000, start_ms + 2000.0))


def sent(lanes: LiveLanes, transcript: Transcript, now_ms: float, **changes: Any) -> dict[str, Any]:
    end_ms = max(30_000.0, now_ms + 3000)
    window = {"width_px": 900.0, "window_ms": (end_ms - 30_000, end_ms), "now_ms": now_ms} | changes
    return lanes.update({"": transcript}, **window)


def test_each_message_has_what_is_new() -> None:
    lanes = LiveLanes()
    transcript = said(Transcript(), 0, "good evening everyone", end=True)
    first = sent(lanes, transcript, 6000)
    assert first["frame"]["span"] == 30_000
    assert [order for order, _ in first["lanes"][0]["turns"]] == [0]
    assert sent(lanes, transcript, 6300) == {"start": 0, "now": 6300}
    transcript = said(transcript, 1, "the dome")
    news = sent(lanes, transcript, 6600)
    assert set(news) == {"start", "now", "lanes"}
    assert (1, False) in [(order, turn[2]) for order, turn in news["lanes"][0]["turns"]]
    gone = sent(lanes, transcript, 30_000)
    assert gone["lanes"] == [{"lane": 0, "gone": [0]}]


def test_everything_is_sent_again_to_a_view_that_has_just_appeared_and_at_another_width() -> None:
    lanes = LiveLanes()
    transcript = said(Transcript(), 0, "good evening everyone", end=True)
    first = sent(lanes, transcript, 2500)
    lanes.forget()
    assert sent(lanes, transcript, 2500) == first
    narrower = sent(lanes, transcript, 2500, width_px=400.0)
    assert narrower["frame"]["total"] == 400
    assert narrower["lanes"][0]["turns"]


def test_a_minute_of_speech_costs_a_few_kilobytes_a_second() -> None:
    lanes, transcript, size = LiveLanes(), Transcript(), 0
    for order in range(20):  # a turn of eight words every three seconds, looked at after each word
        for count in range(1, 9):
            transcript = said(transcript, order, " ".join(["evening"] * count), end=count == 8)
            size += len(json.dumps(sent(lanes, transcript, 3000.0 * order + 300 * count)))
    assert size / 60 < 1500


def test_the_waveform_has_the_sound_of_each_part_of_the_axis() -> None:
    recording = Recording()
    recording.recorder.note("status", "listening")
    for second in range(3):
        chunk = np.full(16_000, 0 if second == 1 else 8000, "<i2").tobytes()
        recording.now_s += 1.0
        recording.recorder.take_captured((recording.now_s, second * 16_000, chunk))
        recording.recorder.tidy()
    heights = waveform(recording.finish(), 0.0, 4000.0, 80.0)
    assert len(heights) == 40
    assert [any(heights[second * 10 : second * 10 + 10]) for second in range(4)] == [True, False, True, False]
    assert max(heights) <= LOUDEST


def test_levels_are_sent_once_and_all_of_them_to_a_new_view() -> None:
    levels = LiveLevels()
    assert levels.add(300.0, -30.0, 0.0, everything=False) == [(300, 50)]
    assert levels.add(300.0, -30.0, 0.0, everything=False) == []
    assert levels.add(600.0, float("-inf"), 0.0, everything=False) == [(600, 0)]
    assert levels.add(900.0, 0.0, 0.0, everything=True) == [(300, 50), (600, 0), (900, LOUDEST)]
    assert levels.add(1200.0, 0.0, 700.0, everything=True) == [(900, LOUDEST), (1200, LOUDEST)]
    wider = levels.add(1500.0, 0.0, 0.0, everything=True)
    assert wider == [(300, 50), (600, 0), (900, LOUDEST), (1200, LOUDEST), (1500, LOUDEST)]
    assert levels.add(41_000.0, 0.0, 0.0, everything=True)[0] == (1200, LOUDEST)
    assert levels.add(100.0, -60.0, 0.0, everything=True) == [(100, 0)]
