"""Intervals: their width against theory, their wording, and what they refuse."""

from __future__ import annotations

import math
import random

import pytest

from ipyscribe.errors import EmptyReferenceError, MetricError, MixedScoresError, ParameterError
from ipyscribe.metrics import (
    Errors,
    by_stretch,
    median_difference,
    median_interval,
    paired,
    wer_difference,
    wer_interval,
)


def utterances(errors: list[int], words: int = 10) -> list[Errors]:
    return [Errors(words - wrong, wrong, 0, 0, "x@1") for wrong in errors]


def test_the_interval_is_as_wide_as_theory_has_it() -> None:
    """200 utterances of 10 words, half of them with 2 errors: 10 %, standard error 10 % / sqrt(200)."""
    found = wer_interval(utterances([0, 2] * 100), resamples=4_000)
    assert found.value == 0.1
    half = 1.96 * 0.1 / math.sqrt(200)
    assert found.low == pytest.approx(0.1 - half, abs=0.002)
    assert found.high == pytest.approx(0.1 + half, abs=0.002)
    assert str(found).startswith("10.0 % (95 % interval ")
    assert str(found).endswith("n = 200)")


def test_the_same_seed_gives_the_same_interval() -> None:
    parts = utterances([0, 1, 2, 3, 0, 4, 1, 5, 0, 2] * 7)
    assert wer_interval(parts, seed=3) == wer_interval(parts, seed=3)
    assert wer_interval(parts, seed=3) != wer_interval(parts, seed=4)


def test_pairing_shows_a_small_difference_that_hard_utterances_would_hide() -> None:
    hard = [0, 8] * 30
    better = [max(wrong - 1, 0) for wrong in hard]
    found = wer_difference(utterances(hard), utterances(better))
    assert found.value == pytest.approx(-0.05)
    assert found.shown
    assert found.high < 0
    assert str(found).startswith("-5.0 points (95 % interval -")
    assert wer_interval(utterances(better)).high > wer_interval(utterances(hard)).low


def test_an_interval_that_spans_zero_shows_no_difference() -> None:
    random.seed(1)
    first = [random.randrange(3) for _ in range(40)]
    second = random.sample(first, len(first))
    found = wer_difference(utterances(first), utterances(second))
    assert not found.shown
    assert str(found).startswith("no difference shown (95 % interval -")
    assert found.n == 40


def test_a_handful_of_utterances_tells_nothing() -> None:
    worse = [[value + 50 for value in values] for values in ([100.0, 110.0], [120.0], [130.0], [90.0], [80.0])]
    few = median_difference([[100.0, 110.0], [120.0], [130.0], [90.0], [80.0]], worse)
    assert few.low > 0
    assert not few.shown
    assert str(few) == "too few to tell (95 % interval 50 to 50 ms, n = 5)"
    enough = median_difference([[1000.0]] * 6, [[3500.0]] * 6)
    assert enough.shown
    assert str(enough) == "2,500 ms (95 % interval 2,500 to 2,500 ms, n = 6)"


def test_medians_of_latencies() -> None:
    first = [[100.0, 120.0], [110.0], [130.0, 90.0, 105.0]] * 10
    second = [[value + 50 for value in values] for values in first]
    found = median_difference(first, second)
    assert (found.value, found.low, found.high, found.unit) == (50, 50, 50, "ms")
    assert str(found) == "50 ms (95 % interval 50 to 50 ms, n = 30)"
    assert not median_difference(first, first).shown


def test_stretches_pair_what_turns_cannot() -> None:
    first = [(500.0, 10.0), (9_999.0, 20.0), (10_000.0, 30.0), (25_000.0, 40.0)]
    second = [(700.0, 1.0), (12_000.0, 2.0), (31_000.0, 3.0)]
    assert paired(by_stretch(first), by_stretch(second)) == ([[10.0], [30.0]], [[1.0], [2.0]])
    whole = [by_stretch(values, stretch_ms=10_000) for values in (first, second)]
    assert paired(*whole) == ([[10.0, 20.0], [30.0]], [[1.0], [2.0]])
    whole = [by_stretch(values, stretch_ms=40_000) for values in (first, second)]
    assert paired(*whole) == ([[10.0, 20.0, 30.0, 40.0]], [[1.0, 2.0, 3.0]])
    with pytest.raises(ParameterError):
        by_stretch(first, stretch_ms=0)


def test_what_cannot_be_compared() -> None:
    one = utterances([1])
    with pytest.raises(MetricError, match="1 utterance is too few"):
        wer_interval(one)
    with pytest.raises(MetricError, match="at least two"):
        wer_difference([], [])
    with pytest.raises(MetricError, match="same utterances"):
        wer_difference(utterances([1, 2]), utterances([1, 2], words=9))
    with pytest.raises(MixedScoresError):
        wer_difference(utterances([1, 2]), [Errors(9, 1, 0, 0, "x@2"), Errors(8, 2, 0, 0, "x@2")])
    with pytest.raises(EmptyReferenceError):
        wer_interval([*one, Errors(0, 0, 0, 1, "x@1")])
    with pytest.raises(MetricError, match="paired"):
        median_difference([[1.0]], [[1.0], [2.0]])
    with pytest.raises(MetricError, match="no value"):
        median_difference([[1.0], []], [[1.0], [2.0]])


def test_the_median_of_all_values_with_its_interval() -> None:
    found = median_interval([[100.0, 110.0], [120.0], [130.0, 500.0]])
    assert (found.value, found.n, found.unit) == (120.0, 3, "ms")
    assert 100.0 <= found.low < found.value < found.high <= 315.0
    with pytest.raises(MetricError, match="no value"):
        median_interval([[1.0], []])
    with pytest.raises(MetricError, match="1 utterance"):
        median_interval([[1.0]])
