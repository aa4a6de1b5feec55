from collections.abc import Sequence

import pytest
from timeline.speech import call, live_call, talk, turn

from ipyscribe.errors import ParameterError
from ipyscribe.timeline.window import Window, reach_ms, rows_of, turns_within, window_of
from ipyscribe.transcript import Transcript, Turn


class Counted(Sequence[Turn]):
    """Turns that count how often one is looked at."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.looks = 0

    def __len__(self) -> int:
        return len(self.turns)

    def __getitem__(self, index):
        self.looks += isinstance(index, int)
        return self.turns[index]


def fitted_window(transcript: Transcript, **options) -> Window:
    return window_of(transcript, **{"start_ms": None, "end_ms": None, "now_ms": None, **options})


def test_the_whole_session_reaches_to_its_last_final():
    assert fitted_window(call()) == Window(0, 44_000, fitted=True)


def test_the_whole_session_reaches_to_now():
    assert fitted_window(live_call(), now_ms=21_000).end_ms == 21_000


def test_the_whole_session_reaches_to_the_end_of_its_sound():
    assert fitted_window(call(), sound_ms=60_000).end_ms == 60_000
    assert fitted_window(call(), sound_ms=10_000).end_ms == 44_000


def test_a_short_session_is_not_stretched():
    assert fitted_window(Transcript((turn(0, "Yes.", 100, 400),))).end_ms == 5_000
    assert fitted_window(Transcript()).end_ms == 5_000


@pytest.mark.parametrize("start_ms", range(0, 45_000, 1_300))
@pytest.mark.parametrize("length_ms", [100, 2_000, 15_000])
def test_the_turns_of_a_window_are_those_that_touch_it(start_ms, length_ms):
    turns = call().turns
    window = Window(start_ms, start_ms + length_ms, fitted=False)
    touching = [each for each in turns if each.start_ms <= window.end_ms and reach_ms(each) >= window.start_ms]
    assert list(turns_within(turns, window)) == touching


def test_a_window_of_a_long_session_looks_at_few_turns():
    turns = Counted(talk(3_000).turns)
    visible = turns_within(turns, Window(9_000_000, 9_060_000, fitted=False))
    assert 5 < len(visible) < 20
    assert turns.looks < 60


def test_a_late_final_keeps_its_turn_in_the_window():
    turns = (turn(0, "hello", 0, 1_000), turn(1, "there", 2_000, 3_000, delay_ms=9_000))
    assert turns_within(turns, Window(5_000, 6_000, fitted=False)) == turns[1:]


@pytest.mark.parametrize("options", [{"start_ms": 5_000, "end_ms": 5_000}, {"start_ms": 9, "end_ms": 1}, {"end_ms": 0}])
def test_an_empty_window_is_refused(options):
    with pytest.raises(ParameterError, match="empty"):
        fitted_window(call(), **options)


@pytest.mark.parametrize("other", ["talk.tape", None, call().turns])
def test_what_is_no_transcript_is_named(other):
    with pytest.raises(ParameterError, match="is not a Transcript"):
        fitted_window(other)


@pytest.mark.parametrize("name", ["start_ms", "end_ms", "now_ms"])
def test_times_must_be_finite(name):
    with pytest.raises(ParameterError, match=name):
        fitted_window(call(), **{name: float("nan")})


def test_rows_of_equal_length_follow_each_other():
    window = Window(0.0, 80_000.0, fitted=True)
    rows = rows_of(window, 30, 860)
    assert [(row.start_ms, row.end_ms) for row in rows] == [
        (index * 20_000, (index + 1) * 20_000) for index in range(4)
    ]
    assert len(rows_of(window, 3, 860)) == len(rows_of(window, 0, 860)) == 1
    assert len(rows_of(window, 30, 360)) == len(rows_of(window, 9_000, 860)) == 8
