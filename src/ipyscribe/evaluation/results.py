"""What an evaluation has played so far, and the figures of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ipyscribe.comparison.figures import accuracy_latency_figure, emission_ms, points
from ipyscribe.comparison.measures import ModelResult, conditions_record, table, warning_of
from ipyscribe.comparison.model_choices import ModelChoice
from ipyscribe.comparison.reference import Reference
from ipyscribe.comparison.sweep_paths import SweepPath, path_notes, sweep_paths
from ipyscribe.comparison.table import Record
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.frequent_errors import ErrorTable, Transcribed, frequent_errors
from ipyscribe.evaluation.groups import GroupedErrors, GroupTable, group_table
from ipyscribe.evaluation.overview import group_of
from ipyscribe.evaluation.pooling import blocks_column, blocks_of, conditions, pooled
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredRecording
from ipyscribe.evaluation.summary import Summary
from ipyscribe.evaluation.word_errors import starts_ms_of, word_errors_of
from ipyscribe.metrics.scoring import record_of
from ipyscribe.metrics.statistics import MIN_UNITS
from ipyscribe.protocol.model import simulated_label
from ipyscribe.timeline import plot_latency

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INDEPENDENT = "Intervals assume that recordings are independent: the corpus names no speaker and no session."


class Results:
    """The recordings that were played, in the order of ``recordings``, scored with the settings of ``scoring``.

    ``simulated`` says of each model whether it is known to be before anything is played. ``blocks`` is the column of
    the corpus whose values name the recordings that belong together; None is its session or speaker, if it has one.

    Raises ``ParameterError`` for a column that no recording has.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        choices: Sequence[ModelChoice],
        simulated: Sequence[bool],
        scoring: Reference,
        blocks: str | None = None,
    ) -> None:
        self._recordings = recordings
        if blocks is not None:
            self._check_column(blocks)
        self._blocks = blocks_column(recordings) if blocks is None else blocks
        self._choices, self._simulated = choices, list(simulated)
        self._scoring = scoring
        self._scored: dict[str, ScoredRecording] = {}
        self._at_once: dict[str, int] = {}

    def add(self, scored: ScoredRecording, at_once: int) -> None:
        """Keep ``scored``, in the place of what there was of the same recording.

        ``at_once`` is how many recordings were played at the same time.
        """
        self._at_once[scored.recording.name] = at_once
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

    def __getitem__(self, name: str) -> ScoredRecording:
        """The recording of that name. Raises ``ParameterError`` for one that was not played."""
        if name not in self._scored:
            raise ParameterError(f"{name!r:.80} was not played.", advice="Give the name of a recording that was.")
        return self._scored[name]

    def get(self, name: str) -> ScoredRecording | None:
        """The recording of that name; None for one that was not played."""
        return self._scored.get(name)

    def summary(self, notes: Sequence[str]) -> Summary:
        """One row for each model: its figures over all recordings, with their intervals; and its point."""
        results, paths = self.pooled(), self._sweep_paths
        path_texts = path_notes(paths, [result.record for result in results])
        return Summary(
            table(results, conditions(self.labels, list(self)), [*path_texts, *notes]),
            tuple(points(results)),
            [path.lanes for path in paths],
        )

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        labels = self.labels
        return [
            {
                "recording": each.recording.name,
                **record_of(label, lane.score),
                **conditions_record(
                    speed=lane.speed, at_once=self._at_once[each.recording.name], forced_ends=lane.forced_ends
                ),
            }
            for each in self
            for label, lane in zip(labels, each.lanes, strict=True)
        ]

    def errors(self) -> ErrorTable:
        """The substitutions, deletions and insertions of each model, the most frequent first, with their places."""
        return frequent_errors({label: self._transcribed(lane) for lane, label in enumerate(self.labels)})

    def _transcribed(self, lane: int) -> Iterator[Transcribed]:
        normalise = self._scoring.normalise
        for each in self:
            scored = each.lanes[lane]
            if scored.score.accuracy is not None:
                reference, written = normalise(each.reference(lane)), scored.hypothesis
                errors = word_errors_of(reference, normalise(written), written.split(), starts_ms_of(scored.starts))
                yield Transcribed(each.recording.name, reference, errors)

    def groups(self, column: str) -> GroupTable:
        """A row for each group of recordings by ``column`` and each model. Raises ``ParameterError``."""
        self._check_column(column)
        scored = list(self)
        together = None if column == self._blocks else self._blocks
        blocks = blocks_of([each.recording for each in scored], together) or range(len(scored))
        models = [
            (
                label,
                [
                    GroupedErrors(accuracy.errors, group, block)
                    for each, block in zip(scored, blocks, strict=True)
                    if (accuracy := each.lanes[lane].score.accuracy) is not None
                    and (group := group_of(each.recording.columns, column)) is not None
                ],
            )
            for lane, label in enumerate(self.labels)
        ]
        return group_table(column, models, self._group_blocks_note(column, together))

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """How long each word of all recordings took to appear after it was spoken."""
        results = self.pooled()
        return plot_latency(emission_ms(results), ax=ax, theme=theme, warning=warning_of(results))

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals over recordings."""
        return accuracy_latency_figure(self.pooled(), ax=ax, theme=theme, paths=self._sweep_paths)

    def pooled(self) -> list[ModelResult]:
        """All figures of each model."""
        scored = list(self)
        blocks = blocks_of([each.recording for each in scored], self._blocks)
        at_once = max(self._at_once.values(), default=1)
        return [
            pooled(label, [each.lanes[lane] for each in scored], blocks, at_once=at_once)
            for lane, label in enumerate(self.labels)
        ]

    @property
    def _sweep_paths(self) -> tuple[SweepPath, ...]:
        return sweep_paths([(choice.model, choice.settings) for choice in self._choices])

    def _blocks_note(self) -> str:
        blocks = blocks_of([each.recording for each in self], self._blocks)
        units = len(self) if blocks is None else len(set(blocks))
        unit = "recordings" if blocks is None else f"blocks of recordings that belong together ({self._blocks})"
        if units < MIN_UNITS:
            needed = f"an interval needs at least {MIN_UNITS} {unit}"
            return f"Too few to tell how sure the figures are (n = {units}): {needed}."
        return INDEPENDENT if blocks is None else f"Intervals are over {units} {unit}."

    def _group_blocks_note(self, column: str, together: str | None) -> str:
        if together is not None:
            return f"Intervals are over blocks of recordings that belong together ({together})."
        return f"Intervals assume that recordings of one {column} are independent." if self._blocks else INDEPENDENT

    def _check_column(self, column: str) -> None:
        columns = dict.fromkeys(
            name for recording in self._recordings for name, value in recording.columns.items() if value is not None
        )
        if column not in columns:
            raise ParameterError(
                f"The corpus has no column {column!r:.80}.",
                advice=f"Give one of: {', '.join(columns)}." if columns else "It has none besides sound and text.",
            )
