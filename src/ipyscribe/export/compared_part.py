"""What a page of several models has beneath their transcripts: the words aligned side by side, and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from typing import Any

from ipyscribe.export.exportable import one_line
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.html_table import unbroken
from ipyscribe.transcript.scripts import needs_space

_COMPARISON = "ipyscribe.comparison.compared_text"
"""Imported where something is compared: comparisons are made of what this package exports."""


def compared_part(exportable: Any) -> str:
    """Aligned words, differences and figures of a comparison, or of the tape or replay of one."""
    compared = import_module(_COMPARISON).compared_text(exportable)
    if compared is None:
        return ""
    return _aligned(compared.labels, compared.rows, compared.differences) + _figures(compared.table)


def _aligned(labels: Sequence[str], rows: Sequence[dict[str, Any]], differences: int) -> str:
    heads = "".join(f'<th scope="col" dir="auto">{_safe(label)}</th>' for label in labels)
    body = "".join(
        f'<tr><th scope="row">{clock_text(row["start"] / 1000)}</th>'
        + "".join(f'<td dir="auto">{_cell(pieces)}</td>' for pieces in row["cells"])
        + "</tr>\n"
        for row in rows
    )
    count = (
        f"{differences:,} difference{'s' * (differences != 1)}: bold and underlined; \u2038 where words are missing."
    )
    table = f'<div class="wide"><table class="aligned"><thead><tr><td></td>{heads}</tr></thead>\n{body}</table></div>'
    return _section("Side by side", _about(count) + table)


def _figures(table: dict[str, Any]) -> str:
    titles, *rows = table["rows"] or [[]]
    warning = f'<p class="warning">{_safe(table["warning"])}</p>\n' if table["warning"] else ""
    head = "".join(f'<th scope="col">{unbroken(_safe(title))}</th>' for title in titles)
    body = "".join(
        f'<tr><th scope="row" dir="auto">{_safe(label)}</th>'
        + "".join(f"<td>{unbroken(_safe(cell))}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in rows
    )
    figures = f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}</table></div>\n' if rows else ""
    lines = "".join(map(_about, table["differences"]))
    notes = "".join(f"<li>{_safe(note)}</li>" for note in table["notes"])
    if notes:
        lines += f"<details open><summary>Notes on these figures</summary><ul>{notes}</ul></details>\n"
    return _section("Figures", warning + figures + lines)


def _section(title: str, content: str) -> str:
    return f'<section class="compared" aria-label="{title}">\n<h2>{title}</h2>\n{content}</section>\n'


def _about(text: str) -> str:
    return f'<p class="about">{_safe(text)}</p>\n'


def _cell(pieces: Sequence[Sequence[Any]]) -> str:
    texts = [piece[0] for piece in pieces]
    return "".join(
        _piece(piece) + (" " if needs_space(piece[0], after) else "")
        for piece, after in zip(pieces, [*texts[1:], ""], strict=True)
    )


def _piece(piece: Sequence[Any]) -> str:
    text, style = _safe(piece[0]), piece[1]
    marked = {"gap": '<b class="gap">\u2038</b>', "odd": f"<b><u>{text}</u></b>", "most": f"<u>{text}</u>"}
    return marked.get(style, f'<i class="pending">{text}</i>' if style == "new" else text)


def _safe(text: str) -> str:
    return escape(one_line(text), quote=False)
