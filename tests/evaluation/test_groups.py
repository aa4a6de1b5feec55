"""Figures by group, the rows of the recordings, and corrected references, without playing anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ipyscribe.comparison.sweep_paths import path_notes, sweep_paths
from ipyscribe.evaluation.groups import GroupedErrors, group_table
from ipyscribe.evaluation.overview import RecordingRow, group_columns
from ipyscribe.evaluation.recording import Recording
from ipyscribe.metrics import Errors
from ipyscribe.metrics.group_difference import corrected_groups, group_difference
from ipyscribe.widgets.evaluation.recording_list import PAGE_ROWS, ListQuery


def errors(wrong: int, words: int = 20) -> Errors:
    return Errors(words - wrong, wrong, 0, 0, "s")


def grouped(group: str, wrong: int, block: int) -> GroupedErrors:
    return GroupedErrors(errors(wrong), group, block)


def test_a_difference_between_groups_is_shown_and_corrected() -> None:
    noisy = [grouped("noisy", 6 + number % 3, number) for number in range(10)]
    quiet = [grouped("quiet", number % 2, 100 + number) for number in range(10)]
    alike = [GroupedErrors(errors(number % 3), "noisy" if number < 10 else "quiet", number) for number in range(20)]
    table = group_table("noise", [("one", [*noisy, *quiet]), ("two", alike)])
    assert [(row["group"], row["model"], row["recordings"]) for row in table] == [
        ("noisy", "one", 10), ("noisy", "two", 10), ("quiet", "one", 10), ("quiet", "two", 10),
    ]  # fmt: skip
    assert table[0]["wer_low"] < table[0]["wer"] < table[0]["wer_high"]
    assert table.notes[0].startswith("one: noise noisy against quiet: 32.0 points more errors (p")
    assert table.notes[1:] == ("Corrected for 2 comparisons (Holm).",)
    assert table.shown()[1][:3] == ["noisy", "one", "10"]


def test_few_recordings_tell_nothing() -> None:
    table = group_table(
        "noise", [("one", [*[grouped("a", 1, n) for n in range(3)], *[grouped("b", 9, -n) for n in range(9)]])]
    )
    assert table[0]["wer_low"] is None
    assert table.notes == ("Too few recordings, or blocks of them, to tell: a.",)
    alone = group_table("noise", [("one", [grouped("a", 1, 0)])])
    assert alone.notes == ("All recordings have the same noise.",)


def test_equal_groups_differ_by_chance_as_often_as_they_should() -> None:
    random = np.random.default_rng(7)
    shown = 0
    for _ in range(60):
        counts = random.poisson(random.gamma(1, 2, 24))
        parts = [errors(min(20, int(count))) for count in counts]
        difference = group_difference(parts[:12], parts[12:])
        assert difference is not None
        shown += difference.shown
    assert shown <= 8
    assert group_difference([errors(1)] * 5, [errors(1)] * 20) is None
    many = group_difference([errors(4)] * 1500, [errors(1), errors(2)] * 750)
    assert many is not None
    assert str(corrected_groups([many])[0]) == "12.5 points more errors (p < 0.001, n = 1500 and 1500)."


def test_the_columns_that_make_groups() -> None:
    def recording(number: int, **columns: str | int) -> Recording:
        return Recording(f"{number}", Path("a"), "x", columns=columns)

    recordings = [recording(number, id=number, accent="ns"[number % 2], same="x") for number in range(8)]
    assert group_columns(recordings) == ("accent",)


def row(number: int, rate: float | None, group: str = "") -> RecordingRow:
    name = f"{number}.wav"
    return RecordingRow(
        number, name, "played", (rate, None), None, 1.0 * number, (group or None,), "", f"{name} so {group}"
    )


def names(query: ListQuery, rows: list[RecordingRow]) -> list[str]:
    return [each["name"] for each in query.page_of(rows)["rows"]]


def test_rows_are_sorted_searched_and_come_a_page_at_a_time() -> None:
    rows = [row(1, 0.2, "north"), row(2, None, "south"), row(3, 0.5), row(4, 0.1, "North")]
    assert names(ListQuery(), rows) == ["1.wav", "2.wav", "3.wav", "4.wav"]
    assert names(ListQuery("rate", 0, descending=True), rows) == ["3.wav", "1.wav", "4.wav", "2.wav"]
    assert names(ListQuery("rate", -1), rows) == ["4.wav", "1.wav", "3.wav", "2.wav"]
    assert names(ListQuery("group", 0, descending=True), rows) == ["2.wav", "1.wav", "4.wav", "3.wav"]
    assert names(ListQuery("name", descending=True, search="NORTH so"), rows[:3]) == ["1.wav"]
    assert names(ListQuery(search="errors>15"), rows) == ["1.wav", "3.wav"]
    assert names(ListQuery(search="errors<30% north"), rows[:3]) == ["1.wav"]
    assert names(ListQuery(search="length>2 differ>0"), rows) == []
    assert names(ListQuery(search="length>2"), rows) == ["3.wav", "4.wav"]
    many = [row(number, 0.0) for number in range(1, 10_001)]
    page = ListQuery("length", descending=True, page=499).page_of(many)
    assert (len(page["rows"]), page["first"], page["total"]) == (PAGE_ROWS, 9981, 10_000)
    assert page["rows"][-1]["name"] == "1.wav"
    assert ListQuery(page=10**9).page_of(many)["page"] == 499


@pytest.mark.parametrize("message", [{"sort": "x", "of": "1", "page": -3, "search": 5}, {"of": True, "page": 1.5}])
def test_a_query_that_is_none_is_the_first_page(message: dict[str, object]) -> None:
    assert ListQuery.of_message(message) == ListQuery()


def test_a_sweep_has_paths_in_the_order_of_its_values() -> None:
    lanes = [
        ("a", {"silence": 900, "format": True, "endpoint": "ws://here"}),
        ("a", {"silence": 300, "format": True}),
        ("b", {"silence": 1}),
    ]
    [path] = sweep_paths(lanes)
    assert (path.setting, path.values, path.lanes, str(path)) == ("silence", (300, 900), (1, 0), "silence 300, 900")
    records = [{"wer": 0.1, "word_emission_ms": 500.0}, {"wer": 0.2, "word_emission_ms": None}, {}]
    assert path_notes([path], records) == [
        "Along silence 300, 900: WER 20.0 % → 10.0 %; median word emission - → 500 ms."
    ]
    grid = [("a", {"x": x, "y": y}) for y in ("low", "high") for x in (2, 1)]
    assert [(each.lanes, each.fixed) for each in sweep_paths(grid)] == [((1, 0), "y=low"), ((3, 2), "y=high")]
    assert sweep_paths([("a", {"x": "n"}), ("a", {"x": "m"})]) == ()
    assert sweep_paths([("a", {}), ("a", {})]) == ()
