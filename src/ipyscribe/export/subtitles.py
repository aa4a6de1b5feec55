"""SRT and WebVTT, written by pysubs2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ipyscribe.errors import MissingDependencyError
from ipyscribe.export.cues import Cue, CueStyle, cues
from ipyscribe.export.export_lanes import lane_of
from ipyscribe.export.exportable import Exportable
from ipyscribe.export.line_breaks import WORD_JOINER
from ipyscribe.export.speaker_labels import labelled

# What players or pysubs2 take for markup; SRT has no way to quote it.
_BACKSLASH = r"\\(?=[A-Za-z])"
_MARKUP = re.compile(rf"<(?=[/\w!])|{_BACKSLASH}|--(?=>)")


def to_srt(exportable: Exportable, *, offset_s: float = 0.0, lane: str | None = None, **style: Any) -> str:
    """SubRip subtitles.

    ``style`` are the fields of ``CueStyle``, ``offset_s`` is added to all times, and ``lane`` is the label of one
    model of several. SRT cannot quote markup: where the words look like a tag (``<b>``, ``{\\an8}``), an invisible
    U+2060 in it keeps players from obeying it. Raises ``ParameterError``.
    """
    transcript = lane_of(exportable, lane, offset_s=offset_s).transcript
    shown = cues(transcript, CueStyle(**style))
    return _written("srt", shown, (_srt_text(cue) for cue in shown))


def to_vtt(exportable: Exportable, *, offset_s: float = 0.0, lane: str | None = None, **style: Any) -> str:
    """WebVTT subtitles; options as of ``to_srt``. Every cue with a speaker label has its voice (``<v A>``).

    ``speakers="never"`` leaves the voices out.
    """
    transcript = lane_of(exportable, lane, offset_s=offset_s).transcript
    cue_style = CueStyle(**style)
    shown = cues(transcript, cue_style, label=None)
    return _written("vtt", shown, (_vtt_text(cue, voices=cue_style.speakers != "never") for cue in shown))


def _srt_text(cue: Cue) -> str:
    label = labelled(cue.speaker) if cue.named and cue.speaker else ""
    return _MARKUP.sub(lambda match: match[0] + WORD_JOINER, label + "\n".join(cue.lines))


def _vtt_text(cue: Cue, *, voices: bool) -> str:
    voice = f"<v {_entities(cue.speaker)}>" if voices and cue.speaker else ""
    return voice + _entities("\n".join(cue.lines))


def _entities(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(_BACKSLASH, lambda match: match[0] + WORD_JOINER, text)


def _written(extension: str, cues: Iterable[Cue], texts: Iterable[str]) -> str:
    try:
        import pysubs2
    except ImportError as error:
        raise MissingDependencyError("pysubs2", purpose="Writing subtitles", extra="export") from error
    file = pysubs2.SSAFile()
    for cue, text in zip(cues, texts, strict=True):
        file.append(pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text.replace("\n", r"\N")))
    return file.to_string(extension, keep_ssa_tags=True)
