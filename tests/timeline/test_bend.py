import numpy as np
import pytest

from ipyscribe.timeline.symlog import Symlog, apart, readings, round_up


@pytest.mark.parametrize(
    ("value", "rounded"), [(460, 500), (500, 500), (501, 1_000), (1_200, 2_000), (0.3, 0.5), (7, 10), (0, 1), (-5, 1)]
)
def test_round_values(value, rounded):
    assert round_up(value) == pytest.approx(rounded)


def test_values_in_reach_of_each_other_need_no_bend():
    assert Symlog.of([100, 300, 1_400], 480) is None
    assert Symlog.of([-10, -5], -6) is None


def test_linear_up_to_the_bend_and_logarithmic_beyond():
    bend = Symlog.of([100, 300, 50_000], 480)
    assert bend is not None
    assert bend.at == 500
    places = bend.forward([-500, 0, 250, 500, 5_000, 50_000])
    assert places[:4] == pytest.approx([-1, 0, 0.5, 1])
    assert places[5] - places[4] == pytest.approx(places[4] - places[3])
    assert places[3] / places[5] == pytest.approx(0.62)


def test_back_is_the_way_back():
    bend = Symlog(500.0, 0.4)
    values = np.array([-90_000, -500, -3, 0, 1, 499, 501, 7_000])
    assert bend.back(bend.forward(values)) == pytest.approx(values)


def test_readings_hold_zero_and_the_bend():
    assert readings(-300, 9_000, 8, Symlog(500.0, 0.4)) == [
        -300, -200, -100, 0, 100, 200, 300, 400, 500, 1_000, 2_000, 5_000,
    ]  # fmt: skip
    assert readings(-300, 9_000, 4, Symlog(500.0, 0.4)) == [-250, 0, 250, 500, 1_000, 2_000, 5_000]
    assert {0, 2_000} <= set(readings(-4_000, 9_000, 3, Symlog(2_000.0, 0.4)))


def test_readings_without_a_bend_are_at_one_distance():
    assert readings(-30, 104, 5) == [0, 50, 100]
    assert readings(980, 1_040, 4) == [980, 1_000, 1_020, 1_040]


def test_readings_that_would_touch_are_left_out_but_for_zero():
    values = [-10.0, 0.0, 10.0, 20.0, 30.0]
    assert apart(values, [(value - 7, value + 7) for value in values], 1) == [0, 20]
    assert apart(values, [(value - 2, value + 2) for value in values], 1) == values
