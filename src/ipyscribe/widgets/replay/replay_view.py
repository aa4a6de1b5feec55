"""A recorded session in a notebook cell."""

from __future__ import annotations

import os

from ipyscribe.comparison import Comparison
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.replay.replay_head import ReplayHead
from ipyscribe.widgets.save.save_view import SaveView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.publisher import POSITION_EVERY_S, PUBLISH_EVERY_S
from ipyscribe.widgets.shared.saved_copy import SessionCopy
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.timeline_view import TimelineView
from ipyscribe.widgets.timeline.travel_bar import STEP_EVERY_S, TravelBar
from ipyscribe.widgets.transcript.transcript_view import TranscriptView


class ReplayView(CellWidget):
    """A recorded session with the views of a live one, in a cell of its own: ``ReplayView("lesson3.tape")``.

    It can be played at several speeds, paused, and looked at at any moment, step by step or by dragging the handle of
    the timeline; words and turns can be played where the tape has its sound. ``tape`` is a tape, the path of one, or a
    ``Replay``. Raises ``TapeError`` for a tape that cannot be read.
    """

    def __init__(self, tape: Replay | Tape | str | os.PathLike[str]) -> None:
        self._replay = tape if isinstance(tape, Replay) else Replay(tape)
        self._complete = _complete(self._replay)
        super().__init__(SessionCopy())
        self._time_travel = TimeTravel(self._publisher.poke)
        self._time_travel.follow((self._replay,))
        self.head = ReplayHead(self._replay, self._time_travel)
        self.transcript_view = TranscriptView(hint=_hint(self._replay), has_sound=self._time_travel.has_sound)
        self.timeline = TimelineView(time_travel=self._time_travel)
        self.travel_bar = TravelBar(self._time_travel)
        self.downloads = SaveView()
        self._assemble(
            self.head,
            self.transcript_view,
            self.timeline,
            self.travel_bar,
            self.downloads,
            timeline=self.timeline,
            downloads=self.downloads,
        )

    def _release(self) -> None:
        self._replay.pause()
        self._time_travel.close()

    def __repr__(self) -> str:
        return f"<ReplayView of {self._replay!r}>"

    def _publish(self) -> float | None:
        travel, replay = self._time_travel, self._replay
        travel.run_commands()
        self._publisher.interval_s = PUBLISH_EVERY_S if travel.playing else STEP_EVERY_S
        self.transcript_view.show_session(replay)
        self.timeline.show_position()
        self.travel_bar.show()
        self.transcript_view.hint = _hint(replay)
        self.transcript_view.moment = travel.moment_text
        self.head.show()
        self._drawer.poke()
        return POSITION_EVERY_S if travel.playing else None

    def _draw(self) -> float | None:
        return self.timeline.show_session(self._replay)

    def _export(self) -> float | None:
        self.downloads.answer(self._complete)
        return None

    def _saved_content(self) -> Replay:
        return self._complete


def view_of(replay: Replay) -> ReplayView | ComparisonView:
    """The widget of a replay: several lanes stand beside each other."""
    if len(replay.lanes) > 1:
        return ComparisonView(Comparison.from_replay(replay))
    return ReplayView(replay)


def _complete(replay: Replay) -> Replay:
    """Another replay of the same tape, at its end: what can be saved of it, whichever moment is shown."""
    at_end = Replay(replay.tape)
    at_end.seek(float("inf"))
    return at_end.lanes[replay.tape.lanes.index(replay.lane)]


def _hint(replay: Replay) -> str:
    if replay.done:
        return "No speech was recognised."
    return "No speech yet." if replay.position_s else "Press Play, or drag the handle on the timeline."
