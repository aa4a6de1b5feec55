"""A comparison in a notebook cell: live, or recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ipyscribe.comparison import Comparison
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.export import Frozen
from ipyscribe.widgets.comparison.comparison_copy import ComparisonCopy
from ipyscribe.widgets.comparison.comparison_panel import ComparisonPanel
from ipyscribe.widgets.comparison.panel_state import is_running
from ipyscribe.widgets.save.save_view import SaveView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.publisher import LEVEL_EVERY_S, POSITION_EVERY_S, PUBLISH_EVERY_S
from ipyscribe.widgets.shared.saved_copy import SavedCopy
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.timeline_view import TimelineView
from ipyscribe.widgets.timeline.travel_bar import STEP_EVERY_S, TravelBar

METRICS_EVERY_S = 5.0
_METRICS_SHARE = 0.05
"""Of one core, at most, for the metrics while it runs: a table that took 1 s is followed by 19 s without."""


class ComparisonView(CellWidget):
    """Several models beside each other, in a cell of their own: ``ComparisonView(Comparison.from_tape("talk.tape"))``.

    It shows a column for each model with all columns on one clock, where they differ, and the metrics. A live
    comparison is started and stopped; every moment of it, as of a recorded one, can be looked at again. A click on a
    disagreement plays its sound; the correct words can be typed, and the metrics follow. ``saved_copy`` is that of the
    cell, where another widget has one.
    """

    def __init__(self, comparison: Comparison, saved_copy: SavedCopy[Any] | None = None) -> None:
        self._comparison = comparison
        super().__init__(saved_copy or ComparisonCopy())
        self._metrics_publisher = self._add_publisher(self._update_metrics, PUBLISH_EVERY_S, "metrics")
        self._metrics_version: tuple[Any, ...] = ()
        self._metrics_due_s = 0.0
        self._complete: tuple[Any, ComparedLanes] | None = None
        self._past: ComparedLanes = comparison
        self._time_travel = TimeTravel(self._publisher.poke)
        self._time_travel.follow(comparison.lanes, lambda: comparison.tape)
        self.panel = ComparisonPanel(comparison)
        self.timeline = TimelineView(time_travel=self._time_travel)
        self.travel_bar = TravelBar(self._time_travel)
        self.downloads = SaveView(page=self.freeze)
        microphone = self.panel.browser_microphone
        self._assemble(
            self.panel,
            self.timeline,
            self.travel_bar,
            self.downloads,
            timeline=self.timeline,
            downloads=self.downloads,
            microphone=None if microphone is None else microphone.widget,
        )
        self._unsubscribe: Callable[[], None] = comparison.on_change(self._publisher.poke)

    def freeze(self, *, title: str | None = None, sound: bool = False) -> Frozen:
        """What ``Comparison.freeze`` gives."""
        return self._comparison.freeze(title=title, sound=sound)

    def _release(self) -> None:
        self._unsubscribe()
        self._time_travel.close()

    def __repr__(self) -> str:
        return f"<ComparisonView of {self._comparison!r}>"

    def _publish(self) -> float | None:
        travel, comparison = self._time_travel, self._comparison
        self.panel.run_commands()
        travel.follow(comparison.lanes, lambda: comparison.tape)
        travel.run_commands()
        self._publisher.interval_s = STEP_EVERY_S if travel.paused_ms is not None else PUBLISH_EVERY_S
        self.panel.show(self._shown(), stale_metrics=self._metrics_are_stale())
        if not self._drawer.rested:  # else they come with the timeline, for one frame of the page
            self.panel.show_now()
        self.timeline.show_position()
        self.travel_bar.show()
        self._drawer.poke()
        if self._metrics_wait_s() <= 0:
            self._metrics_publisher.poke()
        if comparison.started and comparison.done:
            travel.prepare()
        if travel.playing:
            return POSITION_EVERY_S
        return LEVEL_EVERY_S if is_running(comparison) else None

    def _shown(self) -> ComparedLanes:
        """The comparison itself, or its lanes as they stood at the moment that is shown."""
        lanes, comparison = self._time_travel.shown, self._comparison
        if lanes == comparison.lanes:
            return comparison
        if lanes != self._past.lanes:
            self._past = ComparedLanes(comparison.labels, lanes, language=comparison.language)
        return self._past

    def _draw(self) -> float | None:
        self._exporter.poke()
        lanes = dict(zip(self._comparison.labels, self._time_travel.shown, strict=True))
        next_in_s = None
        if any(len(lane.transcript) for lane in lanes.values()) or self._time_travel.past:
            next_in_s = self.timeline.show(lanes, self.panel.differ_ms, now=self.panel.now)
        if is_running(self._comparison):  # what no live timeline has just carried
            self.panel.show_now(step_db=0.0)
        return next_in_s

    def _export(self) -> float | None:
        self.downloads.answer(self._everything())
        return None

    def _everything(self) -> ComparedLanes:
        """What can be saved: a live comparison so far, a recorded one with all that is on its tape."""
        if self._comparison.replay is None:
            return self._comparison
        version = self._comparison.corrections
        if self._complete is None or self._complete[0] != version:
            self._complete = (version, self._comparison.at_end())
        return self._complete[1]

    def _saved_content(self) -> tuple[ComparedLanes, dict[str, Any]]:
        return (self._everything(), self.panel.metrics)

    def _flush(self) -> None:
        """The metrics are computed of what is shown, and shown then."""
        for publisher in (self._publisher, self._metrics_publisher, self._publisher, self._drawer):
            publisher.flush()

    def _metrics_wait_s(self) -> float:
        """In how many seconds the metrics are to be computed again; infinity where they would be the same."""
        comparison, version = self._comparison, self._version()
        if version == self._metrics_version or not (version[0] or version[2] or comparison.replay is not None):
            return float("inf")
        if not self._metrics_version or version[1:] != self._metrics_version[1:]:
            return 0.0
        return self._metrics_due_s - time.monotonic()

    def _metrics_are_stale(self) -> bool:
        return bool(self._metrics_version) and self._metrics_version != self._version()

    def _version(self) -> tuple[Any, ...]:
        comparison = self._comparison
        return (comparison.settled.version, comparison.corrections, comparison.done)

    def _update_metrics(self) -> float | None:
        """Compute the metrics and write the saved copy."""
        if self._metrics_wait_s() > 0:
            return None
        self._metrics_version, started_s = self._version(), time.monotonic()
        self.panel.update_metrics()
        self.saved_copy.update(self._saved_content())
        now_s = time.monotonic()
        self._metrics_due_s = now_s + max(METRICS_EVERY_S, (now_s - started_s) / _METRICS_SHARE)
        self._publisher.poke()
        return None
