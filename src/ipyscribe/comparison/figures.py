"""The figures of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from ipyscribe.comparison.measures import ModelResult
from ipyscribe.metrics import Run, appearances, median_interval
from ipyscribe.timeline import ModelPoint

if TYPE_CHECKING:
    from ipyscribe.metrics import Interval

Spoken = tuple[str, float, float, float | None, float | None]


def points(measured: Sequence[ModelResult]) -> list[ModelPoint]:
    """Error rate and median word emission latency of each model, with their intervals."""
    return [_point(one) for one in measured]


def _point(one: ModelResult) -> ModelPoint:
    record = one.record
    latency = _median(one)
    return ModelPoint(
        one.label,
        wer=record["wer"],
        wer_low=record["wer_low"],
        wer_high=record["wer_high"],
        latency_ms=record["word_emission_ms"],
        latency_low_ms=None if latency is None else latency.low,
        latency_high_ms=None if latency is None else latency.high,
    )


def _median(one: ModelResult) -> Interval | None:
    return median_interval(list(one.emission_ms.values())) if len(one.emission_ms) > 1 else None


def emission_ms(measured: Sequence[ModelResult]) -> Mapping[str, Sequence[float]]:
    """Word emission latencies of each model."""
    return {one.label: list(chain.from_iterable(one.emission_ms.values())) for one in measured}


def spoken(runs: Sequence[Run]) -> dict[str, list[Spoken]]:
    """Each word of each model: text, when it was spoken, when it appeared and from when on it stayed, in ms."""
    return {run.label: [_spoken(found) for found in appearances(run.transcript)] for run in runs}


def _spoken(found: Any) -> Spoken:
    word, appeared, committed = found.word, found.appeared, found.committed
    return (
        word.text,
        word.start_ms,
        word.end_ms,
        appeared and appeared.audio_ms,
        committed and committed.audio_ms,
    )
