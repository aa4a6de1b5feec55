"""From positions on the audio clock to the monotonic clock."""

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


def test_how_much_was_sent_by_a_time() -> None:
    assert [SENT.sent_ms(time_s) for time_s in (6.9, 7, 7.4, 7.5, 99)] == [0, 50, 50, 200, 200]


@given(st.lists(st.tuples(st.floats(1, 200), st.floats(0, 1)), min_size=1, max_size=20), st.floats(0, 4_000))
@UNHURRIED
def test_a_position_was_not_sent_before_its_send_time(chunks: list[tuple[float, float]], position: float) -> None:
    ends, times_s, end, time_s = [], [], 0.0, 0.0
    for length, pause in chunks:
        end, time_s = end + length, time_s + pause
        ends.append(end)
        times_s.append(time_s)
    sent = SendTimes(tuple(ends), tuple(times_s))
    assert sent.sent_ms(sent.at(position)) >= min(position, end)


def test_malformed_send_times() -> None:
    for ends, times_s in (((1.0,), ()), ((1.0, 1.0), (0.0, 1.0)), ((0.0,), (0.0,)), ((1.0, 2.0), (5.0, 4.0))):
        with pytest.raises(ParameterError):
            SendTimes(ends, times_s)
    with pytest.raises(MetricError, match="No sound"):
        SendTimes((), ()).at(0)
