"""New sessions a minute, on a clock that the test sets."""

from __future__ import annotations

from typing import Any

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.new_session_limit import NewSessionLimit


def test_a_free_account_opens_five_and_waits_for_the_first_to_be_a_minute_old() -> None:
    limit = NewSessionLimit()
    for second in range(5):
        assert limit.wait_s(second) == 0
        assert limit.free(second) == 5 - second
        limit.opened(second)
    assert limit.free(5) == 0
    assert limit.wait_s(5) == 55
    assert limit.wait_s(5, sessions=3) == 57
    assert limit.wait_s(5, sessions=6) == float("inf")
    assert limit.wait_s(60) == 0


def test_a_refusal_blocks_for_a_minute_whatever_was_counted() -> None:
    limit = NewSessionLimit(100)
    limit.refused(10)
    assert (limit.wait_s(10), limit.free(10)) == (60, 0)
    assert (limit.wait_s(70), limit.free(70)) == (0, 100)


def test_a_minute_that_was_used_raises_the_next_and_an_idle_one_lowers_it() -> None:
    limit = NewSessionLimit(100)
    for minute, used in enumerate((70, 77, 50)):
        for _ in range(used):
            limit.opened(60 * minute)
    assert [limit.per_minute(now_s) for now_s in (179, 180, 240, 300, 3600)] == [121, 110, 100, 100, 100]


def test_a_minute_that_was_half_used_changes_nothing() -> None:
    limit = NewSessionLimit(10)
    for _ in range(7):
        limit.opened(0)
    assert limit.per_minute(60) == 11
    for _ in range(6):
        limit.opened(61)
    assert limit.per_minute(120) == 11


def test_a_long_idle_time_costs_no_time() -> None:
    limit = NewSessionLimit()
    limit.opened(0)
    assert limit.free(1e12) == 5


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "5", None])
def test_a_limit_that_cannot_be_used_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="sessions_per_minute="):
        NewSessionLimit(value)


def test_the_limit_is_taken_from_the_environment() -> None:
    assert NewSessionLimit.from_environment({"IPYSCRIBE_SESSIONS_PER_MINUTE": "120"}).per_minute(0) == 120
    assert NewSessionLimit.from_environment({}).per_minute(0) == 5
    with pytest.raises(ParameterError, match="IPYSCRIBE_SESSIONS_PER_MINUTE='many'"):
        NewSessionLimit.from_environment({"IPYSCRIBE_SESSIONS_PER_MINUTE": "many"})
