"""What a replay is a recording of: model, server and date, and the status strip of that moment."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.protocol.model import simulated_label
from ipyscribe.replay import Replay
from ipyscribe.widgets.shared.status_strip import StatusStrip, error_json, notice_json, replay_cost, replay_status
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.time_travel import TimeTravel

Json = dict[str, Any]


class ReplayHead(View):
    """Says of ``replay`` that it is one, and of what."""

    front = "replay/replay_head"
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""

    def __init__(self, replay: Replay, time_travel: TimeTravel, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._replay = replay
        self._time_travel = time_travel
        self._strip = StatusStrip(self)
        self.show()

    def on_message(self, message: Json) -> None:
        """A view that has just appeared needs the level."""
        if message.get("kind") == "hello":
            self._strip.resend()

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        replay = self._replay
        self.state = _state(replay, self._strip, with_sound=self._time_travel.with_sound)
        self._strip.show_now(replay.level_dbfs if replay.playing else float("-inf"))


def _state(replay: Replay, strip: StatusStrip, *, with_sound: bool) -> Json:
    manifest, began = replay.lane.manifest, replay.tape.began
    source = str(manifest.source.get("label") or "")
    facts = (replay.server, source, f"{began.day} {began:%B %Y, %H:%M} UTC")
    return {
        "model": simulated_label(manifest.title) if replay.simulated else manifest.title,
        "facts": [*filter(None, facts), *(["its end is missing"] if replay.tape.cut_off else [])],
        "strip": strip.state(
            status=replay_status(replay, with_sound=with_sound),
            open_s=0.0,  # the travel bar has the clock
            cost=replay_cost([replay.cost_usd]),
            metered=replay.playing,
            notices=[notice_json(notice) for notice in replay.notices],
            error=error_json(replay.error),
        ),
    }
