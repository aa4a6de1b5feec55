"""What the plots of a comparison draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from ipyscribe.comparison.measures import ModelResult, warning_of
from ipyscribe.comparison.sweep_paths import SweepPath
from ipyscribe.errors import MetricError
from ipyscribe.metrics import Appearance, Run, appearances, median_interval
from ipyscribe.timeline import ModelPoint, plot_accuracy_latency, plot_latency

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ipyscribe.metrics import Interval

WordTimes = tuple[str, float, float, float | None, float | None]


_NO_ERROR_RATES = "There are no error rates: give a reference, or correct some words while listening."


def accuracy_latency_figure(
    results: Sequence[ModelResult], *, ax: Axes | None, theme: str, paths: Sequence[SweepPath] = ()
) -> Figure:
    """Error rate against latency; where no model has an error rate the latencies, with what is missing across them."""
    warning, latencies_ms = warning_of(results), emission_ms(results)
    if any(result.record["wer"] is not None for result in results) or not any(latencies_ms.values()):
        lanes = [path.lanes for path in paths]
        return plot_accuracy_latency(points(results), ax=ax, theme=theme, warning=warning, paths=lanes)
    missing = " ".join(filter(None, (_NO_ERROR_RATES, warning)))
    return plot_latency(latencies_ms, ax=ax, theme=theme, warning=missing)


def points(results: Sequence[ModelResult]) -> list[ModelPoint]:
    """Error rate and median word emission latency of each model, with their intervals."""
    return [_point(result) for result in results]


def _point(result: ModelResult) -> ModelPoint:
    record = result.record
    latency = _median(result)
    return ModelPoint(
        result.label,
        wer=record["wer"],
        wer_low=record["wer_low"],
        wer_high=record["wer_high"],
        latency_ms=record["word_emission_ms"],
        latency_low_ms=None if latency is None else latency.low,
        latency_high_ms=None if latency is None else latency.high,
    )


def _median(result: ModelResult) -> Interval | None:
    blocks = None if result.blocks is None else [result.blocks[key] for key in result.emission_ms]
    try:
        return median_interval(list(result.emission_ms.values()), blocks=blocks)
    except MetricError:
        return None


def emission_ms(results: Sequence[ModelResult]) -> Mapping[str, Sequence[float]]:
    """Word emission latencies of each model, in ms."""
    return {result.label: list(chain.from_iterable(result.emission_ms.values())) for result in results}


def word_times(runs: Sequence[Run]) -> dict[str, list[WordTimes]]:
    """Each word of each model: text, start and end of its sound, when it appeared and was committed, in ms."""
    return {run.label: [_word_times(appearance) for appearance in appearances(run.transcript)] for run in runs}


def _word_times(appearance: Appearance) -> WordTimes:
    word, appeared, committed = appearance.word, appearance.appeared, appearance.committed
    appeared_ms = None if appeared is None else appeared.audio_ms
    committed_ms = None if committed is None else committed.audio_ms
    return (word.text, word.start_ms, word.end_ms, appeared_ms, committed_ms)
