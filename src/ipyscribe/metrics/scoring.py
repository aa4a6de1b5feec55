"""Every measure of one model as one flat record, under standard names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import median
from typing import Any, Protocol, Self

from ipyscribe.errors import MetricError
from ipyscribe.metrics import latency
from ipyscribe.metrics.accuracy import (
    Errors,
    TextScore,
    errors_by_line,
    mean_rate,
    perfect_share,
    pooled,
    score_text,
    transcribed_share,
)
from ipyscribe.metrics.cost import Cost
from ipyscribe.metrics.distribution import Distribution
from ipyscribe.metrics.entities import EntityType, KeytermScore, entity_recall, keyterm_score
from ipyscribe.metrics.formatting import casing_errors, punctuation_errors
from ipyscribe.metrics.normalise import Equivalents, Normaliser, NormaliserName, normaliser
from ipyscribe.metrics.stability import Stability, dead_air_ms, stability
from ipyscribe.metrics.statistics import Blocks, Interval, wer_interval
from ipyscribe.metrics.time_ranges import Speech
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Transcript, Word

Record = dict[str, Any]
_LATENCIES = (
    "ttft_onset_ms", "word_emission_ms", "word_commit_ms", "transcript_lag_ms", "ttfs_ms", "ttct_ms", "eot_ms",
    "endpoint_wait_ms", "upl_ms",
)  # fmt: skip
_SENTENCE_ENDS = re.compile(r"(?<=[.?!\u3002\uff1f\uff01])\s+")


@dataclass(frozen=True, slots=True)
class Run:
    """The recorded data of one model; measures whose input is left out are None.

    ``reference`` is the correct text, one utterance per line, or one line of complete sentences, in ``language``;
    ``normaliser`` and ``equivalents`` are those of ``metrics.normaliser``. ``keyterms`` are words of special
    interest, boosted or not.
    ``sent``, ``captured`` and ``paint_times``, ``speech`` and ``spoken`` are those of ``ipyscribe.metrics.latency``.
    ``open_s`` is how long the connections were open, in s. ``simulated`` is true where the server of the same computer
    played the model, and ``late_s`` is by how many seconds words came late in that run, 0 where they kept up: either
    way its latencies are not the model's.
    """

    label: str
    transcript: Transcript
    sent: SendTimes | None = None
    reference: str | None = None
    language: str = "en"
    normaliser: NormaliserName = "ipyscribe"
    equivalents: Equivalents = ()
    keyterms: Sequence[str] = ()
    speech: Speech | None = None
    spoken: Sequence[Word] | None = None
    captured: SendTimes | None = None
    paint_times: latency.TextPaintTimes | None = None
    connect_ms: float | None = None
    open_s: float | None = None
    price_per_hour_usd: float | None = None
    simulated: bool = False
    late_s: float = 0.0

    @property
    def by(self) -> Normaliser:
        """The normaliser that is applied to its texts before they are compared."""
        return normaliser(self.language, name=self.normaliser, equivalents=self.equivalents)

    @property
    def hypothesis(self) -> str:
        """The text of all turns."""
        return " ".join(turn.text for turn in self.transcript.turns)


def score(run: Run) -> Record:
    """One flat record of ``run``: the same columns for every run, None for undefined and unknown values.

    Rates and ratios are shares (0.05 is 5 %), times are ms, prices US dollars. Each latency has its
    median under its own name and ``_p90``, ``_p95``, ``_p99`` (from n = 100), ``_n``, ``_negative`` (share).
    ``normaliser`` names the one of the error rates: ``check_table`` rejects records with different ones. Raises
    ``EmptyReferenceError`` for a reference without words.
    """
    lines: list[Errors] = []
    if run.reference is not None:
        lines = [part for part in errors_by_line(_utterances(run.reference), run.hypothesis, run.by) if part.n]
    return _record(run.label, [run], _scored([run]), lines)


def score_all(label: str, runs: Sequence[Run], *, blocks: Blocks | None = None) -> Record:
    """One record of one model's ``runs`` on many recordings: the columns of ``score``, pooled, and some more.

    Error counts are summed over the recordings, latencies pooled; the interval of the WER is over complete
    recordings, or over ``blocks`` of them, such as all of one speaker, and needs six. ``wer_mean`` is the mean
    of their rates, ``perfect_share`` the share without any error and ``transcribed_share`` that with any word in the
    transcript. Raises ``EmptyReferenceError`` for a reference without words, ``MetricError`` where only some have
    a reference.
    """
    scored = _scored(runs)
    if scored and len(scored) < len(runs):
        raise MetricError(
            f"{len(runs) - len(scored)} of {len(runs)} recordings of {label} have no reference.",
            advice="Give one for each, or leave these out.",
        )
    by_recording = [each.normalised for each in scored]
    return _record(label, runs, scored, by_recording, blocks) | {
        "recordings": len(runs),
        "wer_mean": mean_rate(by_recording) if by_recording else None,
        "perfect_share": perfect_share(by_recording) if by_recording else None,
        "transcribed_share": transcribed_share([run.hypothesis for run in runs]) if runs else None,
    }


def _scored(runs: Sequence[Run]) -> list[TextScore]:
    return [score_text(run.reference, run.hypothesis, by=run.by) for run in runs if run.reference is not None]


def _record(
    label: str, runs: Sequence[Run], scored: Sequence[TextScore], units: Sequence[Errors], blocks: Blocks | None = None
) -> Record:
    turns = [turn for run in runs for turn in run.transcript.turns if turn.is_speech]
    return {
        "model": label,
        "simulated": any(run.simulated for run in runs),
        "late_s": max((run.late_s for run in runs), default=0.0),
        "turns": len(turns),
        "words": sum(len(turn.words) for turn in turns),
        **_accuracy(runs, scored, units, blocks),
        **_latency(runs),
        **_stability(runs),
        **_cost(runs),
    }


def _accuracy(
    runs: Sequence[Run], scored: Sequence[TextScore], units: Sequence[Errors], blocks: Blocks | None
) -> Record:
    names = (
        "normaliser", "unit", "wer", "wer_low", "wer_high", "reference_words", "hits", "substitutions", "deletions",
        "insertions", "wer_with_fillers", "wer_raw", "cer", "mer", "wil", "keyterm_recall", "keyterm_precision",
        "keyterm_f1", "keyterm_false_positives", "number_recall", "time_recall", "date_recall", "name_recall",
        "punctuation_error_rate", "casing_error_rate",
    )  # fmt: skip
    if not scored:
        return dict.fromkeys(names)
    words = pooled(each.normalised for each in scored)
    interval = _interval(units, blocks)
    pairs = [(run.reference, run.hypothesis) for run in runs if run.reference is not None]
    values = (
        words.stamp, runs[0].by.unit, words.rate, interval and interval.low, interval and interval.high, words.n,
        words.hits, words.substitutions, words.deletions, words.insertions,
        pooled(each.with_fillers for each in scored).rate, pooled(each.raw for each in scored).rate,
        pooled(each.characters for each in scored).rate, words.match_error_rate, words.information_lost,
        *_keyterms(runs), *_entities(runs),
        _rate([punctuation_errors(*pair) for pair in pairs]), _rate([casing_errors(*pair) for pair in pairs]),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def _interval(units: Sequence[Errors], blocks: Blocks | None) -> Interval | None:
    """None where there are too few utterances for one."""
    try:
        return wer_interval(units, blocks=blocks)
    except MetricError:
        return None


def _keyterms(runs: Sequence[Run]) -> Iterator[float | None]:
    """Recall, precision, F1 and false positives; None where they are not defined."""
    scores = [keyterm_score(run.keyterms, run.reference, run.hypothesis, run.by) for run in runs if run.reference]
    total = reduce(add, scores, KeytermScore(0, 0, 0))
    for name in ("recall", "precision", "f1"):
        try:
            yield getattr(total, name)
        except MetricError:
            yield None
    yield total.false_positives if any(run.keyterms for run in runs) else None


def _entities(runs: Sequence[Run]) -> list[float | None]:
    recalls = [entity_recall(run.reference, run.hypothesis, run.by) for run in runs if run.reference]
    kinds: tuple[EntityType, ...] = ("numbers", "times", "dates", "names")
    return [_rate([recall[kind] for recall in recalls]) for kind in kinds]


def _utterances(reference: str) -> list[str]:
    lines = reference.strip().splitlines()
    return lines if len(lines) > 1 else _SENTENCE_ENDS.split(reference)


def _latency(runs: Sequence[Run]) -> Record:
    measured = [_latencies(run) for run in runs]
    connects = [run.connect_ms for run in runs if run.connect_ms is not None]
    record: Record = {
        "timeline": "the model's own" if any(run.spoken is None for run in runs) else "provided",
        "anchors": "the turns' words" if any(run.speech is None for run in runs) else "provided",
        "connect_ms": median(connects) if connects else None,
    }
    for name in _LATENCIES:
        record |= Distribution.of(value.value_ms for latencies in measured for value in latencies[name]).to_record(name)
    return record


def _latencies(run: Run) -> dict[str, Sequence[latency.Measured]]:
    transcript, sent, speech, spoken = run.transcript, run.sent, run.speech, run.spoken
    measured: dict[str, Sequence[latency.Measured]] = dict.fromkeys(_LATENCIES, ())
    if sent is not None and sent.at_s:
        measured |= {
            "ttft_onset_ms": latency.ttft_onset_ms(transcript, sent, speech=speech),
            "word_emission_ms": latency.word_emission_ms(transcript, sent, spoken=spoken),
            "word_commit_ms": latency.word_commit_ms(transcript, sent, spoken=spoken),
            "transcript_lag_ms": latency.transcript_lag_ms(transcript, sent),
            "ttfs_ms": latency.ttfs_ms(transcript, sent, speech=speech),
            "ttct_ms": latency.ttct_ms(transcript, sent),
            "eot_ms": latency.eot_ms(transcript, sent, speech=speech),
            "endpoint_wait_ms": latency.endpoint_wait_ms(transcript, sent, speech=speech),
        }
    if run.captured is not None and run.captured.at_s and run.paint_times is not None:
        measured["upl_ms"] = latency.upl_ms(transcript, run.captured, run.paint_times, spoken=spoken)
    return measured


def _stability(runs: Sequence[Run]) -> Record:
    counts = sum((stability(run.transcript) for run in runs), Stability())
    names = ("churn", "unstable_word_ratio", "revised_turn_share", "revisions_per_turn", "normalised_erasure")
    has_words = counts.final_words > 0
    record: Record = {name: getattr(counts, name) if has_words else None for name in names}
    dead_air = [dead_air_ms(run.transcript, run.sent, speech=run.speech) for run in runs if run.sent and run.sent.at_s]
    record["dead_air_ms"] = max(dead_air, default=None)
    return record


def _cost(runs: Sequence[Run]) -> Record:
    opened = [run.open_s for run in runs if run.open_s is not None]
    prices = {run.price_per_hour_usd for run in runs}
    open_s = sum(opened) if runs and len(opened) == len(runs) else None
    price = prices.pop() if len(prices) == 1 else None
    record: Record = {
        "open_s": open_s,
        "usd_per_hour": price,
        "cost_usd": None,
        "usd_per_1000_audio_minutes": None,
    }
    if open_s is not None and price is not None:
        audio_s = sum(run.sent.ends_ms[-1] / 1000 for run in runs if run.sent is not None and run.sent.ends_ms)
        cost = Cost(open_s, audio_s, price)
        record["cost_usd"] = cost.usd
        record["usd_per_1000_audio_minutes"] = cost.usd_per_1000_audio_minutes if audio_s else None
    return record


class _Rated(Protocol):
    @property
    def rate(self) -> float: ...

    def __add__(self, other: Self) -> Self: ...


def _rate(parts: Sequence[_Rated]) -> float | None:
    try:
        return reduce(add, parts).rate
    except MetricError:
        return None
