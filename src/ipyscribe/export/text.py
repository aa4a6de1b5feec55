"""Transcripts to read: plain text and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ipyscribe.errors import ParameterError
from ipyscribe.export.export_lanes import ExportLane, lanes_of
from ipyscribe.export.exportable import Exportable, one_line
from ipyscribe.export.speaker_labels import labelled
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.transcript import Transcript, Turn

# What CommonMark, its extensions for tables, formulas and addresses, and HTML in it give a meaning to.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$@])")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp)(?=://)|\b(www)(?=\.)")


def to_text(
    exportable: Exportable,
    *,
    times: bool = False,
    time_of_day: bool = False,
    speakers: bool = True,
    offset_s: float = 0.0,
    lane: str | None = None,
) -> str:
    """One line for each turn, with its start (``times``) and speaker (``speakers``), where it has one.

    ``time_of_day`` puts the local time at which each turn was spoken in front; ``offset_s`` is added to the starts.
    Each of several models has a part of its own, with its label above it; ``lane`` is the label of the only one
    that is wanted. Raises ``ParameterError``, also for the time of day of a transcript without a tape.
    """
    parts = []
    for one in lanes_of(exportable, lane, offset_s=offset_s):
        heading = f"{one_line(one.label)}:\n" if one.label else ""
        lines = (
            "  ".join([*_times(one, turn, times=times, time_of_day=time_of_day), _spoken(turn, speakers=speakers)])
            for turn in _turns_with_text(one.transcript)
        )
        parts.append(heading + "".join(f"{line}\n" for line in lines))
    return "\n".join(parts)


def _spoken(turn: Turn, *, speakers: bool) -> str:
    speaker = labelled(one_line(turn.speaker)) if speakers and turn.speaker else ""
    return f"{speaker}{one_line(turn.text)}"


def to_markdown(
    exportable: Exportable,
    *,
    title: str = "",
    times: bool = True,
    time_of_day: bool = False,
    speakers: bool = True,
    offset_s: float = 0.0,
    lane: str | None = None,
) -> str:
    """One paragraph for each turn; options as of ``to_text``. Text stays text: signs, tags and addresses are escaped.

    Each of several models has a part of its own under its label; ``lane`` is the label of the only one that is
    wanted.
    """
    paragraphs = [f"# {_escaped(title)}\n"] if title else []
    for one in lanes_of(exportable, lane, offset_s=offset_s):
        paragraphs += [f"## {_escaped(one.label)}\n"] if one.label else []
        for turn in _turns_with_text(one.transcript):
            speaker = [_escaped(turn.speaker)] if speakers and turn.speaker else []
            label = " · ".join([*_times(one, turn, times=times, time_of_day=time_of_day), *speaker])
            lead = f"**{label}** " if label else ""
            paragraphs.append(f"{lead}{_escaped(turn.text, line_start=not label)}\n")
    return "\n".join(paragraphs)


def _turns_with_text(transcript: Transcript) -> Iterator[Turn]:
    return (turn for turn in transcript.turns if turn.text.strip())


def _times(lane: ExportLane, turn: Turn, *, times: bool, time_of_day: bool) -> list[str]:
    columns = []
    if time_of_day:
        spoken_at = lane.spoken_at(turn)
        if spoken_at is None:
            raise ParameterError("This transcript has no time of day.", advice="Give the session or its tape.")
        columns.append(f"{spoken_at.astimezone():%Y-%m-%d %H:%M:%S}")
    return [*columns, clock_text(turn.start_ms / 1000)] if times else columns


def _escaped(text: str, *, line_start: bool = False) -> str:
    escaped = _ADDRESS.sub(
        lambda match: f"{match[1]}\\" if match[1] else f"{match[2]}\\", _SPECIAL.sub(r"\\\1", one_line(text))
    )
    # At the start of a line a dash, a plus, an equals sign or "1." would make a list or a heading.
    return re.sub(r"^(\d+(?=[.)])|(?=[-+=]))", r"\1\\", escaped) if line_start else escaped
