"""A comparison in a notebook cell: live, or out of its tape."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ipywidgets

from ipyscribe.comparison import Comparison
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.export import Frozen
from ipyscribe.widgets.comparison.comparison_copy import ComparisonCopy
from ipyscribe.widgets.comparison.comparison_panel import ComparisonPanel
from ipyscribe.widgets.save.save_view import ANSWER_EVERY_S, SaveView
from ipyscribe.widgets.shared.publisher import Publisher
from ipyscribe.widgets.timeline.lanes_view import LanesView
from ipyscribe.widgets.timeline.timeline_view import DRAW_EVERY_S
from ipyscribe.widgets.transcript.transcript_view import PUBLISH_EVERY_S

LEVEL_EVERY_S = 0.1
COUNT_EVERY_S = 5.0
_SHARE = 0.05
"""Of one core, at most, for the numbers while it runs: a table that took 1 s is followed by 19 s without."""


class ComparisonView(ipywidgets.VBox):
    """Several models beside each other, in a cell of their own: ``ComparisonView(Comparison.from_tape("talk.tape"))``.

    It shows a column for each model with all columns on one clock, where they differ, and the numbers. A
    comparison out of a tape can be played, one that runs started and stopped. A click on a difference plays its
    sound; what was really said there can be typed, and the numbers follow.
    """

    _complete = False

    def __init__(self, side: Comparison) -> None:
        self._side = side
        self._recorded = side.replay is not None
        self._whole: ComparedLanes | None = None
        self._looking = threading.Lock()
        self._copy = ComparisonCopy()
        self._publisher = Publisher(self._publish, interval_s=PUBLISH_EVERY_S, name="publish")
        self._counter = Publisher(self._count, interval_s=PUBLISH_EVERY_S, name="count")
        self._drawer = Publisher(self._draw, interval_s=DRAW_EVERY_S, name="draw")
        self._saver = Publisher(lambda: self.saving.answer(self._kept()), interval_s=ANSWER_EVERY_S, name="save")
        self._counted: tuple[Any, ...] = ()
        self._count_s = 0.0
        self.panel = ComparisonPanel(side, hides=self._copy.css_class)
        microphone = self.panel.deck.microphone
        shown = [] if microphone is None else [microphone.widget]
        self.lanes = LanesView()
        self.saving = SaveView(page=self.freeze)
        super().__init__(children=[*shown, self.panel, self.lanes, self.saving])
        self.add_class("ipyscribe")
        self.add_class("ipyscribe-wide")
        self.panel.wake = self._publisher.poke
        self.lanes.wake = self._drawer.poke
        self.saving.wake = self._saver.poke
        self._forget: Callable[[], None] = side.on_change(self._publisher.poke)
        self._complete = True

    def update_saved_copy(self) -> None:
        """Bring the view and the saved output up to date before the calling cell ends."""
        self._publisher.poke()
        for publisher in (self._publisher, self._counter, self._publisher, self._drawer):  # what is counted is shown
            publisher.flush()
        self._copy.update((self._kept(), self.panel.numbers))

    def freeze(self, *, title: str = "Comparison", sound: bool = False) -> Frozen:
        """What the saved notebook keeps of it, as an object and a file; see ``Comparison.freeze``."""
        return self._side.freeze(title=title, sound=sound)

    def close(self) -> None:
        """Take the view away; what it shows goes on."""
        if not self._complete:  # ipywidgets closes what it deletes, also what its own __init__ refused
            return
        self._forget()
        for publisher in (self._publisher, self._counter, self._drawer, self._saver):
            publisher.close()
            publisher.flush()
        for part in (self.panel, self.lanes, self.saving):
            part.close()
        super().close()

    def __repr__(self) -> str:
        return f"<ComparisonView of {', '.join(self._side.labels)}: {self.panel.deck.status}>"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self._copy.display((self._side, self.panel.numbers))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._publisher.poke()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": repr(self._side), "application/vnd.jupyter.widget-view+json": view}

    def _publish(self) -> float | None:
        """Bring the panel up to date; on the publisher's thread."""
        self.panel.obey()
        self.panel.show()
        self._drawer.poke()
        if self._due_s() <= 0:
            self._counter.poke()
        return LEVEL_EVERY_S if self.panel.deck.running else None

    def _draw(self) -> float | None:
        """Bring the lanes up to date; on the drawer's thread."""
        self._saver.poke()
        return self.lanes.show(self._side, self.panel.differ_ms)

    def _due_s(self) -> float:
        """In how many seconds the numbers are to be worked out again; infinity where they would be the same."""
        now = self._state()
        if now == self._counted or not (now[0] or now[2] or self._recorded):
            return float("inf")
        if not self._counted or now[1:] != self._counted[1:]:
            return 0.0
        return self._count_s - time.monotonic()

    def _kept(self) -> ComparedLanes:
        """What can be kept of it: of a running one what was said so far, of a tape all that is on it."""
        if not self._recorded:
            return self._side
        with self._looking:
            if self._whole is None:
                self._whole = self._side.at_end()
            return self._whole

    def _state(self) -> tuple[Any, ...]:
        side = self._side
        return (side.settled.version, side.corrections, side.done)

    def _count(self) -> float | None:
        """Work out the numbers and write the saved output; on the counter's thread."""
        if self._due_s() > 0:
            return None
        self._counted, began_s = self._state(), time.monotonic()
        self.panel.count()
        self._copy.update((self._kept(), self.panel.numbers))
        now_s = time.monotonic()
        self._count_s = now_s + max(COUNT_EVERY_S, (now_s - began_s) / _SHARE)
        self._publisher.poke()
        return None
