"""The pooled figures of many recordings. The sampling units are recordings, the same for all models."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ipyscribe.comparison.measures import ModelResult
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredLane, ScoredRecording
from ipyscribe.metrics.scoring import pooled_record

_ADDED_UP = ("dropped_ms", "reconnects")


def blocks_of(recordings: Sequence[Recording], *, besides: str = "") -> list[Hashable] | None:
    """The session or speaker of each recording, where the corpus has that, in a column ``besides`` one, for all."""
    for column in ("session", "speaker"):
        if column == besides:
            continue
        blocks = [recording.columns.get(column) for recording in recordings]
        if blocks and None not in blocks:
            return list(blocks)
    return None


def pooled(label: str, lanes: Sequence[ScoredLane], blocks: Sequence[Hashable] | None = None) -> ModelResult:
    """All figures of one model over its ``lanes``, one for each recording; ``blocks`` are those of the recordings."""
    return ModelResult(
        label,
        pooled_record(label, [lane.score for lane in lanes], blocks=blocks),
        [lane.score.accuracy.errors for lane in lanes if lane.score.accuracy is not None],
        {number: values for number, lane in enumerate(lanes) if (values := lane.emission_ms)},
        max((lane.speed for lane in lanes), default=1.0),
        blocks,
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
