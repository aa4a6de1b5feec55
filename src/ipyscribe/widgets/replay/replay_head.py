"""What a replay is a recording of: model, place and date, and how the session stood at that moment."""

from __future__ import annotations

import math
from typing import Any

import traitlets

from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.plain import plain
from ipyscribe.replay import Replay
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.time_travel import TimeTravel

Json = dict[str, Any]


class ReplayHead(View):
    """Says of ``replay`` that it is one, and of what; with level, status, clock, cost and notices of then."""

    front = "replay/replay_head"
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """Class of the saved output that stands in for the widget where that is not alive."""

    def __init__(self, replay: Replay, desk: TimeTravel, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._replay = replay
        self._desk = desk
        self._level: float | None = None
        self.show()

    def on_message(self, message: Json) -> None:
        """A view that has just appeared needs the level."""
        if message.get("kind") == "hello":
            self._level = None

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        replay = self._replay
        self.state = _state(replay, aloud=self._desk.aloud)
        level = round(replay.level_dbfs) if replay.playing and math.isfinite(replay.level_dbfs) else -math.inf
        if level != self._level:
            self._level = level
            self.tell("level", dbfs=level if math.isfinite(level) else None)


def _state(replay: Replay, *, aloud: bool) -> Json:
    about, error, began = replay.lane.manifest, replay.error, replay.tape.began
    source = str(about.source.get("label") or "")
    facts = (replay.place, source, f"{began.day} {began:%B %Y, %H:%M} UTC")
    return {
        "model": plain(about.title if about.label else replay.model.title),
        "facts": [plain(fact) for fact in facts if fact],
        "cut": replay.tape.cut_off,
        "playing": replay.playing,
        "status": "playing with its sound" if aloud else _status(replay),
        "clock": clock_text(replay.open_s),
        "cost": "free" if replay.cost_usd == 0 else "" if replay.cost_usd is None else f"${replay.cost_usd:.4f}",
        "notices": [{"message": plain(each.message), "advice": plain(each.advice)} for each in replay.notices],
        "trouble": None if error is None else {"message": plain(error.message), "advice": plain(error.advice)},
    }


def _status(replay: Replay) -> str:
    if replay.status == "failed":
        return "stopped by an error"
    if replay.playing:
        return f"playing: {replay.status}"
    return {"paused": "held", "ended": "ended"}.get(replay.status, "held" if replay.position_s else "ready")
