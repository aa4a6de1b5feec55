"""The figures of a comparison, all of them from its tapes, so that a replay gives the same ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipyscribe import metrics
from ipyscribe.audio.block import BLOCK_MS
from ipyscribe.comparison.reference import Reference, errors_of_corrections, words_between
from ipyscribe.comparison.table import FASTER_THAN_SPEECH, Record, Table
from ipyscribe.errors import MetricError
from ipyscribe.metrics.statistics import MIN_UNITS
from ipyscribe.protocol.messages import FORCE_ENDPOINT, Begin
from ipyscribe.protocol.model import simulated_label
from ipyscribe.protocol.parse import parse_message
from ipyscribe.tape import Lane
from ipyscribe.tape.costs import mean_price_usd
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.tape.session_notices import late_by_s
from ipyscribe.transcript import Transcript
from ipyscribe.transcript.lateness import latency_warning

_NOT_CONDITIONS = frozenset(("speech_model", "sample_rate", "encoding", "inactivity_timeout", "token"))


@dataclass(frozen=True, slots=True)
class ModelResult:
    """The measures of one model.

    ``errors`` are those of each utterance, ``emission_ms`` the latencies of its words by utterance: time ranges of
    the audio, or complete recordings. ``blocks`` names for each recording the block to which it belongs, such as
    its speaker. ``speed`` is how many times the pace of speech the sound was sent, ``at_once`` how many recordings were
    played at the same time at most, ``forced_ends`` whether a turn was ended by ``force_endpoint``: latencies under
    such conditions are marked.
    """

    label: str
    record: Record
    errors: Sequence[metrics.Errors] = ()
    emission_ms: Mapping[int, Sequence[float]] = field(default_factory=dict, repr=False)
    speed: float = 1.0
    blocks: Sequence[Hashable] | None = None
    at_once: int = 1
    forced_ends: bool = False


def run_of(label: str, lane: Lane, reference: Reference) -> metrics.Run:
    """The recorded data of a lane, as the measures take it."""
    duration_s, snapshot = lane.duration_s, lane.snapshot_at(float("inf"))
    transcript, paints = snapshot.transcript, lane.paints
    text = reference.text_for(transcript)
    if text is not None and not reference.normalise(text):
        text = None
    billed_s = snapshot.billed_s(duration_s)
    return metrics.Run(
        label=simulated_label(label) if lane.simulated else label,
        simulated=lane.simulated,
        late_s=late_by_s(snapshot, lane.manifest.parameters, None),
        forced_ends=has_forced_ends(lane),
        transcript=transcript,
        sent=lane.sent,
        reference=text,
        language=reference.language,
        normaliser=reference.normaliser,
        equivalents=reference.equivalents,
        keyterms=reference.keyterms,
        captured=lane.captured,
        paint_times=metrics.paint_times(transcript, paints) if paints else None,
        connect_ms=_connect_ms(lane),
        open_s=billed_s,
        price_per_hour_usd=mean_price_usd(lane.manifest, snapshot, billed_s),
    )


def measure(run: metrics.Run, reference: Reference) -> ModelResult:
    """All figures of one lane."""
    errors = reference.errors(run.transcript) if reference.scorable else []
    record = metrics.score(run)
    if run.reference is None and errors:
        record |= _accuracy_of_corrections(run.transcript, reference)
    emission = metrics.by_time_range((value.at_ms, value.value_ms) for value in word_emission(run))
    return ModelResult(run.label, record, errors, emission, sending_speed(run.sent), forced_ends=run.forced_ends)


def word_emission(run: metrics.Run) -> Sequence[metrics.Measured]:
    """When each word appeared; nothing where the send times are unknown."""
    return metrics.word_emission_ms(run.transcript, run.sent) if run.sent is not None and run.sent.at_s else ()


def table(
    results: Sequence[ModelResult], conditions: Mapping[str, Mapping[str, Any]], more_notes: Sequence[str]
) -> Table:
    """The table of all models. Raises ``MixedScoresError`` where error rates cannot stand beside each other."""
    records = [
        result.record | conditions_record(speed=result.speed, at_once=result.at_once, forced_ends=result.forced_ends)
        for result in results
    ]
    metrics.check_table(records)
    unequal = metrics.conditions(conditions)
    notes = [*(each.note for each in unequal), *_basis_notes(results), *more_notes]
    differences = _differences(results) if results else []
    return Table(records, differences, notes, unequal=unequal, warning=warning_of(results))


def warning_of(results: Sequence[ModelResult]) -> str:
    """Which latencies are not those of the model on live speech, in words."""
    records = [result.record for result in results]
    simulated = [record["model"] for record in records if record["simulated"]]
    sentences = [latency_warning(simulated, {record["model"]: record["late_s"] for record in records})]
    speed = max((result.speed for result in results), default=1.0)
    at_once = max((result.at_once for result in results), default=1)
    if speed > FASTER_THAN_SPEECH:
        sentences.append(f"Sound was sent {speed:.1f} times as fast as speech: these are not latencies of live speech.")
    if at_once > 1:
        sentences.append(f"Latencies were measured with up to {at_once} recordings at once.")
    if any(result.forced_ends for result in results):
        sentences.append("Ends of turns were forced: endpointing delays are not those of detected ends.")
    return " ".join(filter(None, sentences))


def conditions_record(*, speed: float, at_once: int, forced_ends: bool) -> Record:
    """The columns of the conditions under which latencies were measured."""
    return {"speed": round(speed, 2), "at_once": at_once, "forced_ends": forced_ends}


def has_forced_ends(lane: Lane) -> bool:
    """Whether a turn of ``lane`` was ended by ``force_endpoint``."""
    return any(kind == "sent" and values[1] == FORCE_ENDPOINT for _, kind, *values in lane.records())


def conditions_of(lane: Lane) -> dict[str, Any]:
    """The conditions of a lane, besides its model, that may affect its figures."""
    manifest = lane.manifest
    snapshot = lane.snapshot_at(float("inf"))
    settings = {name: value for name, value in manifest.parameters.items() if name not in _NOT_CONDITIONS}
    return settings | {
        "chunk_ms": BLOCK_MS,
        "server": manifest.server,
        "order": "at once",
        "endpointing": "forced" if has_forced_ends(lane) else "detected",
        "dropped_ms": (snapshot.dropped_samples + snapshot.lost_samples) // 16,
        "reconnects": len(snapshot.connections) - 1,
    }


def _basis_notes(results: Sequence[ModelResult]) -> list[str]:
    """Notes on how the figures were obtained."""
    notes = []
    scored = next((result.record for result in results if result.record["normaliser"]), None)
    if scored is not None:
        notes.append(f"Error rates are those of {scored['unit']} as {scored['normaliser']} leaves them.")
    counts = [sum(map(len, result.emission_ms.values())) for result in results]
    if any(counts):
        notes.append(f"Emission and commit: n = {', '.join(map(str, counts))} words; percentiles interpolate linearly.")
    return notes


def sending_speed(sent: SendTimes | None) -> float:
    """Duration of the sound over the time in which it was sent."""
    if sent is None or len(sent.at_s) < 2 or sent.at_s[-1] <= sent.at_s[0]:
        return 1.0
    return (sent.ends_ms[-1] - sent.ends_ms[0]) / 1000 / (sent.at_s[-1] - sent.at_s[0])


def _differences(results: Sequence[ModelResult]) -> list[str]:
    """Each model against the first, in words; differences of one figure are corrected for the number of models."""
    first, others = results[0], results[1:]
    scored = [other for other in others if first.errors and other.errors]
    return [
        *_in_words("WER", first, scored, _wer_difference),
        *_in_words("Median word emission", first, others, _emission_difference),
    ]


def _in_words(
    figure: str,
    first: ModelResult,
    others: Sequence[ModelResult],
    difference_of: Callable[[ModelResult, ModelResult], metrics.Difference],
) -> list[str]:
    differences: list[metrics.Difference] = []
    labels: list[str] = []
    impossible: list[str] = []
    for other in others:
        names = f"{figure}, {other.label} against {first.label}"
        try:
            differences.append(difference_of(first, other))
            labels.append(names)
        except MetricError as error:
            impossible.append(f"{names}: {error.message}")
    corrected = metrics.corrected(differences)
    return [*(f"{names}: {one}" for names, one in zip(labels, corrected, strict=True)), *impossible]


def _wer_difference(first: ModelResult, other: ModelResult) -> metrics.Difference:
    return metrics.wer_difference(first.errors, other.errors, blocks=first.blocks)


def _emission_difference(first: ModelResult, other: ModelResult) -> metrics.Difference:
    blocks = None
    if first.blocks is not None:
        blocks = [first.blocks[key] for key in sorted(first.emission_ms.keys() & other.emission_ms.keys())]
    return metrics.median_difference(*metrics.paired(first.emission_ms, other.emission_ms), blocks=blocks)


def _accuracy_of_corrections(transcript: Transcript, reference: Reference) -> Record:
    """The columns of accuracy for the corrected part alone."""
    corrections = [each for each in reference.corrections if each.text]
    normalise = reference.normalise
    errors = errors_of_corrections(transcript, corrections, normalise)
    total = metrics.pooled(errors)
    interval = metrics.wer_interval(errors) if len(errors) >= MIN_UNITS else None
    characters = metrics.pooled(
        metrics.character_errors(each.text, words_between(transcript, each), normalise)
        for each in corrections
        if normalise(each.text)
    )
    return {
        "normaliser": total.stamp,
        "unit": normalise.unit,
        "wer": total.rate,
        "wer_low": interval and interval.low,
        "wer_high": interval and interval.high,
        "reference_words": total.n,
        "hits": total.hits,
        "substitutions": total.substitutions,
        "deletions": total.deletions,
        "insertions": total.insertions,
        "cer": characters.rate,
        "mer": total.match_error_rate,
        "wil": total.information_lost,
    }


def _connect_ms(lane: Lane) -> float | None:
    opened_s: float | None = None
    for at_s, kind, *values in lane.records():
        if kind == "opened" and opened_s is None:
            opened_s = at_s
        elif kind == "received" and opened_s is not None and isinstance(parse_message(values[2]), Begin):
            return metrics.connect_ms(opened_s, max(opened_s, at_s))
    return None
