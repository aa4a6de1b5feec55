"""Percentiles, and what n allows."""

from __future__ import annotations

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.metrics import Distribution


def test_percentiles_are_interpolated() -> None:
    distribution = Distribution.of([100, 200, 300, 400, 500])
    assert (distribution.n, distribution.median, distribution.p90, distribution.p95) == (5, 300, 460, 480)
    assert (distribution.lowest, distribution.highest, distribution.negative_share) == (100, 500, 0)


def test_p99_needs_a_hundred_values() -> None:
    assert Distribution.of(range(99)).p99 is None
    assert Distribution.of(range(101)).p99 == 99


def test_negatives_are_kept_and_counted() -> None:
    values = [-100, 0, 100, 200]
    assert (Distribution.of(values).median, Distribution.of(values).negative_share) == (50, 0.25)
    assert Distribution.of(values, negatives="drop").median == 100
    assert Distribution.of(values, negatives="drop").negative_share == 0.25
    assert Distribution.of(values, negatives="clamp").lowest == 0
    with pytest.raises(ParameterError, match="hide"):
        Distribution.of(values, negatives="hide")  # type: ignore[arg-type]


def test_no_values_and_columns() -> None:
    empty = Distribution.of([])
    assert (empty.n, empty.median, empty.p99, empty.negative_share) == (0, None, None, None)
    assert Distribution.of([-2, 2]).to_record("eot_ms") == {
        "eot_ms": 0,
        "eot_ms_p90": pytest.approx(1.6),
        "eot_ms_p95": pytest.approx(1.8),
        "eot_ms_p99": None,
        "eot_ms_n": 2,
        "eot_ms_negative": 0.5,
    }
