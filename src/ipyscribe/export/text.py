"""Transcripts to read: plain text and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ipyscribe.export.export_lanes import ExportLane, voices_of
from ipyscribe.export.exportable import Exportable, one_line
from ipyscribe.timeline.time_format import clock
from ipyscribe.transcript import Transcript, Turn

# What CommonMark, its extensions for tables, formulas and addresses, and HTML in it give a meaning to.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$@])")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp)(?=://)|\b(www)(?=\.)")


def to_text(what: Exportable, *, times: bool = False, speakers: bool = True, lane: str | None = None) -> str:
    """One line for each turn, with its start (``times``) and who speaks (``speakers``), where that is known.

    Of several models each has a part of its own, with its label above it; ``lane`` is the label of the only one
    that is wanted.
    """
    parts = []
    for voice in voices_of(what, lane):
        heading = f"{one_line(voice.label)}:\n" if voice.label else ""
        parts.append(heading + _lines(voice.transcript, times=times, speakers=speakers))
    return "\n".join(parts)


def _lines(transcript: Transcript, *, times: bool, speakers: bool) -> str:
    lines = []
    for turn in _said(transcript):
        start = f"{clock(turn.start_ms / 1000)}  " if times else ""
        speaker = f"{one_line(turn.speaker)}: " if speakers and turn.speaker else ""
        lines.append(f"{start}{speaker}{one_line(turn.text)}\n")
    return "".join(lines)


def to_markdown(
    what: Exportable, *, title: str = "", times: bool = True, speakers: bool = True, lane: str | None = None
) -> str:
    """One paragraph for each turn. Whatever was said stays text: marks, tags and addresses are escaped.

    Of several models each has a part of its own under its label; ``lane`` is the label of the only one that is
    wanted.
    """
    paragraphs = [f"# {_escaped(title)}\n"] if title else []
    for voice in voices_of(what, lane):
        paragraphs += _paragraphs(voice, times=times, speakers=speakers)
    return "\n".join(paragraphs)


def _paragraphs(voice: ExportLane, *, times: bool, speakers: bool) -> list[str]:
    paragraphs = [f"## {_escaped(voice.label)}\n"] if voice.label else []
    for turn in _said(voice.transcript):
        speaker = [_escaped(turn.speaker)] if speakers and turn.speaker else []
        start = [clock(turn.start_ms / 1000)] if times else []
        label = f"**{' · '.join([*start, *speaker])}** " if start or speaker else ""
        paragraphs.append(f"{label}{_escaped(turn.text, begins=not label)}\n")
    return paragraphs


def _said(transcript: Transcript) -> Iterator[Turn]:
    return (turn for turn in transcript.turns if turn.text.strip())


def _escaped(text: str, *, begins: bool = False) -> str:
    escaped = _ADDRESS.sub(
        lambda match: f"{match[1]}\\" if match[1] else f"{match[2]}\\", _SPECIAL.sub(r"\\\1", one_line(text))
    )
    # At the beginning of a line a dash, a plus, an equals sign or "1." would make a list or a heading.
    return re.sub(r"^(\d+(?=[.)])|(?=[-+=]))", r"\1\\", escaped) if begins else escaped
