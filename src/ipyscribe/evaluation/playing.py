"""One recording that is played to all models, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ipyscribe.comparison.comparison import Comparison
from ipyscribe.comparison.model_choices import Models
from ipyscribe.errors import ScribeError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.sound_identity import Stamp, stamp_of
from ipyscribe.tape import Tape


@dataclass(frozen=True, slots=True)
class Played:
    """What came of playing a recording: its tape, and the errors of models that failed at it, by label.

    ``refusals`` is how many sessions were refused meanwhile because there were too many new ones; ``incomplete`` says
    why it does not count, where it does not.
    """

    tape: Tape
    errors: Mapping[str, ScribeError]
    lanes: int
    refusals: int = 0
    incomplete: str | None = None


class Lanes(Comparison):
    """A comparison that may be of one model, that ends with its evaluation and opens what that has paced."""

    fewest = 1
    ends_with_cell = False
    recording: Recording

    def start(self, *, confirm: bool = True) -> Self:
        """Open all sessions, however many."""
        return super().start(confirm=confirm)

    def play(self) -> Played:
        """Play it to its end. Errors of models are not raised."""
        stamp = self._file_stamp()
        try:
            self.run(confirm=True)
        except ScribeError as error:
            if error not in self.errors.values():
                raise
        tape = self.tape
        incomplete = None
        if tape.cut_off:
            notices = (each.message for lane in self.lanes for each in lane.notices if each.kind == "tape")
            incomplete = f"its tape lacks the end of the session. {next(notices, '')}".rstrip()
        elif self._file_stamp() != stamp:
            incomplete = "its sound file changed while it was played."
        refusals = sum(notice.kind == "refused" for session in self.sessions for notice in session.notices)
        return Played(tape, self.errors, len(self.lanes), refusals, incomplete)

    def _file_stamp(self) -> Stamp | None:
        return None if self.recording.path is None else stamp_of(self.recording)


def lanes_for(
    recording: Recording, models: Models, settings: Mapping[str, Any], *, speed: float, silence_s: float
) -> Lanes:
    """All models on ``recording``, ready to be played. Raises ``ParameterError``, ``AudioFileError`` and such."""
    source = recording.source(speed=speed, silence_s=silence_s)
    lanes = Lanes(models, source=source, **settings)
    lanes.recording = recording
    return lanes
