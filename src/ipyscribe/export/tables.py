"""Transcripts as tables: records, CSV, pandas and polars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export.csv_text import csv_text
from ipyscribe.export.export_lanes import ExportLane, lanes_of
from ipyscribe.export.exportable import Exportable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Rows = Literal["turns", "words"]
Record = dict[str, Any]
_TURN_COLUMNS = {
    "turn_order": int, "start_ms": int, "end_ms": int, "spoken_at": str, "text": str, "speaker": str, "language": str,
    "confidence": float, "end_of_turn": bool, "settled": bool, "words": int, "partials": int, "final_delay_ms": float,
}  # fmt: skip
_WORD_COLUMNS = {
    "turn_order": int, "text": str, "start_ms": int, "end_ms": int, "confidence": float, "speaker": str,
    "word_is_final": bool,
}  # fmt: skip
_COLUMNS: dict[str, dict[str, type]] = {"turns": _TURN_COLUMNS, "words": _WORD_COLUMNS}
_BYTE_ORDER_MARK = "\ufeff"


def to_records(
    exportable: Exportable, *, rows: Rows = "turns", offset_s: float = 0.0, lane: str | None = None
) -> list[Record]:
    """One dict for each turn, or for each word with ``rows="words"``.

    ``spoken_at`` is the time of day at which a turn began to be spoken (ISO 8601, UTC), None for a transcript
    without a tape. ``offset_s`` is added to all times on the audio clock. Each record of several models begins with
    ``model``, the label of its model; ``lane`` is the label of the only one that is wanted.
    """
    return _table(exportable, rows, lane, offset_s)[1]


def to_csv(
    exportable: Exportable,
    *,
    rows: Rows = "turns",
    formulas: bool = False,
    excel: bool = False,
    offset_s: float = 0.0,
    lane: str | None = None,
) -> str:
    """The records as CSV (RFC 4180, with a header line); unknown values are empty.

    A text that a spreadsheet would take for a formula, because it begins with ``=``, ``+``, ``-`` or ``@``, gets an
    apostrophe in front; ``formulas=True`` leaves it as it is, for programs. ``excel=True`` begins the file with the
    byte order mark without which Excel takes UTF-8 for another encoding.
    """
    columns, records = _table(exportable, rows, lane, offset_s)
    return (_BYTE_ORDER_MARK if excel else "") + csv_text(list(columns), records, formulas=formulas)


def to_pandas(
    exportable: Exportable, *, rows: Rows = "turns", offset_s: float = 0.0, lane: str | None = None
) -> pd.DataFrame:
    """The records as a pandas DataFrame. Raises ``MissingDependencyError`` without pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError("pandas", purpose="to_pandas()", extra="data") from error
    columns, records = _table(exportable, rows, lane, offset_s)
    return pd.DataFrame.from_records(records, columns=list(columns))


def to_polars(
    exportable: Exportable, *, rows: Rows = "turns", offset_s: float = 0.0, lane: str | None = None
) -> pl.DataFrame:
    """The records as a polars DataFrame. Raises ``MissingDependencyError`` without polars."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingDependencyError("polars", purpose="to_polars()", extra="data") from error
    columns, records = _table(exportable, rows, lane, offset_s)
    return pl.DataFrame(records, schema=columns)


def _table(
    exportable: Exportable, rows: str, lane: str | None, offset_s: float
) -> tuple[dict[str, type], list[Record]]:
    """Names and types of the columns, and the records."""
    if rows not in _COLUMNS:
        raise ParameterError(f"rows={rows!r} cannot be used.", advice="Use 'turns' or 'words'.")
    lanes = lanes_of(exportable, lane, offset_s=offset_s)
    columns = {"model": str} | _COLUMNS[rows] if len(lanes) > 1 else _COLUMNS[rows]
    return columns, [
        {name: record[name] for name in columns}
        for one in lanes
        for record in (_turn_records(one) if rows == "turns" else _word_records(one))
    ]


def _turn_records(lane: ExportLane) -> Iterator[Record]:
    for turn in lane.transcript.turns:
        spoken_at = lane.spoken_at(turn)
        yield {
            "model": lane.label,
            "spoken_at": None if spoken_at is None else spoken_at.isoformat(timespec="milliseconds"),
            **turn.to_record(),
        }


def _word_records(lane: ExportLane) -> Iterator[Record]:
    return ({"model": lane.label, **record} for record in lane.transcript.to_word_records())
