"""Several models that heard the same sound: what each said, where they differ, and the numbers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ipyscribe.comparison.disagreement_spans import edges, spots
from ipyscribe.comparison.figures import emission_ms, points, spoken
from ipyscribe.comparison.measures import ModelResult, Reference, conditions_of, measure, run_of, table
from ipyscribe.comparison.reference import Stretch, reference_text, stretch
from ipyscribe.comparison.settled_words import SettledWords
from ipyscribe.comparison.table import Record, Table
from ipyscribe.metrics import Disagreement, Run, TextScore, compared_words, ranked
from ipyscribe.replay import Replay
from ipyscribe.session import SessionLike
from ipyscribe.tape import Tape
from ipyscribe.tape.listeners import Listeners
from ipyscribe.timeline import plot_accuracy_latency, plot_lanes, plot_latency, plot_words
from ipyscribe.transcript import Transcript

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class SideBySide:
    """What was said by ``lanes``, each under its label in ``labels``.

    ``reference`` is what was really said: a text, one utterance a line, or the name of a text file. Where it is
    not known, ``correct`` adds it stretch by stretch. ``language`` chooses how words are normalised before they
    are compared, ``keyterms`` are words whose recall is counted.
    """

    def __init__(
        self,
        labels: Sequence[str],
        lanes: Sequence[SessionLike],
        *,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
    ) -> None:
        self.labels = tuple(labels)
        self._said = Reference(reference_text(reference), (), language, tuple(keyterms))
        self._lock = threading.Lock()
        self._listeners = Listeners()
        self._hear(lanes)

    @classmethod
    def of(
        cls, tape: Tape | str, *, labels: Sequence[str] | None = None, speed: float = 1.0, **known: Any
    ) -> SideBySide:
        """A comparison out of its tape, as ``Replay`` plays it: ``lanes[0].start()`` plays all.

        ``known`` is ``reference``, ``language`` and ``keyterms``. Raises ``TapeError``.
        """
        replay = Replay(tape, speed=speed)
        names = labels or replay.tape.labels
        return SideBySide(names, replay.lanes, **known)

    def _hear(self, lanes: Sequence[SessionLike]) -> None:
        self._lanes = tuple(lanes)
        self._words = SettledWords(len(self._lanes))
        for lane in self._lanes:
            lane.on_change(self._changed)

    @property
    def lanes(self) -> tuple[SessionLike, ...]:
        """The sessions, or their replays."""
        return self._lanes

    @property
    def transcripts(self) -> dict[str, Transcript]:
        """What each has said so far."""
        return {label: lane.transcript for label, lane in zip(self.labels, self._lanes, strict=True)}

    @property
    def done(self) -> bool:
        """True once all are over."""
        return all(lane.done for lane in self._lanes)

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of sound that were heard."""
        return max(lane.audio_ms for lane in self._lanes)

    @property
    def cost_usd(self) -> float | None:
        """Price so far of all together in US dollars; None where one price is not known."""
        costs = [lane.cost_usd for lane in self._lanes]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def usd_per_hour(self) -> float | None:
        """Price of an hour of all together; None where one price is not known."""
        prices = [lane.model.price_per_hour_usd for lane in self._lanes]
        return None if None in prices else sum(price for price in prices if price is not None)

    @property
    def tape(self) -> Tape:
        """All that happened, one lane for each model."""
        first = self._lanes[0].tape
        return (
            first
            if len(first.lanes) == len(self._lanes)
            else Tape.together(*(lane.tape for lane in self._lanes), labels=self.labels)
        )

    @property
    def language(self) -> str:
        """That by whose rules words are compared."""
        return self._said.language

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What was typed of what was really said."""
        return self._said.stretches

    @property
    def settled(self) -> SettledWords:
        """The words side by side, brought up to date.

        From one that an error has ended nothing more is awaited, and its silence contradicts nobody.
        """
        ended = [lane.done and lane.error is None for lane in self._lanes]
        transcripts = [lane.transcript for lane in self._lanes]
        with self._lock:
            if not self._words.begins(transcripts, ended):
                self._words = SettledWords(len(self._lanes))
            words = self._words
        words.catch_up(transcripts, ended)
        return words

    def words(self) -> list[Record]:
        """One record for each place in the speech: what each model has there, how long after its sound the word
        appeared and stayed, who had it first; see ``ipyscribe.metrics.compared_words``.
        """
        return compared_words(self._runs())

    def disagreements(self) -> list[Disagreement]:
        """Where they differ, the most telling first; where one has not come so far is left out."""
        return ranked(spots(self.settled.slots(), language=self.language))

    def audio(self, start_ms: float, end_ms: float) -> bytes:
        """The sound of a stretch as 16 kHz PCM16 mono, as far as it was kept."""
        return next((sound for lane in self._lanes if (sound := lane.tape.audio(start_ms, end_ms))), b"")

    def correct(self, start_ms: float, end_ms: float, text: str) -> None:
        """Say what was really said between two moments; it replaces what was typed for that sound before.

        An empty text takes it back. Raises ``ParameterError``.
        """
        new = stretch(start_ms, end_ms, text)
        with self._lock:
            kept = [each for each in self._said.stretches if not each.overlaps(new)]
            kept += [new] if new.text else []
            said = self._said
            ordered = tuple(sorted(kept, key=lambda each: each.start_ms))
            self._said = Reference(said.reference, ordered, said.language, said.keyterms)
        self._changed()

    def resolve(self, disagreement: Disagreement, text: str) -> Stretch:
        """Say what was really said at a disagreement, empty for nothing; gives the stretch that is now known.

        The models do not agree on where words begin and end. So the stretch is cut where the words of all of
        them can be told apart, and agreed words that lie within it are added to ``text``. Raises
        ``ParameterError``.
        """
        at = edges([slot for slot, _ in self.settled.slots()], disagreement, nothing=not text.strip())
        words = " ".join(filter(None, (at.before, text.strip(), at.after)))
        self.correct(at.start_ms, at.end_ms, words)
        return Stretch(at.start_ms, at.end_ms, words)

    def table(self) -> Table:
        """One row for each model, with the standard measures; see ``ipyscribe.metrics``."""
        tapes = self.tape.lanes
        conditions = {label: conditions_of(lane) for label, lane in zip(self.labels, tapes, strict=True)}
        return table(self._measured(), conditions, self._said.notes)

    def scores(self) -> dict[str, TextScore]:
        """What each wrote against what was said: as written, normalised, and what normalisation changed on each side.

        Of a whole reference, or of the stretches that were corrected. Raises ``EmptyReferenceError`` without either.
        """
        return {label: self._said.score(transcript) for label, transcript in self.transcripts.items()}

    def plot_timeline(
        self,
        *,
        ax: Axes | None = None,
        theme: str = "light",
        start_ms: float | None = None,
        end_ms: float | None = None,
    ) -> Figure:
        """All models on one time axis, and the stretches on which they differ."""
        differ_ms = [
            (one.start_ms, one.end_ms)
            for one in self.disagreements()
            if one.start_ms is not None and one.end_ms is not None
        ]
        return plot_lanes(self.transcripts, ax=ax, theme=theme, start_ms=start_ms, end_ms=end_ms, differ_ms=differ_ms)

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "light") -> Figure:
        """How long each word of each model took to appear after it was spoken."""
        return plot_latency(emission_ms(self._measured()), ax=ax, theme=theme)

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "light") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals."""
        return plot_accuracy_latency(points(self._measured()), ax=ax, theme=theme)

    def plot_words(self, start_ms: float, end_ms: float, *, ax: Axes | None = None, theme: str = "light") -> Figure:
        """A stretch of the sound: each word when it was spoken, when it appeared, and from when on it stayed."""
        return plot_words(spoken(self._runs()), start_ms=start_ms, end_ms=end_ms, ax=ax, theme=theme)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views."""
        return self._listeners.add(listener)

    def _changed(self) -> None:
        self._listeners.tell()

    def _measured(self) -> list[ModelResult]:
        return [measure(run, self._said) for run in self._runs()]

    def _runs(self) -> list[Run]:
        return [run_of(label, lane, self._said) for label, lane in zip(self.labels, self.tape.lanes, strict=True)]
