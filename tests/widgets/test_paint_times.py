"""What a browser has painted, on the kernel's clock."""

from __future__ import annotations

from typing import Any

import pytest

from ipyscribe.transcript import Arrival, Partial, Transcript, Turn
from ipyscribe.widgets.shared.paint_times import PaintTimes, newest_arrival_s


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def answer(*paints: Any) -> dict[str, Any]:
    return {"kind": "painted", "paints": list(paints)}


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
    paints = PaintTimes[float](clock)
    numbers = [paints.sent(arrived_s) for arrived_s in (1.0, 2.0, 3.0)]
    clock.now_s = 100.5  # busy: heard late
    assert paints.acknowledged(answer([numbers[0], 20, 0])) == [(1.0, pytest.approx(100.0 + 0.48 / 2 + 0.02))]
    clock.now_s = 100.034
    assert paints.acknowledged(answer([numbers[1], 30, 0])) == [(2.0, pytest.approx(100.032))]
    clock.now_s = 107.0
    assert paints.acknowledged(answer([numbers[2], 10, 0])) == [(3.0, pytest.approx(100.012))]


def test_several_paints_are_told_together_and_what_is_told_late_is_not_a_long_way() -> None:
    clock = Clock()
    paints = PaintTimes[float](clock)
    first = paints.sent(1.0)
    clock.now_s = 100.5
    second = paints.sent(2.0)
    clock.now_s = 101.024
    # Each was 2 ms on the way there and 2 back; the first was painted after 20 ms and told 1 s later.
    told = answer([first, 20, 1_000], [second, 15, 500])
    assert paints.acknowledged(told) == [(1.0, pytest.approx(100.022)), (2.0, pytest.approx(100.517))]


def test_of_several_views_the_first_counts_and_nonsense_does_not() -> None:
    clock = Clock()
    paints = PaintTimes[float](clock)
    number = paints.sent(1.0)
    wrong: list[dict[str, Any]] = [
        {},
        {"paints": None},
        answer(None),
        answer([]),
        answer([number]),
        answer([number, 1]),
        answer([number, True, 1]),
        answer([number, 1, -1]),
        answer([number, -1, 1]),
        answer([number, float("nan"), 1]),
        answer([number, 1, float("inf")]),
        answer(["1", 1, 1]),
        answer([[1], 1, 1]),
        answer([99, 1, 1]),
    ]
    assert [paints.acknowledged(message) for message in wrong] == [[]] * len(wrong)
    assert paints.acknowledged(answer([99, 1, 1], [number, 0, 0], [number, 0, 0])) == [(1.0, 100.0)]
    assert paints.acknowledged(answer([number, 0, 0])) == []


def test_what_is_never_painted_is_forgotten() -> None:
    paints = PaintTimes[float](Clock())
    numbers = [paints.sent(float(index)) for index in range(1_000)]
    assert paints.acknowledged(answer([numbers[0], 0, 0])) == []
    assert paints.acknowledged(answer([numbers[-1], 0, 0])) == [(999.0, 100.0)]
