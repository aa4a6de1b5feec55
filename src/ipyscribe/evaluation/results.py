"""What an evaluation has played so far, and the figures of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from ipyscribe.comparison.figures import accuracy_latency_figure, emission_ms
from ipyscribe.comparison.measures import ModelResult, table, warning_of, word_emission
from ipyscribe.comparison.model_choices import ModelChoice
from ipyscribe.comparison.reference import Reference, transcript_text
from ipyscribe.comparison.table import Record, Table
from ipyscribe.evaluation.frequent_errors import frequent_errors
from ipyscribe.evaluation.pooling import PlayedRecording, blocks_of, conditions, played_recording, pooled
from ipyscribe.evaluation.recording import Recording
from ipyscribe.metrics import Cost, score
from ipyscribe.protocol.model import simulated_label
from ipyscribe.tape import Tape
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
        self._choices, self._simulated = choices, simulated
        self._scoring = scoring
        self._played: dict[str, PlayedRecording] = {}

    def add(self, recording: Recording, tape: Tape) -> PlayedRecording:
        """Score what ``tape`` holds of ``recording``, and keep it. Raises ``TapeError``."""
        self._played[recording.name] = played = played_recording(recording, tape, self.labels, self._scoring)
        return played

    def __len__(self) -> int:
        return len(self._played)

    def __contains__(self, name: str) -> bool:
        return name in self._played

    def __iter__(self) -> Iterator[PlayedRecording]:
        return iter([self._played[each.name] for each in self._recordings if each.name in self._played])

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each model, which says where it is simulated."""
        played = list(self)
        return tuple(
            simulated_label(choice.label)
            if self._simulated[lane] or any(each.runs[lane].simulated for each in played)
            else choice.label
            for lane, choice in enumerate(self._choices)
        )

    @property
    def cost_usd(self) -> float:
        """The cost of the recordings in US dollars, as far as the prices are known."""
        runs = [run for each in self for run in each.runs]
        return sum(Cost(run.open_s or 0.0, 0.0, run.price_per_hour_usd or 0.0).usd for run in runs)

    @property
    def notes(self) -> list[str]:
        """How the figures were obtained."""
        return [self._blocks_note(), *self._scoring.normaliser_notes] if self._played else []

    def table(self, notes: Sequence[str]) -> Table:
        """One row for each model: its figures over all recordings, with their intervals."""
        return table(self.pooled(), conditions(self.labels, list(self)), notes)

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        return [{"recording": each.recording.name, **score(run)} for each in self for run in each.runs]

    def errors(self) -> list[Record]:
        """The substitutions, deletions and insertions of each model, the most frequent first."""
        normalise = self._scoring.normalise
        records: list[Record] = []
        for lane, label in enumerate(self.labels):
            runs = [(each.recording.name, each.runs[lane]) for each in self]
            pairs = (
                (name, normalise(run.reference), normalise(transcript_text(run.transcript)))
                for name, run in runs
                if run.reference is not None
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
        played = list(self)
        blocks = blocks_of([each.recording for each in played])
        return [pooled(label, [each.runs[lane] for each in played], blocks) for lane, label in enumerate(self.labels)]

    def _blocks_note(self) -> str:
        blocks = blocks_of([each.recording for each in self])
        if blocks is None:
            return "Intervals assume that recordings are independent: the corpus names no speaker and no session."
        return f"Intervals are over {len(set(blocks))} speakers or sessions, whose recordings belong together."


def slowest_emission_ms(played: PlayedRecording) -> float | None:
    """The median delay of the words in the slowest lane, in ms; None without a word."""
    delays_ms = [[value.value_ms for value in word_emission(run)] for run in played.runs]
    return max((median(delays) for delays in delays_ms if delays), default=None)
