"""One HTML file that shows a session anywhere: search, timeline, time travel and, on request, its sound."""

from __future__ import annotations

import base64
import html
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from ipyscribe.export.compared_part import compared_part
from ipyscribe.export.export_lanes import ExportLane, lanes_of, page_title
from ipyscribe.export.exportable import Exportable, audio_start_ms, one_line, opened
from ipyscribe.export.history_codec import page_data
from ipyscribe.export.javascript import bundled
from ipyscribe.export.sound import to_ogg
from ipyscribe.protocol.clock_text import clock_text, delay_text
from ipyscribe.timeline import describe, describe_lanes
from ipyscribe.transcript import Turn

_FOLDER = Path(__file__).parent
_NO_TURNS = '<li class="none">No speech recognised.</li>\n'


def to_html(
    exportable: Exportable,
    *,
    title: str | None = None,
    history: bool = True,
    sound: bool = False,
    audio: bytes | None = None,
    lane: str | None = None,
) -> str:
    """An interactive page in one file, which opens from disk and makes no network request.

    Its ``title`` names the source, or the models, unless it is given.

    ``history=False`` leaves out the versions of a turn before it settled, and with them the time travel.
    ``sound=True`` embeds the audio as Ogg Vorbis (about 20 MB for an hour): that of the tape, or ``audio`` as 16 kHz
    mono PCM16 bytes. Several models stand in columns, at the same time, above their words aligned and the figures of
    the comparison; ``lane`` is the label of the only one to show. Without scripts the transcript can still be read.
    Raises ``ParameterError`` where there is no audio, ``MissingDependencyError`` where it cannot be encoded.
    """
    exportable = opened(exportable)
    lanes = lanes_of(exportable, lane)
    title = page_title(lanes) if title is None else title
    transcripts = [one.transcript for one in lanes]
    vorbis = to_ogg(exportable, audio=audio) if sound else b""
    data = page_data(transcripts, history=history, words=sound)
    data["sound"] = 0 if audio is not None or not sound else round(audio_start_ms(exportable))
    script, style = bundled(_FOLDER / "page.js"), (_FOLDER / "page.css").read_text(encoding="utf-8")
    single = len(lanes) == 1
    origin = lanes[0].origin if single else ""
    timeline = describe(transcripts[0]) if single else describe_lanes({one.label: one.transcript for one in lanes})
    description = f'<p class="about description">{html.escape(timeline)}</p>\n'
    folded = f'<details class="about">\n<summary>The timelines in words</summary>\n{description}</details>\n'
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">\n',
            f"<title>{html.escape(one_line(title))}</title>\n<style>{style}</style>\n</head>\n<body>\n<header>\n",
            f"<h1>{html.escape(one_line(title))}</h1>\n",
            f'<p class="about" dir="auto">{html.escape(origin)}</p>\n' if origin else "",
            f'{description if single else folded}</header>\n<div id="panel"></div>\n',
            f'<main id="turns" class="{"alone" if single else "several"}">\n{"".join(map(_column, lanes))}</main>\n',
            "" if single else compared_part(exportable),
            f'<script type="application/json" id="data">{_json(data)}</script>\n',
            f'<script type="text/plain" id="sound">{base64.b64encode(vorbis).decode("ascii")}</script>\n'
            if sound
            else "",
            f'<script type="module">{script}</script>\n</body>\n</html>\n',
        )
    )


def _column(lane: ExportLane) -> str:
    """A transcript; among several under its label, with its origin."""
    rows = "".join(_row(turn) for turn in lane.transcript.turns if turn.text.strip()) or _NO_TURNS
    label = one_line(lane.label)
    turns = f'<ol aria-label="{html.escape(label) or "Transcript"}">\n{rows}</ol>\n'
    if not label:
        return turns
    note = f'<p class="about" dir="auto">{html.escape(lane.details)}</p>\n' if lane.details else ""
    return f'<section>\n<h2 dir="auto">{html.escape(label)}</h2>\n{note}{turns}</section>\n'


def _row(turn: Turn) -> str:
    speaker = f"<b><bdi>{html.escape(one_line(turn.speaker))}</bdi></b> " if turn.speaker else ""
    language = f' lang="{html.escape(one_line(turn.language), quote=True)}"' if turn.language else ""
    delay = "" if turn.final_delay_ms is None else delay_text(turn.final_delay_ms)
    words = html.escape(one_line(turn.text), quote=False)
    return (
        f'<li><span class="at">{clock_text(turn.start_ms / 1000)}</span><p dir="auto"{language}>{speaker}'
        f'<span class="words">{words}</span></p><span class="late">{delay}</span></li>\n'
    )


def _json(data: dict[str, Any]) -> str:
    # Within a script element only "<" can end the data.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _policy(script: str, style: str) -> str:
    """Only this page's own script and style run, and it may fetch nothing."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; media-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
