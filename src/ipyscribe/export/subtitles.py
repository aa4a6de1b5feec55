"""SRT and WebVTT, written by pysubs2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ipyscribe.errors import MissingDependencyError
from ipyscribe.export.cues import Cue, CueStyle, cues
from ipyscribe.export.export_lanes import voice_of
from ipyscribe.export.exportable import Exportable

_JOINER = "\u2060"
# What players or pysubs2 take for markup; SRT has no way to quote it.
_BACKSLASH = r"\\(?=[A-Za-z])"
_MARKUP = re.compile(rf"<(?=[/\w!])|{_BACKSLASH}|--(?=>)")


def to_srt(what: Exportable, *, lane: str | None = None, **style: Any) -> str:
    """SubRip subtitles; ``style`` are the fields of ``CueStyle``, ``lane`` the label of one model of several.

    SRT cannot quote markup. Where the words themselves look like a tag (``<b>``, ``{\\an8}``), an invisible
    U+2060 in it keeps players from obeying it.
    """
    found = cues(voice_of(what, lane).transcript, CueStyle(**style))
    return _written("srt", found, (_srt_text(cue) for cue in found))


def to_vtt(what: Exportable, *, lane: str | None = None, **style: Any) -> str:
    """WebVTT subtitles; ``style`` and ``lane`` as for SRT. Speakers are voices (``<v A>``)."""
    found = cues(voice_of(what, lane).transcript, CueStyle(**style), label="")
    return _written("vtt", found, (_vtt_text(cue) for cue in found))


def _srt_text(cue: Cue) -> str:
    label = f"{cue.speaker}: " if cue.named else ""
    return _MARKUP.sub(lambda match: match[0] + _JOINER, label + "\n".join(cue.lines))


def _vtt_text(cue: Cue) -> str:
    voice = f"<v {_entities(cue.speaker or '')}>" if cue.named else ""
    return voice + _entities("\n".join(cue.lines))


def _entities(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(_BACKSLASH, lambda match: match[0] + _JOINER, text)


def _written(kind: str, found: Iterable[Cue], texts: Iterable[str]) -> str:
    try:
        import pysubs2
    except ImportError as error:
        raise MissingDependencyError("pysubs2", purpose="Writing subtitles", extra="export") from error
    file = pysubs2.SSAFile()
    for cue, text in zip(found, texts, strict=True):
        file.append(pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text.replace("\n", r"\N")))
    return file.to_string(kind, keep_ssa_tags=True)
