"""A comparison as text, for pages that draw it: its aligned rows and its figures."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ipyscribe.comparison.aligned_rows import AlignedRows, Piece
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.errors import ScribeError
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape
from ipyscribe.transcript.scripts import joined_words

TableText = dict[str, Any]
"""A table as text: ``rows`` with the titles first, ``differences``, ``notes``, and the ``warning`` across it."""
_MAX_ROWS = 4_000
_MERGE_ABOVE_ROWS, _WORDS_PER_MERGED_ROW = 150, 40
"""Long comparisons get fewer, longer rows: a row costs more bytes than its words."""


class ComparedText(NamedTuple):
    """``rows`` as ``AlignedRows.row`` gives them, with a cell for each of ``labels``; how many ``differences``."""

    labels: tuple[str, ...]
    rows: list[dict[str, Any]]
    differences: int
    table: TableText


def compared_text(compared: Any) -> ComparedText | None:
    """What is to be said of several lanes beside their words; of a tape at its end. Takes long where it is long.

    ``compared`` is a comparison, a replay or a tape; anything else with lanes has transcripts only, which gives None.
    """
    if isinstance(compared, Tape):
        compared = Replay(compared)
        compared.seek(math.inf)
    if isinstance(compared, Replay):
        compared = ComparedLanes(compared.tape.labels, compared.lanes)
    if not isinstance(compared, ComparedLanes):
        return None
    aligned = AlignedRows()
    aligned.update(compared)
    return ComparedText(compared.labels, aligned_text(aligned), len(aligned.disagreements), table_text(compared))


def table_text(lanes: ComparedLanes) -> TableText:
    """The table as text, with its notes. Takes long where a comparison is long."""
    try:
        table = lanes.table()
    except ScribeError as error:
        return {"rows": [], "differences": [], "notes": [str(error)], "warning": ""}
    return {"rows": table.shown(), "differences": table.differences, "notes": table.notes, "warning": table.warning}


def aligned_text(aligned: AlignedRows) -> list[dict[str, Any]]:
    """The rows from the beginning, as ``AlignedRows.row`` gives them; those of a long comparison are put together."""
    rows = [aligned.row(number) for number in range(min(aligned.count, _MAX_ROWS))]
    if len(rows) <= _MERGE_ABOVE_ROWS:
        return rows
    merged: list[dict[str, Any]] = []
    words = _WORDS_PER_MERGED_ROW
    for row in rows:
        row_words = max(sum(len(piece[0].split()) for piece in cell) for cell in row["cells"])
        if words + row_words > _WORDS_PER_MERGED_ROW:
            merged.append({"start": row["start"], "cells": [[] for _ in row["cells"]]})
            words = 0
        words += row_words
        for cell, pieces in zip(merged[-1]["cells"], row["cells"], strict=True):
            _append(cell, pieces)
    return merged


def _append(cell: list[Piece], pieces: list[Piece]) -> None:
    """Put ``pieces`` at the end of ``cell``, joining words of the same style."""
    for piece in pieces:
        if cell and cell[-1][1] == piece[1] == "":
            cell[-1] = [joined_words((cell[-1][0], piece[0])), "", 0, -1]
        else:
            cell.append(piece)
