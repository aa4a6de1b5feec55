"""An evaluation: many recordings through the same models, and their pooled figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from ipyscribe.access.endpoint import Token
from ipyscribe.comparison.model_choices import Models, billed_model, hidden_models, model_choices
from ipyscribe.comparison.reference import Reference
from ipyscribe.comparison.table import Record, Table
from ipyscribe.evaluation.budget import Budget
from ipyscribe.evaluation.concurrency import AtOnce, Concurrency, checked_at_once
from ipyscribe.evaluation.corpus import Recordings, read_corpus, readable, scorable
from ipyscribe.evaluation.failures_in_a_row import FailuresInARow
from ipyscribe.evaluation.notes import first_notes, left_out_notes, listed
from ipyscribe.evaluation.player import Player, Prepare
from ipyscribe.evaluation.playing import Played, Setup
from ipyscribe.evaluation.recording import Corpus, PathLike, Recording, wav_of_pcm
from ipyscribe.evaluation.reference_edits import ReferenceEdits
from ipyscribe.evaluation.results import Results
from ipyscribe.evaluation.results_folder import ResultsFolder, scoring_digest
from ipyscribe.evaluation.reviewing import Reviewing
from ipyscribe.evaluation.running import OnRecording
from ipyscribe.metrics.equivalents import checked_groups
from ipyscribe.metrics.normalise import Equivalents, NormaliserName
from ipyscribe.notebook import end_with_cell
from ipyscribe.protocol import SessionSettings
from ipyscribe.protocol.python_values import python_values
from ipyscribe.protocol.secret import SECRET_SETTINGS, hidden, hidden_settings
from ipyscribe.session.opening_limit import is_refusal, limit_for, session_limit_error
from ipyscribe.session.session import CONNECT_FOR_S, RECONNECT_FOR_S, SILENT_SERVER_S
from ipyscribe.tape import Tape
from ipyscribe.tape.redaction import redacted_parameters

if TYPE_CHECKING:
    from distributed import Client
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SILENCE_S = 2.0
MOST_LOSSES = 3
_SILENCE = Recording("silence", None, "", load=lambda: wav_of_pcm(bytes(3_200), 16_000))
"""Shows whether models and settings can be used, before the first recording is read."""


class Evaluation(Reviewing):
    """Plays ``recordings`` to ``models``, each to all of them at once, and pools the figures.

    ``models``, here 1 to 6, and the settings are those of ``Comparison``; ``recordings`` is a folder, a table, a
    corpus as it is shipped, a dataset, or pairs of a sound file and its reference, see ``read_corpus``.

    ``at_once`` is how many recordings are played at the same time. ``"auto"`` adapts it: for models on this computer,
    as many as do not delay their words; for cloud models, more and more until sessions are refused; a refused one is
    retried after a pause, and no more are opened in a minute than ``sessions_per_minute`` says, else
    ``IPYSCRIBE_SESSIONS_PER_MINUTE``, else 5. ``speed`` above 1 is faster than speech, as far as the models keep up;
    latencies then say nothing. After each recording come ``silence_s`` seconds of silence, in which its last turn can
    end by itself. No sound is recorded unless ``record_audio=True``.

    With ``folder``, the tape of each recording is saved there once it is over, and an evaluation that is made again
    with the same folder and models resumes: recordings whose audio has changed are played again, those whose
    reference has changed are only scored again. ``max_cost_usd`` in US dollars holds for all together: a recording
    that could exceed the rest of it is not begun. ``price_per_hour_usd`` is for models without one of their own.

    ``blocks`` names the column of the corpus by which recordings belong together, such as "speaker" or "ward":
    intervals are over its values. Without it, that is a column of sessions or speakers, if there is one.

    As the last expression of a notebook cell it shows itself, and ``view`` puts it into a box. ``run()`` plays the
    recordings, ``start()`` does so in the background.

    A recording whose sound cannot be read is in ``left_out`` with the reason. Raises ``ParameterError`` here, before
    anything is opened, and ``AudioFileError`` where no sound can be read.
    """

    view_factory = "ipyscribe.widgets.evaluation.evaluation_view:EvaluationView"

    def __init__(
        self,
        models: Models,
        recordings: Recordings,
        *,
        folder: PathLike | None = None,
        at_once: AtOnce = "auto",
        speed: float = 1.0,
        silence_s: float = SILENCE_S,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
        blocks: str | None = None,
        max_cost_usd: float | None = None,
        endpoint: str | None = None,
        api_key: str | None = None,
        token: Token | None = None,
        connect_for_s: float = CONNECT_FOR_S,
        reconnect_for_s: float = RECONNECT_FOR_S,
        silent_server_s: float = SILENT_SERVER_S,
        record_audio: bool = False,
        keep_audio_s: float | None = None,
        price_per_hour_usd: float | None = None,
        sessions_per_minute: int | None = None,
        **settings: Unpack[SessionSettings],
    ) -> None:
        # Hidden first: what is raised from here on may be shown with the variables of this call.
        models, settings = hidden_models(models), cast(SessionSettings, python_values(hidden_settings(settings)))
        api_key, token = hidden(api_key), hidden(token)
        at_once, speed, silence_s = python_values((at_once, speed, silence_s))
        super().__init__()
        self._choices = model_choices(models, fewest=1)
        self._reference = Reference(
            None, (), language, python_values(tuple(keyterms)), normaliser, checked_groups(equivalents)
        )
        corpus = read_corpus(recordings)
        results_folder = None if folder is None else Path(folder).expanduser()
        self._edits = ReferenceEdits(results_folder)
        originals = {each.name: each for each in corpus.recordings}
        corpus = Corpus(self._edits.applied(corpus.recordings), corpus.left_out)
        self.speed = speed
        common: dict[str, Any] = {
            "endpoint": endpoint,
            "api_key": api_key,
            "token": token,
            "connect_for_s": connect_for_s,
            "reconnect_for_s": reconnect_for_s,
            "silent_server_s": silent_server_s,
            "record_audio": record_audio,
            "keep_audio_s": keep_audio_s,
            "price_per_hour_usd": price_per_hour_usd,
            **settings,
        }
        self._setup = Setup(models, common, self._reference, speed, silence_s)
        self._prepare: Prepare = self._setup.lanes
        lanes = self._setup.lanes(_SILENCE)
        self._folder = ResultsFolder(results_folder, self._identity(settings))
        scorings = {each: scoring_digest(each, self._reference) for each in corpus.recordings}
        corpus = scorable(
            corpus, self._reference.normalise, lambda each: self._folder.is_scorable(each.name, scorings[each])
        )
        unreadable = self._folder.register({each: scorings[each] for each in corpus.recordings})
        corpus = readable(corpus, unreadable)
        sounds = {each.name: self._folder[each.name].sound for each in corpus.recordings}
        self.recordings = self._edits.applied([originals[name] for name in sounds], sounds)
        self.left_out = dict(corpus.left_out)
        self._scorings = {each: scorings.get(each) or scoring_digest(each, self._reference) for each in self.recordings}
        self._numbers = {each.name: number for number, each in enumerate(self.recordings, start=1)}
        stored = {name: self._folder[name] for name in self._numbers}
        self._durations_s = {
            name: None if each.duration_s is None else each.duration_s + silence_s for name, each in stored.items()
        }
        self._sound_notices = [each.notice for each in stored.values() if each.notice is not None]
        billed = [billed_model(choice, common) for choice in self._choices]
        simulated = [each.simulated for each in billed]
        self._results = Results(self.recordings, self._choices, simulated, self._reference, blocks)
        self._budget = Budget(max_cost_usd, lanes.usd_per_hour, self._durations_s)
        self._new_sessions = limit_for(sessions_per_minute)
        self._concurrency = Concurrency(
            checked_at_once(at_once),
            local=sum(
                model.local or session.endpoint.local for model, session in zip(billed, lanes.sessions, strict=True)
            ),
            sessions=sum(session.endpoint.cloud for session in lanes.sessions),
            new_sessions=self._new_sessions,
        )
        self._failures: dict[str, str] = {}
        self._failures_in_a_row = FailuresInARow()
        self._losses: dict[str, int] = {}
        self._written_meanwhile = False
        self._resume()
        end_with_cell(self.request_stop)

    @property
    def duration_s(self) -> float | None:
        """Seconds of sound of all recordings, the silence after each included; None where one length is unknown."""
        durations_s = list(self._durations_s.values())
        return None if None in durations_s else sum(duration_s or 0.0 for duration_s in durations_s)

    @property
    def expected_cost_usd(self) -> float | None:
        """The expected cost of all recordings in US dollars; None where a price or a length is unknown."""
        if self._budget.usd_per_hour is None or self.duration_s is None:
            return None
        return self.duration_s / 3600 * self._budget.usd_per_hour

    @property
    def failures(self) -> Mapping[str, str]:
        """The recordings that are left out of all figures, and why: a model failed, or the tape lacks its end."""
        return dict(self._failures)

    @property
    def folder_note(self) -> str:
        """Why the figures are not kept in ``folder``, where it cannot be written to; "" where they are."""
        return self._folder.read_only or ""

    def run(
        self, on_recording: OnRecording | None = None, *, confirm: bool = False, client: Client | None = None
    ) -> Self:
        """Play the remaining recordings; returns once all were played, or the next one could cost too much.

        ``on_recording(number, total, recording)`` is called before each. Results are kept, whatever ends
        it: an error of all models, which is raised, Ctrl-C, or ``stop``. Run again, it resumes, also with the
        recordings that failed. With ``client``, a ``dask.distributed.Client``, the workers of its cluster play the
        recordings, each with the key of its own environment; see docs/dask.md.

        Raises ``SessionLimitError`` before anything is opened where more sessions would be opened at once than the
        account may open in a minute; with ``confirm=True`` they are, and the refused ones wait and try again.
        """
        if client is None or self.running:
            return super().run(on_recording, confirm=confirm)
        from ipyscribe.evaluation.dask_cluster import DaskCluster

        with DaskCluster(client, self._setup, self._concurrency) as cluster:
            self._prepare = cluster.prepare
            try:
                return super().run(on_recording, confirm=confirm)
            finally:
                self._prepare = self._setup.lanes

    def _wait_for_turn(self) -> bool:
        written = self._folder.hold(lambda: self._stopping)
        self._written_meanwhile = bool(written)
        return written is not None

    def _new_player(self) -> Player:
        if self._written_meanwhile:
            self._folder.register(self._scorings)
            self._resume()
        self._failures.clear()
        self._failures_in_a_row = FailuresInARow()
        self._budget.release()
        return Player(self.left, self._prepare, self._keep, self._lost, self._concurrency, self._changed)

    def _run_over(self) -> None:
        self._folder.release()

    def _progress_text(self) -> str:
        progress = self.progress
        return ", ".join(filter(None, (f"{progress.played} of {progress.total} recordings", progress.time_text)))

    def _may_begin(self, on_recording: OnRecording | None) -> Callable[[Recording], bool]:
        def may_begin(recording: Recording) -> bool:
            if not self._budget.reserve(recording.name):
                return False
            if on_recording is not None:
                on_recording(self._numbers[recording.name], len(self.recordings), recording)
            return True

        return may_begin

    def _check_sessions(self, *, confirm: bool) -> None:
        if self.left:
            self._folder.check_writable()
        sessions, allowed = (
            self._concurrency.sessions_at_first(len(self.left)),
            self._new_sessions.per_minute(time.monotonic()),
        )
        if sessions > allowed and not confirm:
            raise session_limit_error(sessions, allowed, allowed)
        self._concurrency.paced = not confirm

    def _lost(self, recording: Recording) -> bool:
        """The worker that played a recording was lost: its cost counts, and it is played again, though not forever."""
        name = recording.name
        self._budget.settle(name, None)
        self._losses[name] = self._losses.get(name, 0) + 1
        if self._losses[name] % MOST_LOSSES:
            return True
        self._failures[name] = f"{MOST_LOSSES} workers that played it were lost."
        return False

    def _keep(self, recording: Recording, played: Played, stopped: bool) -> float | None:
        """Take the results of a recording that was played; how late its newest words came, see ``ScoredRecording``."""
        self._concurrency.waited(played.refusals)
        self._budget.settle(recording.name, played.cost_usd)
        if stopped:
            return None
        self._pace.finished(self._durations_s[recording.name] or 0.0)
        for error in played.errors.values():
            if len(played.errors) == played.lanes or is_refusal(error):
                raise error
        if played.errors:
            errors = "; ".join(f"{label}: {error.message}" for label, error in played.errors.items())
            self._failures[recording.name] = f"a model failed at it. {errors}"
        if (persistent := self._failures_in_a_row.add(played.errors)) is not None:
            raise persistent
        if played.errors:
            return None
        if played.incomplete is not None:
            self._failures[recording.name] = played.incomplete
            return None
        at_once = self._concurrency.most
        scored = self._folder.save(recording, played, self._scorings[recording], at_once=at_once)
        with self._lock:
            current = self.recording(recording.name)
            if current is not recording:  # its reference was corrected meanwhile
                scored = self._folder.scored(current, self._scorings[current], self._reference) or scored
            self._results.add(scored, at_once)
            self._version += 1
        return scored.newest_words_ms

    def table(self) -> Table:
        """One row for each model: its figures over all recordings that were played, with their intervals.

        The columns are those of ``Comparison.table()`` and of ``ipyscribe.metrics.score_all``; intervals and
        differences are over complete recordings.
        """
        return self.summary().table

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        return self._results.records()

    def tape(self, name: str) -> Tape:
        """The tape of a recording that was played, opened from the folder.

        Raises ``ParameterError`` for a recording that was not, ``StorageError`` and ``TapeError``.
        """
        return self._folder.tape(name)

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """How long each word of all recordings took to appear after it was spoken."""
        return self._results.plot_latency(ax=ax, theme=theme)

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals over recordings."""
        return self._results.plot_accuracy_latency(ax=ax, theme=theme)

    def __repr__(self) -> str:
        played = f"{len(self._results)} of {len(self.recordings)}"
        return f"<Evaluation of {', '.join(self.labels)}: {played} recordings played>"

    def _notes(self) -> list[str]:
        notes = self._results.notes
        if len(self._results) < len(self.recordings):
            notes.append(f"{len(self._results)} of {len(self.recordings)} recordings were played.")
        if budget_note := self.progress.budget_note:
            notes.append(budget_note)
        if self.folder_note:
            notes.append(self.folder_note)
        if self._losses:
            notes.append(f"Played again, because their workers were lost: {sum(self._losses.values())}.")
        if self._concurrency.refusals:
            notes.append(f"{self._concurrency.refusals} refused sessions (too many new ones) were tried again.")
        for names, change in ((self._folder.changed, "sound"), (self._folder.rescored, "reference or normaliser")):
            if names:
                done = "played" if change == "sound" else "scored"
                number = "1 recording" if len(names) == 1 else f"{len(names)} recordings"
                notes.append(f"The {change} of {number} had changed ({listed(names)}): {done} again.")
        if edits := len(self._edits):
            notes.append(f"{edits} reference{'s were' if edits > 1 else ' was'} corrected while reviewing.")
        notes += left_out_notes(self.left_out)
        notes += first_notes(self._sound_notices)
        notes += left_out_notes(self.failures)
        return notes

    def _identity(self, settings: SessionSettings) -> dict[str, Any]:
        """What has to be the same for results to stand in one table."""
        return {
            "models": [[choice.label, {"model": choice.model, **_public(choice.settings)}] for choice in self._choices],
            "endpoint": self._setup.settings["endpoint"],
            "settings": _public(settings),
            "speed": str(float(self.speed)),
            "silence_s": self._setup.silence_s,
        }

    def _resume(self) -> None:
        for recording in self.recordings:
            if recording.name in self._results:
                continue
            scored = self._folder.scored(recording, self._scorings[recording], self._reference)
            if scored is not None:
                self._results.add(scored, self._folder[recording.name].at_once)
                self._budget.spent_usd += scored.cost_usd


def _public(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` without keys and tokens: another key is no other evaluation."""
    return redacted_parameters({name: value for name, value in settings.items() if name not in SECRET_SETTINGS})
