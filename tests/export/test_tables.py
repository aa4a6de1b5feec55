import csv
import io
import math
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from export.speech import HOSTILE, hostile
from msgspec.structs import replace
from timeline.speech import call, live_call, turn

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export import save, to_csv, to_pandas, to_polars, to_records, to_text
from ipyscribe.transcript import Arrival, Transcript


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_line_for_each_turn_or_word() -> None:
    transcript = call()
    turns, words = read(to_csv(transcript)), read(to_csv(transcript, rows="words"))
    assert [row["text"] for row in turns] == [turn.text for turn in transcript.turns]
    assert [(int(row["start_ms"]), int(row["end_ms"])) for row in turns] == [
        (t.start_ms, t.end_ms) for t in transcript.turns
    ]
    assert [row["text"] for row in words] == [word.text for turn in transcript.turns for word in turn.words]
    assert {row["speaker"] for row in words} == {"A", "B"}


def test_unknown_values_are_empty() -> None:
    [row] = read(to_csv(live_call(1)))
    assert (row["language"], row["final_delay_ms"], row["settled"]) == ("", "", "False")


def test_no_cell_is_a_formula_unless_wanted() -> None:
    texts = [row["text"] for row in read(to_csv(hostile()))]
    assert not [text for text in texts if text[:1] in "=+-@"]
    assert f"'{HOSTILE[2]}" in texts
    assert HOSTILE[2] in [row["text"] for row in read(to_csv(hostile(), formulas=True))]
    assert all(len(row) == 13 and None not in row for row in read(to_csv(hostile())))


# Imported by each test: every worker loads this file, and only one needs the 90 MB that pandas and polars take.


def test_pandas_and_polars_hold_the_records() -> None:
    import pandas as pd
    import polars as pl

    transcript = live_call(4)
    records = to_records(transcript)
    table, frame = to_pandas(transcript), to_polars(transcript)
    assert isinstance(table, pd.DataFrame)
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dicts() == records
    assert table["text"].tolist() == [record["text"] for record in records]
    assert math.isnan(table["final_delay_ms"].iloc[-1])
    assert frame.schema["final_delay_ms"] == pl.Float64
    assert to_polars(transcript, rows="words").to_dicts() == to_records(transcript, rows="words")


def test_excel_reads_it_as_utf_8(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    transcript = Transcript((turn(0, "Grüße aus Zürich, 日本", 0, 2000),))
    plain, excel = to_csv(transcript), to_csv(transcript, excel=True)
    assert excel == "\ufeff" + plain
    path = save(transcript, tmp_path / "talk.csv", excel=True)
    assert path.read_bytes()[:3] == b"\xef\xbb\xbf"
    for table in (pd.read_csv(path), pl.read_csv(path)):
        assert list(table["text"]) == ["Grüße aus Zürich, 日本"]
        assert table.columns[0] == "turn_order"


def test_the_time_of_day_at_which_a_turn_was_spoken() -> None:
    began = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
    spoken = replace(turn(0, "Good morning.", 2_000, 3_000), first=Arrival(62.5, 2_500.0))  # after a pause of a minute
    session = SimpleNamespace(transcript=Transcript((spoken,)), tape=SimpleNamespace(began=began, audio=bytes))
    assert to_records(session)[0]["spoken_at"] == "2026-11-29T09:31:02.000+00:00"
    assert (
        to_text(session, time_of_day=True)
        == f"{began.astimezone():%Y-%m-%d} {began.astimezone():%H}:31:02  Good morning.\n"
    )
    assert to_records(Transcript((spoken,)))[0]["spoken_at"] is None
    with pytest.raises(ParameterError, match="no time of day"):
        to_text(Transcript((spoken,)), time_of_day=True)


def test_tables_of_nothing_have_their_columns() -> None:
    import polars as pl

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
