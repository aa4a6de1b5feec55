"""One HTML file that shows a session anywhere: search, timeline, time travel and, where asked for, its sound."""

from __future__ import annotations

import base64
import html
import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ipyscribe.export.export_lanes import ExportLane, voices_of
from ipyscribe.export.exportable import Exportable, one_line, sound_start_ms
from ipyscribe.export.history_codec import page_data
from ipyscribe.export.sound import to_ogg
from ipyscribe.timeline import describe, describe_lanes
from ipyscribe.timeline.time_format import clock, wait_text
from ipyscribe.transcript import Turn

_FOLDER = Path(__file__).parent
_NOTHING = '<li class="none">Nothing was said.</li>\n'
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)


def to_html(
    what: Exportable,
    *,
    title: str = "Transcript",
    history: bool = True,
    sound: bool = False,
    audio: bytes | None = None,
    lane: str | None = None,
) -> str:
    """An interactive page in one file, which opens from disk and asks the network for nothing.

    ``history=False`` leaves out what the turns read before they settled, and with it the time travel.
    ``sound=True`` embeds the sound as Ogg Vorbis (about 20 MB for an hour): that of the tape, or ``audio`` as 16 kHz
    mono PCM16 bytes. Several models stand beside each other, at the same moment; ``lane`` is the label of the only one
    that is wanted. Without scripts the transcript can still be read. Raises ``ParameterError`` where there is
    no sound, ``MissingDependencyError`` where it cannot be encoded.
    """
    voices = voices_of(what, lane)
    said = [voice.transcript for voice in voices]
    embedded = to_ogg(what, audio=audio) if sound else b""
    data = page_data(said, history=history, words=sound)
    data["sound"] = 0 if audio is not None or not sound else round(sound_start_ms(what))
    script, style = _script(), (_FOLDER / "page.css").read_text(encoding="utf-8")
    alone = len(voices) == 1
    about = one_line(voices[0].about) if alone else ""
    told = describe(said[0]) if alone else describe_lanes({voice.label: voice.transcript for voice in voices})
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">\n',
            f"<title>{html.escape(one_line(title))}</title>\n<style>{style}</style>\n</head>\n<body>\n<header>\n",
            f"<h1>{html.escape(one_line(title))}</h1>\n",
            f'<p class="about" dir="auto">{html.escape(about)}</p>\n' if about else "",
            f'<p class="about">{html.escape(told)}</p>\n</header>\n<div id="panel"></div>\n',
            f'<main id="turns" class="{"alone" if alone else "several"}">\n{"".join(map(_column, voices))}</main>\n',
            f'<script type="application/json" id="data">{_json(data)}</script>\n',
            f'<script type="text/plain" id="sound">{base64.b64encode(embedded).decode("ascii")}</script>\n'
            if sound
            else "",
            f'<script type="module">{script}</script>\n</body>\n</html>\n',
        )
    )


def _column(voice: ExportLane) -> str:
    """A transcript; among several under its label, with what else is known of it."""
    rows = "".join(_row(turn) for turn in voice.transcript.turns if turn.text.strip()) or _NOTHING
    label = one_line(voice.label)
    listed = f'<ol aria-label="{html.escape(label) or "Transcript"}">\n{rows}</ol>\n'
    if not label:
        return listed
    about = html.escape(one_line(voice.about).removeprefix(label).lstrip(" \u00b7"))
    note = f'<p class="about" dir="auto">{about}</p>\n' if about else ""
    return f'<section>\n<h2 dir="auto">{html.escape(label)}</h2>\n{note}{listed}</section>\n'


def _row(turn: Turn) -> str:
    speaker = f"<b><bdi>{html.escape(one_line(turn.speaker))}</bdi></b> " if turn.speaker else ""
    language = f' lang="{html.escape(one_line(turn.language), quote=True)}"' if turn.language else ""
    late = "" if turn.final_delay_ms is None else wait_text(turn.final_delay_ms)
    words = html.escape(one_line(turn.text), quote=False)
    return (
        f'<li><span class="at">{clock(turn.start_ms / 1000)}</span><p dir="auto"{language}>{speaker}'
        f'<span class="words">{words}</span></p><span class="late">{late}</span></li>\n'
    )


def _json(data: dict[str, Any]) -> str:
    # In an element of script nothing but "<" can end the data.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


@cache
def _script() -> str:
    """The module with what it imports in front of it: a file from disk may import no other."""
    texts = [
        (_FOLDER / f"{name}.js").read_text(encoding="utf-8")
        for name in ("history_codec", "page_timeline", "page_parts", "page")
    ]
    return "\n".join(_IMPORT.sub("", text) for text in texts)


def _policy(script: str, style: str) -> str:
    """Only this page's own script and style run, and nothing is fetched."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; media-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
