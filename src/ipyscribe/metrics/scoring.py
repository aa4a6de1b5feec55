"""Every measure of one model as one flat record, under standard names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Protocol

from ipyscribe.errors import MetricError
from ipyscribe.metrics.accuracy import Errors, mean_rate, perfect_share, transcribed_share
from ipyscribe.metrics.cost import Cost
from ipyscribe.metrics.distribution import Distribution
from ipyscribe.metrics.entities import KeytermScore, Recall
from ipyscribe.metrics.formatting import Casing, PunctuationErrors
from ipyscribe.metrics.normalise import one_stamp
from ipyscribe.metrics.run import Run
from ipyscribe.metrics.run_score import (
    AccuracyCounts,
    Counts,
    RunScore,
    errors_of,
    interval_of,
    pooled_latencies_ms,
    score_run,
)
from ipyscribe.metrics.stability import Stability
from ipyscribe.metrics.statistics import Blocks

Record = dict[str, Any]
Bounds = tuple[float, float]


def score(run: Run) -> Record:
    """One flat record of ``run``: the same columns for every run, None for undefined and unknown values.

    Rates and ratios are shares (0.05 is 5 %), times are ms, prices US dollars. Each latency has its
    median under its own name and ``_p90``, ``_p95``, ``_p99`` (from n = 100), ``_n``, ``_negative`` (share).
    ``normaliser`` names the one of the error rates: ``check_table`` rejects records with different ones. Raises
    ``EmptyReferenceError`` for a reference without words.
    """
    return record_of(run.label, score_run(run))


def record_of(label: str, score: RunScore) -> Record:
    """The record of one run, whose interval of the WER is over the lines of its reference."""
    return _record(label, [score], None if score.accuracy is None else score.accuracy.interval)


def score_all(label: str, runs: Sequence[Run], *, blocks: Blocks | None = None) -> Record:
    """One record of one model's ``runs`` on many recordings: the columns of ``score``, pooled, and some more.

    Error counts are summed over the recordings, latencies pooled; the interval of the WER is over complete
    recordings, or over ``blocks`` of them, such as all of one speaker, and needs six. ``wer_mean`` is the mean
    of their rates, ``perfect_share`` the share without any error and ``transcribed_share`` that with any word in the
    transcript. Raises ``EmptyReferenceError`` for a reference without words, ``MetricError`` where only some have
    a reference.
    """
    scores = [score_run(run) for run in runs]
    return pooled_record(label, scores, word_errors_of(label, scores), blocks=blocks)


def word_errors_of(label: str, scores: Sequence[RunScore]) -> list[Errors]:
    """The parts of the WER of each run; none where no run has a reference. Raises ``MetricError`` as ``score_all``."""
    accuracies = [score.accuracy for score in scores if score.accuracy is not None]
    if accuracies and len(accuracies) < len(scores):
        raise MetricError(
            f"{len(scores) - len(accuracies)} of {len(scores)} recordings of {label} have no reference.",
            advice="Give one for each, or leave these out.",
        )
    return [each.errors for each in accuracies]


def pooled_record(
    label: str, scores: Sequence[RunScore], units: Sequence[Errors], *, blocks: Blocks | None = None
) -> Record:
    """The record of ``score_all`` from the scores of the runs and their ``word_errors_of``."""
    interval = interval_of(units, blocks) if units else None
    return _record(label, scores, None if interval is None else (interval.low, interval.high)) | {
        "recordings": len(scores),
        "wer_mean": mean_rate(units) if units else None,
        "perfect_share": perfect_share(units) if units else None,
        "transcribed_share": transcribed_share([each.measurements.hypothesis for each in scores]) if scores else None,
    }


def _record(label: str, scores: Sequence[RunScore], interval: Bounds | None) -> Record:
    measured = [score.measurements for score in scores]
    return {
        "model": label,
        "simulated": any(each.simulated for each in measured),
        "late_s": max((each.late_s for each in measured), default=0.0),
        "turns": sum(each.turns for each in measured),
        "words": sum(each.words for each in measured),
        **_accuracy([score.accuracy for score in scores if score.accuracy is not None], interval),
        **_latency(scores),
        **_stability(scores),
        **_cost(scores),
    }


def _accuracy(accuracies: Sequence[AccuracyCounts], interval: Bounds | None) -> Record:
    names = (
        "normaliser", "unit", "wer", "wer_low", "wer_high", "reference_words", "hits", "substitutions", "deletions",
        "insertions", "wer_with_fillers", "wer_raw", "cer", "mer", "wil", "keyterm_recall", "keyterm_precision",
        "keyterm_f1", "keyterm_false_positives", "number_recall", "time_recall", "date_recall", "name_recall",
        "punctuation_error_rate", "casing_error_rate",
    )  # fmt: skip
    if not accuracies:
        return dict.fromkeys(names)
    stamp = one_stamp(each.normaliser for each in accuracies)
    words = errors_of(_summed([each.words for each in accuracies]), stamp)
    with_fillers = errors_of(_summed([each.with_fillers for each in accuracies]), stamp)
    raw = errors_of(_summed([each.raw for each in accuracies]), stamp)
    characters = errors_of(_summed([each.characters for each in accuracies]), stamp)
    low, high = interval or (None, None)
    values = (
        stamp, accuracies[0].unit, words.rate, low, high, words.n,
        words.hits, words.substitutions, words.deletions, words.insertions,
        with_fillers.rate, raw.rate, characters.rate, words.match_error_rate, words.information_lost,
        *_keyterms([each.keyterms for each in accuracies if each.keyterms is not None]),
        *_entities(_summed([each.entities for each in accuracies])),
        _rate(PunctuationErrors(*_summed([each.punctuation for each in accuracies]))),
        _rate(Casing(*_summed([each.casing for each in accuracies]))),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def _summed(counts: Sequence[Counts]) -> list[int]:
    import numpy as np

    sums: list[int] = np.array(counts).sum(axis=0).tolist() if counts else []
    return sums


def _keyterms(scores: Sequence[Counts]) -> Iterator[float | None]:
    """Recall, precision, F1 and false positives; None where they are not defined."""
    found, spoken, false_positives = _summed(scores) or (0, 0, 0)
    total = KeytermScore(found, spoken, false_positives)
    for name in ("recall", "precision", "f1"):
        try:
            yield getattr(total, name)
        except MetricError:
            yield None
    yield total.false_positives if scores else None


def _entities(counts: Sequence[int]) -> list[float | None]:
    return [_rate(Recall(found, spoken)) for found, spoken in zip(counts[::2], counts[1::2], strict=True)]


def _latency(scores: Sequence[RunScore]) -> Record:
    measured = [score.measurements for score in scores]
    connects = [each.connect_ms for each in measured if each.connect_ms is not None]
    record: Record = {
        "timeline": "provided" if all(each.timeline_provided for each in measured) else "the model's own",
        "anchors": "provided" if all(each.anchors_provided for each in measured) else "the turns' words",
        "connect_ms": median(connects) if connects else None,
    }
    for name, values in pooled_latencies_ms(measured).items():
        record |= Distribution.of(values).to_record(name)
    return record


def _stability(scores: Sequence[RunScore]) -> Record:
    counts = Stability(*_summed([score.measurements.stability for score in scores]))
    names = ("churn", "unstable_word_ratio", "revised_turn_share", "revisions_per_turn", "normalised_erasure")
    has_words = counts.final_words > 0
    record: Record = {name: getattr(counts, name) if has_words else None for name in names}
    dead_air = [each.dead_air_ms for score in scores if (each := score.measurements).dead_air_ms is not None]
    record["dead_air_ms"] = max(dead_air, default=None)
    return record


def _cost(scores: Sequence[RunScore]) -> Record:
    measured = [score.measurements for score in scores]
    opened = [each.open_s for each in measured if each.open_s is not None]
    prices = {each.price_per_hour_usd for each in measured}
    open_s = sum(opened) if measured and len(opened) == len(measured) else None
    price = prices.pop() if len(prices) == 1 else None
    record: Record = {
        "open_s": open_s,
        "usd_per_hour": price,
        "cost_usd": None,
        "usd_per_1000_audio_minutes": None,
    }
    if open_s is not None and price is not None:
        audio_s = sum(each.audio_s or 0.0 for each in measured)
        cost = Cost(open_s, audio_s, price)
        record["cost_usd"] = cost.usd
        record["usd_per_1000_audio_minutes"] = cost.usd_per_1000_audio_minutes if audio_s else None
    return record


class _Rated(Protocol):
    @property
    def rate(self) -> float: ...


def _rate(counts: _Rated) -> float | None:
    try:
        return counts.rate
    except MetricError:
        return None
