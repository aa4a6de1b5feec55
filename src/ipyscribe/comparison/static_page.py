"""A comparison as HTML without script: labels, aligned rows, lanes and numbers."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

from ipyscribe.comparison.aligned_rows import AlignedRows, Piece
from ipyscribe.comparison.side_by_side import SideBySide
from ipyscribe.errors import ScribeError
from ipyscribe.export import Frozen, to_ogg
from ipyscribe.export.exportable import one_line
from ipyscribe.export.static import player
from ipyscribe.replay import Replay
from ipyscribe.timeline import describe_lanes, lanes_png
from ipyscribe.timeline.time_format import clock

Numbers = dict[str, Any]
_INK, _MUTE, _LINE, _WARM = "#1f2430", "#5d6673", "#dfe3e8", "#b4472f"
_FRAME = (
    f"background:#fff;color:{_INK};border:1px solid {_LINE};border-radius:8px;"
    "font:13px/1.45 system-ui,sans-serif;overflow-x:auto"
)
_CELL = "text-align:left;vertical-align:top;padding:3px 12px"
_ROW = "<tr style='background:#fff'>"
_MOST_ROWS = 4_000
_FEW_ROWS, _LONG_WORDS = 150, 40
"""Where there are more rows than a few, they are put together to so many words: a row costs more than its words."""
_MOST_PLAIN = 50_000
_WIDTH_PX, _READABLE_PX = 860, 640


def frozen(comparison: SideBySide, *, title: str, sound: bool) -> Frozen:
    """Numbers, sound and words of a comparison; of tapes all that is on them, however far they are played.

    Raises as ``Comparison.freeze`` does.
    """
    embedded = to_ogg(comparison) if sound else b""
    return Frozen(static_comparison(complete(comparison), numbers_of(comparison), sound=embedded), title)


def complete(comparison: SideBySide) -> SideBySide:
    """The same comparison at the end of its tapes, however far they are played; a live one as it is."""
    lanes = [lane for lane in comparison.lanes if isinstance(lane, Replay)]
    if len(lanes) < len(comparison.lanes):
        return comparison
    at_end = {id(lane.tape): Replay(lane.tape) for lane in lanes}
    for replay in at_end.values():
        replay.seek(float("inf"))
    return SideBySide(
        comparison.labels,
        [at_end[id(lane.tape)].lanes[lane.tape.lanes.index(lane.lane)] for lane in lanes],
        language=comparison.language,
    )


def static_comparison(
    side: SideBySide, numbers: Numbers, *, css_class: str = "", sound: bytes = b"", most: int | None = None
) -> str:
    """Labels, aligned text, lanes and ``numbers`` as one piece of HTML: no script, no address, text escaped.

    Where the models differ, words are bold and underlined, and a caret stands where one has none. ``sound`` is an
    Ogg file to play; ``most`` is how many pieces of text to show, the newest.
    """
    passages = AlignedRows()
    passages.update(side)
    everything = _rows(passages)
    rows = everything if most is None else _newest(everything, most)
    heads = "".join(f"<th scope='col' style='{_CELL}'>{_safe(label)}</th>" for label in side.labels)
    said = "".join(
        f"{_ROW}<th scope='row' style='{_CELL};font-weight:400;color:{_MUTE}'>{clock(row['start'] / 1000)}</th>"
        + "".join(f"<td dir='auto' style='{_CELL}'>{''.join(map(_piece, cell))}</td>" for cell in row["cells"])
        + "</tr>"
        for row in rows
    )
    found = len(passages.spots)
    told = f"{found:,} difference{'s' * (found != 1)}: bold and underlined; \u2038 where words are missing."
    if len(rows) < len(everything):
        told += " This is the newest part; all of it will stand here once it has ended."
    parts = (
        "<table style='border-collapse:collapse;width:100%;margin:0'>"
        f"<thead>{_ROW}<td style='width:3em'></td>{heads}</tr></thead><tbody>{said}</tbody></table>"
        f"<div style='color:{_MUTE};padding:6px 12px'>{told}</div>{_lanes(side, passages)}{_numbers(numbers)}"
        if rows
        else f"<div style='color:{_MUTE};padding:6px 12px'>Nothing was said yet.</div>"
    )
    return (
        f"<div class='{escape(css_class, quote=True)}' role='group' aria-label='Comparison' style='{_FRAME}'>"
        f"{player(sound)}{parts}</div>"
    )


def numbers_of(side: SideBySide) -> Numbers:
    """The table as text, with its notes. Takes long where a comparison is long."""
    try:
        table = side.table()
    except ScribeError as error:
        return {"rows": [], "differences": [], "notes": [str(error)]}
    return {"rows": table.shown(), "differences": table.differences, "notes": table.notes}


def _rows(passages: AlignedRows) -> list[dict[str, Any]]:
    rows = [passages.row(number) for number in range(min(passages.count, _MOST_ROWS))]
    if len(rows) <= _FEW_ROWS:
        return rows
    long: list[dict[str, Any]] = []
    words = _LONG_WORDS
    for row in rows:
        here = max(sum(len(piece[0].split()) for piece in cell) for cell in row["cells"])
        if words + here > _LONG_WORDS:
            long.append({"start": row["start"], "cells": [[] for _ in row["cells"]]})
            words = 0
        words += here
        for cell, pieces in zip(long[-1]["cells"], row["cells"], strict=True):
            _join(cell, pieces)
    return long


def _newest(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    left = most
    for index in range(len(rows) - 1, 0, -1):
        left -= sum(map(len, rows[index]["cells"]))
        if left <= 0:
            return rows[index:]
    return rows


def _join(cell: list[Piece], pieces: list[Piece]) -> None:
    """Put ``pieces`` at the end of ``cell``, words that look the same into one."""
    for piece in pieces:
        if cell and cell[-1][1] == piece[1] == "":
            cell[-1] = [f"{cell[-1][0]} {piece[0]}", "", 0, -1]
        else:
            cell.append(piece)


def _lanes(side: SideBySide, passages: AlignedRows) -> str:
    """All lanes on one clock, and the same in words."""
    differ_ms = [
        (spot.at.start_ms, spot.at.end_ms)
        for spot in passages.spots
        if spot.at.start_ms is not None and spot.at.end_ms is not None
    ]
    said = side.transcripts
    picture = lanes_png(said, theme="light", width_px=_WIDTH_PX, ratio=1.5, differ_ms=differ_ms)
    data = base64.b64encode(picture).decode("ascii")
    told = escape(describe_lanes(said, differ_ms=differ_ms), quote=True)
    return (
        f"<img style='width:100%;min-width:{_READABLE_PX}px;max-width:{_WIDTH_PX}px;display:block' alt='{told}' "
        f"src='data:image/png;base64,{data}'>"
        f"<div style='color:{_MUTE};padding:6px 12px' aria-hidden='true'>{told}</div>"
    )


def _numbers(numbers: Numbers) -> str:
    titles, *rows = numbers.get("rows") or [[]]
    head = "".join(f"<th scope='col' style='{_CELL}'>{_safe(title)}</th>" for title in titles)
    body = f"{_ROW}{head}</tr>" + "".join(
        f"{_ROW}<th scope='row' style='{_CELL}'>{_safe(label)}</th>"
        + "".join(f"<td style='{_CELL};white-space:nowrap'>{_safe(cell)}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in rows
    )
    notes = (*numbers.get("differences", ()), *numbers.get("notes", ()))
    told = "".join(f"<div style='color:{_MUTE};padding:0 12px 3px'>{_safe(note)}</div>" for note in notes)
    return f"<table style='border-collapse:collapse;margin:0'>{body}</table>{told}"


def _piece(piece: Piece) -> str:
    text, look, _, _ = piece
    if look == "gap":
        return f"<b style='color:{_WARM}'>\u2038</b> "
    if look == "odd":
        return f"<b><u>{_safe(text)}</u></b> "
    if look == "most":
        return f"<u>{_safe(text)}</u> "
    return f"<i style='color:{_MUTE}'>{_safe(text)}</i> " if look == "new" else f"{_safe(text)} "


def plain_text(side: SideBySide) -> str:
    """The transcripts, for places without HTML; of a long comparison only how long they are."""
    transcripts = side.transcripts
    if not any(transcript.turns for transcript in transcripts.values()):
        return "Nothing was said yet."
    said = "\n\n".join(f"{label}:\n{transcript}" for label, transcript in transcripts.items())
    if len(said) <= _MOST_PLAIN:
        return said
    return "\n".join(f"{label}: {len(said.turns):,} turns" for label, said in transcripts.items())


def _safe(text: str) -> str:
    return escape(one_line(text), quote=False)
