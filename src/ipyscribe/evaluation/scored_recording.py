"""One recording with the score of each model: what is kept of it in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import msgspec

from ipyscribe.comparison.alternatives import best_reference
from ipyscribe.comparison.measures import conditions_of, run_of, sending_speed
from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import StorageError, TapeError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.metrics.run_score import Measurements, RunScore, accuracy_counts, measurements
from ipyscribe.tape import Lane, Tape


class Conditions(dict[str, Any]):
    """What may affect the figures of a lane, by name, as JSON has it."""


class ScoredLane(msgspec.Struct, frozen=True):
    """One model on one recording: its score, the conditions, and how many times the pace of speech it was sent.

    ``reference`` is what it was scored against where a recording allows several texts.
    """

    score: RunScore
    conditions: Conditions
    speed: float = 1.0
    reference: str | None = None

    @property
    def emission_ms(self) -> Sequence[float]:
        """How long each word took to appear after it was spoken, in ms."""
        return self.score.measurements.latency_ms("word_emission_ms")

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
    def cost_usd(self) -> float:
        """The cost of all its sessions in US dollars, as far as the prices are known."""
        return sum(lane.score.measurements.cost_usd for lane in self.lanes)

    @property
    def slowest_emission_ms(self) -> float | None:
        """The median delay of the words in the slowest lane, in ms; None without a word."""
        delays_ms = [lane.emission_ms for lane in self.lanes]
        return max((median(delays) for delays in delays_ms if delays), default=None)


def scored_recording(recording: Recording, tape: Tape, scoring: Reference) -> ScoredRecording:
    """What is on ``tape`` of ``recording``, with the settings of ``scoring``. Raises ``TapeError``."""
    return ScoredRecording(recording, tuple(_scored_lane(recording, lane, scoring) for lane in tape.lanes))


def cost_usd(tape: Tape) -> float | None:
    """What the sessions on ``tape`` have cost in US dollars; None where it cannot be read."""
    try:
        runs = [run_of("", lane, Reference()) for lane in tape.lanes]
    except (TapeError, StorageError):
        return None
    return sum((run.open_s or 0.0) / 3600 * (run.price_per_hour_usd or 0.0) for run in runs)


def scored_again(recording: Recording, lanes: Sequence[ScoredLane], scoring: Reference) -> ScoredRecording:
    """``lanes`` of ``recording`` against its reference and with the settings of ``scoring``, without their tape."""
    return ScoredRecording(
        recording,
        tuple(
            _lane(recording, lane.score.measurements, scoring, conditions=lane.conditions, speed=lane.speed)
            for lane in lanes
        ),
    )


def _scored_lane(recording: Recording, lane: Lane, scoring: Reference) -> ScoredLane:
    run = run_of("", lane, replace(scoring, text=recording.text))
    conditions = Conditions(msgspec.json.decode(msgspec.json.encode(conditions_of(lane))))
    return _lane(recording, measurements(run), scoring, conditions=conditions, speed=sending_speed(run.sent))


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
