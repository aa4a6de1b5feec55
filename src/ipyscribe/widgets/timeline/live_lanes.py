"""Lanes that grow, in small messages: ``live_lanes.js`` draws them, and each message has what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipyscribe.transcript import Transcript

if TYPE_CHECKING:
    from ipyscribe.timeline.live import LiveLane, LivePlot

Json = dict[str, Any]
Range = tuple[float, float]


class LiveLanes:
    """What the page has of the lanes that run."""

    def __init__(self) -> None:
        self._sent: LivePlot | None = None
        self._differ: list[list[int]] = []

    def forget(self) -> None:
        """Send everything again: a view has just appeared, or a picture stands there now."""
        self._sent, self._differ = None, []

    def update(
        self,
        transcripts: Mapping[str, Transcript],
        *,
        width_px: float,
        window_ms: Range,
        now_ms: float,
        differ_ms: Sequence[Range] | None = None,
    ) -> Json:
        """The message that brings the page up to date. ``differ_ms`` is where the lanes differ."""
        from ipyscribe.timeline.live import live_plot

        start_ms, end_ms = window_ms
        plot = live_plot(
            transcripts,
            width_px=width_px,
            start_ms=start_ms,
            end_ms=end_ms,
            now_ms=now_ms,
            brackets=differ_ms is not None,
        )
        differ = [[round(low), round(high)] for low, high in differ_ms or () if high >= start_ms and low <= end_ms]
        sent, self._sent = self._sent, plot
        message: Json = {"start": round(start_ms), "now": round(now_ms)}
        if sent is None or sent.frame != plot.frame or len(sent.lanes) != len(plot.lanes):
            sent = None
            message["frame"] = plot.frame
        if sent is None or differ != self._differ:
            self._differ = message["differ"] = differ
        lanes = [
            _news(lane, None if sent is None else sent.lanes[index], index) for index, lane in enumerate(plot.lanes)
        ]
        if changed := [lane for lane in lanes if len(lane) > 1]:
            message["lanes"] = changed
        return message


def _news(lane: LiveLane, sent: LiveLane | None, index: int) -> Json:
    turns: Mapping[int, Any] = {} if sent is None else sent.turns
    news: Json = {"lane": index}
    if changed := [[order, turn] for order, turn in lane.turns.items() if turns.get(order) != turn]:
        news["turns"] = changed
    if gone := [order for order in turns if order not in lane.turns]:
        news["gone"] = gone
    if sent is None or sent.rest != lane.rest:
        news["rest"] = lane.rest
    return news
