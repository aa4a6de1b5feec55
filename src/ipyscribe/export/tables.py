"""Transcripts as tables: records, CSV, pandas and polars."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Literal

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export.export_lanes import voices_of
from ipyscribe.export.exportable import Exportable, one_line

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Rows = Literal["turns", "words"]
_TURN = {
    "turn_order": int, "start_ms": int, "end_ms": int, "text": str, "speaker": str, "language": str,
    "confidence": float, "end_of_turn": bool, "settled": bool, "words": int, "partials": int, "final_delay_ms": float,
}  # fmt: skip
_WORD = {
    "turn_order": int, "text": str, "start_ms": int, "end_ms": int, "confidence": float, "speaker": str,
    "word_is_final": bool,
}  # fmt: skip
_COLUMNS: dict[str, dict[str, type]] = {"turns": _TURN, "words": _WORD}
_FORMULA = ("=", "+", "-", "@")


def to_records(what: Exportable, *, rows: Rows = "turns", lane: str | None = None) -> list[dict[str, Any]]:
    """One dict for each turn, or for each word with ``rows="words"``.

    Of several models each record says first which, by its label as ``model``; ``lane`` is the label of the only one
    that is wanted.
    """
    return _table(what, rows, lane)[1]


def to_csv(what: Exportable, *, rows: Rows = "turns", formulas: bool = False, lane: str | None = None) -> str:
    """The records as CSV (RFC 4180, with a line of names).

    A text that a spreadsheet would take for a formula, because it begins with ``=``, ``+``, ``-`` or ``@``, gets an
    apostrophe in front; ``formulas=True`` leaves it as it is, for programs. What is not known is empty.
    """
    out = io.StringIO(newline="")
    columns, records = _table(what, rows, lane)
    writer = csv.DictWriter(out, list(columns))
    writer.writeheader()
    for record in records:
        writer.writerow({name: _cell(value, formulas) for name, value in record.items()})
    return out.getvalue()


def to_pandas(what: Exportable, *, rows: Rows = "turns", lane: str | None = None) -> pd.DataFrame:
    """The records as a pandas DataFrame. Raises ``MissingDependencyError`` without pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError("pandas", purpose="to_pandas()", extra="data") from error
    columns, records = _table(what, rows, lane)
    return pd.DataFrame.from_records(records, columns=list(columns))


def to_polars(what: Exportable, *, rows: Rows = "turns", lane: str | None = None) -> pl.DataFrame:
    """The records as a polars DataFrame. Raises ``MissingDependencyError`` without polars."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingDependencyError("polars", purpose="to_polars()", extra="data") from error
    columns, records = _table(what, rows, lane)
    return pl.DataFrame(records, schema=columns)


def _table(what: Exportable, rows: str, lane: str | None) -> tuple[dict[str, type], list[dict[str, Any]]]:
    """Names and types of the columns, and the records."""
    if rows not in _COLUMNS:
        raise ParameterError(f"rows={rows!r} cannot be used.", advice="Use 'turns' or 'words'.")
    columns = _COLUMNS[rows]
    records = []
    voices = voices_of(what, lane)
    for voice in voices:
        first = {"model": voice.label} if voice.label else {}
        said = voice.transcript.to_records() if rows == "turns" else voice.transcript.to_word_records()
        records += [first | {name: record[name] for name in columns} for record in said]
    return ({"model": str} | columns if len(voices) > 1 else columns), records


def _cell(value: Any, formulas: bool) -> Any:
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if not formulas and text.startswith(_FORMULA) else text
