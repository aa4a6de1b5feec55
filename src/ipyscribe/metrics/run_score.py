"""What the figures of one run are made of: counts and latencies, without its transcript, small enough for thousands."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import astuple
from functools import lru_cache
from typing import Any, get_args

import msgspec

from ipyscribe.errors import MetricError
from ipyscribe.metrics import latency
from ipyscribe.metrics.accuracy import Errors, errors_by_line, score_text
from ipyscribe.metrics.entities import EntityType, entity_recall, keyterm_score
from ipyscribe.metrics.formatting import casing_errors, punctuation_errors
from ipyscribe.metrics.normalise import Normaliser
from ipyscribe.metrics.run import Run
from ipyscribe.metrics.stability import dead_air_ms, stability
from ipyscribe.metrics.statistics import MIN_UNITS, Interval, wer_interval

LATENCIES = (
    "ttft_onset_ms", "word_emission_ms", "word_commit_ms", "transcript_lag_ms", "ttfs_ms", "ttct_ms", "eot_ms",
    "endpoint_wait_ms", "upl_ms",
)  # fmt: skip
ENTITIES: tuple[EntityType, ...] = get_args(EntityType)
Counts = tuple[int, ...]
_SENTENCE_ENDS = re.compile(r"(?<=[.?!\u3002\uff1f\uff01])\s+")


class Measurements(msgspec.Struct, frozen=True):
    """What is measured of a run without a reference; the fields that ``Run`` has too are those of the run.

    ``latencies_ms`` holds the values of all ``LATENCIES`` one after the other, ``latency_counts`` how many each has;
    ``stability`` the counts of ``metrics.Stability``. ``timeline_provided`` and ``anchors_provided`` say whether the
    run had ``spoken`` and ``speech``. ``audio_s`` is how much sound was sent, in s.
    """

    hypothesis: str
    turns: int
    words: int
    latencies_ms: array  # type: ignore[type-arg]
    latency_counts: Counts
    stability: Counts
    simulated: bool = False
    late_s: float = 0.0
    timeline_provided: bool = False
    anchors_provided: bool = False
    dead_air_ms: float | None = None
    connect_ms: float | None = None
    open_s: float | None = None
    audio_s: float | None = None
    price_per_hour_usd: float | None = None

    def latency_ms(self, name: str) -> Sequence[float]:
        """The values of one of ``LATENCIES``, in ms."""
        index = LATENCIES.index(name)
        start = sum(self.latency_counts[:index])
        return self.latencies_ms[start : start + self.latency_counts[index]]

    @property
    def cost_usd(self) -> float:
        """Its cost in US dollars, 0 where its price or its length is unknown."""
        return (self.open_s or 0.0) / 3600 * (self.price_per_hour_usd or 0.0)


def pooled_latencies_ms(measured: Sequence[Measurements]) -> dict[str, Sequence[float]]:
    """All values of each of ``LATENCIES``, in ms, in the order of ``measured``."""
    if not measured:
        return dict.fromkeys(LATENCIES, ())
    import numpy as np

    values = np.frombuffer(b"".join([each.latencies_ms for each in measured]))
    counts = np.array([each.latency_counts for each in measured])
    kinds = np.repeat(np.tile(np.arange(len(LATENCIES)), len(measured)), counts.ravel())
    return {name: values[kinds == kind] for kind, name in enumerate(LATENCIES)}


class AccuracyCounts(msgspec.Struct, frozen=True):
    """The counts of a text against its reference, which add up.

    ``words``, ``with_fillers``, ``raw`` and ``characters`` are hits, substitutions, deletions and insertions;
    ``entities`` found and spoken of each of ``ENTITIES``; ``keyterms`` found, spoken and false positives, None without
    key terms; ``punctuation`` and ``casing`` the fields of their classes. ``interval`` is that of the WER over the
    lines of the reference, where it has enough of them.
    """

    normaliser: str
    unit: str
    words: Counts
    with_fillers: Counts
    raw: Counts
    characters: Counts
    keyterms: Counts | None
    entities: Counts
    punctuation: Counts
    casing: Counts
    interval: tuple[float, float] | None = None

    @property
    def errors(self) -> Errors:
        """The parts of the WER."""
        return _errors_of_words(self.words, self.normaliser)


class RunScore(msgspec.Struct, frozen=True):
    """Everything that the figures of one run are made of; ``accuracy`` is None without a reference."""

    measurements: Measurements
    accuracy: AccuracyCounts | None = None


def score_run(run: Run) -> RunScore:
    """The score of ``run``. Raises ``EmptyReferenceError`` for a reference without words."""
    accuracy = None
    if run.reference is not None:
        accuracy = accuracy_counts(run.reference, run.hypothesis, run.by, run.keyterms)
    return RunScore(measurements(run), accuracy)


def measurements(run: Run) -> Measurements:
    """What is measured of ``run`` without its reference."""
    turns = [turn for turn in run.transcript.turns if turn.is_speech]
    values = _latencies(run)
    sent_audio = run.sent is not None and bool(run.sent.at_s)
    return Measurements(
        hypothesis=run.hypothesis,
        turns=len(turns),
        words=sum(len(turn.words) for turn in turns),
        latencies_ms=array("d", [value.value_ms for name in LATENCIES for value in values[name]]),
        latency_counts=tuple(len(values[name]) for name in LATENCIES),
        stability=astuple(stability(run.transcript)),
        simulated=run.simulated,
        late_s=run.late_s,
        timeline_provided=run.spoken is not None,
        anchors_provided=run.speech is not None,
        dead_air_ms=dead_air_ms(run.transcript, run.sent, speech=run.speech) if run.sent and sent_audio else None,
        connect_ms=run.connect_ms,
        open_s=run.open_s,
        audio_s=run.sent.ends_ms[-1] / 1000 if run.sent is not None and run.sent.ends_ms else None,
        price_per_hour_usd=run.price_per_hour_usd,
    )


def accuracy_counts(reference: str, hypothesis: str, by: Normaliser, keyterms: Sequence[str] = ()) -> AccuracyCounts:
    """The counts of ``hypothesis`` against ``reference``. Raises ``EmptyReferenceError`` without a word in it."""
    text = score_text(reference, hypothesis, by=by)
    terms = keyterm_score(keyterms, reference, hypothesis, by) if any(keyterms) else None
    recall = entity_recall(reference, hypothesis, by)
    return AccuracyCounts(
        normaliser=text.normalised.stamp,
        unit=by.unit,
        words=_parts(text.normalised),
        with_fillers=_parts(text.with_fillers),
        raw=_parts(text.raw),
        characters=_parts(text.characters),
        keyterms=None if terms is None else (terms.found, terms.spoken, terms.false_positives),
        entities=tuple(count for kind in ENTITIES for count in (recall[kind].found, recall[kind].spoken)),
        punctuation=astuple(punctuation_errors(reference, hypothesis)),
        casing=astuple(casing_errors(reference, hypothesis)),
        interval=_interval_over_lines(reference, hypothesis, by),
    )


def errors_of(counts: Sequence[int], normaliser: str) -> Errors:
    """Hits, substitutions, deletions and insertions as ``Errors``."""
    hits, substitutions, deletions, insertions = counts
    return Errors(hits, substitutions, deletions, insertions, normaliser)


@lru_cache(maxsize=32_768)
def _errors_of_words(words: Counts, normaliser: str) -> Errors:
    """Kept, because thousands of recordings have few different counts, and a table asks for all of them again."""
    return errors_of(words, normaliser)


def _parts(errors: Errors) -> Counts:
    return (errors.hits, errors.substitutions, errors.deletions, errors.insertions)


def to_json(value: Any) -> bytes:
    """``value``, which holds scores, as JSON; ``msgspec`` reads it with ``latencies_from_json`` as its ``dec_hook``."""
    return msgspec.json.encode(value, enc_hook=list)


def latencies_from_json(kind: type, value: Any) -> Any:
    """The ``latencies_ms`` of a list of numbers. Raises ``TypeError`` for another kind."""
    if kind is not array:
        raise TypeError(f"{kind} is not stored")
    return array("d", value)


def interval_of(units: Sequence[Errors], blocks: Sequence[Any] | None = None) -> Interval | None:
    """The interval of the WER of ``units``; None where there are too few utterances for one."""
    try:
        return wer_interval(units, blocks=blocks)
    except MetricError:
        return None


def _interval_over_lines(reference: str, hypothesis: str, by: Normaliser) -> tuple[float, float] | None:
    utterances = _utterances(reference)
    if len(utterances) < MIN_UNITS:
        return None
    interval = interval_of([part for part in errors_by_line(utterances, hypothesis, by) if part.n])
    return None if interval is None else (interval.low, interval.high)


def _utterances(reference: str) -> list[str]:
    lines = reference.strip().splitlines()
    return lines if len(lines) > 1 else _SENTENCE_ENDS.split(reference)


def _latencies(run: Run) -> dict[str, Sequence[latency.Measured]]:
    transcript, sent, speech, spoken = run.transcript, run.sent, run.speech, run.spoken
    measured: dict[str, Sequence[latency.Measured]] = dict.fromkeys(LATENCIES, ())
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
