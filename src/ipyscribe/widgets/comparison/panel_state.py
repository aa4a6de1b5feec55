"""The state of a comparison for its panel: buttons, status strip, and the heads of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ipyscribe.comparison import Comparison
from ipyscribe.errors import ScribeError, SessionLimitError
from ipyscribe.session import SessionLike
from ipyscribe.tape.notice import Notice
from ipyscribe.widgets.shared.status_strip import (
    StatusStrip,
    error_json,
    is_active,
    lanes_cost,
    lanes_status,
    notice_json,
    replay_cost,
    replay_status,
)

Json = dict[str, Any]
Button = tuple[str, str]
_CONFIRM = {"label": "Open them anyway", "command": "start_confirmed"}


def panel_state(comparison: Comparison, firsts: Sequence[int], error: ScribeError | None, strip: StatusStrip) -> Json:
    """What ``comparison_panel.js`` shows; ``firsts`` is how many words each model had before the others."""
    lanes, replay = comparison.lanes, comparison.replay
    firsts = firsts or (0,) * len(lanes)
    shared = _shared_notices(comparison)
    running = is_running(comparison)
    status = _status(comparison)
    return {
        "title": f"{len(lanes)} models",
        "source": _source(comparison),
        "running": running,
        "buttons": _buttons(comparison),
        "compared": sum(firsts),
        "lanes": [
            _lane_json(label, lane, first, shared, status)
            for label, lane, first in zip(comparison.labels, lanes, firsts, strict=True)
        ],
        "strip": strip.state(
            status=status,
            open_s=max(lane.open_s for lane in lanes) if replay is None else 0.0,  # there the travel bar has the clock
            cost=lanes_cost(lanes, comparison.cost_usd, comparison.usd_per_hour)
            if replay is None
            else replay_cost([lane.cost_usd for lane in lanes]),
            active=replay is None and is_active(lane.status for lane in lanes),
            metered=running,
            notices=[notice_json(notice) for notice in shared],
            error=error_json(error, action=_CONFIRM if isinstance(error, SessionLimitError) else None),
        ),
    }


def is_running(comparison: Comparison) -> bool:
    """True from Start to the end, and while a recording plays."""
    if comparison.replay is not None:
        return comparison.replay.playing
    return comparison.started and not comparison.done


def _buttons(comparison: Comparison) -> list[Button]:
    """Commands with their labels, the main one first; a recording is played by the travel bar."""
    if comparison.replay is not None:
        return []
    if not is_running(comparison):
        return [("start", "Start again" if comparison.started else "Start")]
    if comparison.paused:
        return [("stop", "Stop"), ("resume", "Resume")]
    listening = any(lane.status == "listening" for lane in comparison.lanes)
    return [("stop", "Stop"), *([("pause", "Pause")] if listening else [])]


def _status(comparison: Comparison) -> str:
    if comparison.replay is not None:
        return replay_status(comparison.replay)
    paused = comparison.paused and is_running(comparison)
    return lanes_status(comparison.lanes, paused=paused, free=comparison.usd_per_hour == 0)


def _source(comparison: Comparison) -> str:
    if comparison.replay is None:
        return "" if comparison.source is None else comparison.source.label
    began = comparison.replay.tape.began
    return f"recorded {began.day} {began:%B %Y, %H:%M} UTC"


def _shared_notices(comparison: Comparison) -> list[Notice]:
    """What holds for all lanes, said once; and which of them are simulated."""
    first, *others = [lane.notices for lane in comparison.lanes]
    shared = [notice for notice in first if notice.kind != "simulated" and all(notice in other for other in others)]
    labels = [label for label, lane in zip(comparison.labels, comparison.lanes, strict=True) if lane.simulated]
    if labels:
        message = f"Simulated on this computer, not AssemblyAI's: {', '.join(labels)}."
        shared.append(Notice("simulated", message, "The words are those of the offline recogniser."))
    return shared


def _lane_json(label: str, lane: SessionLike, first: int, shared: Sequence[Notice], status: str) -> Json:
    name = lane.model.name
    own = [notice for notice in lane.notices if notice not in shared and notice.kind != "simulated"]
    obvious = {status, "ended", "failed", "ready", "paused", "listening"}
    return {
        "label": label,
        "about": "\u00a0· ".join(
            part for part in ("" if label in (name, lane.model.title) else name, lane.server) if part
        ),
        "status": "" if lane.status in obvious else lane.status,
        "first": first,
        "error": error_json(lane.error),
        "notices": [notice_json(notice) for notice in own],
    }
