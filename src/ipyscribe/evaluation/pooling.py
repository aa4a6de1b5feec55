"""The pooled figures of many recordings. The sampling units are recordings, the same for all models."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ipyscribe import metrics
from ipyscribe.comparison.alternatives import best_reference
from ipyscribe.comparison.measures import ModelResult, conditions_of, run_of, sending_speed, word_emission
from ipyscribe.comparison.reference import Reference, transcript_text
from ipyscribe.evaluation.recording import Recording
from ipyscribe.tape import Lane, Tape

_ADDED_UP = ("dropped_ms", "reconnects")


@dataclass(frozen=True, slots=True)
class PlayedRecording:
    """One recording with the run of each model and its conditions."""

    recording: Recording
    runs: tuple[metrics.Run, ...]
    conditions: tuple[Mapping[str, Any], ...]


def played_recording(recording: Recording, tape: Tape, labels: Sequence[str], scoring: Reference) -> PlayedRecording:
    """The runs on ``tape`` of ``recording``, with the settings of ``scoring``. Raises ``TapeError``."""
    runs = tuple(_run(recording, label, lane, scoring) for label, lane in zip(labels, tape.lanes, strict=True))
    return PlayedRecording(recording, runs, tuple(map(conditions_of, tape.lanes)))


def _run(recording: Recording, label: str, lane: Lane, scoring: Reference) -> metrics.Run:
    run = run_of(label, lane, replace(scoring, text=recording.text))
    if not recording.alternatives:
        return run
    text = best_reference(recording.reference, transcript_text(run.transcript), run.by)
    return replace(run, reference=text)


def blocks_of(recordings: Sequence[Recording]) -> list[Hashable] | None:
    """The session or speaker of each recording, where the corpus has that for all of them."""
    for column in ("session", "speaker"):
        blocks = [recording.columns.get(column) for recording in recordings]
        if blocks and None not in blocks:
            return list(blocks)
    return None


def pooled(label: str, runs: Sequence[metrics.Run], blocks: Sequence[Hashable] | None = None) -> ModelResult:
    """All figures of one model over its ``runs``, one for each recording; ``blocks`` are those of the recordings."""
    by_recording = {number: [value.value_ms for value in word_emission(run)] for number, run in enumerate(runs)}
    return ModelResult(
        label,
        metrics.score_all(label, runs, blocks=blocks),
        [
            metrics.word_errors(run.reference, transcript_text(run.transcript), run.by)
            for run in runs
            if run.reference is not None
        ],
        {number: values for number, values in by_recording.items() if values},
        max((sending_speed(run.sent) for run in runs), default=1.0),
        blocks,
    )


def conditions(labels: Sequence[str], played: Sequence[PlayedRecording]) -> dict[str, dict[str, Any]]:
    """The conditions of each model on all recordings: sums of losses, else the values common to all of them."""
    return {label: _together([each.conditions[lane] for each in played]) for lane, label in enumerate(labels)}


def _together(lanes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for name in dict.fromkeys(name for lane in lanes for name in lane):
        values = [lane.get(name) for lane in lanes]
        if name in _ADDED_UP:
            together[name] = sum(values)
        elif all(value == values[0] for value in values):
            together[name] = values[0]
        else:
            together[name] = ", ".join(dict.fromkeys(map(str, values)))
    return together
