"""A recorded session in a notebook cell."""

from __future__ import annotations

import os
from typing import Any

import ipywidgets

from ipyscribe.comparison import Comparison
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.replay.replay_head import ReplayHead
from ipyscribe.widgets.save.save_view import ANSWER_EVERY_S, SaveView
from ipyscribe.widgets.shared.publisher import Publisher
from ipyscribe.widgets.shared.saved_copy import StaticOutput
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.timeline_view import DRAW_EVERY_S, TimelineView
from ipyscribe.widgets.timeline.travel_bar import STEP_EVERY_S, TravelBar
from ipyscribe.widgets.transcript.transcript_view import PUBLISH_EVERY_S, TranscriptView

LEVEL_EVERY_S = 0.1


class ReplayView(ipywidgets.VBox):
    """A recorded session with the views of a live one, in a cell of its own: ``ReplayView("lesson3.tape")``.

    It can be played at several speeds, held, and looked at at any moment, step by step or by hand along the
    timeline; words and turns can be heard where the tape has its sound. ``tape`` is a tape, the path of one, or a
    ``Replay``. Raises ``TapeError`` for a tape that cannot be read.
    """

    _complete = False

    def __init__(self, tape: Replay | Tape | str | os.PathLike[str]) -> None:
        self._replay = tape if isinstance(tape, Replay) else Replay(tape)
        self._ended = _at_its_end(self._replay)
        self._static = StaticOutput()
        self._publisher = Publisher(self._publish, interval_s=PUBLISH_EVERY_S, name="publish")
        self._drawer = Publisher(self._draw, interval_s=DRAW_EVERY_S, name="draw")
        self._saver = Publisher(lambda: self.saving.answer(self._ended), interval_s=ANSWER_EVERY_S, name="save")
        self._desk = TimeTravel(self._publisher.poke)
        self._desk.follow(self._replay)
        self.head = ReplayHead(self._replay, self._desk, hides=self._static.css_class)
        self.view = TranscriptView(hint=_hint(self._replay), sounding=self._desk.sounding)
        self.timeline = TimelineView(desk=self._desk)
        self.bar = TravelBar(self._desk)
        self.saving = SaveView()
        super().__init__(children=[self.head, self.view, self.timeline, self.bar, self.saving])
        self.add_class("ipyscribe")
        self.head.wake = self.view.wake = self.bar.wake = self._publisher.poke
        self.timeline.wake = self._poke
        self.saving.wake = self._saver.poke
        self._complete = True

    def close(self) -> None:
        """Hold the replay and take the view away."""
        if not self._complete:  # ipywidgets closes what it deletes, also what its own __init__ refused
            return
        self._replay.pause()
        self._desk.close()
        for publisher in (self._publisher, self._drawer, self._saver):
            publisher.close()
            publisher.flush()
        for child in (self.head, self.view, self.timeline, self.bar, self.saving):
            child.close()
        super().close()

    def update_saved_copy(self) -> None:
        """Does nothing: the copy has all of the tape from the beginning."""

    def __repr__(self) -> str:
        return f"<ReplayView of {self._replay!r}>"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self._static.display(self._ended)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._poke()
        self._saver.poke()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": repr(self._replay), "application/vnd.jupyter.widget-view+json": view}

    def _poke(self) -> None:
        self._publisher.poke()
        self._drawer.poke()

    def _publish(self) -> float | None:
        """Bring all but the picture up to date; on the publisher's thread."""
        desk, replay = self._desk, self._replay
        desk.obey()
        self._publisher.interval_s = PUBLISH_EVERY_S if desk.playing else STEP_EVERY_S
        self.view.show_session(replay)
        self.timeline.show_place()
        self.bar.show()
        self.view.hint = _hint(replay)
        self.view.moment = desk.told
        self.head.show()
        self._drawer.poke()
        return LEVEL_EVERY_S if desk.playing else None

    def _draw(self) -> float | None:
        """Bring the timeline up to date; on the drawer's thread."""
        return self.timeline.show(self._replay)


def view_of(replay: Replay) -> ReplayView | ComparisonView:
    """The widget of a replay: several lanes stand beside each other."""
    if len(replay.lanes) > 1:
        return ComparisonView(Comparison.from_replay(replay))
    return ReplayView(replay)


def _at_its_end(replay: Replay) -> Replay:
    """Another replay of the same, of the whole session: that is what can be saved."""
    whole = Replay(replay.tape)
    whole.seek(float("inf"))
    return whole.lanes[replay.tape.lanes.index(replay.lane)]


def _hint(replay: Replay) -> str:
    if replay.done:
        return "Nothing was understood."
    return "Nothing was said yet." if replay.position_s else "Press Play, or take the handle of the timeline."
