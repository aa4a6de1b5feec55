"""The table of a comparison: one record for each model, the differences, and the conditions that were unequal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ipyscribe.errors import MissingDependencyError
from ipyscribe.metrics import Unequal
from ipyscribe.plain_text import plain
from ipyscribe.protocol.html_table import table_element, unbroken

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
_COLUMNS = (
    ("model", "", "model"),
    ("wer", "%", "word error rate (95\u00a0%)"),
    ("wer_mean", "%", "mean of recordings"),
    ("perfect_share", "%", "without error"),
    ("reference_words", "", "reference words"),
    ("word_emission_ms", "ms", "word emission, median"),
    ("word_emission_ms_p90", "ms", "word emission, P90"),
    ("word_commit_ms", "ms", "word commit, median"),
    ("ttct_ms", "ms", "complete transcript, median"),
    ("churn", "%", "churn"),
    ("words", "", "words"),
    ("cost_usd", "$", "cost"),
)
_LONGEST_CONDITION = 60
FASTER_THAN_SPEECH = 1.1
"""Times the pace of speech from which on latencies are not those of live speech."""
_OF_CHARACTERS = {"wer": "character error rate (95\u00a0%)", "reference_words": "reference characters"}


class Table(list[Record]):
    """One record per model under the standard names; rates are shares, times ms, prices US dollars.

    ``differences`` compares each model with the first, ``unequal`` are the conditions that differed, each a column
    where the table is shown, ``notes`` say how the figures were obtained, ``warning`` says across the table which
    latencies are not those of a model on live speech, which an asterisk marks. All belong to the table wherever it is
    shown.
    """

    def __init__(
        self,
        records: Iterable[Record],
        differences: Sequence[str] = (),
        notes: Sequence[str] = (),
        *,
        unequal: Sequence[Unequal] = (),
        warning: str = "",
    ) -> None:
        super().__init__(records)
        self.unequal = tuple(unequal)
        self.warning = plain(warning)
        self.differences = tuple(map(plain, differences))
        self.notes = tuple(map(plain, notes))

    def to_dataframe(self) -> pd.DataFrame:
        """All columns as a pandas DataFrame, the notes in its ``attrs``. Raises ``MissingDependencyError``."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingDependencyError("pandas", purpose="to_dataframe()", extra="data") from None
        frame = pd.DataFrame.from_records(list(self))
        unequal = {each.condition: dict(each.values) for each in self.unequal}
        frame.attrs.update(
            unequal=unequal, differences=list(self.differences), notes=list(self.notes), warning=self.warning
        )
        return frame

    def shown(self) -> list[list[str]]:
        """The main columns as text: their titles, then a row for each model."""
        columns = [column for column in _COLUMNS if any(record.get(column[0]) is not None for record in self)]
        of_characters = any(record.get("unit") == "characters" for record in self)
        rows = [[_OF_CHARACTERS.get(name, title) if of_characters else title for name, _, title in columns]]
        rows += [[_cell(record, name, unit) for name, unit, _ in columns] for record in self]
        for condition in self.unequal:
            cells = (_condition_text(value) for _, value in condition.values)
            for row, cell in zip(rows, [plain(condition.condition), *cells], strict=False):
                row.append(cell)
        return rows

    def to_text(self, columns: int | None = None) -> str:
        """The table as text with its notes; models beside each other where it would be wider than ``columns``."""
        rows = self.shown()
        if columns is not None and _width(rows) > columns:
            rows = _in_columns([list(row) for row in zip(*rows, strict=True)], columns)
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        wide = 10_000 if columns is None else max(20, columns)
        notes = [line for note in (*self.differences, *self.notes) for line in textwrap.wrap(unbroken(note), wide)]
        above = [*textwrap.wrap(self.warning, wide), ""] if self.warning else []
        return "\n".join([*above, *lines, "", *notes]).rstrip()

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        titles, *rows = self.shown()
        head = "".join(f'<th scope="col">{escape(unbroken(title))}</th>' for title in titles)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(unbroken(cell))}</td>" for cell in row[1:])
            + "</tr>"
            for row in rows
        )
        differences = "".join(f"<li>{escape(line)}</li>" for line in self.differences)
        lines = f"<ul>{differences}</ul>" if differences else ""
        lines += folded_notes([escape(note) for note in self.notes])
        caption = f"<caption><b>{escape(self.warning)}</b></caption>" if self.warning else ""
        return table_element(f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", len(titles)) + lines


def folded_notes(notes: Sequence[str]) -> str:
    """Notes, which are HTML, as a list that opens with a click; nothing where there are none."""
    if not notes:
        return ""
    title = f"{len(notes)} note{'' if len(notes) == 1 else 's'} on these figures"
    items = "".join(f"<li>{note}</li>" for note in notes)
    return f"<details class='i-notes'><summary>{title}</summary><ul>{items}</ul></details>"


def _condition_text(value: Any) -> str:
    return "not stated" if value is None else plain(str(value))[:_LONGEST_CONDITION]


def _width(rows: Sequence[Sequence[str]]) -> int:
    return sum(max(map(len, cells)) + 2 for cells in zip(*rows, strict=True)) - 2


def _in_columns(rows: list[list[str]], columns: int) -> list[list[str]]:
    """``rows`` with the labels of models, which are the first row, in as many lines as they need."""
    titles, *cells = zip(*rows, strict=True)
    room = (columns - max(map(len, titles))) // max(len(cells), 1) - 2
    labels = [textwrap.wrap(label, max(room, 8, *map(len, values))) for label, *values in cells]
    heads = [[title, *parts] for title, *parts in zip_longest([titles[0]], *labels, fillvalue="")]
    return [*heads, *rows[1:]]


def _cell(record: Record, name: str, unit: str) -> str:
    """A figure, with its interval where there is one."""
    low, high = record.get(f"{name}_low"), record.get(f"{name}_high")
    text = figure_text(record.get(name), unit)
    if unit == "ms" and record.get(name) is not None and _has_marked_latencies(record):
        text += " *"
    return text if low is None or high is None or unit != "%" else f"{text} ({100 * low:.1f}\u2013{100 * high:.1f})"


def _has_marked_latencies(record: Record) -> bool:
    """Whether its latencies are not those of the model on live speech, one recording at a time."""
    unusual = record.get("speed", 1.0) > FASTER_THAN_SPEECH or record.get("at_once", 1) > 1
    return bool(record.get("simulated") or record.get("late_s") or record.get("forced_ends")) or unusual


def figure_text(value: Any, unit: str) -> str:
    """A figure for a reader; a dash for an unknown one."""
    if value is None:
        return "-"
    if unit == "%":
        return f"{100 * value:.1f} %"
    if unit == "ms":
        return f"{value:,.0f} ms"
    if unit == "$":
        return f"${value:.4f}" if value else "free"
    return f"{value:,}" if isinstance(value, int) else plain(str(value))
