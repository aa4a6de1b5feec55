"""What an evaluation has played so far, and the figures of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ipyscribe.comparison.figures import accuracy_latency_figure, emission_ms
from ipyscribe.comparison.measures import ModelResult, table, warning_of
from ipyscribe.comparison.model_choices import ModelChoice
from ipyscribe.comparison.reference import Reference
from ipyscribe.comparison.table import Record, Table
from ipyscribe.evaluation.frequent_errors import frequent_errors
from ipyscribe.evaluation.pooling import blocks_of, conditions, pooled
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredRecording
from ipyscribe.metrics.scoring import record_of
from ipyscribe.protocol.model import simulated_label
from ipyscribe.timeline import plot_latency

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Results:
    """The recordings that were played, in the order of ``recordings``, scored with the settings of ``scoring``.

    ``simulated`` says of each model whether it is known to be before anything is played.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        choices: Sequence[ModelChoice],
        simulated: Sequence[bool],
        scoring: Reference,
    ) -> None:
        self._recordings = recordings
        self._choices, self._simulated = choices, list(simulated)
        self._scoring = scoring
        self._scored: dict[str, ScoredRecording] = {}

    def add(self, scored: ScoredRecording) -> None:
        """Keep ``scored``, in the place of what there was of the same recording."""
        self._scored[scored.recording.name] = scored
        for lane, each in enumerate(scored.lanes):
            self._simulated[lane] |= each.score.measurements.simulated

    def __len__(self) -> int:
        return len(self._scored)

    def __contains__(self, name: str) -> bool:
        return name in self._scored

    def __iter__(self) -> Iterator[ScoredRecording]:
        return iter([self._scored[each.name] for each in self._recordings if each.name in self._scored])

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each model, which says where it is simulated."""
        return tuple(
            simulated_label(choice.label) if simulated else choice.label
            for choice, simulated in zip(self._choices, self._simulated, strict=True)
        )

    @property
    def cost_usd(self) -> float:
        """The cost of the recordings in US dollars, as far as the prices are known."""
        return sum(each.cost_usd for each in self)

    @property
    def notes(self) -> list[str]:
        """How the figures were obtained."""
        return [self._blocks_note(), *self._scoring.normaliser_notes] if self._scored else []

    def table(self, notes: Sequence[str]) -> Table:
        """One row for each model: its figures over all recordings, with their intervals."""
        return table(self.pooled(), conditions(self.labels, list(self)), notes)

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        labels = self.labels
        return [
            {"recording": each.recording.name, **record_of(label, lane.score)}
            for each in self
            for label, lane in zip(labels, each.lanes, strict=True)
        ]

    def errors(self) -> list[Record]:
        """The substitutions, deletions and insertions of each model, the most frequent first."""
        normalise = self._scoring.normalise
        records: list[Record] = []
        for lane, label in enumerate(self.labels):
            pairs = (
                (each.recording.name, normalise(each.reference(lane)), normalise(each.lanes[lane].hypothesis))
                for each in self
                if each.lanes[lane].score.accuracy is not None
            )
            records += frequent_errors(label, pairs)
        return sorted(records, key=lambda record: -record["count"])

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """How long each word of all recordings took to appear after it was spoken."""
        results = self.pooled()
        return plot_latency(emission_ms(results), ax=ax, theme=theme, warning=warning_of(results))

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals over recordings."""
        return accuracy_latency_figure(self.pooled(), ax=ax, theme=theme)

    def pooled(self) -> list[ModelResult]:
        """All figures of each model."""
        scored = list(self)
        blocks = blocks_of([each.recording for each in scored])
        return [pooled(label, [each.lanes[lane] for each in scored], blocks) for lane, label in enumerate(self.labels)]

    def _blocks_note(self) -> str:
        blocks = blocks_of([each.recording for each in self])
        if blocks is None:
            return "Intervals assume that recordings are independent: the corpus names no speaker and no session."
        return f"Intervals are over {len(set(blocks))} speakers or sessions, whose recordings belong together."
