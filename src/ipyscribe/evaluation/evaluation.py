"""An evaluation: many recordings through the same models, and their pooled figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from ipyscribe.access.endpoint import Token
from ipyscribe.comparison.comparison import Comparison
from ipyscribe.comparison.model_choices import Models, billed_model, hidden_models, model_choices
from ipyscribe.comparison.reference import Reference
from ipyscribe.comparison.table import Record, Table
from ipyscribe.errors import ParameterError, SessionStateError, StorageError, TapeError
from ipyscribe.evaluation.concurrency import AtOnce, Concurrency, checked_at_once
from ipyscribe.evaluation.corpus import Recordings, read_corpus, scorable
from ipyscribe.evaluation.player import Player, Playing
from ipyscribe.evaluation.recording import PathLike, Recording
from ipyscribe.evaluation.results import Results, slowest_emission_ms
from ipyscribe.evaluation.results_folder import ResultsFolder
from ipyscribe.metrics.equivalents import checked_groups
from ipyscribe.metrics.normalise import Equivalents, NormaliserName
from ipyscribe.notebook import end_with_cell
from ipyscribe.protocol import SessionSettings
from ipyscribe.protocol.secret import hidden, hidden_settings
from ipyscribe.session.opening_limit import is_refusal, limit_for, session_limit_error
from ipyscribe.session.session import CONNECT_FOR_S, RECONNECT_FOR_S, SILENT_SERVER_S
from ipyscribe.tape.redaction import redacted_parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SILENCE_S = 2.0


class _Lanes(Comparison):
    """A comparison that may be of one model, that ends with its evaluation and opens what that has paced."""

    fewest = 1
    ends_with_cell = False

    def start(self, *, confirm: bool = True) -> Self:
        """Open all sessions, however many."""
        return super().start(confirm=confirm)

    def run(self, *, confirm: bool = True) -> Self:
        """Play it to its end."""
        return super().run(confirm=confirm)


class Evaluation:
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

    Raises ``ParameterError`` and ``AudioFileError`` here, before anything is opened.
    """

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
        models, settings = hidden_models(models), cast(SessionSettings, hidden_settings(settings))
        api_key, token = hidden(api_key), hidden(token)
        self._models = models
        self._choices = model_choices(models, fewest=1)
        self._reference = Reference(None, (), language, tuple(keyterms), normaliser, checked_groups(equivalents))
        corpus = scorable(read_corpus(recordings), self._reference.normalise)
        self.recordings, self.left_out = corpus.recordings, dict(corpus.left_out)
        self.speed, self._silence_s = speed, silence_s
        self._durations_s: dict[str, float | None] = {}
        self._sound_notices: list[str] = []
        for recording in self.recordings:
            source = recording.source(speed=speed, silence_s=silence_s)
            self._durations_s[recording.name] = source.duration_s
            self._sound_notices += [] if source.notice is None else [source.notice.message]
        self._numbers = {each.name: number for number, each in enumerate(self.recordings, start=1)}
        self._max_cost = max_cost_usd
        self._settings: dict[str, Any] = {
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
        billed = [billed_model(choice, self._settings) for choice in self._choices]
        simulated = [model.simulated for model in billed]
        self._results = Results(self.recordings, self._choices, simulated, self._reference)
        lanes = self._comparison(self.recordings[0])
        self._usd_per_hour = lanes.usd_per_hour
        if max_cost_usd is not None and self._usd_per_hour is None:
            raise ParameterError(
                "max_cost_usd needs the price of each model, and one is unknown.",
                advice="Give price_per_hour_usd, or {'model': ..., 'price_per_hour_usd': ...} for one model alone.",
            )
        if max_cost_usd is not None and self._usd_per_hour and self.duration_s is None:
            unmeasured = [name for name, duration_s in self._durations_s.items() if duration_s is None]
            raise ParameterError(
                f"max_cost_usd needs the length of each recording, and that of {', '.join(unmeasured)} is unknown.",
                advice="Leave max_cost_usd out, or convert them: ffmpeg -i INPUT OUTPUT.flac",
            )
        self._new_sessions = limit_for(sessions_per_minute)
        self._concurrency = Concurrency(
            checked_at_once(at_once),
            local=any(model.local for model in billed),
            sessions=sum(session.endpoint.cloud for session in lanes.sessions),
            new_sessions=self._new_sessions,
        )
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._over.set()
        self._player = Player((), self._comparison, self._keep, self._concurrency)
        self._failures: dict[str, str] = {}
        self._folder = None if folder is None else self._resumed(Path(folder).expanduser(), silence_s)
        end_with_cell(self.request_stop)

    @property
    def duration_s(self) -> float | None:
        """Seconds of sound of all recordings, the silence after each included; None where one length is unknown."""
        durations_s = list(self._durations_s.values())
        return None if None in durations_s else sum(duration_s or 0.0 for duration_s in durations_s)

    @property
    def expected_cost_usd(self) -> float | None:
        """The expected cost of all recordings in US dollars; None where a price or a length is unknown."""
        if self._usd_per_hour is None or self.duration_s is None:
            return None
        return self.duration_s / 3600 * self._usd_per_hour

    @property
    def cost_usd(self) -> float | None:
        """The cost of the recordings played so far, in US dollars; None where one price is unknown."""
        if self._usd_per_hour is None:
            return None
        return self._results.cost_usd

    @property
    def left(self) -> tuple[Recording, ...]:
        """The recordings that were not played yet."""
        return tuple(
            recording
            for recording in self.recordings
            if recording.name not in self._results and recording.name not in self._failures
        )

    @property
    def failures(self) -> Mapping[str, str]:
        """The recordings that are left out of all figures, and why: a model failed, or the tape lacks its end."""
        return dict(self._failures)

    def run(
        self, on_recording: Callable[[int, int, Recording], object] | None = None, *, confirm: bool = False
    ) -> Self:
        """Play the remaining recordings; returns once all were played, or the next one could cost too much.

        ``on_recording(number, total, recording)`` is called before each. Results are kept, whatever ends
        it: an error of all models, which is raised, Ctrl-C, or ``stop``. Run again, it resumes, also with the
        recordings that failed.

        Raises ``SessionLimitError`` before anything is opened where more sessions would be opened at once than the
        account may open in a minute; with ``confirm=True`` they are, and the refused ones wait and try again.
        """
        self._check_sessions(confirm=confirm)
        with self._lock:
            if not self._over.is_set():
                raise SessionStateError("This evaluation is running.", advice="Stop it first, or wait for its end.")
            self._over.clear()
            self._failures.clear()
            self._player = Player(self.left, self._comparison, self._keep, self._concurrency)
        begun_usd: dict[str, float] = {}

        def may_begin(recording: Recording) -> bool:
            if self._max_cost is not None:
                begun_usd[recording.name] = self._could_cost(recording)
                reserved_usd = sum(begun_usd[name] for name in self._player.playing)
                if begun_usd[recording.name] > self._max_cost - (self.cost_usd or 0.0) - reserved_usd:
                    return False
            if on_recording is not None:
                on_recording(self._numbers[recording.name], len(self.recordings), recording)
            return True

        try:
            self._player.play(may_begin)
        finally:
            self._over.set()
        return self

    def _check_sessions(self, *, confirm: bool) -> None:
        sessions, allowed = (
            self._concurrency.sessions_at_first(len(self.left)),
            self._new_sessions.per_minute(time.monotonic()),
        )
        if sessions > allowed and not confirm:
            raise session_limit_error(sessions, allowed, allowed)
        self._concurrency.paced = not confirm

    def request_stop(self) -> None:
        """Ask ``run`` to end, and do not wait for it. Recordings that are being played are not kept."""
        self._player.stop()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """Ask ``run`` to end and wait at most ``timeout_s``; True if it is over. From any thread."""
        self.request_stop()
        return self._over.wait(timeout_s)

    def _keep(self, recording: Recording, comparison: Playing) -> float | None:
        """Take the results of a recording that was played; the median delay of its words in the slowest lane, in ms."""
        assert isinstance(comparison, Comparison)
        notices = [notice for session in comparison.sessions for notice in session.notices]
        self._concurrency.waited(sum(notice.kind == "refused" for notice in notices))
        for error in comparison.errors.values():
            if is_refusal(error):
                raise error
        if comparison.errors:
            errors = "; ".join(f"{label}: {error.message}" for label, error in comparison.errors.items())
            self._failures[recording.name] = f"a model failed at it. {errors}"
            return None
        tape = comparison.tape
        if tape.cut_off:
            reasons = (each.message for lane in comparison.lanes for each in lane.notices if each.kind == "tape")
            self._failures[recording.name] = f"its tape lacks the end of the session. {next(reasons, '')}".rstrip()
            return None
        if self._folder is not None:
            self._folder.save(recording, tape)
        return slowest_emission_ms(self._results.add(recording, tape))

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each model, which says where it is simulated."""
        return self._results.labels

    def table(self) -> Table:
        """One row for each model: its figures over all recordings that were played, with their intervals.

        The columns are those of ``Comparison.table()`` and of ``ipyscribe.metrics.score_all``; intervals and
        differences are over complete recordings.
        """
        return self._results.table(self._notes())

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        return self._results.records()

    def errors(self) -> list[Record]:
        """The substitutions, deletions and insertions of each model, the most frequent first.

        Each record has ``model``, ``kind``, ``reference`` and ``transcript`` (normalised words, empty for none),
        ``count``, how often the word occurs in the references as ``occurrences``, and the ``recordings`` in which the
        error came. ``pandas.DataFrame(e.errors())`` is a table of them.
        """
        return self._results.errors()

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """How long each word of all recordings took to appear after it was spoken."""
        return self._results.plot_latency(ax=ax, theme=theme)

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "auto") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals over recordings."""
        return self._results.plot_accuracy_latency(ax=ax, theme=theme)

    def __repr__(self) -> str:
        played = f"{len(self._results)} of {len(self.recordings)}"
        return f"<Evaluation of {', '.join(self.labels)}: {played} recordings played>"

    def _comparison(self, recording: Recording) -> Comparison:
        source = recording.source(speed=self.speed, silence_s=self._silence_s)
        return _Lanes(self._models, source=source, **self._settings)

    def _could_cost(self, recording: Recording) -> float:
        return (self._durations_s[recording.name] or 0.0) / 3600 * (self._usd_per_hour or 0.0)

    def _notes(self) -> list[str]:
        notes = self._results.notes
        if len(self._results) < len(self.recordings):
            notes.append(f"{len(self._results)} of {len(self.recordings)} recordings were played.")
        if self._concurrency.most > 1:
            notes.append(f"Up to {self._concurrency.most} recordings were played at the same time.")
        if self._concurrency.refusals:
            notes.append(f"{self._concurrency.refusals} refused sessions (too many new ones) were tried again.")
        if self._folder is not None and self._folder.changed:
            names = ", ".join(self._folder.changed[:3])
            notes.append(f"The sound of {len(self._folder.changed)} recordings had changed ({names}); played again.")
        notes += [f"{name} is left out: {reason}." for name, reason in self.left_out.items()]
        notes += self._sound_notices
        for name, reason in self._failures.items():
            notes.append(f"{name} is left out: {reason}")
        return notes

    def _resumed(self, folder: Path, silence_s: float) -> ResultsFolder:
        """``folder`` as that of this evaluation, whose results are taken over."""
        setup = {
            "models": [
                [choice.label, {"model": choice.model, **redacted_parameters(choice.settings)}]
                for choice in self._choices
            ],
            "speed": str(self.speed),
            "silence_s": silence_s,
        }
        results = ResultsFolder(folder, setup)
        for recording in self.recordings:
            if (tape := results.tape_of(recording)) is not None:
                try:
                    loaded = results.load(tape)
                    if not loaded.cut_off:
                        self._results.add(recording, loaded)
                except (TapeError, StorageError) as error:
                    raise ParameterError(
                        f"{tape.name!r} in {str(folder)!r} cannot be read. {error.message}",
                        advice="Delete it; the recording is then played again.",
                    ) from None
        return results
