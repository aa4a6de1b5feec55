"""Tables of texts from elsewhere, for a notebook that shows an object as the value of a cell."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from ipyscribe.plain_text import plain


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table of plain texts, of which none is taken as markup."""
    cell = "<td style='text-align:start' dir='auto'>{}</td>"
    lines = "".join(f"<tr>{''.join(cell.format(html.escape(plain(text))) for text in row)}</tr>" for row in rows)
    heads = "".join(f"<th style='text-align:start'>{html.escape(name)}</th>" for name in head)
    above = f"<caption>{html.escape(plain(caption))}</caption>" if caption else ""
    return f"<table>{above}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
