"""What a browser has painted, on the kernel's clock."""

from __future__ import annotations

from typing import Any

import pytest

from ipyscribe.transcript import Arrival, Partial, Transcript, Turn
from ipyscribe.widgets.paints import Paints, newest_arrival_s


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def turn(order: int, *arrived_s: float) -> Turn:
    arrivals = [Arrival(at_s, 1000 * at_s) for at_s in arrived_s]
    history = tuple(Partial(f"yes {at}", (), arrival) for at, arrival in enumerate(arrivals))
    return Turn(order, "yes", (), False, False, False, Arrival(0.0, 0.0), None, history=history)


def test_the_newest_that_is_shown_may_be_an_older_turns_final() -> None:
    assert newest_arrival_s(Transcript()) is None
    assert newest_arrival_s(Transcript((turn(0),))) is None
    assert newest_arrival_s(Transcript((turn(0, 1.0, 4.0), turn(1, 3.0)))) == 4.0


def test_the_shortest_round_trip_tells_the_way_there() -> None:
    clock = Clock()
    paints = Paints[float](clock)
    numbers = [paints.sent(arrived_s) for arrived_s in (1.0, 2.0, 3.0)]
    clock.now_s = 100.5  # busy: heard late
    assert paints.painted({"number": numbers[0], "took": 20}) == (1.0, pytest.approx(100.0 + 0.48 / 2 + 0.02))
    clock.now_s = 100.034
    assert paints.painted({"number": numbers[1], "took": 30}) == (2.0, pytest.approx(100.032))
    clock.now_s = 107.0
    assert paints.painted({"number": numbers[2], "took": 10}) == (3.0, pytest.approx(100.012))


def test_of_several_views_the_first_counts_and_nonsense_does_not() -> None:
    clock = Clock()
    paints = Paints[float](clock)
    number = paints.sent(1.0)
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
    paints = Paints[float](Clock())
    numbers = [paints.sent(float(index)) for index in range(1_000)]
    assert paints.painted({"number": numbers[0], "took": 0}) is None
    assert paints.painted({"number": numbers[-1], "took": 0}) == (999.0, 100.0)
