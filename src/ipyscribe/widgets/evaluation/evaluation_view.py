"""An evaluation in a notebook cell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ipyscribe.evaluation import Evaluation
from ipyscribe.export import Frozen
from ipyscribe.widgets.evaluation.evaluation_copy import EvaluationCopy
from ipyscribe.widgets.evaluation.evaluation_panel import EvaluationPanel
from ipyscribe.widgets.evaluation.recording_panel import RecordingPanel
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.publisher import PUBLISH_EVERY_S
from ipyscribe.widgets.shared.saved_copy import SavedCopy

LIST_EVERY_S = 0.3
_LIST_SHARE = 0.1
"""Of one core, at most, for progress and list while it runs."""
_CLOCK_EVERY_S = 1.0


class Share:
    """Keeps what takes long, while an evaluation runs, to a ``share`` of one core and ``every_s`` at the most.

    With a share of 0.1, something that took 1 s is followed by 9 s without.
    """

    def __init__(self, share: float, every_s: float) -> None:
        self._share, self._every_s = share, every_s
        self._due_s = 0.0
        self.stale = True
        """Whether there is something new."""

    def at_once(self) -> None:
        """Do not wait the next time."""
        self.stale, self._due_s = True, 0.0

    def run(self, work: Callable[[], object], *, wait: bool) -> float | None:
        """Do ``work`` if there is something new; in how many seconds to call again where it has to ``wait``."""
        wait_s = self._due_s - time.monotonic()
        if not self.stale:
            return None
        if wait and wait_s > 0:
            return wait_s
        self.stale = False
        began_s = time.monotonic()
        work()
        now_s = time.monotonic()
        self._due_s = now_s + max(self._every_s, (now_s - began_s) * (1 / self._share - 1))
        return None


class EvaluationPanels(CellWidget):
    """A widget with the panels of an evaluation, which is the one that they ``follow``; a subclass assembles them."""

    def __init__(self, saved_copy: SavedCopy[Any]) -> None:
        super().__init__(saved_copy)
        self.evaluation: Evaluation | None = None
        self._publisher.interval_s = LIST_EVERY_S
        self._figures, self._picture, self._copy = Share(0.3, 0.5), Share(0.2, 1.0), Share(0.1, 3.0)
        self._figures_publisher = self._add_publisher(self._update_figures, PUBLISH_EVERY_S, "figures")
        self._copy_publisher = self._add_publisher(self._update_copy, PUBLISH_EVERY_S, "copy")
        self.recording_panel = RecordingPanel()
        self.panel = EvaluationPanel(self.recording_panel.open_recording)
        self._unsubscribe: Callable[[], None] = lambda: None

    def follow(self, evaluation: Evaluation) -> None:
        """Show this one from now on."""
        self._unsubscribe()
        self.evaluation = evaluation
        self.recording_panel.follow(evaluation)
        self.panel.follow(evaluation)
        self._unsubscribe = evaluation.on_change(self._changed)
        self._changed()

    def _changed(self) -> None:
        for share in (self._figures, self._picture, self._copy):
            share.stale = True
        self._publisher.poke()

    def _release(self) -> None:
        self._unsubscribe()

    def _publish(self) -> float | None:
        if self.panel.has_commands:
            self._figures.at_once()
            self._picture.at_once()
        self.panel.run_commands()
        self.recording_panel.run_commands()
        began_s = time.monotonic()
        self.panel.show()
        self.recording_panel.show()
        self._publisher.interval_s = max(LIST_EVERY_S, (time.monotonic() - began_s) / _LIST_SHARE)
        if self._figures.stale:
            self._figures_publisher.poke()
        if self._copy.stale:
            self._copy_publisher.poke()
        return _CLOCK_EVERY_S if self._running else None

    @property
    def _running(self) -> bool:
        return self.evaluation is not None and self.evaluation.running

    def _update_figures(self) -> float | None:
        wait_s = self._figures.run(self.panel.update, wait=self._running)
        self._drawer.poke()
        return wait_s

    def _draw(self) -> float | None:
        return self._picture.run(self.panel.draw, wait=self._running)

    def _update_copy(self) -> float | None:
        return self._copy.run(lambda: self.saved_copy.update(self._saved_content()), wait=self._running)

    def _saved_content(self) -> Evaluation | None:
        return self.evaluation

    def _flush(self) -> None:
        for publisher in (self._publisher, self._figures_publisher, self._drawer):
            publisher.flush()


class EvaluationView(EvaluationPanels):
    """Many recordings played to several models, in a cell: ``EvaluationView(Evaluation(models, "corpus/"))``.

    It is started, paused and stopped there; a row for each model and the picture of error rate against latency
    follow while recordings finish. The recordings are sorted and searched; one of them opens side by side, to be
    heard, and its reference can be corrected.
    """

    evaluation: Evaluation

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(EvaluationCopy())
        self._assemble(self.panel, self.recording_panel)
        self.follow(evaluation)

    def freeze(self, *, title: str | None = None) -> Frozen:
        """What ``Evaluation.freeze`` gives."""
        return self.evaluation.freeze(title=title)

    def __repr__(self) -> str:
        return f"<EvaluationView of {self.evaluation!r}>"
