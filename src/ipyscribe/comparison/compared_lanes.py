"""Several lanes of the same audio: their aligned words, their disagreements, and their figures."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ipyscribe.comparison.disagreement_spans import disagreements_among, safe_edges
from ipyscribe.comparison.figures import accuracy_latency_figure, emission_ms, word_times
from ipyscribe.comparison.measures import ModelResult, conditions_of, measure, run_of, table, warning_of
from ipyscribe.comparison.reference import Correction, Reference, checked_correction, marked_text
from ipyscribe.comparison.settled_words import SettledWords
from ipyscribe.comparison.sweep_paths import SweepPath, path_notes, sweep_paths
from ipyscribe.comparison.table import Record, Table
from ipyscribe.metrics import Disagreement, Normaliser, Run, TextScore, compared_words, ranked
from ipyscribe.metrics.equivalents import checked_groups
from ipyscribe.metrics.normalise import Equivalents, NormaliserName
from ipyscribe.plain_text import plain
from ipyscribe.protocol.model import simulated_label
from ipyscribe.session import SessionLike
from ipyscribe.tape import INCOMPLETE, Tape
from ipyscribe.tape.listeners import Listeners
from ipyscribe.tape.manifest import distinct
from ipyscribe.timeline import plot_lanes, plot_latency, plot_words
from ipyscribe.transcript import Transcript
from ipyscribe.transcript.lateness import latency_warning

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class ComparedLanes:
    """``lanes`` compared, each under its label in ``labels``: the results of a ``Comparison``.

    ``reference`` is the correct text: a str, one utterance per line, or the name of a text file. Where there is none,
    ``correct`` adds it piece by piece. ``language``, ``normaliser`` and ``equivalents`` choose how texts are
    normalised before they are compared, see ``ipyscribe.metrics.normaliser``; ``keyterms`` are words whose recall and
    precision are counted, whether they were boosted or not.
    """

    def __init__(
        self,
        labels: Sequence[str],
        lanes: Sequence[SessionLike],
        *,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
    ) -> None:
        self._labels = distinct(map(plain, labels))
        groups = checked_groups(equivalents)
        text, alternatives = marked_text(reference)
        self._reference = Reference(text, (), language, tuple(keyterms), normaliser, groups, alternatives)
        self._lock = threading.Lock()
        self._listeners = Listeners()
        self._attach(lanes)

    def _attach(self, lanes: Sequence[SessionLike]) -> None:
        self._lanes = tuple(lanes)
        self._settled_words = SettledWords(len(self._lanes), self.language)
        for lane in self._lanes:
            lane.on_change(self._changed)

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each lane, which says where its model is simulated; no two are the same."""
        pairs = zip(self._labels, self._lanes, strict=True)
        return distinct(simulated_label(label) if lane.simulated else label for label, lane in pairs)

    @property
    def lanes(self) -> tuple[SessionLike, ...]:
        """The sessions, or their replays."""
        return self._lanes

    @property
    def transcripts(self) -> dict[str, Transcript]:
        """Each lane's transcript as it stands now, by label."""
        return {label: lane.transcript for label, lane in zip(self.labels, self._lanes, strict=True)}

    @property
    def latency_warning(self) -> str:
        """Whose latencies are not those of the model that is named, in words; "" where all are."""
        lanes = list(zip(self.labels, self._lanes, strict=True))
        return latency_warning(
            [label for label, lane in lanes if lane.simulated], {label: lane.late_s for label, lane in lanes}
        )

    @property
    def done(self) -> bool:
        """True once all lanes are over."""
        return all(lane.done for lane in self._lanes)

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of audio that the lane furthest ahead has received."""
        return max(lane.audio_ms for lane in self._lanes)

    @property
    def cost_usd(self) -> float | None:
        """Price so far of all lanes together in US dollars; None where one price is unknown."""
        costs = [lane.cost_usd for lane in self._lanes]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def usd_per_hour(self) -> float | None:
        """Price of an hour of all lanes together in US dollars; None where one price is unknown."""
        prices = [lane.model.price_per_hour_usd for lane in self._lanes]
        return None if None in prices else sum(price for price in prices if price is not None)

    @property
    def tape(self) -> Tape:
        """The recording, one lane for each model."""
        tape = self._lanes[0].tape
        if len(tape.lanes) == len(self._lanes):
            return tape
        return Tape.together(*(lane.tape for lane in self._lanes), labels=self.labels)

    @property
    def language(self) -> str:
        """The language by whose rules words are normalised."""
        return self._reference.language

    @property
    def normaliser(self) -> Normaliser:
        """The normaliser that is applied to texts before they are compared."""
        return self._reference.normalise

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """The corrections of ``correct`` and ``resolve``, in order of time."""
        return self._reference.corrections

    @property
    def settled(self) -> SettledWords:
        """The settled words aligned, brought up to date.

        No more words are awaited from a lane that ended with an error, and their absence is not a disagreement.
        """
        ended = [lane.done and lane.error is None for lane in self._lanes]
        transcripts = [lane.transcript for lane in self._lanes]
        with self._lock:
            if not self._settled_words.begins(transcripts, ended):
                self._settled_words = SettledWords(len(self._lanes), self.language)
            settled_words = self._settled_words
        settled_words.catch_up(transcripts, ended)
        return settled_words

    def aligned_words(self) -> list[Record]:
        """One record for each position in the speech: each model's word there, how long after its sound it appeared
        and stayed, and which model had it first; see ``ipyscribe.metrics.compared_words``.
        """
        return compared_words(self._runs())

    def disagreements(self) -> list[Disagreement]:
        """Where the models differ, the most telling first; positions that one has not reached are left out."""
        return ranked(disagreements_among(self.settled.slots(), by=self.normaliser))

    def audio(self, start_ms: float, end_ms: float) -> bytes:
        """The sound of a time range as 16 kHz PCM16 mono, as far as it was kept."""
        return next((sound for lane in self._lanes if (sound := lane.tape.audio(start_ms, end_ms))), b"")

    def correct(self, start_ms: float, end_ms: float, text: str) -> None:
        """Set the correct text of a time range of the audio clock, in ms; it replaces earlier corrections there.

        An empty text removes them. Raises ``ParameterError``.
        """
        new = checked_correction(start_ms, end_ms, text)
        with self._lock:
            self._reference = self._reference.corrected(new)
        self._changed()

    def resolve(self, disagreement: Disagreement, text: str) -> Correction:
        """Set the correct text of a disagreement, empty for no words; returns the resulting correction.

        The models do not agree on word boundaries. So the time range is extended to boundaries that separate the
        words of all of them, and agreed words within it are added to ``text``. Raises ``ParameterError``.
        """
        slots = [slot for slot, _ in self.settled.slots()]
        edges = safe_edges(slots, disagreement, nothing=not text.strip())
        words = " ".join(filter(None, (edges.before, text.strip(), edges.after)))
        self.correct(edges.start_ms, edges.end_ms, words)
        return Correction(edges.start_ms, edges.end_ms, words)

    def table(self) -> Table:
        """One row for each model, with the standard measures; see ``ipyscribe.metrics``."""
        tape_lanes = self.tape.lanes
        conditions = {label: conditions_of(lane) for label, lane in zip(self.labels, tape_lanes, strict=True)}
        results = self._results()
        paths = path_notes(self._sweep_paths, [result.record for result in results])
        return table(results, conditions, [*paths, *self._scored_reference.notes, *self._incomplete_notes()])

    @property
    def _sweep_paths(self) -> tuple[SweepPath, ...]:
        return sweep_paths([(lane.model.name, lane.parameters) for lane in self._lanes])

    def _incomplete_notes(self) -> list[str]:
        labels = [label for label, lane in zip(self.labels, self._lanes, strict=True) if lane.tape.recording_stopped]
        if not labels:
            return []
        return [f"The tape of {', '.join(dict.fromkeys(labels))} is missing the end of its session: {INCOMPLETE}"]

    def scores(self) -> dict[str, TextScore]:
        """Each transcript against the reference: as written, normalised, and the changes of normalisation.

        Of the complete reference, or of the corrections. Raises ``EmptyReferenceError`` without either.
        """
        return {label: self._reference.score(transcript) for label, transcript in self.transcripts.items()}

    def plot_timeline(
        self,
        *,
        ax: Axes | None = None,
        theme: str = "auto",
        start_ms: float | None = None,
        end_ms: float | None = None,
    ) -> Figure:
        """All models on one time axis, with the time ranges in which they differ."""
        differ_ms = [
            (each.start_ms, each.end_ms)
            for each in self.disagreements()
            if each.start_ms is not None and each.end_ms is not None
        ]
        return plot_lanes(
            self.transcripts,
            ax=ax,
            theme=theme,
            start_ms=start_ms,
            end_ms=end_ms,
            differ_ms=differ_ms,
            warning=self.latency_warning,
        )

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """How long each word of each model took to appear after it was spoken."""
        results = self._results()
        return plot_latency(emission_ms(results), ax=ax, theme=theme, warning=warning_of(results))

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals.

        Without a reference the latencies alone, and that the error rates are missing.
        """
        return accuracy_latency_figure(self._results(), ax=ax, theme=theme, paths=self._sweep_paths)

    def plot_words(self, start_ms: float, end_ms: float, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """A time range of the sound: each word when it was spoken, when it appeared, and from when on it stayed."""
        times, warning = word_times(self._runs()), self.latency_warning
        return plot_words(times, start_ms=start_ms, end_ms=end_ms, ax=ax, theme=theme, warning=warning)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; returns the call that ends this. For views.

        It runs on the sessions' threads, so it must be quick and must not raise.
        """
        return self._listeners.add(listener)

    @property
    def _scored_reference(self) -> Reference:
        """The reference as far as transcripts can be scored against it now."""
        return self._reference

    def _changed(self) -> None:
        for listener in self._listeners.all:
            listener()

    def _results(self) -> list[ModelResult]:
        return [measure(run, self._scored_reference) for run in self._runs()]

    def _runs(self) -> list[Run]:
        reference = self._scored_reference
        return [run_of(label, lane, reference) for label, lane in zip(self.labels, self.tape.lanes, strict=True)]
