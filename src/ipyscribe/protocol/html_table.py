"""Tables of texts from elsewhere, for a notebook that shows an object as the value of a cell."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from ipyscribe.plain_text import plain

PRINT_RULE = (
    "@media print { .i-table { width: 100%; table-layout: auto !important } .i-table :is(th, td) { font-size: 6.5pt;"
    " line-height: 1.3; padding: 1px 4px !important; white-space: normal !important }"
    " .i-wide :is(th, td) { font-size: 6pt; padding: 1px 2px !important }"
    " .i-notes::details-content { content-visibility: visible; block-size: auto } }"
)
"""What makes a table of many columns fit a sheet of paper, with its notes unfolded."""
_BEFORE_A_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|h|dB|kB|MB|GB)(?!\w))")
_MANY_COLUMNS, _VERY_MANY_COLUMNS = 7, 12


def unbroken(text: str) -> str:
    """``text`` with no-break spaces between numbers and their units."""
    return _BEFORE_A_UNIT.sub("\u00a0", text)


def table_element(content: str, columns: int) -> str:
    """A table of HTML rows, which is printed in full where the host applies the style of outputs."""
    if columns < _MANY_COLUMNS:
        return f"<table>{content}</table>"
    wide = " i-wide" if columns >= _VERY_MANY_COLUMNS else ""
    return f"<style>{PRINT_RULE}</style><table class='i-table{wide}'>{content}</table>"


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table of plain texts, of which none is taken as markup."""
    cell = "<td style='text-align:start' dir='auto'>{}</td>"
    lines = "".join(f"<tr>{''.join(cell.format(html.escape(plain(text))) for text in row)}</tr>" for row in rows)
    heads = "".join(f"<th style='text-align:start'>{html.escape(name)}</th>" for name in head)
    above = f"<caption>{html.escape(plain(caption))}</caption>" if caption else ""
    return table_element(f"{above}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>", len(head))
