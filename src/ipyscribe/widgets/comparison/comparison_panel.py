"""The panel of a comparison: what the browser is told, and what a person does there."""

from __future__ import annotations

import heapq
import math
import queue
from collections.abc import Sequence
from typing import Any

import traitlets

from ipyscribe.comparison import Comparison
from ipyscribe.comparison.aligned_rows import AlignedRows, DisagreementSpan, context_text
from ipyscribe.comparison.static_page import table_text
from ipyscribe.errors import ParameterError, ScribeError
from ipyscribe.metrics import Disagreement
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.session import SessionLike
from ipyscribe.tape.notice import Notice
from ipyscribe.widgets.comparison.comparison_transport import ComparisonTransport, rate_usd
from ipyscribe.widgets.shared.paint_times import PaintTimes, newest_arrival_s
from ipyscribe.widgets.shared.sound_requests import tell_sound
from ipyscribe.widgets.shared.view import View

Json = dict[str, Any]
_AROUND_WORDS = 4
_AROUND_MS = 600.0
_SPOTS = 6


class ComparisonPanel(View):
    """Start and Stop, a column for each model, where to listen, and the numbers of ``side``.

    What a person does waits in a queue for ``obey``.
    """

    front = "comparison/comparison_panel"
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """Class of the saved output that stands in for the widget where that is not alive."""
    microphone = traitlets.Unicode().tag(sync=True)
    """The browser's microphone, which Stop turns off at once, without the kernel."""

    def __init__(self, side: Comparison, **kwargs: Any) -> None:
        self.deck = ComparisonTransport(side)
        microphone = self.deck.microphone
        super().__init__(microphone="" if microphone is None else microphone.widget.ident, **kwargs)
        self.passages = AlignedRows()
        self._paints = PaintTimes[list[float | None]]()
        self.differ_ms: tuple[tuple[float, float], ...] = ()
        """The stretches on which the models differ."""
        self._side = side
        self._wishes: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self._whole = False
        self._most = _SPOTS
        self._sent: dict[str, Json] = {}
        self._listed: tuple[Any, Json] = (None, {})
        self.numbers: Json = {}
        """The table as text, with its notes; see ``count``."""
        self._trouble: ScribeError | None = None

    def on_message(self, message: Json) -> bool:
        """A wish of the person in front of the browser, or what it has painted."""
        if message.get("kind") != "painted":
            self._wishes.put(message)
            return True
        for arrivals, at_s in self._paints.painted(message):
            for lane, arrived_s in zip(self._side.lanes, arrivals, strict=False):
                if arrived_s is not None:
                    lane.tape.painted(arrived_s, at_s)
        return False

    def obey(self) -> None:
        """Do what was wished; from one thread only. What goes wrong is shown."""
        while not self._wishes.empty():
            wish = self._wishes.get_nowait()
            try:
                self._do(wish)
            except ScribeError as error:
                self._trouble = error

    def _do(self, wish: Json) -> None:
        match wish:
            case {"kind": "hello"}:
                self._whole = True
            case {"kind": "more"}:
                self._most += _SPOTS
            case {"kind": "do", "what": str(what)}:
                self._trouble = None
                self.deck.do(what, page if isinstance(page := wish.get("page"), str) else "")
            case {"kind": "listen", "first": int(first), "end": int(end), "ask": str(ask)}:
                self._play(self._spot(first, end), ask)
            case {"kind": "resolve", "first": int(first), "end": int(end), "text": str(text)}:
                self._trouble = None
                self._side.resolve(self._spot(first, end), text)
            case {"kind": "take_back", "start": int() | float() as start_ms, "end": int() | float() as end_ms}:
                self._side.correct(start_ms, end_ms, "")

    def _spot(self, first: int, end: int) -> Disagreement:
        for spot in self.passages.disagreements:
            if (spot.disagreement.first, spot.disagreement.end) == (first, end):
                return spot.disagreement
        raise ParameterError("The words there have changed meanwhile.", advice="Choose the place again.")

    def _play(self, spot: Disagreement, ask: str) -> None:
        start_ms = max(0.0, (spot.start_ms or 0.0) - _AROUND_MS)
        tell_sound(self, self._side.audio, ask, start_ms, (spot.end_ms or 0.0) + _AROUND_MS)

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        whole, self._whole = self._whole, False
        try:
            changed = self.passages.update(self._side)
        except ScribeError as error:
            self._trouble, changed = error, set()
        self.state = self._state()
        count = self.passages.count
        numbers = range(count) if whole else sorted(changed)
        if whole or numbers or self._sent.get("count") != {"count": count}:
            self._sent["count"] = {"count": count}
            rows = [[number, self.passages.row(number)] for number in numbers]
            arrivals = [newest_arrival_s(lane.transcript) for lane in self._side.lanes]
            self.tell("rows", count=count, rows=rows, number=self._paints.sent(arrivals))
        self._say("spots", self._spots(), whole)
        self._say("numbers", self.numbers, whole)
        level_dbfs = max(
            (round(lane.level_dbfs) for lane in self._side.lanes if math.isfinite(lane.level_dbfs)), default=None
        )
        self._say("level", {"dbfs": level_dbfs}, whole)

    def count(self) -> None:
        """Work out the table anew; ``show`` sends it. Takes long where a comparison is long."""
        self.numbers = table_text(self._side)

    def _say(self, kind: str, fields: Json, whole: bool) -> None:
        if fields and (whole or self._sent.get(kind) != fields):
            self._sent[kind] = fields
            self.tell(kind, **fields)

    def _spots(self) -> Json:
        """The first places to listen to, found anew only where words or corrections have changed."""
        basis = (self.passages.basis, self._side.corrections, self._most)
        if basis != self._listed[0]:
            self._listed = (basis, self._ranked())
        return self._listed[1]

    def _ranked(self) -> Json:
        found = self.passages.disagreements
        self.differ_ms = tuple((spot.disagreement.start_ms or 0.0, spot.disagreement.end_ms or 0.0) for spot in found)
        first = heapq.nsmallest(self._most, found, key=lambda spot: spot.rank)
        return {"total": len(found), "spots": [self._told(spot) for spot in first]}

    def _told(self, found: DisagreementSpan) -> Json:
        spot = found.disagreement
        slots = self._side.settled.slots
        start_ms, end_ms = spot.start_ms or 0.0, spot.end_ms or 0.0
        known = [each for each in self._side.corrections if each.start_ms < end_ms and start_ms < each.end_ms]
        return found.as_json | {
            "start": start_ms,
            "before": context_text(slots(spot.first - _AROUND_WORDS, spot.first)),
            "after": context_text(slots(spot.end, spot.end + _AROUND_WORDS)),
            "known": {"start": known[0].start_ms, "end": known[0].end_ms, "text": known[0].text} if known else None,
        }

    def _state(self) -> Json:
        side, deck = self._side, self.deck
        firsts = self.passages.firsts or (0,) * len(side.labels)
        lanes = list(zip(side.labels, side.lanes, firsts, strict=True))
        common = [notice for notice in lanes[0][1].notices if all(notice in lane.notices for lane in side.lanes)]
        common = [notice for notice in common if notice.kind != "simulated"]
        common += _simulated(side)
        source = deck.source
        known = {deck.status, "ended", "failed", "ready", "paused"} | (
            {"listening"} if deck.replay is not None else set()
        )
        return {
            "title": f"{len(lanes)} models",
            "source": source.label if source is not None else "from a tape" if deck.replay is not None else "",
            "running": deck.running,
            "buttons": deck.buttons,
            "status": deck.status,
            "clock": _clock(max(lane.open_s for lane in side.lanes)),
            "cost": _cost(side),
            "compared": sum(firsts),
            "lanes": [_lane(label, lane, first, common, known) for label, lane, first in lanes],
            "notices": [{"message": notice.message, "advice": notice.advice} for notice in common],
            "trouble": None if self._trouble is None else _told_error(self._trouble),
        }


def _lane(label: str, lane: SessionLike, first: int, common: Sequence[Notice], known: set[str]) -> Json:
    name = lane.model.name
    own = [notice for notice in lane.notices if notice not in common and notice.kind != "simulated"]
    return {
        "label": label,
        "about": " \u00b7 ".join(part for part in ("" if name == label else name, lane.place) if part),
        "status": "" if lane.status in known else lane.status,
        "first": first,
        "error": None if lane.error is None else _told_error(lane.error),
        "notices": [{"message": notice.message, "advice": notice.advice} for notice in own],
    }


def _simulated(side: Comparison) -> list[Notice]:
    labels = [label for label, lane in zip(side.labels, side.lanes, strict=True) if lane.simulated]
    if not labels:
        return []
    told = f"Simulated on this computer, not AssemblyAI's: {', '.join(labels)}."
    return [Notice("simulated", told, "The words are those of the offline recogniser.")]


def _told_error(error: ScribeError) -> Json:
    return {"message": error.message, "advice": error.advice}


def _clock(seconds: float) -> str:
    return clock_text(seconds) if seconds else ""


def _cost(side: Comparison) -> str:
    rate = rate_usd(side)
    if side.usd_per_hour == 0:
        return "free"
    if side.cost_usd is None or rate is None:
        return "price not known"
    opened = any(lane.open_s for lane in side.lanes)
    so_far = [f"${side.cost_usd:.4f}"] if opened else []
    ahead = [f"${rate:.2f}/h while open"] if not opened else [] if side.done else [f"${rate:.2f}/h"]
    return " \u00b7 ".join(so_far + ahead)
