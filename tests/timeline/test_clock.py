import pytest

from ipyscribe.protocol.clock_text import clock_text, delay_text
from ipyscribe.timeline.time_ticks import step_for, ticks


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (5.99, "0:05"),
        (59.999, "0:59"),
        (60, "1:00"),
        (3599, "59:59"),
        (3723, "1:02:03"),
        (90_000, "25:00:00"),
    ],
)
def test_clock(seconds, text):
    assert clock_text(seconds) == text


def test_clock_shows_tenths_between_seconds():
    assert clock_text(5.5, tenths=True) == "0:05.5"
    assert clock_text(0.3000000001, tenths=True) == "0:00.3"
    assert clock_text(59.96, tenths=True) == "1:00.0"


def test_times_before_the_start_are_negative():
    assert clock_text(-5) == "\u22120:05"
    assert clock_text(-0.01, tenths=True) == "0:00.0"


@pytest.mark.parametrize(
    ("span_s", "most", "step_s"),
    [
        (5, 8, 1),
        (50, 6, 10),
        (60, 4, 15),
        (1.5, 6, 0.5),
        (4, 9, 1),
        (3600, 5, 900),
        (15_000, 8, 3600),
        (400_000, 3, 172_800),
    ],
)
def test_steps_are_round_and_few_enough(span_s, most, step_s):
    assert step_for(span_s, most) == step_s
    assert len(ticks(0, span_s, step_s)) <= most + 1


def test_ticks_lie_within_the_window():
    assert ticks(600, 660, 15) == [600, 615, 630, 645, 660]
    assert ticks(601, 659, 15) == [615, 630, 645]
    assert ticks(0.25, 0.75, 0.1) == [0.3, 0.4, 0.5, 0.6, 0.7]


@pytest.mark.parametrize(
    ("delay_ms", "text"),
    [
        (350, "350 ms"),
        (1_100.4, "1,100 ms"),
        (-120, "\u2212120 ms"),
        (0, "0 ms"),
        (-0.3, "0 ms"),
        (9_999.6, "10.0 s"),
        (12_400, "12.4 s"),
    ],
)
def test_waits_are_milliseconds_up_to_ten_seconds(delay_ms, text):
    assert delay_text(delay_ms) == text
