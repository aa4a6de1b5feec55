"""Transcript and timeline as HTML without script, for every host that shows a saved notebook's outputs.

Such hosts remove style sheets, scripts and addresses; some have rules of their own for tables. So every cell has its
few styles inline, kept short.
"""

from __future__ import annotations

import base64
import html
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipyscribe.export.export_lanes import lane_of, page_title
from ipyscribe.export.exportable import Exportable, one_line, opened
from ipyscribe.export.sound import to_ogg
from ipyscribe.export.static_style import COLOURS, INK, LINE, MUTE, PAGE_STYLE, PAPER, host_rules, picture_html
from ipyscribe.progress import progress
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.tape.atomic_write import atomic_write
from ipyscribe.timeline import describe, placed_timeline
from ipyscribe.transcript import Transcript, Turn

_WIDTH_PX, _READABLE_PX = 860, 640
_PAD = "padding:6px 12px"
_TIME = f"text-align:left;vertical-align:top;font-weight:400;color:{MUTE};padding:3px 12px"
_TEXT = f"text-align:left;color:{INK};padding:3px 12px"
_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; base-uri 'none'"


@dataclass(frozen=True)
class Frozen:
    """A snapshot of a session: HTML that shows itself in a cell, and that ``save(path)`` writes as a page.

    ``html`` needs no script and no network; all of the transcript is escaped text in it.
    """

    html: str = field(repr=False)
    title: str = "Transcript"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as a page of its own; a file of that name is replaced. Raises ``StorageError``."""
        target = Path(path).expanduser()
        atomic_write(target, self.page.encode("utf-8", "replace"))
        return target

    @property
    def page(self) -> str:
        """The complete HTML document."""
        title = html.escape(one_line(self.title))
        return (
            "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>{title}</title>\n'
            f"{PAGE_STYLE}</head>\n"
            "<body style='margin:0 auto;max-width:920px;padding:16px'>\n<main>\n"
            "<h1 style='font:600 20px/1.5 system-ui,sans-serif;color:var(--jp-ui-font-color1);margin:0 0 8px'>"
            f"{title}</h1>\n"
            f"{self.html}\n</main>\n</body>\n</html>\n"
        )

    def _repr_html_(self) -> str:
        return self.html


def freeze(
    exportable: Exportable,
    *,
    title: str | None = None,
    sound: bool = False,
    audio: bytes | None = None,
    lane: str | None = None,
) -> Frozen:
    """A snapshot of ``exportable`` as it is now: transcript and timeline, and with ``sound=True`` its audio.

    ``title`` names the source unless it is given. The audio is that of the tape, or ``audio`` as 16 kHz mono PCM16
    bytes. ``lane`` is the label of one model of several; a comparison's own ``freeze()`` has them in columns. Raises
    ``ParameterError`` where there is no audio, or where a lane has to be chosen, ``MissingDependencyError`` where the
    audio cannot be encoded.
    """
    exportable = opened(exportable)
    chosen = lane_of(exportable, lane)
    with progress(lambda: "Building the page: transcript and timeline."):
        vorbis = to_ogg(exportable, audio=audio) if sound else b""
        return Frozen(
            static_html(chosen.transcript, source=chosen.origin, sound=vorbis),
            page_title([chosen]) if title is None else title,
        )


def static_html(
    transcript: Transcript,
    *,
    source: str = "",
    css_class: str = "ipyscribe-frozen",
    sound: bytes = b"",
    most: int | None = None,
    note: str = "",
    warning: str | None = None,
) -> str:
    """Transcript and timeline as one self-contained HTML element: no script, no address, text escaped.

    ``source`` is its heading, ``css_class`` its class, ``sound`` an Ogg file to play; ``most`` limits a session that
    still runs to its newest turns; ``note`` comes first. ``warning`` is that of ``plot_timeline``.
    """
    turns = [turn for turn in transcript.turns if turn.text]
    omitted = 0 if most is None else max(0, len(turns) - most)
    turns = turns[omitted:]
    above = [note, one_line(source)]
    parts = [f"<div style='color:{MUTE};{_PAD}'>{html.escape(text)}</div>" for text in above if text]
    parts.append(player(sound))
    if omitted:
        note = f"The newest turns. The {omitted:,} before them are shown once the session has ended."
        parts.append(f"<div style='color:{MUTE};{_PAD}'>{note}</div>")
    if turns:
        parts.append("<table style='border-collapse:collapse;width:100%;margin:0'><tbody>")
        parts.append(_row(turns[0], width="width:3em;"))
        parts.extend(map(_row, turns[1:]))
        window = (turns[0].start_ms, max(turn.end_ms for turn in turns)) if omitted else (None, None)
        parts.append(f"</tbody></table>{_picture(transcript, window, warning, both_themes=most is None)}")
    else:
        parts.append(f"<div style='color:{MUTE};{_PAD}'>No speech recognised yet.</div>")
    frame = (
        f"{COLOURS};background:{PAPER};color:{INK};border:1px solid {LINE};border-radius:8px;max-width:920px;"
        "font:13px/1.45 system-ui,sans-serif;overflow:hidden"
    )
    return (
        f"{host_rules(css_class)}<div class='{html.escape(css_class, quote=True)}' role='group' "
        f"aria-label='Transcript' style='{frame}'>"
        f"{''.join(parts)}</div>"
    )


def player(sound: bytes) -> str:
    """A player for an Ogg file; "" for an empty one."""
    if not sound:
        return ""
    data = base64.b64encode(sound).decode("ascii")
    look = "margin:6px 12px;max-width:calc(100% - 24px)"
    return f"<audio controls style='{look}' src='data:audio/ogg;base64,{data}'></audio>"


def _row(turn: Turn, width: str = "") -> str:
    """A table row for ``turn``; ``width`` in the first row sets the width of the column of times."""
    speaker = f"<b><bdi>{html.escape(one_line(turn.speaker))}</bdi></b> " if turn.speaker else ""
    language = f" lang='{html.escape(one_line(turn.language), quote=True)}'" if turn.language else ""
    unfinished = "" if turn.settled else f" <span style='color:{MUTE}'>(unfinished)</span>"
    start = clock_text(turn.start_ms / 1000)
    return (
        f"<tr style='background:{PAPER}'><th scope='row' style='{width}{_TIME}'>{start}</th>"
        f"<td dir='auto'{language} style='{_TEXT}'>{speaker}"
        f"{html.escape(one_line(turn.text), quote=False)}{unfinished}</td></tr>"
    )


def _picture(
    transcript: Transcript, window: tuple[float | None, float | None], warning: str | None, *, both_themes: bool
) -> str:
    """The timeline as a picture and in a sentence, since not every host shows pictures."""
    from ipyscribe.timeline.canvas import compact

    start_ms, end_ms = window
    place: dict[str, Any] = {"width_px": _WIDTH_PX, "ratio": 1.5, "start_ms": start_ms, "end_ms": end_ms}
    light, *dark = (
        compact(placed_timeline(transcript, theme=theme, warning=warning, **place).png)
        for theme in (("light", "dark") if both_themes else ("light",))
    )
    description = describe(transcript, start_ms=start_ms, end_ms=end_ms)
    style = f"width:100%;min-width:{_READABLE_PX}px"
    images = picture_html(light, dark[0] if dark else None, "Timeline, described below", style)
    return (
        f"<div style='overflow-x:auto'>{images}</div><div style='color:{MUTE};{_PAD}'>{html.escape(description)}</div>"
    )
