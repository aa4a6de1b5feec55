"""What the page draws of a running session stands where a picture would have it."""

from __future__ import annotations

import pytest
from timeline.measure import named, spans, texts
from timeline.speech import call, live_call, talk

from ipyscribe.timeline import plot_lanes, plot_timeline
from ipyscribe.timeline.live import LiveLane, live_plot
from ipyscribe.transcript import Transcript

NARROW, WIDE = 360.0, 900.0
WINDOW = {"start_ms": 15_000.0, "end_ms": 45_000.0, "now_ms": 42_000.0}


def words(lane: LiveLane, place: str) -> list[str]:
    return ["\n".join(lines) for turn in lane.turns.values() for at, _, lines in turn[3] if at == place]


def delays(lane: LiveLane) -> list[str]:
    return [turn[4][1] for turn in lane.turns.values() if turn[4] is not None]


@pytest.mark.parametrize("width_px", [NARROW, WIDE, 1400.0])
def test_bars_words_and_delays_are_those_of_the_picture(width_px: float) -> None:
    window = {"start_ms": 0.0, "end_ms": 45_000.0, "now_ms": 44_500.0}
    axes = plot_timeline(call(), width_in=width_px / 96, **window).axes[0]
    [lane] = live_plot({"": call()}, width_px=width_px, **window).lanes
    bars = [(turn[0] / 1000, turn[1] / 1000) for turn in lane.turns.values() if turn[2]]
    assert bars == spans(axes, "settled")
    for place, gid in (("in", "words"), ("beside", "words-beside"), ("above", "words-above")):
        assert words(lane, place) == texts(axes, gid)
    if lane.rest["dots"]:
        assert len(delays(lane)) == len(named(axes, "delay-dot")[0].get_offsets())
        assert (lane.rest["summary"] or [0, []])[1] == texts(axes, "delay-summary")
    else:
        assert [text for text in delays(lane) if text] == texts(axes, "delay-ms")


def test_several_lanes_have_the_size_and_the_rows_of_their_picture() -> None:
    transcripts = {"u3-rt-pro": call(), "whisper-rt": live_call()}
    for width_px in (NARROW, WIDE):
        figure = plot_lanes(transcripts, width_in=width_px / 96, differ_ms=[(1000, 2000)], **WINDOW)
        frame = live_plot(transcripts, width_px=width_px, brackets=True, **WINDOW).frame
        box = figure.axes[0].get_position()
        assert frame["height"] == round(96 * figure.get_figheight())
        assert frame["left"] == pytest.approx(width_px * box.x0, abs=1)
        assert frame["width"] == pytest.approx(width_px * box.width, abs=1)
        assert len(frame["middles"]) == 2
        assert frame["names"] == ("above" if width_px == NARROW else "left")


def test_words_that_leave_the_window_and_time_that_goes_by_change_nothing() -> None:
    first, later = (
        live_plot({"": call()}, width_px=WIDE, start_ms=start, end_ms=start + 30_000, now_ms=start + 27_000).lanes[0]
        for start in (17_100.0, 17_700.0)  # the fourth turn lies across the left edge of both
    )
    assert {order: turn for order, turn in first.turns.items() if order in later.turns} == later.turns


def test_what_a_font_of_the_kernel_lacks_is_left_to_the_page() -> None:
    transcript = talk(1)
    turn = transcript.turns[0]
    from msgspec.structs import replace

    odd = transcript.with_turns((replace(turn, text="\U0001f600 \u1820\u1821"),))
    [lane] = live_plot({"": odd}, width_px=WIDE, start_ms=0, end_ms=30_000, now_ms=29_000).lanes
    assert "\u1820" in "".join(words(lane, "in") + words(lane, "beside") + words(lane, "above"))


def test_a_long_session_is_of_bounded_size() -> None:
    [lane] = live_plot({"": talk(3000)}, width_px=WIDE, start_ms=0, end_ms=30_000, now_ms=29_000).lanes
    assert len(lane.turns) < 40
    assert live_plot({"": Transcript()}, width_px=WIDE, **WINDOW).lanes[0].turns == {}
