"""The numbers of a comparison, all of them from its tapes, so that they are the same now and when it is replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from ipyscribe import metrics
from ipyscribe.audio.block import BLOCK_MS
from ipyscribe.comparison.reference import Stretch, errors_of_stretches, heard_between
from ipyscribe.comparison.table import Record, Table
from ipyscribe.errors import EmptyReferenceError, MetricError
from ipyscribe.protocol.messages import Begin
from ipyscribe.protocol.models import simulated
from ipyscribe.protocol.parse import parse_message
from ipyscribe.tape import Lane
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Transcript

_NOT_CONDITIONS = frozenset(("speech_model", "sample_rate", "encoding", "inactivity_timeout", "token"))
_FAST = 1.1
_NO_FIGURES = "No reference: error rates need one, or correct some stretches by listening."


@dataclass(frozen=True, slots=True)
class Reference:
    """What was really said, as far as it is known, and the words of it that matter."""

    reference: str | None = None
    stretches: tuple[Stretch, ...] = ()
    language: str = "en"
    keyterms: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything can be scored."""
        return self.reference is not None or any(each.text for each in self.stretches)

    def errors(self, transcript: Transcript) -> list[metrics.Errors]:
        """Word errors for each line of the reference, or for each stretch where there is none."""
        by = metrics.normaliser(self.language)
        if self.reference is None:
            return errors_of_stretches(transcript, self.stretches, by)
        lines = [line for line in self.reference.splitlines() if by(line)]
        return metrics.errors_by_line(lines, heard(transcript), by)

    def score(self, transcript: Transcript) -> metrics.TextScore:
        """As written and normalised, with what that changed. Raises ``EmptyReferenceError`` where nothing is known."""
        if self.reference is not None:
            return metrics.score_text(self.reference, heard(transcript), language=self.language)
        by = metrics.normaliser(self.language)
        parts = [
            metrics.score_text(each.text, heard_between(transcript, each), language=self.language)
            for each in self.stretches
            if by(each.text)
        ]
        if not parts:
            raise EmptyReferenceError(
                "It is not known what was really said.", advice="Give a reference, or correct some stretches."
            )
        return reduce(add, parts)

    @property
    def notes(self) -> list[str]:
        """What is to be said of error rates beside them."""
        if not self.known:
            return [_NO_FIGURES]
        if self.reference is not None:
            return []
        count = sum(bool(each.text) for each in self.stretches)
        seconds = sum(each.end_ms - each.start_ms for each in self.stretches if each.text) / 1000
        length = f"{seconds:.0f} s" if seconds >= 10 else f"{round(seconds, 1):g} s"
        return [
            f"Error rates are those of {count} corrected stretch{'' if count == 1 else 'es'} ({length}), "
            "not of all that was said."
        ]


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model with what was measured of it.

    ``errors`` are those of each utterance, ``emission_ms`` the latencies of its words by what a bootstrap draws:
    stretches of the sound, or whole recordings. ``speed`` is how much faster than it was spoken the sound was sent.
    """

    label: str
    record: Record
    errors: Sequence[metrics.Errors] = ()
    emission_ms: Mapping[int, Sequence[float]] = field(default_factory=dict, repr=False)
    speed: float = 1.0


def heard(transcript: Transcript) -> str:
    """All words that were spoken, as one text."""
    return " ".join(turn.text for turn in transcript.turns if turn.is_speech)


def run_of(label: str, lane: Lane, said: Reference) -> metrics.Run:
    """What the measures need to know of a lane."""
    reference, model = said.reference, lane.about.model
    if reference is not None and not metrics.normaliser(said.language)(reference):
        reference = None
    duration_s, scene = lane.duration_s, lane.scene_at(float("inf"))
    transcript, paints = scene.transcript, lane.paints
    return metrics.Run(
        label=label,
        transcript=transcript,
        sent=lane.sent,
        reference=reference,
        language=said.language,
        keyterms=said.keyterms,
        captured=lane.heard,
        painted=metrics.painted(transcript, paints) if paints else None,
        connect_ms=_connect_ms(lane),
        open_s=sum(leg.billed_s(duration_s) for leg in scene.legs),
        price_per_hour_usd=(simulated(model) if scene.simulated else model).price_per_hour_usd,
    )


def measure(run: metrics.Run, said: Reference) -> ModelResult:
    """All figures of one lane."""
    errors = said.errors(run.transcript) if said.known else []
    record = metrics.score(run)
    if run.reference is None and errors:
        record |= _of_stretches(run.transcript, said)
    emission = metrics.by_stretch((value.at_ms, value.value_ms) for value in word_emission(run))
    return ModelResult(run.label, record, errors, emission, sending_speed(run.sent))


def word_emission(run: metrics.Run) -> Sequence[metrics.Measured]:
    """When each word appeared; nothing where it is not known when the sound was sent."""
    return metrics.word_emission_ms(run.transcript, run.sent) if run.sent is not None and run.sent.at_s else ()


def table(
    measured: Sequence[ModelResult], conditions: Mapping[str, Mapping[str, Any]], more_notes: Sequence[str]
) -> Table:
    """The table of all models. Raises ``MixedScoresError`` where error rates cannot stand beside each other."""
    records = [one.record for one in measured]
    metrics.check_table(records)
    notes = [*map(str, metrics.conditions(conditions)), *_what_figures_rest_on(measured), *more_notes]
    return Table(records, [text for other in measured[1:] for text in _differences(measured[0], other)], notes)


def conditions_of(lane: Lane) -> dict[str, Any]:
    """What may have made a lane differ besides its model."""
    about = lane.about
    scene = lane.scene_at(float("inf"))
    settings = {name: value for name, value in about.parameters.items() if name not in _NOT_CONDITIONS}
    return settings | {
        "chunk_ms": BLOCK_MS,
        "host": about.place,
        "order": "at once",
        "dropped_ms": (scene.dropped_samples + scene.lost_samples) // 16,
        "reconnects": len(scene.legs) - 1,
    }


def _what_figures_rest_on(measured: Sequence[ModelResult]) -> list[str]:
    notes = []
    fast = max((one.speed for one in measured), default=1.0)
    if fast > _FAST:
        notes.append(
            f"Sound was sent {fast:.1f} times as fast as it was spoken: these are not the latencies of live speech."
        )
    stamp = next((one.record["normaliser"] for one in measured if one.record["normaliser"]), None)
    if stamp is not None:
        notes.append(f"Error rates are those of words as {stamp} leaves them.")
    counts = [sum(map(len, one.emission_ms.values())) for one in measured]
    if any(counts):
        notes.append(f"Emission and commit: n = {', '.join(map(str, counts))} words; percentiles interpolate linearly.")
    return notes


def sending_speed(sent: SendTimes | None) -> float:
    """Sound over the time in which it was sent."""
    if sent is None or len(sent.at_s) < 2 or sent.at_s[-1] <= sent.at_s[0]:
        return 1.0
    return (sent.ends_ms[-1] - sent.ends_ms[0]) / 1000 / (sent.at_s[-1] - sent.at_s[0])


def _differences(first: ModelResult, other: ModelResult) -> list[str]:
    found: list[str] = []
    names = f"{other.label} against {first.label}"
    if first.errors and other.errors:
        try:
            found.append(f"WER, {names}: {metrics.wer_difference(first.errors, other.errors)}")
        except MetricError as error:
            found.append(f"WER, {names}: {error.message}")
    try:
        difference = metrics.median_difference(*metrics.paired(first.emission_ms, other.emission_ms))
        found.append(f"Median word emission, {names}: {difference}")
    except MetricError as error:
        found.append(f"Median word emission, {names}: {error.message}")
    return found


def _of_stretches(transcript: Transcript, said: Reference) -> Record:
    """The columns of accuracy for the labelled part alone."""
    known = [each for each in said.stretches if each.text]
    by = metrics.normaliser(said.language)
    errors = errors_of_stretches(transcript, known, by)
    total = metrics.pooled(errors)
    interval = metrics.wer_interval(errors) if len(errors) > 1 else None
    characters = metrics.pooled(
        metrics.character_errors(each.text, heard_between(transcript, each), by) for each in known if by(each.text)
    )
    return {
        "normaliser": total.stamp,
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
    asked_s: float | None = None
    for at_s, kind, *values in lane.records():
        if kind == "opened" and asked_s is None:
            asked_s = at_s
        elif kind == "in" and asked_s is not None and isinstance(parse_message(values[2]), Begin):
            return metrics.connect_ms(asked_s, max(asked_s, at_s))
    return None
