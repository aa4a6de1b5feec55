"""The pooled figures of many recordings. The sampling units are recordings, the same for all models."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ipyscribe.comparison.measures import ModelResult
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredLane, ScoredRecording
from ipyscribe.metrics.scoring import pooled_record, word_errors_of

_BLOCK_COLUMNS = (
    "session", "session_id", "conversation", "meeting", "speaker", "speaker_id", "spk_id", "client_id",
)  # fmt: skip
_ADDED_UP = ("dropped_ms", "reconnects")


def blocks_column(recordings: Sequence[Recording]) -> str | None:
    """The column that names the session or speaker of each recording, where the corpus has one for all of them."""
    for column in _BLOCK_COLUMNS:
        if recordings and all(recording.columns.get(column) is not None for recording in recordings):
            return column
    return None


def blocks_of(recordings: Sequence[Recording], column: str | None) -> list[Hashable] | None:
    """The value of each recording in ``column``; one that has none is a block of its own. None without a column."""
    if column is None:
        return None
    values = [recording.columns.get(column) for recording in recordings]
    return [(number,) if value is None else value for number, value in enumerate(values)]


def pooled(
    label: str, lanes: Sequence[ScoredLane], blocks: Sequence[Hashable] | None = None, *, at_once: int = 1
) -> ModelResult:
    """All figures of one model over its ``lanes``, one for each recording; ``blocks`` are those of the recordings.

    ``at_once`` is how many recordings were played at the same time at most.
    """
    scores = [lane.score for lane in lanes]
    errors = word_errors_of(label, scores)
    return ModelResult(
        label,
        pooled_record(label, scores, errors, blocks=blocks),
        errors,
        {number: values for number, lane in enumerate(lanes) if (values := lane.emission_ms)},
        max((lane.speed for lane in lanes), default=1.0),
        blocks,
        at_once,
        any(lane.forced_ends for lane in lanes),
    )


def conditions(labels: Sequence[str], scored: Sequence[ScoredRecording]) -> dict[str, dict[str, Any]]:
    """The conditions of each model on all recordings: sums of losses, else the values common to all of them."""
    return {label: _together([each.lanes[lane].conditions for each in scored]) for lane, label in enumerate(labels)}


def _together(lanes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    distinct = list({id(lane): lane for lane in lanes}.values())
    together: dict[str, Any] = {}
    for name in dict.fromkeys(name for lane in distinct for name in lane):
        values = [lane.get(name) for lane in distinct]
        if name in _ADDED_UP:
            together[name] = sum(lane.get(name, 0) for lane in lanes)
        elif all(value == values[0] for value in values):
            together[name] = values[0]
        else:
            together[name] = ", ".join(dict.fromkeys(map(str, values)))
    return together
