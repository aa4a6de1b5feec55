"""From positions of the sound to moments of this process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics.made import UNHURRIED

from ipyscribe.errors import MetricError, ParameterError
from ipyscribe.metrics import SendTimes

SENT = SendTimes((50.0, 100.0, 200.0), (7.0, 7.5, 7.5))


def test_a_position_belongs_to_the_chunk_that_contains_it() -> None:
    assert [SENT.at(position) for position in (0, 49, 50, 50.1, 100, 150, 200)] == [7, 7, 7, 7.5, 7.5, 7.5, 7.5]
    assert (SENT.at(-5), SENT.at(900)) == (7, 7.5)


def test_how_much_was_sent_by_a_moment() -> None:
    assert [SENT.sent_ms(moment) for moment in (6.9, 7, 7.4, 7.5, 99)] == [0, 50, 50, 200, 200]


@given(st.lists(st.tuples(st.floats(1, 200), st.floats(0, 1)), min_size=1, max_size=20), st.floats(0, 4_000))
@UNHURRIED
def test_a_position_was_not_sent_before_its_moment(chunks: list[tuple[float, float]], position: float) -> None:
    ends, moments, end, moment = [], [], 0.0, 0.0
    for length, pause in chunks:
        end, moment = end + length, moment + pause
        ends.append(end)
        moments.append(moment)
    sent = SendTimes(tuple(ends), tuple(moments))
    assert sent.sent_ms(sent.at(position)) >= min(position, end)


def test_what_does_not_fit() -> None:
    for ends, moments in (((1.0,), ()), ((1.0, 1.0), (0.0, 1.0)), ((0.0,), (0.0,)), ((1.0, 2.0), (5.0, 4.0))):
        with pytest.raises(ParameterError):
            SendTimes(ends, moments)
    with pytest.raises(MetricError, match="No sound"):
        SendTimes((), ()).at(0)
