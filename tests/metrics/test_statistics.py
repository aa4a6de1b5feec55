"""Intervals: their width against theory, their wording, and which input they reject."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from ipyscribe.errors import EmptyReferenceError, MetricError, MixedScoresError, ParameterError
from ipyscribe.metrics import (
    Errors,
    by_time_range,
    corrected,
    median_difference,
    median_interval,
    paired,
    wer_difference,
    wer_interval,
)
from ipyscribe.metrics.intervals import proportion_bounds


def utterances(errors: list[int], words: int = 10) -> list[Errors]:
    return [Errors(words - wrong, wrong, 0, 0, "x@1") for wrong in errors]


@pytest.mark.parametrize(("errors", "rate", "off"), [(2, 0.1, 0.002), (10, 0.5, 0.003)])
def test_the_interval_is_as_wide_as_theory_has_it(errors: int, rate: float, off: float) -> None:
    """200 utterances of 10 words, half of them with errors: the standard error is the rate / sqrt(200)."""
    interval = wer_interval(utterances([0, errors] * 100))
    assert interval.value == rate
    half = 1.96 * rate / math.sqrt(200)
    assert interval.low == pytest.approx(rate - half, abs=off)
    assert interval.high == pytest.approx(rate + half, abs=off)
    assert str(interval).startswith(f"{rate:.1%}".replace("%", " %") + " (95 % interval ")
    assert str(interval).endswith("n = 200)")


def test_no_error_at_all_is_not_certainty() -> None:
    interval = wer_interval(utterances([0] * 6))
    assert (interval.value, interval.low) == (0, 0)
    assert 0.2 < interval.high < 0.5
    assert wer_interval(utterances([0] * 100)).high < 0.04


def test_a_rate_above_one_has_an_interval_around_it() -> None:
    chance = np.random.default_rng(3)
    holds = 0
    for _ in range(200):
        errors = chance.poisson(12 * chance.gamma(20, 1 / 20, 12))
        interval = wer_interval([Errors(0, 10, 0, int(count), "x@1") for count in errors])
        assert interval.low < interval.value < interval.high
        holds += interval.low <= 2.2 <= interval.high
    assert holds >= 0.9 * 200
    better, worse = ([Errors(0, 10, 0, count, "x@1") for count in counts] for counts in ([5] * 8, [15] * 8))
    difference = wer_difference(better, worse)
    assert (difference.value, difference.shown) == (1.0, True)
    assert difference.low < 1 < difference.high


def test_a_sample_of_six_may_lack_recordings_without_an_error() -> None:
    wrong = [57, 58, 56, 57, 58, 56]
    assert wer_interval(utterances(wrong, words=100)).low < 0.4
    assert wer_interval(utterances(wrong * 20, words=100)).low > 0.54
    assert wer_interval(utterances([*wrong * 20, 0], words=100)).low > 0.54


def test_one_long_recording_among_short_ones_makes_the_interval_wider() -> None:
    even = wer_interval([Errors(90, 10, 0, 0, "x@1")] * 12)
    long = wer_interval([*[Errors(9, 1, 0, 0, "x@1")] * 10, Errors(450, 50, 0, 0, "x@1"), Errors(460, 40, 0, 0, "x@1")])
    assert long.high - long.low > 1.5 * (even.high - even.low)


def test_errors_that_hang_together_loosely_need_less_of_a_margin_for_few_recordings() -> None:
    loose, close = (
        proportion_bounds(np.array(counts), np.full(6, 15)) for counts in ([6, 7, 5, 6, 7, 5], [1, 11, 2, 10, 1, 11])
    )
    deviation = math.sqrt(0.4 * 0.6 / 90)
    assert 1.9 < (loose.high - loose.low) / 2 / deviation < 2.3  # 2.6 by the t distribution of six recordings
    assert (close.high - close.low) / 2 / deviation > 5


def test_recordings_of_one_speaker_are_one_unit() -> None:
    parts = utterances([0, 0, 5, 5, 1, 1, 0, 0, 4, 4, 2, 2, 0, 0])
    speakers = [number // 2 for number in range(14)]
    alone, together = wer_interval(parts), wer_interval(parts, blocks=speakers)
    assert (alone.n, together.n, alone.value) == (14, 7, together.value)
    assert together.high - together.low > alone.high - alone.low
    worse = utterances([1, 1, 6, 6, 2, 2, 1, 1, 5, 5, 3, 3, 1, 1])
    assert wer_difference(parts, worse, blocks=speakers).n == 7
    with pytest.raises(MetricError, match="3 blocks"):
        wer_interval(parts, blocks=[1, 2, 3])
    with pytest.raises(MetricError, match="too few to tell"):
        wer_interval(parts, blocks=["a"] * 7 + ["b"] * 7)


def test_differences_that_are_claimed_together_are_corrected() -> None:
    random.seed(2)
    base = utterances([random.randrange(4) for _ in range(6)])
    worse = [Errors(part.hits - 2, part.substitutions + 2, 0, 0, "x@1") for part in base]
    (alone,) = corrected([wer_difference(base, worse)])
    assert alone.shown
    assert alone.p_value == 2 / 64
    three = corrected([wer_difference(base, other) for other in (worse, base, worse)])
    assert [each.adjusted_p for each in three] == [pytest.approx(2 * 2 / 64), 1, pytest.approx(2 * 2 / 64)]
    assert not any(each.shown for each in three)
    assert str(three[1]).startswith("too few to tell (n = 6, of which 0 differ)")
    assert str(three[0]).startswith("no difference shown (95 % interval ")
    assert str(three[0]).endswith("n = 6, corrected for 2 comparisons)")
    told, _ = corrected([wer_difference(base, other) for other in (worse, base)])
    assert (told.shown, told.comparisons) == (True, 1)
    assert corrected([]) == []


@pytest.mark.parametrize("n", [6, 20])
def test_intervals_hold_and_differences_between_equals_are_rare(n: int) -> None:
    """A small run of benchmarks/interval_coverage.py, which has the figures."""
    chance = np.random.default_rng(n)
    holds = shown = 0
    for run in range(200):
        sizes = np.maximum(1, np.round(chance.lognormal(2.7, 0.6, n))).astype(int)
        rates = np.where(chance.random(n) < 0.5, 0, chance.beta(1.28, 6.72, n))
        first, second = (
            [
                Errors(int(size - bad), int(bad), 0, 0, "x@1")
                for size, bad in zip(sizes, chance.binomial(sizes, rates), strict=True)
            ]
            for _ in range(2)
        )
        interval = wer_interval(first)
        holds += interval.low <= 0.08 <= interval.high
        shown += wer_difference(first, second, seed=run).shown
    assert holds >= 0.88 * 200
    assert shown <= 0.08 * 200


def test_pairing_shows_a_small_difference_that_hard_utterances_would_hide() -> None:
    hard = [0, 8] * 30
    better = [max(wrong - 1, 0) for wrong in hard]
    difference = wer_difference(utterances(hard), utterances(better))
    assert difference.value == pytest.approx(-0.05)
    assert difference.shown
    assert difference.high < 0
    assert str(difference).startswith("-5.0 points (95 % interval -")
    assert wer_interval(utterances(better)).high > wer_interval(utterances(hard)).low


def test_an_interval_that_spans_zero_shows_no_difference() -> None:
    random.seed(1)
    first = [random.randrange(3) for _ in range(40)]
    second = random.sample(first, len(first))
    difference = wer_difference(utterances(first), utterances(second))
    assert not difference.shown
    assert str(difference).startswith("no difference shown (95 % interval -")
    assert difference.n == 40


def test_too_few_utterances_are_rejected() -> None:
    values = [[100.0, 110.0], [120.0], [130.0], [90.0], [80.0]]
    worse = [[value + 50 for value in group] for group in values]
    with pytest.raises(MetricError, match=r"too few to tell \(n = 5\)"):
        median_difference(values, worse)
    enough = median_difference([[1000.0]] * 6, [[3500.0]] * 6)
    assert enough.shown
    assert str(enough).startswith("2,500 ms (95 % interval 2,500 to 2,500 ms, n = 6")


def test_models_that_differ_in_fewer_than_six_utterances_cannot_be_told_apart() -> None:
    five, six = (wer_difference(utterances([0] * 20), utterances([1] * count + [0] * (20 - count))) for count in (5, 6))
    assert (five.differing, five.value, five.shown) == (5, 0.025, False)
    assert math.isnan(five.low)
    assert math.isnan(five.high)
    assert str(five) == "too few to tell (n = 20, of which 5 differ): at least 6 have to."
    assert "comparisons" not in str(corrected([five, six])[0])
    assert six.low < six.value == 0.03 < six.high
    assert six.p_value == 2 / 64


def test_medians_of_latencies() -> None:
    first = [[100.0, 120.0], [110.0], [130.0, 90.0, 105.0]] * 10
    second = [[value + 50 for value in values] for values in first]
    difference = median_difference(first, second)
    assert (difference.value, difference.unit, difference.n) == (50, "ms", 30)
    assert 35 <= difference.low <= 50 <= difference.high <= 65
    assert difference.shown
    assert not median_difference(first, first).shown


def test_time_ranges_pair_latencies_where_turns_cannot() -> None:
    first = [(500.0, 10.0), (9_999.0, 20.0), (10_000.0, 30.0), (25_000.0, 40.0)]
    second = [(700.0, 1.0), (12_000.0, 2.0), (31_000.0, 3.0)]
    assert paired(by_time_range(first), by_time_range(second)) == ([[10.0], [30.0]], [[1.0], [2.0]])
    grouped = [by_time_range(values, range_ms=10_000) for values in (first, second)]
    assert paired(*grouped) == ([[10.0, 20.0], [30.0]], [[1.0], [2.0]])
    grouped = [by_time_range(values, range_ms=40_000) for values in (first, second)]
    assert paired(*grouped) == ([[10.0, 20.0, 30.0, 40.0]], [[1.0, 2.0, 3.0]])
    with pytest.raises(ParameterError):
        by_time_range(first, range_ms=0)


def test_incomparable_input() -> None:
    single = utterances([1])
    with pytest.raises(MetricError, match="too few to tell"):
        wer_interval(single)
    with pytest.raises(MetricError, match="at least 6"):
        wer_difference([], [])
    with pytest.raises(MetricError, match="same utterances"):
        wer_difference(utterances([1, 2]), utterances([1, 2], words=9))
    with pytest.raises(MixedScoresError):
        wer_difference(utterances([1, 2]), [Errors(9, 1, 0, 0, "x@2"), Errors(8, 2, 0, 0, "x@2")])
    with pytest.raises(EmptyReferenceError):
        wer_interval([*single, Errors(0, 0, 0, 1, "x@1")])
    with pytest.raises(MetricError, match="paired"):
        median_difference([[1.0]], [[1.0], [2.0]])
    with pytest.raises(MetricError, match="no value"):
        median_difference([[1.0], []], [[1.0], [2.0]])


def test_the_median_of_all_values_with_its_interval() -> None:
    interval = median_interval([[100.0, 110.0], [120.0], [130.0, 500.0], [90.0], [140.0], [125.0, 115.0]])
    assert (interval.value, interval.n, interval.unit) == (120.0, 6, "ms")
    assert 90.0 <= interval.low < interval.value < interval.high <= 500.0
    with pytest.raises(MetricError, match="no value"):
        median_interval([[1.0], []])
    with pytest.raises(MetricError, match="n = 1"):
        median_interval([[1.0]])
