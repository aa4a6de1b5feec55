"""What many recordings add up to. Figures are drawn by whole recordings, the same for all models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe import metrics
from ipyscribe.comparison.measures import Said, conditions_of, run_of
from ipyscribe.comparison.table import Table
from ipyscribe.errors import MetricError
from ipyscribe.evaluation.clips import Clip
from ipyscribe.tape import Tape
from ipyscribe.timeline import ModelPoint

_ADDED_UP = ("dropped_ms", "reconnects")


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording as each model heard it: what was recorded of it, and under which conditions."""

    clip: Clip
    runs: tuple[metrics.Run, ...]
    conditions: tuple[Mapping[str, Any], ...]
    errors: tuple[metrics.Errors, ...]
    emission_ms: tuple[tuple[float, ...], ...]


def heard(clip: Clip, tape: Tape, labels: Sequence[str], language: str, keyterms: Sequence[str]) -> Heard:
    """What ``tape`` holds of ``clip``. Raises ``TapeError``."""
    said = Said(clip.reference, (), language, tuple(keyterms))
    runs = tuple(run_of(label, lane, said) for label, lane in zip(labels, tape.lanes, strict=True))
    return Heard(
        clip,
        runs,
        tuple(conditions_of(lane) for lane in tape.lanes),
        tuple(metrics.pooled(said.errors(run.transcript)) for run in runs),
        tuple(map(_emission_ms, runs)),
    )


def _emission_ms(run: metrics.Run) -> tuple[float, ...]:
    if run.sent is None or not run.sent.at_s:
        return ()
    return tuple(value.value_ms for value in metrics.word_emission_ms(run.transcript, run.sent))


def table(labels: Sequence[str], all_heard: Sequence[Heard], notes: Sequence[str]) -> Table:
    """A row for each model. Raises ``MixedScoresError`` where error rates cannot stand beside each other."""
    lanes = range(len(labels))
    records = [metrics.score_all(labels[lane], [one.runs[lane] for one in all_heard]) for lane in lanes]
    metrics.check_table(records)
    unequal = metrics.conditions(
        {labels[lane]: _together([one.conditions[lane] for one in all_heard]) for lane in lanes}
    )
    differences = [text for lane in lanes[1:] for text in _differences(labels, all_heard, lane)]
    return Table(records, differences, [*map(str, unequal), *notes])


def emission_ms(labels: Sequence[str], all_heard: Sequence[Heard]) -> dict[str, list[float]]:
    """Word emission latencies of each model over all recordings."""
    return {label: [value for one in all_heard for value in one.emission_ms[lane]] for lane, label in enumerate(labels)}


def points(labels: Sequence[str], all_heard: Sequence[Heard]) -> list[ModelPoint]:
    """Pooled error rate and median word emission latency of each model, with their intervals."""
    return [_point(label, all_heard, lane) for lane, label in enumerate(labels)]


def _point(label: str, all_heard: Sequence[Heard], lane: int) -> ModelPoint:
    errors = [one.errors[lane] for one in all_heard]
    groups = [one.emission_ms[lane] for one in all_heard if one.emission_ms[lane]]
    wer = metrics.wer_interval(errors) if len(errors) > 1 else None
    late = metrics.median_interval(groups) if len(groups) > 1 else None
    return ModelPoint(
        label,
        wer=metrics.pooled(errors).rate if errors else None,
        wer_low=None if wer is None else wer.low,
        wer_high=None if wer is None else wer.high,
        latency_ms=metrics.Distribution.of(value for group in groups for value in group).median,
        latency_low_ms=None if late is None else late.low,
        latency_high_ms=None if late is None else late.high,
    )


def _together(conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The conditions of one model on all recordings: sums of what was lost, else what holds for each of them."""
    together: dict[str, Any] = {}
    for name in dict.fromkeys(name for one in conditions for name in one):
        values = [one.get(name) for one in conditions]
        if name in _ADDED_UP:
            together[name] = sum(values)
        elif all(value == values[0] for value in values):
            together[name] = values[0]
        else:
            together[name] = ", ".join(dict.fromkeys(map(str, values)))
    return together


def _differences(labels: Sequence[str], all_heard: Sequence[Heard], lane: int) -> list[str]:
    names = f"{labels[lane]} against {labels[0]}"
    both = [(one.emission_ms[0], one.emission_ms[lane]) for one in all_heard]
    measured = [(first, other) for first, other in both if first and other]
    found = []
    try:
        difference = metrics.wer_difference(
            [one.errors[0] for one in all_heard], [one.errors[lane] for one in all_heard]
        )
        found.append(f"WER, {names}: {difference}")
    except MetricError as error:
        found.append(f"WER, {names}: {error.message}")
    try:
        late = metrics.median_difference([first for first, _ in measured], [other for _, other in measured])
        found.append(f"Median word emission, {names}: {late}")
    except MetricError as error:
        found.append(f"Median word emission, {names}: {error.message}")
    return found
