"""A comparison as HTML without script: its rows, lanes and table, for saved notebooks and pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from ipyscribe.comparison.aligned_rows import AlignedRows, DisagreementSpan, Piece
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.comparison.compared_text import TableText, aligned_text, table_text
from ipyscribe.comparison.table import folded_notes
from ipyscribe.export import Frozen, to_ogg
from ipyscribe.export.export_lanes import comparison_title
from ipyscribe.export.exportable import one_line
from ipyscribe.export.static import player
from ipyscribe.export.static_style import (
    COLOURS,
    INK,
    LINE,
    MUTE,
    PAPER,
    WARM,
    WARNING,
    host_rules,
    picture_html,
)
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.html_table import unbroken
from ipyscribe.timeline import describe_lanes, lanes_png
from ipyscribe.transcript.scripts import needs_space

FRAME = (
    f"{COLOURS};background:{PAPER};color:{INK};border:1px solid {LINE};border-radius:8px;"
    "font:13px/1.45 system-ui,sans-serif;overflow-x:auto"
)
CELL = f"text-align:left;vertical-align:top;padding:3px 12px;color:{INK}"
FIGURE = f"text-align:left;vertical-align:top;padding:3px 4px 3px 12px;color:{INK}"
ROW = f"<tr style='background:{PAPER}'>"
MUTED_BLOCK = f"<div style='color:{MUTE};padding:6px 12px'"
_WARNING = f"background:{WARM};color:{WARNING};padding:4px 12px;font-weight:600"
_MAX_PLAIN_CHARS = 50_000
_WIDTH_PX, _READABLE_PX = 860, 640


def frozen_comparison(lanes: ComparedLanes, at_end: ComparedLanes, *, title: str | None, sound: bool) -> Frozen:
    """The table and sound of ``lanes`` with the words of ``at_end``. Raises as ``Comparison.freeze`` does."""
    embedded = to_ogg(lanes) if sound else b""
    title = comparison_title(at_end.labels) if title is None else title
    return Frozen(static_comparison(at_end, table_text(lanes), sound=embedded), title)


def static_comparison(
    lanes: ComparedLanes,
    table: TableText,
    *,
    css_class: str = "ipyscribe-frozen",
    sound: bytes = b"",
    max_pieces: int | None = None,
    note: str = "",
) -> str:
    """Labels, aligned text, timeline and ``table`` as one piece of HTML: no script, no address, text escaped.

    Where the models differ, words are bold and underlined, and a caret stands where one has none. ``sound`` is an
    Ogg file to play; ``max_pieces`` limits the pieces of text to the newest; ``note`` comes first.
    """
    aligned = AlignedRows()
    aligned.update(lanes)
    all_rows = aligned_text(aligned)
    rows = all_rows if max_pieces is None else _newest(all_rows, max_pieces)
    if rows:
        content = words_table(lanes.labels, rows, len(aligned.disagreements), partial=len(rows) < len(all_rows))
        content += _timeline(lanes, aligned.disagreements, both_themes=max_pieces is None) + table_html(table)
    else:
        content = f"{MUTED_BLOCK}>No speech recognised yet.</div>"
    return (
        f"{host_rules(css_class)}<div class='{escape(css_class, quote=True)}' role='group' "
        f"aria-label='Comparison' style='{FRAME}'>"
        f"{f'{MUTED_BLOCK}>{escape(note)}</div>' if note else ''}{player(sound)}{content}</div>"
    )


def plain_comparison(lanes: ComparedLanes) -> str:
    """The transcripts as text, for places without HTML; of a long comparison only how long they are."""
    transcripts = lanes.transcripts
    if not any(transcript.turns for transcript in transcripts.values()):
        return "No speech recognised yet."
    text = "\n\n".join(f"{label}:\n{transcript}" for label, transcript in transcripts.items())
    if len(text) <= _MAX_PLAIN_CHARS:
        return text
    return "\n".join(f"{label}: {len(transcript.turns):,} turns" for label, transcript in transcripts.items())


def words_table(labels: Sequence[str], rows: Sequence[dict[str, Any]], differences: int, *, partial: bool) -> str:
    """The rows of ``AlignedRows``, a column for each lane; ``partial`` where it is only the newest part."""
    heads = "".join(f"<th scope='col' style='{CELL}'>{safe(label)}</th>" for label in labels)
    body = "".join(
        f"{ROW}<th scope='row' style='{CELL};font-weight:400;color:{MUTE}'>{clock_text(row['start'] / 1000)}</th>"
        + "".join(f"<td dir='auto' style='{CELL}'>{_cell_html(cell)}</td>" for cell in row["cells"])
        + "</tr>"
        for row in rows
    )
    legend = (
        f"{differences:,} difference{'s' * (differences != 1)}: bold and underlined; \u2038 where words are missing."
    )
    if partial:
        legend += " This is the newest part; the complete comparison is shown here once it has ended."
    return (
        "<table style='border-collapse:collapse;width:100%;margin:0'>"
        f"<thead>{ROW}<td style='width:3em'></td>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"{MUTED_BLOCK}>{legend}</div>"
    )


def _newest(rows: list[dict[str, Any]], max_pieces: int) -> list[dict[str, Any]]:
    left = max_pieces
    for index in range(len(rows) - 1, 0, -1):
        left -= sum(map(len, rows[index]["cells"]))
        if left <= 0:
            return rows[index:]
    return rows


def _timeline(lanes: ComparedLanes, disagreements: Sequence[DisagreementSpan], *, both_themes: bool) -> str:
    """All lanes on one clock as a picture, and the same in words."""
    differ_ms = [
        (each.start_ms, each.end_ms)
        for each in (span.disagreement for span in disagreements)
        if each.start_ms is not None and each.end_ms is not None
    ]
    transcripts = lanes.transcripts
    from ipyscribe.timeline.canvas import compact

    light, *dark = (
        compact(
            lanes_png(
                transcripts,
                theme=theme,
                width_px=_WIDTH_PX,
                ratio=1.5,
                differ_ms=differ_ms,
                warning=lanes.latency_warning,
            )
        )
        for theme in (("light", "dark") if both_themes else ("light",))
    )
    style = f"width:100%;min-width:{_READABLE_PX}px;max-width:{_WIDTH_PX}px"
    images = picture_html(light, dark[0] if dark else None, "Timelines, described below", style)
    return f"{images}{MUTED_BLOCK}>{escape(describe_lanes(transcripts, differ_ms=differ_ms))}</div>"


def table_html(table: TableText) -> str:
    """``table`` with its warning and notes."""
    titles, *rows = table.get("rows") or [[]]
    head = "".join(f"<th scope='col' style='{FIGURE}'>{unbroken(safe(title))}</th>" for title in titles)
    body = f"{ROW}{head}</tr>" + "".join(
        f"{ROW}<th scope='row' style='{FIGURE};white-space:nowrap'>{safe(label)}</th>"
        + "".join(f"<td style='{FIGURE};white-space:nowrap'>{unbroken(safe(cell))}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in rows
    )
    line = f"<div style='color:{MUTE};padding:0 12px 3px'>"
    lines = "".join(f"{line}{safe(difference)}</div>" for difference in table.get("differences", ()))
    notes = [safe(note) for note in table.get("notes", ())]
    lines += f"{line}{folded_notes(notes)}</div>" if rows else "".join(f"{line}{note}</div>" for note in notes)
    warning = f"<div style='{_WARNING}'>{safe(table['warning'])}</div>" if table.get("warning") else ""
    return f"{warning}<table class='i-table' style='border-collapse:collapse;margin:0'>{body}</table>{lines}"


def _cell_html(pieces: Sequence[Piece]) -> str:
    following = [*(piece[0] for piece in pieces), ""][1:]
    return "".join(
        _piece_html(piece) + (" " if needs_space(piece[0], after) else "")
        for piece, after in zip(pieces, following, strict=True)
    )


def _piece_html(piece: Piece) -> str:
    text, style, _, _ = piece
    if style == "gap":
        return f"<b style='color:{WARNING}'>\u2038</b>"
    if style == "odd":
        return f"<b><u>{safe(text)}</u></b>"
    if style == "most":
        return f"<u>{safe(text)}</u>"
    return f"<i style='color:{MUTE}'>{safe(text)}</i>" if style == "new" else safe(text)


def safe(text: str) -> str:
    """``text`` on one line, escaped."""
    return escape(one_line(text), quote=False)
