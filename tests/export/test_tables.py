import csv
import io
import math

import pandas as pd
import polars as pl
import pytest
from export.speech import HOSTILE, hostile
from timeline.speech import call, live_call

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export import to_csv, to_pandas, to_polars, to_records
from ipyscribe.transcript import Transcript


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_line_for_each_turn_or_word() -> None:
    said = call()
    turns, words = read(to_csv(said)), read(to_csv(said, rows="words"))
    assert [row["text"] for row in turns] == [turn.text for turn in said.turns]
    assert [(int(row["start_ms"]), int(row["end_ms"])) for row in turns] == [(t.start_ms, t.end_ms) for t in said.turns]
    assert [row["text"] for row in words] == [word.text for turn in said.turns for word in turn.words]
    assert {row["speaker"] for row in words} == {"A", "B"}


def test_what_is_not_known_is_empty() -> None:
    [row] = read(to_csv(live_call(1)))
    assert (row["language"], row["final_delay_ms"], row["settled"]) == ("", "", "False")


def test_no_cell_is_a_formula_unless_asked_for() -> None:
    texts = [row["text"] for row in read(to_csv(hostile()))]
    assert not [text for text in texts if text[:1] in "=+-@"]
    assert f"'{HOSTILE[2]}" in texts
    assert HOSTILE[2] in [row["text"] for row in read(to_csv(hostile(), formulas=True))]
    assert all(len(row) == 12 and None not in row for row in read(to_csv(hostile())))


def test_pandas_and_polars_hold_the_records() -> None:
    said = live_call(4)
    records = to_records(said)
    table, frame = to_pandas(said), to_polars(said)
    assert isinstance(table, pd.DataFrame)
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dicts() == records
    assert table["text"].tolist() == [record["text"] for record in records]
    assert math.isnan(table["final_delay_ms"].iloc[-1])
    assert frame.schema["final_delay_ms"] == pl.Float64
    assert to_polars(said, rows="words").to_dicts() == to_records(said, rows="words")


def test_tables_of_nothing_have_their_columns() -> None:
    nothing = Transcript()
    assert list(to_pandas(nothing).columns) == to_polars(nothing).columns == next(csv.reader([to_csv(nothing)]))
    assert to_polars(nothing, rows="words").schema["start_ms"] == pl.Int64


def test_other_rows_do_not_exist() -> None:
    with pytest.raises(ParameterError, match="'turns' or 'words'"):
        to_csv(call(), rows="letters")  # type: ignore[arg-type]


@pytest.mark.parametrize(("package", "make"), [("pandas", to_pandas), ("polars", to_polars)])
def test_without_the_package_the_error_names_it(package: str, make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf"'{package}'.*ipyscribe\[data\]"):
        make(call())  # type: ignore[operator]
