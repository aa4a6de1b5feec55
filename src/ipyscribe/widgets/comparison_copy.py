"""What stays of a comparison in the saved notebook: its rows and numbers as HTML without script."""

from __future__ import annotations

from html import escape
from typing import Any

from ipyscribe.comparison import SideBySide
from ipyscribe.export.what import one_line
from ipyscribe.timeline.clock import clock
from ipyscribe.widgets.passages import Passages, Piece
from ipyscribe.widgets.static import SavedCopy

Numbers = dict[str, Any]
_INK, _MUTE, _LINE, _WARM = "#1f2430", "#5d6673", "#dfe3e8", "#b4472f"
_FRAME = (
    f"background:#fff;color:{_INK};border:1px solid {_LINE};border-radius:8px;"
    "font:13px/1.45 system-ui,sans-serif;overflow-x:auto"
)
_CELL = "text-align:left;vertical-align:top;padding:3px 12px"
_ROW = "<tr style='background:#fff'>"
_MOST_ROWS = 2_000


class ComparisonCopy(SavedCopy[tuple[SideBySide, Numbers]]):
    """One HTML output per place where the comparison was displayed."""

    def _mark(self, what: tuple[SideBySide, Numbers]) -> Any:
        side, numbers = what
        return (side.settled.version, side.done, numbers)

    def _bundle(self, what: tuple[SideBySide, Numbers]) -> dict[str, str]:
        side, numbers = what
        return {"text/html": static_comparison(side, numbers, css_class=self.css_class), "text/plain": _plain(side)}


def static_comparison(side: SideBySide, numbers: Numbers, *, css_class: str = "") -> str:
    """Labels, aligned text and ``numbers`` as one piece of HTML: no script, no address, text escaped.

    Where the models differ, words are bold and underlined, and a caret stands where one has none.
    """
    passages = Passages()
    passages.update(side)
    rows = [passages.row(number) for number in range(min(passages.count, _MOST_ROWS))]
    heads = "".join(f"<th scope='col' style='{_CELL}'>{_safe(label)}</th>" for label in side.labels)
    said = "".join(
        f"{_ROW}<th scope='row' style='{_CELL};font-weight:400;color:{_MUTE}'>{clock(row['start'] / 1000)}</th>"
        + "".join(f"<td dir='auto' style='{_CELL}'>{''.join(map(_piece, cell))}</td>" for cell in row["cells"])
        + "</tr>"
        for row in rows
    )
    found = len(passages.spots)
    told = f"{found} difference{'s' * (found != 1)}: bold and underlined; \u2038 where words are missing."
    parts = (
        f"<table style='border-collapse:collapse;width:100%;margin:0'><thead>{_ROW}<th></th>{heads}</tr></thead>"
        f"<tbody>{said}</tbody></table>"
        f"<div style='color:{_MUTE};padding:6px 12px'>{told}</div>" + _numbers(numbers)
        if rows
        else f"<div style='color:{_MUTE};padding:6px 12px'>Nothing was said yet.</div>"
    )
    return (
        f"<div class='{escape(css_class, quote=True)}' role='group' aria-label='Comparison' style='{_FRAME}'>"
        f"{parts}</div>"
    )


def _numbers(numbers: Numbers) -> str:
    rows = numbers.get("rows", ())
    body = "".join(
        _ROW
        + "".join(f"<t{'d' if at and number else 'h'} style='{_CELL}'>{_safe(cell)}" for at, cell in enumerate(row))
        for number, row in enumerate(rows)
    )
    notes = (*numbers.get("differences", ()), *numbers.get("notes", ()))
    told = "".join(f"<div style='color:{_MUTE};padding:0 12px 3px'>{_safe(note)}</div>" for note in notes)
    return f"<table style='border-collapse:collapse;margin:0'>{body}</table>{told}"


def _piece(piece: Piece) -> str:
    text, look, _, _ = piece
    if look == "gap":
        return f"<b style='color:{_WARM}'>\u2038</b> "
    if look == "odd":
        return f"<b><u style='text-decoration-color:{_WARM}'>{_safe(text)}</u></b> "
    if look == "most":
        return f"<u>{_safe(text)}</u> "
    return f"<i style='color:{_MUTE}'>{_safe(text)}</i> " if look == "new" else f"{_safe(text)} "


def _plain(side: SideBySide) -> str:
    said = "\n\n".join(f"{label}:\n{transcript}" for label, transcript in side.transcripts.items())
    return said if any(transcript.turns for transcript in side.transcripts.values()) else "Nothing was said yet."


def _safe(text: str) -> str:
    return escape(one_line(text), quote=False)
