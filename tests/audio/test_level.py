import math

import numpy as np
import pytest

from ipyscribe.audio import AudioBlock, level_dbfs, peak_dbfs


def block(samples):
    return AudioBlock(np.asarray(samples, "<i2").tobytes(), 0, 0.0)


def test_full_scale_is_0_and_a_full_sine_3_below():
    assert level_dbfs(block([-32768] * 800)) == 0
    assert peak_dbfs(block([-32768] * 800)) == 0
    sine = np.rint(32767 * np.sin(2 * np.pi * 1000 * np.arange(800) / 16_000))
    assert level_dbfs(block(sine)) == pytest.approx(-3.01, abs=0.01)
    assert peak_dbfs(block(sine)) == pytest.approx(0, abs=0.01)


def test_the_smallest_sample_is_measured():
    assert level_dbfs(block([1, -1])) == pytest.approx(20 * math.log10(1 / 32768))
    assert peak_dbfs(block([0, -1])) == pytest.approx(20 * math.log10(1 / 32768))


@pytest.mark.parametrize("samples", [[], [0] * 800])
def test_nothing_is_minus_infinity(samples):
    assert level_dbfs(block(samples)) == -math.inf
    assert peak_dbfs(block(samples)) == -math.inf
