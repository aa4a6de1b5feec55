import numpy as np
import pytest

from ipyscribe.timeline.symlog import Symlog, round_up, tick_values, without_overlaps


@pytest.mark.parametrize(
    ("value", "rounded"), [(460, 500), (500, 500), (501, 1_000), (1_200, 2_000), (0.3, 0.5), (7, 10), (0, 1), (-5, 1)]
)
def test_round_values(value, rounded):
    assert round_up(value) == pytest.approx(rounded)


def test_values_without_a_long_tail_have_a_linear_axis():
    assert Symlog.of([100, 300, 1_400], 480) is None
    assert Symlog.of([-10, -5], -6) is None


def test_linear_to_a_round_value_and_logarithmic_beyond():
    symlog = Symlog.of([100, 300, 50_000], 480)
    assert symlog is not None
    assert symlog.linear_to == 500
    unit = symlog.forward(500)
    positions = symlog.forward([-500, 0, 250, 500, 5_000, 50_000]) / unit
    assert positions[:4] == pytest.approx([-1, 0, 0.5, 1])
    assert positions[5] - positions[4] == pytest.approx(positions[4] - positions[3])
    assert positions[3] / positions[5] == pytest.approx(0.62)


def test_backward_inverts_forward():
    symlog = Symlog(500.0, 2.25)
    values = np.array([-90_000, -500, -3, 0, 1, 499, 501, 7_000])
    assert symlog.backward(symlog.forward(values)) == pytest.approx(values)


def test_ticks_hold_zero_and_the_end_of_the_linear_part():
    assert tick_values(-300, 9_000, 8, Symlog(500.0, 2.25)) == [
        -300, -200, -100, 0, 100, 200, 300, 400, 500, 1_000, 2_000, 5_000,
    ]  # fmt: skip
    assert tick_values(-300, 9_000, 4, Symlog(500.0, 2.25)) == [-250, 0, 250, 500, 1_000, 2_000, 5_000]
    assert {0, 2_000} <= set(tick_values(-4_000, 9_000, 3, Symlog(2_000.0, 2.25)))


def test_linear_ticks_are_evenly_spaced():
    assert tick_values(-30, 104, 5) == [0, 50, 100]
    assert tick_values(980, 1_040, 4) == [980, 1_000, 1_020, 1_040]


def test_ticks_that_would_touch_are_left_out_but_for_zero():
    values = [-10.0, 0.0, 10.0, 20.0, 30.0]
    assert without_overlaps(values, [(value - 7, value + 7) for value in values], 1) == [0, 20]
    assert without_overlaps(values, [(value - 2, value + 2) for value in values], 1) == values
