"""An evaluation as a person reviews it: how far it is, its recordings, one of them side by side, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ipyscribe.comparison.measures import run_of
from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.budget import Budget
from ipyscribe.evaluation.concurrency import Concurrency
from ipyscribe.evaluation.frequent_errors import ErrorTable
from ipyscribe.evaluation.groups import GroupTable
from ipyscribe.evaluation.opened_recording import OpenedRecording
from ipyscribe.evaluation.overview import RecordingRow, RowStatus, group_columns, row_of
from ipyscribe.evaluation.progress import Progress, ProgressStatus
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.reference_edits import ReferenceEdits
from ipyscribe.evaluation.results import Results
from ipyscribe.evaluation.results_folder import ResultsFolder, scoring_digest
from ipyscribe.evaluation.running import Running
from ipyscribe.evaluation.scored_recording import ScoredRecording
from ipyscribe.evaluation.static_page import frozen_evaluation
from ipyscribe.evaluation.summary import Summary
from ipyscribe.export import Frozen

_RowBasis = tuple[RowStatus, ScoredRecording | None, Recording, str]


class Reviewing(Running):
    """What can be asked and corrected at any time, from any thread, while it plays and afterwards."""

    recordings: tuple[Recording, ...]
    speed: float
    _results: Results
    _folder: ResultsFolder
    _edits: ReferenceEdits
    _budget: Budget
    _concurrency: Concurrency
    _reference: Reference
    _scorings: dict[Recording, str]
    _numbers: Mapping[str, int]
    _durations_s: Mapping[str, float | None]
    _failures: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self._version = 0
        self._rows: dict[str, tuple[_RowBasis, RecordingRow]] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each model, which says where it is simulated."""
        return self._results.labels

    @property
    def left(self) -> tuple[Recording, ...]:
        """The recordings that were not played yet."""
        return tuple(
            recording
            for recording in self.recordings
            if recording.name not in self._results and recording.name not in self._failures
        )

    @property
    def cost_usd(self) -> float | None:
        """The cost of all sessions so far, in US dollars; None where one price is unknown."""
        return None if self._budget.usd_per_hour is None else self._budget.spent_usd

    @property
    def version(self) -> int:
        """Grows with every recording that was played and every reference that was corrected."""
        return self._version

    @property
    def progress(self) -> Progress:
        """How far it is, and the time and money that the rest is expected to take."""
        durations_s = [self._durations_s[recording.name] for recording in self.left]
        sound_s = None if None in durations_s else sum(duration_s or 0.0 for duration_s in durations_s)
        sound_per_s = self._concurrency.limit * (self.speed if self.speed > 0 else 1.0)
        usd_per_hour = self._budget.usd_per_hour
        return Progress(
            status=self._status(bool(durations_s)),
            total=len(self.recordings),
            played=len(self._results),
            failed=len(self._failures),
            playing=self._playing,
            elapsed_s=self._pace.elapsed_s,
            left_s=None if sound_s is None else self._pace.left_s(sound_s, sound_per_s),
            cost_usd=self.cost_usd,
            left_usd=None if sound_s is None or usd_per_hour is None else sound_s / 3600 * usd_per_hour,
            refusals=self._concurrency.refusals,
            budget_note="" if self.running else self._budget.note,
        )

    def _status(self, any_left: bool) -> ProgressStatus:
        player = self._player
        if self.running:
            if self._stopping or (player is not None and player.stopping):
                return "finishing"
            if self._paused:
                return "paused"
            return "playing" if player is not None and player.playing else "waiting"
        if self.error is not None:
            return "failed"
        if not any_left:
            return "done"
        return "stopped" if self._pace.elapsed_s else "ready"

    @cached_property
    def group_columns(self) -> tuple[str, ...]:
        """The columns of the corpus that put its recordings into groups: a few values, each more than once."""
        return group_columns(self.recordings)

    def rows(self) -> list[RecordingRow]:
        """One row for each recording, played or not: the error rate of each model, and how much the models differ."""
        playing = frozenset(self._playing)
        return [self._row(recording, playing) for recording in self.recordings]

    def row(self, name: str) -> RecordingRow:
        """The row of the recording of that name. Raises ``ParameterError``."""
        return self._row(self.recording(name), frozenset())

    def _row(self, recording: Recording, playing: frozenset[str]) -> RecordingRow:
        name = recording.name
        scored, problem = self._results.get(name), self._failures.get(name, "")
        status: RowStatus = "played" if scored else "failed" if problem else "playing" if name in playing else ""
        basis: _RowBasis = (status, scored, recording, problem)
        kept = self._rows.get(name)
        if kept is not None and all(one is other for one, other in zip(kept[0], basis, strict=True)):
            return kept[1]
        row = row_of(
            self._numbers[name],
            recording,
            self.group_columns,
            status=status,
            duration_s=self._durations_s[name],
            rates=scored.rates() if scored else (None,) * len(self.labels),
            disagreement=scored.disagreement if scored else None,
            problem=problem,
        )
        self._rows[name] = (basis, row)
        return row

    def recording(self, name: str) -> Recording:
        """The recording of that name. Raises ``ParameterError``."""
        if name not in self._numbers:
            raise ParameterError(f"There is no recording {name!r:.80}.", advice="Give the name of one.")
        return self.recordings[self._numbers[name] - 1]

    def open(self, name: str) -> OpenedRecording:
        """The recording of that name side by side: the words of its reference and of each model, aligned.

        Raises ``ParameterError`` for one that was not played, ``StorageError`` and ``TapeError``.
        """
        scored = self._results[name]
        lanes = zip(self.labels, self._folder.tape(name).lanes, strict=True)
        runs = [run_of(label, lane, self._reference) for label, lane in lanes]
        return OpenedRecording(scored.recording, scored.reference(0), runs)

    def set_reference(self, name: str, text: str) -> None:
        """Correct the reference of the recording of that name: it is scored again, and all figures with it.

        The correction is kept with the results, in ``folder``. Raises ``ParameterError`` for a text without a word
        that counts, ``StorageError`` where it cannot be written.
        """
        earlier = self.recording(name)
        text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
        if not self._reference.normalise(text):
            raise ParameterError(
                f"{text!r:.80} has no word that counts.", advice="Give the words that are spoken in the recording."
            )
        with self._lock:
            recording = self._edits.edit(earlier, text, self._folder[name].sound)
            self._scorings[recording] = digest = scoring_digest(recording, self._reference)
            index = self._numbers[name] - 1
            self.recordings = (*self.recordings[:index], recording, *self.recordings[index + 1 :])
            if name in self._results:
                scored = self._folder.scored(recording, digest, self._reference)
                assert scored is not None
                self._results.add(scored, self._folder[name].at_once)
            self._version += 1
        self._changed()

    def errors(self) -> ErrorTable:
        """The substitutions, deletions and insertions of each model, the most frequent first, each with its places.

        ``errors().words()`` are the words that each model gets wrong most often against how often they occur,
        ``errors().differences()`` those on which two models differ most. ``pandas.DataFrame(e.errors())`` is a table.
        """
        return self._results.errors()

    def groups(self, column: str) -> GroupTable:
        """A row for each group of recordings by a column of the corpus, such as speaker or accent, and each model.

        Its notes say where a difference between groups is shown, corrected for the number of comparisons (Holm).
        Raises ``ParameterError`` for a column that no recording has.
        """
        return self._results.groups(column)

    def summary(self) -> Summary:
        """The table with the points of ``plot_accuracy_latency``."""
        return self._results.summary(self._notes())

    def freeze(self, *, title: str | None = None) -> Frozen:
        """Table, picture and the worst recordings as they stand, as HTML without script.

        It shows itself as the last expression of a cell, and ``.save(path)`` writes a page.
        """
        return frozen_evaluation(self, title=title)

    def _notes(self) -> list[str]:
        raise NotImplementedError
