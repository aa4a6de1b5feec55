"""Several transcripts of the same sound, exported together: those of a comparison, or of its tape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.export.exportable import Exportable, described, transcript_of
from ipyscribe.transcript import Transcript


@dataclass(frozen=True, slots=True)
class ExportLane:
    """What one model said. ``label`` is what it is called among several, empty where it is the only one."""

    label: str
    transcript: Transcript
    about: str = ""


def voices_of(what: Exportable, lane: str | None = None) -> tuple[ExportLane, ...]:
    """What each model of ``what`` said, or the one whose label is ``lane``.

    Raises ``ParameterError`` for a label that none has, and where there is no transcript.
    """
    found = _lanes(what)
    if lane is None:
        return found if len(found) > 1 else (ExportLane("", found[0].transcript, found[0].about),)
    chosen = next((voice for voice in found if voice.label == lane), None)
    if chosen is None:
        labels = _listed(found) if len(found) > 1 else "none, for there is only one"
        raise ParameterError(f"There is no lane {lane!r:.80}.", advice=f"The lanes are: {labels}.")
    return (ExportLane("", chosen.transcript, chosen.about),)


def voice_of(what: Exportable, lane: str | None = None) -> ExportLane:
    """The only one, or the one whose label is ``lane``. Raises ``ParameterError`` where one has to be chosen."""
    found = voices_of(what, lane)
    if len(found) > 1:
        raise ParameterError(
            f"Here are {len(found)} transcripts, and this is made of one.",
            advice=f"Choose one with lane=: {_listed(found)}.",
        )
    return found[0]


def _listed(voices: tuple[ExportLane, ...]) -> str:
    return ", ".join(repr(voice.label) for voice in voices)


def _lanes(what: Any) -> tuple[ExportLane, ...]:
    lanes = getattr(what, "lanes", ())
    labels = getattr(what, "labels", None)
    if labels is None and isinstance(lanes, tuple) and len(lanes) > 1:  # a replay
        labels = what.tape.labels
    if labels is None:
        return (ExportLane("", transcript_of(what), described(what)),)
    return tuple(
        ExportLane(label, lane.transcript, _about(label, described(lane)))
        for label, lane in zip(labels, lanes, strict=True)
    )


def _about(label: str, about: str) -> str:
    return about if about.startswith(label) else " \u00b7 ".join(filter(None, (label, about)))
