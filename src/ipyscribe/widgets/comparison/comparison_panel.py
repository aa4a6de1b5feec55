"""The panel of a comparison: buttons, a column for each model, their disagreements, and the metrics."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

import traitlets

from ipyscribe.comparison import Comparison
from ipyscribe.comparison.aligned_rows import AlignedRows, DisagreementSpan, context_text
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.comparison.compared_text import table_text
from ipyscribe.errors import ParameterError, ScribeError
from ipyscribe.metrics import Disagreement
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.widgets.comparison.panel_state import panel_state
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.shared.command_view import CommandView
from ipyscribe.widgets.shared.paint_times import PaintTimes, newest_arrival_s
from ipyscribe.widgets.shared.sound_requests import send_sound
from ipyscribe.widgets.shared.status_strip import FAR_DB, StatusStrip

Json = dict[str, Any]
_CONTEXT_WORDS = 4
_CONTEXT_MS = 600.0
_FIRST_DISAGREEMENTS = 6


class ComparisonPanel(CommandView):
    """What a person sees of ``comparison`` and does with it; commands wait in a queue for ``run_commands``."""

    front = "comparison/comparison_panel"
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""
    microphone = traitlets.Unicode().tag(sync=True)
    """The browser's microphone, which Stop turns off at once, without the kernel."""

    def __init__(self, comparison: Comparison, **kwargs: Any) -> None:
        source = comparison.source
        self.browser_microphone = source if isinstance(source, BrowserMicrophone) else None
        microphone = "" if self.browser_microphone is None else self.browser_microphone.widget.ident
        super().__init__(microphone=microphone, **kwargs)
        self.aligned = AlignedRows()
        self.differ_ms: tuple[tuple[float, float], ...] = ()
        """The time ranges in which the models differ."""
        self.metrics: Json = {}
        """The table as text, with its notes; see ``update_metrics``."""
        self._comparison = comparison
        self._shown: ComparedLanes = comparison
        self._strip = StatusStrip(self)
        self._paints = PaintTimes[list[float | None]]()
        self._resend = False
        self._most = _FIRST_DISAGREEMENTS
        self._sent: dict[str, Json] = {}
        self._ranked: tuple[Any, Json] = (None, {})
        self._commands: dict[str, Callable[[str], object]] = {
            "start": self._start,
            "start_confirmed": lambda page: self._start(page, confirm=True),
            "stop": lambda _page: self._stop(),
            "pause": lambda _page: comparison.pause(),
            "resume": lambda _page: comparison.resume(),
        }

    def on_message(self, message: Json) -> bool | None:
        """A command of the person in front of the browser, or what it has painted."""
        if message.get("kind") != "painted":
            return super().on_message(message)
        for arrivals, at_s in self._paints.acknowledged(message):
            for lane, arrival_s in zip(self._comparison.lanes, arrivals, strict=False):
                if arrival_s is not None:
                    lane.tape.record_paint(arrival_s, at_s)
        return False

    def _run(self, message: Json) -> None:
        match message:
            case {"kind": "hello"}:
                self._resend = True
                self._strip.resend(str(message.get("page", "")))
            case {"kind": "more_disagreements"}:
                self._most += _FIRST_DISAGREEMENTS
            case {"kind": "command", "command": str(command)} if command in self._commands:
                self._error = None
                self._commands[command](page if isinstance(page := message.get("page"), str) else "")
            case {"kind": "play_audio", "first": int(first), "end": int(end), "request": str(request)}:
                self._play(self._disagreement(first, end), request)
            case {"kind": "resolve", "first": int(first), "end": int(end), "text": str(text)}:
                self._error = None
                self._resolve(self._disagreement(first, end), text)
            case {"kind": "undo_correction", "start": int() | float() as start_ms, "end": int() | float() as end_ms}:
                self._comparison.correct(start_ms, end_ms, "")

    def _start(self, page: str, *, confirm: bool = False) -> None:
        if self.browser_microphone is not None and page:
            self.browser_microphone.clicked(page)
        self._comparison.start(confirm=confirm)

    def _stop(self) -> None:
        """Sound that the browser has captured and not delivered yet comes first; a second Stop does not wait."""
        if self.browser_microphone is None or not self.browser_microphone.finish():
            self._comparison.request_stop()

    def _disagreement(self, first: int, end: int) -> Disagreement:
        for span in self.aligned.disagreements:
            if (span.disagreement.first, span.disagreement.end) == (first, end):
                return span.disagreement
        raise ParameterError("The words there have changed since.", advice="Choose the difference again.")

    def _play(self, disagreement: Disagreement, request: str) -> None:
        start_ms = max(0.0, (disagreement.start_ms or 0.0) - _CONTEXT_MS)
        send_sound(self, self._comparison.audio, request, start_ms, (disagreement.end_ms or 0.0) + _CONTEXT_MS)

    def _resolve(self, disagreement: Disagreement, text: str) -> None:
        """A disagreement is known by its place among the words that are shown, which an earlier moment has fewer of."""
        correction = self._shown.resolve(disagreement, text)
        if self._shown is not self._comparison:
            self._comparison.correct(correction.start_ms, correction.end_ms, correction.text)

    def show(self, shown: ComparedLanes, *, stale_metrics: bool = False) -> None:
        """Send what has changed since the last call; from one thread only.

        ``shown`` is the comparison itself, or its lanes as they stood at an earlier moment. ``stale_metrics`` is true
        where words have come since the table was computed.
        """
        resend, self._resend = self._resend, False
        self._shown = shown
        try:
            changed = self.aligned.update(shown)
        except ScribeError as error:
            self._error, changed = error, set()
        self.state = panel_state(self._comparison, self.aligned.firsts, self._error, self._strip)
        count = self.aligned.count
        numbers = range(count) if resend else sorted(changed)
        if resend or numbers or self._sent.get("count") != {"count": count}:
            self._sent["count"] = {"count": count}
            rows = [[number, self.aligned.row(number)] for number in numbers]
            self.post("rows", count=count, rows=rows, number=self._paint_number(shown))
        self._post_changed("disagreements", self._disagreements(), resend)
        self._post_changed("metrics", self.metrics | {"stale": stale_metrics} if self.metrics else {}, resend)

    def now(self, pages: frozenset[str]) -> Json:
        """What of level, clock and cost has changed, where ``pages`` are all that it is shown in."""
        return self._strip.now(self._level_dbfs(), pages=pages)

    def show_now(self, *, step_db: float = FAR_DB) -> None:
        """Send the clock and the cost, and a level that has moved by ``step_db`` or more: if not given, that is far."""
        self._strip.show_now(self._level_dbfs(), step_db=step_db)

    def _level_dbfs(self) -> float:
        return max(lane.level_dbfs for lane in self._comparison.lanes)

    def update_metrics(self) -> None:
        """Compute the table again; ``show`` sends it. Takes long where a comparison is long."""
        comparison = self._comparison
        running = comparison.started and not comparison.done and comparison.replay is None
        self.metrics = table_text(comparison) | {"at": clock_text(comparison.audio_ms / 1000) if running else ""}

    def _paint_number(self, shown: ComparedLanes) -> int | None:
        if shown is not self._comparison:
            return None
        return self._paints.sent([newest_arrival_s(lane.transcript) for lane in shown.lanes])

    def _post_changed(self, kind: str, fields: Json, resend: bool) -> None:
        if fields and (resend or self._sent.get(kind) != fields):
            self._sent[kind] = fields
            self.post(kind, **fields)

    def _disagreements(self) -> Json:
        """The most telling disagreements, ranked again only where words or corrections have changed."""
        basis = (self.aligned.basis, self._comparison.corrections, self._most)
        if basis != self._ranked[0]:
            spans = self.aligned.disagreements
            self.differ_ms = tuple(
                (span.disagreement.start_ms or 0.0, span.disagreement.end_ms or 0.0) for span in spans
            )
            first = heapq.nsmallest(self._most, spans, key=lambda span: span.rank)
            self._ranked = (basis, {"total": len(spans), "disagreements": [self._span_json(span) for span in first]})
        return self._ranked[1]

    def _span_json(self, span: DisagreementSpan) -> Json:
        disagreement, slots = span.disagreement, self._shown.settled.slots
        start_ms, end_ms = disagreement.start_ms or 0.0, disagreement.end_ms or 0.0
        corrections = self._comparison.corrections
        correction = next((each for each in corrections if each.start_ms < end_ms and start_ms < each.end_ms), None)
        return span.as_json | {
            "start": start_ms,
            "before": context_text(slots(disagreement.first - _CONTEXT_WORDS, disagreement.first)),
            "after": context_text(slots(disagreement.end, disagreement.end + _CONTEXT_WORDS)),
            "correction": None
            if correction is None
            else {"start": correction.start_ms, "end": correction.end_ms, "text": correction.text},
        }
