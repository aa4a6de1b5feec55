"""What stays of a session in the saved notebook: HTML without script, for every place that shows outputs.

A saved notebook holds no widget state by default, so without its kernel the widget is gone. This second output
is hidden by the widget while that is alive, by a rule for its class that goes with the view.
"""

from __future__ import annotations

import base64
import html
import secrets
import threading
from typing import Any

from ipyscribe.session import Session
from ipyscribe.timeline import describe, timeline_png
from ipyscribe.transcript import Transcript, Turn

_INK, _MUTE, _LINE = "#1f2430", "#5d6673", "#dfe3e8"
_WIDTH_PX = 860


class StaticOutput:
    """One HTML output per place where the widget was displayed, all brought up to date together."""

    def __init__(self) -> None:
        self.css_class = f"ipyscribe-static-{secrets.token_hex(4)}"
        self._handles: list[Any] = []
        self._lock = threading.Lock()
        self._written: tuple[Turn, ...] | None = None

    def display(self, session: Session | None) -> None:
        """Show it below what the running cell has displayed so far."""
        from IPython.display import DisplayHandle

        handle = DisplayHandle()
        with self._lock:
            self._handles.append(handle)
            handle.display(self._bundle(session), raw=True)

    def update(self, session: Session | None) -> None:
        """Write what was said by now."""
        transcript = Transcript() if session is None else session.transcript
        with self._lock:
            if not self._handles or transcript.turns == self._written:
                return
            self._written = transcript.turns
            bundle = self._bundle(session)
            for handle in self._handles:
                handle.update(bundle, raw=True)

    def _bundle(self, session: Session | None) -> dict[str, str]:
        transcript = Transcript() if session is None else session.transcript
        return {
            "text/html": static_html(transcript, source=_heading(session), css_class=self.css_class),
            "text/plain": transcript.text or "Nothing was said yet.",
        }


def static_html(transcript: Transcript, *, source: str = "", css_class: str = "") -> str:
    """Transcript and timeline as one self-contained piece of HTML: no script, no address, text escaped."""
    said = [turn for turn in transcript.turns if turn.text]
    heading = f"<div style='color:{_MUTE};padding:6px 12px'>{html.escape(source)}</div>" if source else ""
    if said:
        rows = "".join(map(_row, said))
        body = f"<table style='border-collapse:collapse;width:100%;margin:0'><tbody>{rows}</tbody></table>"
        body += _picture(transcript)
    else:
        body = f"<div style='color:{_MUTE};padding:6px 12px'>Nothing was said yet.</div>"
    frame = (
        f"background:#fff;color:{_INK};border:1px solid {_LINE};border-radius:8px;max-width:920px;"
        "font:13px/1.45 system-ui,sans-serif;overflow:hidden"
    )
    return (
        f"<div class='{html.escape(css_class, quote=True)}' role='group' aria-label='Transcript' style='{frame}'>"
        f"{heading}{body}</div>"
    )


def _row(turn: Turn) -> str:
    seconds = turn.start_ms // 1000
    speaker = f"<b>{html.escape(turn.speaker)}</b> " if turn.speaker else ""
    unfinished = "" if turn.settled else f" <span style='color:{_MUTE}'>(unfinished)</span>"
    style = "padding:3px 12px;border:0;vertical-align:top;background:#fff;"
    return (
        f"<tr style='background:#fff'><td style='{style}color:{_MUTE};width:3em;text-align:left'>"
        f"{seconds // 60}:{seconds % 60:02d}</td><td dir='auto' style='{style}color:{_INK};text-align:left'>"
        f"{speaker}{html.escape(turn.text)}{unfinished}</td></tr>"
    )


def _picture(transcript: Transcript) -> str:
    picture = timeline_png(transcript, theme="light", width_px=_WIDTH_PX, ratio=1.5)
    data = base64.b64encode(picture).decode("ascii")
    alt = html.escape(describe(transcript), quote=True)
    return f"<img style='width:100%;display:block' alt='{alt}' src='data:image/png;base64,{data}'>"


def _heading(session: Session | None) -> str:
    if session is None:
        return ""
    return f"{session.model.name} ({session.place}) · {session.source.label}"
