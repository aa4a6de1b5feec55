"""Transcripts as tables: records, CSV, pandas and polars."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Literal

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export.what import Exportable, one_line, transcript_of

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


def to_records(what: Exportable, *, rows: Rows = "turns") -> list[dict[str, Any]]:
    """One dict for each turn, or for each word with ``rows="words"``."""
    transcript = transcript_of(what)
    columns = _columns(rows)
    records = transcript.to_records() if rows == "turns" else transcript.words()
    return [{name: record[name] for name in columns} for record in records]


def to_csv(what: Exportable, *, rows: Rows = "turns", formulas: bool = False) -> str:
    """The records as CSV (RFC 4180, with a line of names).

    A text that a spreadsheet would take for a formula, because it begins with ``=``, ``+``, ``-`` or ``@``, gets an
    apostrophe in front; ``formulas=True`` leaves it as it is, for programs. What is not known is empty.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(_columns(rows)))
    writer.writeheader()
    for record in to_records(what, rows=rows):
        writer.writerow({name: _cell(value, formulas) for name, value in record.items()})
    return out.getvalue()


def to_pandas(what: Exportable, *, rows: Rows = "turns") -> pd.DataFrame:
    """The records as a pandas DataFrame. Raises ``MissingDependencyError`` without pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError("pandas", purpose="to_pandas()", extra="data") from error
    return pd.DataFrame.from_records(to_records(what, rows=rows), columns=list(_columns(rows)))


def to_polars(what: Exportable, *, rows: Rows = "turns") -> pl.DataFrame:
    """The records as a polars DataFrame. Raises ``MissingDependencyError`` without polars."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingDependencyError("polars", purpose="to_polars()", extra="data") from error
    return pl.DataFrame(to_records(what, rows=rows), schema=_columns(rows))


def _columns(rows: str) -> dict[str, type]:
    if rows not in _COLUMNS:
        raise ParameterError(f"rows={rows!r} cannot be used.", advice="Use 'turns' or 'words'.")
    return _COLUMNS[rows]


def _cell(value: Any, formulas: bool) -> Any:
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if not formulas and text.startswith(_FORMULA) else text
