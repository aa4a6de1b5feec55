"""Records as CSV that a spreadsheet can open: its texts stay texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ipyscribe.export.exportable import one_line

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with; the last four are their full-width forms, which some spreadsheets take too."""


def csv_text(columns: Sequence[str], records: Iterable[Mapping[str, Any]], *, formulas: bool = False) -> str:
    """``records`` as CSV (RFC 4180) with a header line; unknown values are empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, unless ``formulas`` is true.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_cell(name, formulas) for name in columns])
    writer.writerows([_cell(record.get(name), formulas) for name in columns] for record in records)
    return out.getvalue()


def _cell(value: Any, formulas: bool) -> Any:
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if not formulas and text.startswith(_FORMULA) else text
