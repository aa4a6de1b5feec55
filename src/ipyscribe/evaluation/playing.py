"""One recording that is played to all models, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ipyscribe.comparison.comparison import Comparison
from ipyscribe.comparison.model_choices import Models
from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import ScribeError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredLane, cost_usd, scored_recording
from ipyscribe.evaluation.sound_identity import Stamp, sound_digest, stamp_of


@dataclass(frozen=True, slots=True)
class Played:
    """What came of playing a recording.

    ``scored`` is the score of each model and ``sound`` the digest of what was played, None where the recording does
    not count: ``errors`` are those of models that failed at it, by label, of so many ``lanes``; ``incomplete`` says
    what else is amiss. ``save`` writes the tape. ``cost_usd`` is None where it is not known. ``refusals`` is how many
    sessions were refused meanwhile because there were too many new ones.
    """

    lanes: int
    errors: Mapping[str, ScribeError] = field(default_factory=dict)
    incomplete: str | None = None
    save: Callable[[Path], object] = lambda _: None
    sound: str = ""
    scored: tuple[ScoredLane, ...] = ()
    cost_usd: float | None = None
    refusals: int = 0


class Lanes(Comparison):
    """A comparison that may be of one model, that ends with its evaluation and opens what that has paced."""

    fewest = 1
    ends_with_cell = False
    recording: Recording
    scoring: Reference

    def start(self, *, confirm: bool = True) -> Self:
        """Open all sessions, however many."""
        return super().start(confirm=confirm)

    def play(self) -> Played:
        """Play it to its end, and score it. Errors of models are not raised."""
        stamp = self._file_stamp()
        try:
            self.run(confirm=True)
        except ScribeError as error:
            if error not in self.errors.values():
                raise
        tape = self.tape
        refusals = sum(notice.kind == "refused" for session in self.sessions for notice in session.notices)
        incomplete = None
        if tape.cut_off:
            notices = (each.message for lane in self.lanes for each in lane.notices if each.kind == "tape")
            incomplete = f"its tape lacks the end of the session. {next(notices, '')}".rstrip()
        elif self._file_stamp() != stamp:
            incomplete = "its sound file changed while it was played."
        if self.errors or incomplete is not None:
            return Played(len(self.lanes), self.errors, incomplete, cost_usd=cost_usd(tape), refusals=refusals)
        scored = scored_recording(self.recording, tape, self.scoring)
        sound = sound_digest(self.recording)
        return Played(
            len(self.lanes), {}, None, tape.save, sound, scored.lanes, cost_usd=scored.cost_usd, refusals=refusals
        )

    def _file_stamp(self) -> Stamp | None:
        return None if self.recording.path is None else stamp_of(self.recording)


@dataclass(frozen=True, slots=True)
class Setup:
    """How recordings are played and scored; ``settings`` are those of ``Comparison``, for all models."""

    models: Models
    settings: Mapping[str, Any] = field(repr=False)
    scoring: Reference
    speed: float
    silence_s: float

    def lanes(self, recording: Recording) -> Lanes:
        """All models on ``recording``, ready to be played.

        Raises ``ParameterError``, ``AudioFileError`` and ``MissingKeyError``.
        """
        source = recording.source(speed=self.speed, silence_s=self.silence_s)
        lanes = Lanes(self.models, source=source, **self.settings)
        lanes.recording, lanes.scoring = recording, self.scoring
        return lanes
