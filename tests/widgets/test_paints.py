"""What a browser has painted, on the kernel's clock."""

from __future__ import annotations

from typing import Any

import pytest

from ipyscribe.transcript import Arrival, Partial, Turn
from ipyscribe.widgets.paints import Paints


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def turns(arrived_s: float) -> tuple[Turn, ...]:
    arrival = Arrival(arrived_s, 1000 * arrived_s)
    return (Turn(0, "yes", (), False, False, False, arrival, None, history=(Partial("yes", (), arrival),)),)


def test_the_shortest_round_trip_tells_the_way_there() -> None:
    clock = Clock()
    paints = Paints(clock)
    numbers = [paints.sent(turns(arrived_s)) for arrived_s in (1.0, 2.0, 3.0)]
    clock.now_s = 100.5  # busy: heard late
    assert paints.painted({"number": numbers[0], "took": 20}) == (1.0, pytest.approx(100.0 + 0.48 / 2 + 0.02))
    clock.now_s = 100.034
    assert paints.painted({"number": numbers[1], "took": 30}) == (2.0, pytest.approx(100.032))
    clock.now_s = 107.0
    assert paints.painted({"number": numbers[2], "took": 10}) == (3.0, pytest.approx(100.012))


def test_of_several_views_the_first_counts_and_nonsense_does_not() -> None:
    clock = Clock()
    paints = Paints(clock)
    number = paints.sent(turns(1.0))
    wrong: list[dict[str, Any]] = [
        {},
        {"number": number},
        {"number": number, "took": True},
        {"number": number, "took": -1},
        {"number": number, "took": float("nan")},
        {"number": "1", "took": 1},
        {"number": 99, "took": 1},
    ]
    assert [paints.painted(message) for message in wrong] == [None] * len(wrong)
    assert paints.painted({"number": number, "took": 0}) == (1.0, 100.0)
    assert paints.painted({"number": number, "took": 0}) is None


def test_what_is_never_painted_is_forgotten() -> None:
    paints = Paints(Clock())
    numbers = [paints.sent(turns(float(index))) for index in range(1_000)]
    assert paints.painted({"number": numbers[0], "took": 0}) is None
    assert paints.painted({"number": numbers[-1], "took": 0}) == (999.0, 100.0)
    assert paints.sent(()) is None
