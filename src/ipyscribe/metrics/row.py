"""One row of a comparison's table: everything that is measured of one model, under its standard name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ipyscribe.errors import MetricError
from ipyscribe.metrics import latency
from ipyscribe.metrics.accuracy import errors_by_line, score_text
from ipyscribe.metrics.cost import Cost
from ipyscribe.metrics.distribution import Distribution
from ipyscribe.metrics.formatting import casing_errors, keyterm_recall, punctuation_errors
from ipyscribe.metrics.normalise import normaliser
from ipyscribe.metrics.stability import dead_air_ms, stability
from ipyscribe.metrics.statistics import wer_interval
from ipyscribe.metrics.stretches import Speech
from ipyscribe.tape.sent import SentTimes
from ipyscribe.transcript import Transcript, Word

Record = dict[str, Any]
_SENTENCE_ENDS = re.compile(r"(?<=[.?!\u3002\uff1f\uff01])\s+")


@dataclass(frozen=True, slots=True)
class Run:
    """What was recorded of one model; what is left out is not measured.

    ``reference`` is what was said, one utterance a line, or one line of whole sentences, in ``language``;
    ``keyterms`` are the words that matter.
    ``sent``, ``captured`` and ``painted``, ``speech`` and ``spoken`` are those of ``ipyscribe.metrics.latency``.
    ``open_s`` is how long sockets were open.
    """

    label: str
    transcript: Transcript
    sent: SentTimes | None = None
    reference: str | None = None
    language: str = "en"
    keyterms: Sequence[str] = ()
    speech: Speech | None = None
    spoken: Sequence[Word] | None = None
    captured: SentTimes | None = None
    painted: latency.Painted | None = None
    connect_ms: float | None = None
    open_s: float | None = None
    price_per_hour_usd: float | None = None


def score(run: Run) -> Record:
    """One flat record of ``run``: the same columns for every run, None for what is not defined or not known.

    Rates and ratios are shares (0.05 is 5 %), times are ms, prices US dollars. Of each latency there are the
    median under its own name and ``_p90``, ``_p95``, ``_p99`` (from n = 100), ``_n``, ``_negative`` (share).
    ``normaliser`` stamps the error rates: ``check_table`` refuses records that mix two. Raises
    ``EmptyReferenceError`` for a reference without words.
    """
    turns = [turn for turn in run.transcript.turns if turn.is_speech]
    return {
        "model": run.label,
        "turns": len(turns),
        "words": sum(len(turn.words) for turn in turns),
        **_accuracy(run),
        **_latency(run),
        **_stability(run),
        **_cost(run),
    }


def _accuracy(run: Run) -> Record:
    names = (
        "normaliser", "wer", "wer_low", "wer_high", "reference_words", "hits", "substitutions", "deletions",
        "insertions", "wer_with_fillers", "wer_raw", "cer", "mer", "wil", "keyterm_recall", "punctuation_error_rate",
        "casing_error_rate",
    )  # fmt: skip
    if run.reference is None:
        return dict.fromkeys(names)
    heard = " ".join(turn.text for turn in run.transcript.turns)
    scored = score_text(run.reference, heard, language=run.language)
    by = normaliser(run.language)
    words = scored.normalised
    lines = [part for part in errors_by_line(_utterances(run.reference), heard, by) if part.n]
    interval = wer_interval(lines) if len(lines) > 1 else None
    values = (
        words.stamp, words.rate, interval and interval.low, interval and interval.high, words.n, words.hits,
        words.substitutions, words.deletions, words.insertions, scored.with_fillers.rate, scored.raw.rate,
        scored.characters.rate, words.match_error_rate, words.information_lost,
        _rate(keyterm_recall(run.keyterms, run.reference, heard, by)),
        _rate(punctuation_errors(run.reference, heard)), _rate(casing_errors(run.reference, heard)),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def _utterances(reference: str) -> list[str]:
    lines = reference.strip().splitlines()
    return lines if len(lines) > 1 else _SENTENCE_ENDS.split(reference)


def _latency(run: Run) -> Record:
    transcript, sent, speech, spoken = run.transcript, run.sent, run.speech, run.spoken
    measured: dict[str, Sequence[latency.Measured]] = dict.fromkeys(
        ("ttft_onset_ms", "word_emission_ms", "word_commit_ms", "transcript_lag_ms", "ttfs_ms", "ttct_ms", "eot_ms",
         "endpoint_wait_ms", "upl_ms"), (),
    )  # fmt: skip
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
    if run.captured is not None and run.captured.at_s and run.painted is not None:
        measured["upl_ms"] = latency.upl_ms(transcript, run.captured, run.painted, spoken=spoken)
    record: Record = {
        "timeline": "the model's own" if spoken is None else "given",
        "anchors": "the turns' words" if speech is None else "given",
        "connect_ms": run.connect_ms,
    }
    for name, values in measured.items():
        record |= Distribution.of(value.value_ms for value in values).to_record(name)
    return record


def _stability(run: Run) -> Record:
    counted = stability(run.transcript)
    names = ("churn", "unstable_word_ratio", "revised_turn_share", "revisions_per_turn", "normalised_erasure")
    heard = counted.final_words > 0
    record: Record = {name: getattr(counted, name) if heard else None for name in names}
    sent = run.sent
    record["dead_air_ms"] = dead_air_ms(run.transcript, sent, speech=run.speech) if sent and sent.at_s else None
    return record


def _cost(run: Run) -> Record:
    record: Record = {
        "open_s": run.open_s,
        "usd_per_hour": run.price_per_hour_usd,
        "cost_usd": None,
        "usd_per_1000_audio_minutes": None,
    }
    if run.open_s is not None and run.price_per_hour_usd is not None:
        audio_s = run.sent.ends_ms[-1] / 1000 if run.sent is not None and run.sent.ends_ms else 0.0
        cost = Cost(run.open_s, audio_s, run.price_per_hour_usd)
        record["cost_usd"] = cost.usd
        record["usd_per_1000_audio_minutes"] = cost.usd_per_1000_audio_minutes if audio_s else None
    return record


class _Rated(Protocol):
    @property
    def rate(self) -> float: ...


def _rate(parts: _Rated) -> float | None:
    try:
        return parts.rate
    except MetricError:
        return None
