"""An evaluation as HTML without script, for saved notebooks and pages: table, picture and the worst recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Protocol

from ipyscribe.comparison.static_page import CELL, FRAME, MUTED_BLOCK, ROW, safe, table_html, words_table
from ipyscribe.comparison.table import Record
from ipyscribe.evaluation.frequent_errors import ErrorTable, error_text
from ipyscribe.evaluation.opened_recording import OpenedRecording
from ipyscribe.evaluation.overview import RecordingRow, percent
from ipyscribe.evaluation.progress import Progress
from ipyscribe.evaluation.summary import Summary
from ipyscribe.export import Frozen
from ipyscribe.export.export_lanes import comparison_title
from ipyscribe.export.static_style import MUTE, host_rules, picture_html
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.html_table import unbroken
from ipyscribe.timeline.tradeoff import accuracy_latency_png, describe_accuracy_latency

_WIDTH_PX = 860
_MOST_LISTED = 20
_MOST_OPENED = 5
_LONGEST_OPENED_S = 120.0
_MOST_ERRORS = 10


class Evaluated(Protocol):
    """What is shown of an evaluation."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def group_columns(self) -> tuple[str, ...]: ...
    def summary(self) -> Summary: ...
    def rows(self) -> Sequence[RecordingRow]: ...
    def errors(self) -> ErrorTable: ...
    def open(self, name: str) -> OpenedRecording: ...


def frozen_evaluation(evaluation: Evaluated, *, title: str | None) -> Frozen:
    """The page of ``Evaluation.freeze``."""
    title = comparison_title(evaluation.labels, "Evaluation") if title is None else title
    return Frozen(static_evaluation(evaluation), title)


def static_evaluation(
    evaluation: Evaluated,
    *,
    css_class: str = "ipyscribe-frozen",
    note: str = "",
    brief: bool = False,
    with_errors: bool = True,
) -> str:
    """Table, picture and worst recordings as one piece of HTML: no script, no address, text escaped.

    ``brief`` leaves out the words of the recordings, for a copy that is written again and again, ``with_errors=False``
    the most frequent errors. ``note`` comes first.
    """
    progress = evaluation.progress
    parts = [_muted(note)] if note else []
    parts.append(_muted(f"{progress.played:,} of {progress.total:,} recordings were played to each model."))
    if progress.played:
        summary, worst = evaluation.summary(), _worst(evaluation.rows())
        table = summary.table
        parts.append(
            table_html(
                {
                    "rows": table.shown(),
                    "differences": table.differences,
                    "notes": table.notes,
                    "warning": table.warning,
                }
            )
        )
        parts.append(_picture(summary, both_themes=not brief))
        parts.append(_worst_list(evaluation, worst[:_MOST_LISTED]))
        if not brief:
            parts += [_errors(evaluation.errors())] if with_errors else []
            parts += [_opened(evaluation, row) for row in worst[:_MOST_OPENED] if row.worst_rate]
    return (
        f"{host_rules(css_class)}<div class='{escape(css_class, quote=True)}' role='group' "
        f"aria-label='Evaluation' style='{FRAME}'>{''.join(parts)}</div>"
    )


def plain_evaluation(evaluation: Evaluated) -> str:
    """The table as text, for places without HTML."""
    progress = evaluation.progress
    if not progress.played:
        return f"No recording of {progress.total:,} was played yet."
    return evaluation.summary().table.to_text()


def _worst(rows: Iterable[RecordingRow]) -> list[RecordingRow]:
    """Those that were played, the highest error rate first."""
    played = [row for row in rows if row.status == "played"]
    return sorted(played, key=lambda row: (-(row.worst_rate or 0.0), -(row.disagreement or 0.0), row.number))


def _muted(text: str) -> str:
    return f"{MUTED_BLOCK}>{safe(text)}</div>"


def _heading(text: str) -> str:
    return f"<div role='heading' aria-level='2' style='font-weight:600;padding:8px 12px 2px'>{safe(text)}</div>"


def _picture(summary: Summary, *, both_themes: bool) -> str:
    if not summary.drawable:
        return ""
    from ipyscribe.timeline.canvas import compact

    light, *dark = (
        compact(
            accuracy_latency_png(
                summary.points,
                theme=theme,
                width_px=_WIDTH_PX,
                ratio=1.5,
                warning=summary.table.warning,
                paths=summary.paths,
            )
        )
        for theme in (("light", "dark") if both_themes else ("light",))
    )
    description = describe_accuracy_latency(summary.points)
    style = f"width:100%;max-width:{_WIDTH_PX}px"
    images = picture_html(light, dark[0] if dark else None, "Error rate against latency, described below", style)
    return f"{images}{_muted(description)}"


def _worst_list(evaluation: Evaluated, worst: Sequence[RecordingRow]) -> str:
    labels, columns = evaluation.labels, evaluation.group_columns
    differ = ["models differ"] if len(labels) > 1 else []
    titles = ["recording", *labels, *differ, "length", *columns]
    rows = [
        [
            row.name,
            *(percent(rate) or "-" for rate in row.rates),
            *([percent(row.disagreement)] if differ else []),
            "" if row.duration_s is None else clock_text(row.duration_s),
            *(group or "" for group in row.groups),
        ]
        for row in worst
    ]
    return _table("The recordings with the most errors", titles, rows)


def _errors(errors: ErrorTable) -> str:
    if not errors:
        return ""
    rows = [
        [record["model"], error_text(record), _count_text(record), ", ".join(map(str, record["places"][:3]))]
        for label in errors.models
        for record in [record for record in errors if record["model"] == label][:_MOST_ERRORS]
    ]
    return _table("The most frequent errors", ["model", "error", "count", "places"], rows)


def _count_text(record: Record) -> str:
    of = record["occurrences"]
    return f"{record['count']:,}" if of is None else f"{record['count']:,} of {of:,}"


def _opened(evaluation: Evaluated, row: RecordingRow) -> str:
    if (row.duration_s or 0.0) > _LONGEST_OPENED_S:
        return ""
    opened = evaluation.open(row.name)
    rates = ", ".join(f"{label} {percent(rate)}" for label, rate in zip(evaluation.labels, row.rates, strict=True))
    table = words_table(opened.labels, opened.rows(), len(opened.aligned.disagreements), partial=False)
    return f"{_heading(row.name)}<div style='color:{MUTE};padding:0 12px 4px'>{safe(rates)}</div>{table}"


def _table(heading: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table below its heading, which is scrolled by itself where the page is narrow."""
    head = "".join(f"<th scope='col' style='{CELL}'>{unbroken(safe(title))}</th>" for title in titles)
    body = "".join(
        f"{ROW}<th scope='row' style='{CELL};font-weight:400'>{safe(name)}</th>"
        + "".join(f"<td style='{CELL};white-space:nowrap'>{unbroken(safe(cell))}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return (
        f"{_heading(heading)}<div style='overflow-x:auto' role='region' tabindex='0' aria-label='{escape(heading)}'>"
        f"<table class='i-table' style='border-collapse:collapse;margin:0'>{ROW}{head}</tr>{body}</table></div>"
    )
