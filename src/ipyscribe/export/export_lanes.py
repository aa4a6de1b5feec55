"""The transcripts to be exported: one, or the several of a comparison or its tape, each under its label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace as replaced

from ipyscribe.errors import ParameterError
from ipyscribe.export.exportable import (
    Exportable,
    audio_end_ms,
    began_at,
    one_line,
    opened,
    origin_of,
    source_name,
    transcript_of,
)
from ipyscribe.protocol.model import SIMULATED_MARK, simulated_label
from ipyscribe.protocol.python_values import python_values
from ipyscribe.transcript import Arrival, Mark, Partial, Transcript, Turn, Word


@dataclass(frozen=True, slots=True)
class ExportLane:
    """One transcript. ``label`` tells it from the others, and is "" where it is the only one.

    ``origin`` names its model, endpoint and source in plain text, ``details`` what of that its label does not,
    ``source`` the source alone; ``began`` is when the session began (UTC), ``audio_end_ms`` where its audio ends.
    """

    label: str
    transcript: Transcript
    origin: str = ""
    details: str = ""
    source: str = ""
    began: datetime | None = None
    audio_end_ms: float = 0.0

    def spoken_at(self, turn: Turn) -> datetime | None:
        """When ``turn`` began to be spoken (UTC), from the arrival of its first message; None without a tape."""
        if self.began is None:
            return None
        sent_before_s = (turn.first.audio_ms - turn.start_ms) / 1000
        return self.began + timedelta(seconds=max(turn.first.monotonic_s - sent_before_s, 0.0))


def page_title(lanes: Sequence[ExportLane]) -> str:
    """The title of a page of these: "Transcript: talk.flac", "Comparison of A and B"."""
    if len(lanes) > 1:
        return comparison_title([lane.label for lane in lanes])
    subject = lanes[0].source or lanes[0].origin
    return f"Transcript: {subject}" if subject else "Transcript"


def comparison_title(labels: Sequence[str], kind: str = "Comparison") -> str:
    """The title of a page of these models."""
    *first, last = labels
    return f"{kind} of {', '.join(first)} and {last}" if first else f"{kind} of {last}"


def lanes_of(exportable: Exportable, lane: str | None = None, *, offset_s: float = 0.0) -> tuple[ExportLane, ...]:
    """Each transcript of ``exportable``, or the one whose label is ``lane``, with ``offset_s`` added to all times.

    Raises ``ParameterError`` for an unknown label, an offset that is not a finite number, or where there is no
    transcript.
    """
    lanes = _moved(_all_lanes(opened(exportable)), offset_s)
    if lane is None:
        return lanes if len(lanes) > 1 else (_alone(lanes[0]),)
    chosen = next((each for each in lanes if each.label in (lane, simulated_label(lane))), None)
    if chosen is None:
        labels = _listed(lanes) if len(lanes) > 1 else "none, for there is only one"
        raise ParameterError(f"There is no lane {lane!r:.80}.", advice=f"The lanes are: {labels}.")
    return (_alone(chosen),)


def lane_of(exportable: Exportable, lane: str | None = None, *, offset_s: float = 0.0) -> ExportLane:
    """The only transcript, or the one whose label is ``lane``. Raises ``ParameterError`` where one must be chosen."""
    lanes = lanes_of(exportable, lane, offset_s=offset_s)
    if len(lanes) > 1:
        raise ParameterError(
            f"There are {len(lanes)} transcripts, and this export holds one.",
            advice=f"Choose one with lane=: {_listed(lanes)}.",
        )
    return lanes[0]


def _listed(lanes: tuple[ExportLane, ...]) -> str:
    return ", ".join(repr(lane.label) for lane in lanes)


def _alone(lane: ExportLane) -> ExportLane:
    return replace(lane, label="")


def _all_lanes(exportable: Any) -> tuple[ExportLane, ...]:
    lanes = getattr(exportable, "lanes", ())
    labels = getattr(exportable, "labels", None)
    if labels is None and isinstance(lanes, tuple) and len(lanes) > 1:  # a replay
        labels = exportable.tape.labels
    source, began = source_name(exportable), began_at(exportable)
    if labels is None:
        transcript = transcript_of(exportable)
        end_ms = audio_end_ms(exportable, transcript)
        origin = origin_of(exportable)
        return (ExportLane("", transcript, origin, origin, source, began, end_ms),)
    return tuple(
        _labelled(label, lane, source=source, began=began, audio_end_ms=audio_end_ms(exportable, lane.transcript))
        for label, lane in zip(labels, lanes, strict=True)
    )


def _labelled(label: str, lane: Any, **others: Any) -> ExportLane:
    name = one_line(label).removesuffix(SIMULATED_MARK)
    origin, details = origin_of(lane), origin_of(lane, label=name)
    if details == origin:
        origin = " · ".join(filter(None, (one_line(label), origin)))
    return ExportLane(label, lane.transcript, origin, details, **others)


def _moved(lanes: tuple[ExportLane, ...], offset_s: float) -> tuple[ExportLane, ...]:
    offset_s = python_values(offset_s)
    if isinstance(offset_s, bool) or not isinstance(offset_s, int | float) or not math.isfinite(offset_s):
        raise ParameterError(f"offset_s={offset_s!r} is not a time.", advice="Give seconds, such as offset_s=600.")
    offset_ms = round(1000 * offset_s)
    if not offset_ms:
        return lanes
    starts_ms = [turn.start_ms for lane in lanes for turn in lane.transcript.turns if turn.words]
    if min(starts_ms, default=0) + offset_ms < 0:
        raise ParameterError(
            f"offset_s={offset_s:g} puts the first word before 0.",
            advice=f"Give an offset of at least {-min(starts_ms) / 1000:g} s.",
        )
    return tuple(
        replace(lane, transcript=_shifted(lane.transcript, offset_ms), audio_end_ms=lane.audio_end_ms + offset_ms)
        for lane in lanes
    )


def _shifted(transcript: Transcript, offset_ms: int) -> Transcript:
    return replaced(
        transcript,
        turns=tuple(_shifted_turn(turn, offset_ms) for turn in transcript.turns),
        marks=tuple(Mark(mark.kind, mark.audio_ms + offset_ms, mark.text) for mark in transcript.marks),
    )


def _shifted_turn(turn: Turn, offset_ms: int) -> Turn:
    def arrival(at: Arrival) -> Arrival:
        return Arrival(at.monotonic_s, at.audio_ms + offset_ms)

    def words(spoken: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(
            replaced(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms) for word in spoken
        )

    return replaced(
        turn,
        words=words(turn.words),
        first=arrival(turn.first),
        final=None if turn.final is None else arrival(turn.final),
        history=tuple(Partial(past.text, words(past.words), arrival(past.arrival)) for past in turn.history),
    )
