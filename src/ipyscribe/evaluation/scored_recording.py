"""One recording with the score of each model: what is kept of it in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import median
from typing import Any

import msgspec
from msgspec.structs import replace as replace_struct

from ipyscribe.comparison.alternatives import best_reference
from ipyscribe.comparison.measures import conditions_of, run_of, sending_speed
from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import StorageError, TapeError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.word_errors import share_of_differences, starts_of
from ipyscribe.metrics.run_score import Measurements, RunScore, accuracy_counts, measurements
from ipyscribe.tape import Lane, Tape


class Conditions(dict[str, Any]):
    """What may affect the figures of a lane, by name, as JSON has it."""


class ScoredLane(msgspec.Struct, frozen=True):
    """One model on one recording: its score, the conditions, and how many times the pace of speech it was sent.

    ``reference`` is what it was scored against where a recording allows several texts. ``starts`` has the times of
    its words, see ``word_errors.starts_of``. ``disagreement`` is the share of words in which it differs from another
    model, the mean of all others; None where it is alone.
    """

    score: RunScore
    conditions: Conditions
    speed: float = 1.0
    reference: str | None = None
    starts: bytes = b""
    disagreement: float | None = None

    @property
    def emission_ms(self) -> Sequence[float]:
        """How long each word took to appear after it was spoken, in ms."""
        return self.score.measurements.latency_ms("word_emission_ms")

    @property
    def forced_ends(self) -> bool:
        """Whether a turn was ended by ``force_endpoint``."""
        return self.conditions.get("endpointing") == "forced"

    @property
    def hypothesis(self) -> str:
        """What the model wrote."""
        return self.score.measurements.hypothesis


@dataclass(frozen=True, slots=True)
class ScoredRecording:
    """A recording that was played to each model."""

    recording: Recording
    lanes: tuple[ScoredLane, ...]

    def reference(self, lane: int) -> str:
        """The text that a lane was scored against."""
        return self.lanes[lane].reference or self.recording.text

    @property
    def disagreement(self) -> float | None:
        """The share of words in which two models differ, the mean of all pairs; None for one model."""
        shares = [lane.disagreement for lane in self.lanes if lane.disagreement is not None]
        return sum(shares) / len(shares) if shares else None

    def rates(self) -> tuple[float | None, ...]:
        """The error rate of each model; None without a reference."""
        return tuple(None if lane.score.accuracy is None else lane.score.accuracy.errors.rate for lane in self.lanes)

    @property
    def cost_usd(self) -> float:
        """The cost of all its sessions in US dollars, as far as the prices are known."""
        return sum(lane.score.measurements.cost_usd for lane in self.lanes)

    @property
    def newest_words_ms(self) -> float | None:
        """How late the newest word of each message came, in ms: the median of the slowest lane; None without a word.

        It depends on what is spoken less than the delay of all words does, most of which wait for the next message.
        """
        delays_ms = [lane.emission_ms for lane in self.lanes]
        return max((median(_of_newest_words(delays)) for delays in delays_ms if delays), default=None)


def _of_newest_words(delays_ms: Sequence[float]) -> list[float]:
    """Of the words of one message the last has the shortest delay; that of the next word is longer."""
    return [delay for delay, following in pairwise((*delays_ms, math.inf)) if following > delay]


def scored_recording(recording: Recording, tape: Tape, scoring: Reference) -> ScoredRecording:
    """What is on ``tape`` of ``recording``, with the settings of ``scoring``. Raises ``TapeError``."""
    lanes = [_scored_lane(recording, lane, scoring) for lane in tape.lanes]
    return ScoredRecording(recording, _with_disagreements(lanes, scoring))


def cost_usd(tape: Tape) -> float | None:
    """What the sessions on ``tape`` have cost in US dollars; None where it cannot be read."""
    try:
        runs = [run_of("", lane, Reference()) for lane in tape.lanes]
    except (TapeError, StorageError):
        return None
    return sum((run.open_s or 0.0) / 3600 * (run.price_per_hour_usd or 0.0) for run in runs)


def scored_again(recording: Recording, lanes: Sequence[ScoredLane], scoring: Reference) -> ScoredRecording:
    """``lanes`` of ``recording`` against its reference and with the settings of ``scoring``, without their tape."""
    scored = [
        replace_struct(
            _lane(recording, lane.score.measurements, scoring, conditions=lane.conditions, speed=lane.speed),
            starts=lane.starts,
        )
        for lane in lanes
    ]
    return ScoredRecording(recording, _with_disagreements(scored, scoring))


def _with_disagreements(lanes: Sequence[ScoredLane], scoring: Reference) -> tuple[ScoredLane, ...]:
    texts = [scoring.normalise(lane.hypothesis) for lane in lanes]
    if len(lanes) < 2:
        return tuple(lanes)
    shares: list[list[float]] = [[] for _ in lanes]
    for first, second in combinations(range(len(lanes)), 2):
        share = share_of_differences(texts[first], texts[second])
        shares[first].append(share)
        shares[second].append(share)
    return tuple(
        replace_struct(lane, disagreement=sum(of_lane) / len(of_lane))
        for lane, of_lane in zip(lanes, shares, strict=True)
    )


def _scored_lane(recording: Recording, lane: Lane, scoring: Reference) -> ScoredLane:
    run = run_of("", lane, replace(scoring, text=recording.text))
    conditions = Conditions(msgspec.json.decode(msgspec.json.encode(conditions_of(lane))))
    scored = _lane(recording, measurements(run), scoring, conditions=conditions, speed=sending_speed(run.sent))
    return replace_struct(scored, starts=starts_of(run.transcript))


def _lane(
    recording: Recording, measured: Measurements, scoring: Reference, *, conditions: Conditions, speed: float
) -> ScoredLane:
    normalise = scoring.normalise
    text, best = recording.text, None
    if recording.alternatives:
        text = best = best_reference(recording.reference, measured.hypothesis, normalise)
    accuracy = None
    if normalise(text):
        accuracy = accuracy_counts(text, measured.hypothesis, normalise, scoring.keyterms)
    return ScoredLane(RunScore(measured, accuracy), conditions, speed, best)
