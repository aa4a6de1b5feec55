"""An evaluation: many recordings through the same models, one after the other, and what they add up to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ipyscribe.comparison.comparison import Comparison
from ipyscribe.comparison.figures import emission_ms, points
from ipyscribe.comparison.measures import ModelResult, table
from ipyscribe.comparison.model_choices import Models, model_choices
from ipyscribe.comparison.reference import Reference
from ipyscribe.comparison.table import Record, Table
from ipyscribe.errors import ParameterError, TapeError
from ipyscribe.evaluation.corpus import Recordings, read_corpus, scorable
from ipyscribe.evaluation.pooling import Heard, blocks_of, conditions, heard, pooled
from ipyscribe.evaluation.recording import PathLike, Recording
from ipyscribe.metrics import Cost, score
from ipyscribe.metrics.equivalents import checked_groups
from ipyscribe.metrics.normalise import Equivalents, NormaliserName
from ipyscribe.tape import Tape
from ipyscribe.tape.redaction import redacted_parameters
from ipyscribe.timeline import plot_accuracy_latency, plot_latency

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SILENCE_S = 2.0
_SETUP = "evaluation.json"


class _Hearing(Comparison):
    """A comparison that may be of one model."""

    fewest = 1


class Evaluation:
    """Plays ``recordings`` to ``models``, each to all of them at once, and pools the figures.

    ``models``, here 1 to 6, and the settings are those of ``Comparison``; ``recordings`` is a folder, a table or
    pairs of a sound file and what is said in it, see ``clips``. After each come ``silence_s`` seconds of silence,
    in which its last turn can end by itself. ``speed`` above 1 is faster than speech, as far as the models keep
    up; the delays then say nothing. No sound is kept unless ``record_audio=True``.

    With ``folder``, the tape of each recording is saved there once it is over, and an evaluation that is made
    again with the same folder and models goes on where that one ended. ``max_cost_usd`` in US dollars holds for all
    together: a recording that could cost more than what is left of it is not begun.

    Raises ``ParameterError`` and ``AudioFileError`` here, before anything is opened.
    """

    def __init__(
        self,
        models: Models,
        recordings: Recordings,
        *,
        folder: PathLike | None = None,
        speed: float = 1.0,
        silence_s: float = SILENCE_S,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
        max_cost_usd: float | None = None,
        **settings: Any,
    ) -> None:
        self._models = models
        self._choices = model_choices(models, fewest=1)
        self.labels = tuple(choice.label for choice in self._choices)
        groups = checked_groups(equivalents)
        self._reference = Reference(None, (), language, tuple(keyterms), normaliser, groups)
        corpus = scorable(read_corpus(recordings), self._reference.normalise)
        self.recordings, self.left_out = corpus.recordings, dict(corpus.left_out)
        self.speed = speed
        self._sources = {each.name: each.source(speed=speed, silence_s=silence_s) for each in self.recordings}
        self._max_cost = max_cost_usd
        self._settings = {"record_audio": False} | settings
        self._usd_per_hour = self._comparison(self.recordings[0]).usd_per_hour
        if max_cost_usd is not None and self._usd_per_hour is None:
            raise ParameterError(
                "max_cost_usd needs the price of each model, and one is not known.",
                advice="Leave max_cost_usd out, or name models of ipyscribe.models().",
            )
        if max_cost_usd is not None and self._usd_per_hour and self.duration_s is None:
            unmeasured = [name for name, source in self._sources.items() if source.duration_s is None]
            raise ParameterError(
                f"max_cost_usd needs the length of each recording, and that of {', '.join(unmeasured)} is not known.",
                advice="Leave max_cost_usd out, or convert them: ffmpeg -i INPUT OUTPUT.flac",
            )
        self._heard: dict[str, Heard] = {}
        self._failures: dict[str, str] = {}
        self._folder = None if folder is None else self._kept_in(Path(folder).expanduser(), silence_s)

    @property
    def duration_s(self) -> float | None:
        """Seconds of sound of all recordings, the silence after each included; None where one length is not known."""
        durations_s = [source.duration_s for source in self._sources.values()]
        return None if None in durations_s else sum(duration_s or 0.0 for duration_s in durations_s)

    @property
    def expected_cost_usd(self) -> float | None:
        """What all recordings will cost in US dollars; None where a price or a length is not known."""
        if self._usd_per_hour is None or self.duration_s is None:
            return None
        return self.duration_s / 3600 * self._usd_per_hour

    @property
    def cost_usd(self) -> float | None:
        """What those that were heard have cost, in US dollars; None where one price is not known."""
        if self._usd_per_hour is None:
            return None
        runs = [run for one in self._all() for run in one.runs]
        return sum(Cost(run.open_s or 0.0, 0.0, run.price_per_hour_usd or 0.0).usd for run in runs)

    @property
    def left(self) -> tuple[Recording, ...]:
        """The recordings that were not heard yet."""
        return tuple(
            recording
            for recording in self.recordings
            if recording.name not in self._heard and recording.name not in self._failures
        )

    @property
    def failures(self) -> Mapping[str, str]:
        """The recordings at which one of the models failed, and how. They are left out of all figures."""
        return dict(self._failures)

    def run(self, on_recording: Callable[[int, int, Recording], object] | None = None) -> Self:
        """Play what is left; gives back once all were heard, or the next one could cost too much.

        ``on_recording(number, of, recording)`` is called before each. What was heard stays, whatever ends it: an error
        that all models have, which is raised, or Ctrl-C. Run again, it goes on, also with those that failed.
        """
        self._failures.clear()
        for recording in self.left:
            if self._max_cost is not None and self._could_cost(recording) > self._max_cost - (self.cost_usd or 0.0):
                break
            if on_recording is not None:
                on_recording(self.recordings.index(recording) + 1, len(self.recordings), recording)
            comparison = self._comparison(recording).run()
            if comparison.errors:
                self._failures[recording.name] = "; ".join(
                    f"{label}: {error.message}" for label, error in comparison.errors.items()
                )
                continue
            tape = comparison.tape
            if self._folder is not None:
                tape.save(self._place(self._folder, recording))
            self._heard[recording.name] = self._taken(recording, tape)
        return self

    def table(self) -> Table:
        """One row for each model: its figures over all recordings that were heard, and what they are worth.

        The columns are those of ``Comparison.table()`` and of ``ipyscribe.metrics.score_all``; intervals and
        differences draw whole recordings.
        """
        return table(self._pooled(), conditions(self.labels, self._all()), self._notes())

    def records(self) -> list[Record]:
        """One record for each recording and model, with its name under ``recording``."""
        return [{"recording": one.recording.name, **score(run)} for one in self._all() for run in one.runs]

    def plot_latency(self, *, ax: Axes | None = None, theme: str = "light") -> Figure:
        """How long each word of all recordings took to appear after it was spoken."""
        return plot_latency(emission_ms(self._pooled()), ax=ax, theme=theme)

    def plot_accuracy_latency(self, *, ax: Axes | None = None, theme: str = "light") -> Figure:
        """Word error rate against the median of that time, with 95 % intervals over recordings."""
        return plot_accuracy_latency(points(self._pooled()), ax=ax, theme=theme)

    def __repr__(self) -> str:
        return (
            f"<Evaluation of {', '.join(self.labels)}: {len(self._heard)} of {len(self.recordings)} recordings heard>"
        )

    def _comparison(self, recording: Recording) -> Comparison:
        return _Hearing(self._models, source=self._sources[recording.name], **self._settings)

    def _could_cost(self, recording: Recording) -> float:
        return (self._sources[recording.name].duration_s or 0.0) / 3600 * (self._usd_per_hour or 0.0)

    def _all(self) -> list[Heard]:
        return [self._heard[recording.name] for recording in self.recordings if recording.name in self._heard]

    def _pooled(self) -> list[ModelResult]:
        everything = self._all()
        blocks = blocks_of([one.recording for one in everything])
        return [pooled(label, [one.runs[lane] for one in everything], blocks) for lane, label in enumerate(self.labels)]

    def _taken(self, recording: Recording, tape: Tape) -> Heard:
        return heard(recording, tape, self.labels, self._reference)

    def _blocks_note(self) -> str:
        blocks = blocks_of([one.recording for one in self._all()])
        if blocks is None:
            return "Intervals assume that recordings are independent: the corpus names no speaker and no session."
        return f"Intervals are over {len(set(blocks))} speakers or sessions, whose recordings belong together."

    def _notes(self) -> list[str]:
        notes = [self._blocks_note()] if self._heard else []
        if len(self._heard) < len(self.recordings):
            notes.append(f"{len(self._heard)} of {len(self.recordings)} recordings were heard.")
        notes += [f"{name} is left out: {reason}." for name, reason in self.left_out.items()]
        notes += [source.notice.message for source in self._sources.values() if source.notice is not None]
        for name, said in self._failures.items():
            notes.append(f"{name} is left out, because a model failed at it. {said}")
        return notes

    def _kept_in(self, folder: Path, silence_s: float) -> Path:
        """``folder``, once it is known to be that of this evaluation; what it holds is taken over."""
        setup = {
            "models": [
                [choice.label, {"model": choice.model, **redacted_parameters(choice.settings)}]
                for choice in self._choices
            ],
            "speed": str(self.speed),
            "silence_s": silence_s,
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / _SETUP
            if not file.exists():
                file.write_text(json.dumps(setup, indent=2), encoding="utf-8")
            before = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ParameterError(
                f"The folder {str(folder)!r} cannot be used ({error}).", advice="Give another, or an empty one."
            ) from None
        if before != json.loads(json.dumps(setup)):
            raise ParameterError(
                f"The folder {str(folder)!r} holds what other models, or others of their settings, have heard.",
                advice="Give another folder, or the models and settings of then.",
            )
        for recording in self.recordings:
            if (place := self._place(folder, recording)).exists():
                try:
                    self._heard[recording.name] = self._taken(recording, Tape.load(place))
                except TapeError as error:
                    raise ParameterError(
                        f"{place.name!r} in {str(folder)!r} cannot be read. {error.message}",
                        advice="Delete it; the recording is then heard again.",
                    ) from None
        return folder

    def _place(self, folder: Path, recording: Recording) -> Path:
        return folder / f"{recording.name.replace(os.sep, '_').replace('/', '_')}.tape"
