"""The status strip of every tool: what it is doing, for how long, at what price, how loud, and what is to be known.

``status_strip.js`` draws it. All wordings of statuses and prices are here.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.protocol import Model
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.replay import Replay
from ipyscribe.session import Session, SessionLike
from ipyscribe.tape import Notice
from ipyscribe.tape.status import Status
from ipyscribe.widgets.shared.publisher import LEVEL_EVERY_S
from ipyscribe.widgets.shared.view import View

Json = dict[str, Any]

STATUS_TEXT: dict[Status, str] = {
    "ready": "ready",
    "connecting": "connecting",
    "listening": "listening",
    "paused": "paused",
    "reconnecting": "reconnecting",
    "finishing": "finishing",
    "ended": "ended",
    "failed": "stopped by an error",
}
STILL_BILLED = "paused (still billed)"
LOADING = "loading the recogniser"
FAR_DB = 12.0
"""A fifth of the meter: a level that has moved so far does not wait for the timeline."""
PLAYING, PLAYING_SOUND = "playing", "playing with its sound"
_MOST_ACTIVE_FIRST: tuple[Status, ...] = ("listening", "reconnecting", "connecting", "finishing", "ready", "ended")
_MOST_IMPORTANT_FIRST = (
    "permission", "click", "suspended", "paused", "unanswered", "late", "behind", "stalled", "held", "silent", "tape",
    "budget", "unconfirmed", "dropped", "model", "simulated", "key", "warning", "price",
)  # fmt: skip
_BUSY: frozenset[Status] = frozenset({"connecting", "reconnecting", "finishing"})
_BUSY_TEXTS = frozenset((LOADING, *(STATUS_TEXT[status] for status in _BUSY)))
_ACTIVE: frozenset[Status] = frozenset({"listening", "reconnecting"})


class StatusStrip:
    """The strip of ``view``, which puts ``state`` into its synced state and passes levels on."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._level_dbfs: float | None = None
        self._level_sent_s = -math.inf
        self._sent: Json = {}
        self._clock = self._shown_clock = ("", "")
        self._id = uuid.uuid4().hex
        self._pages: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def state(
        self,
        *,
        status: str,
        open_s: float,
        cost: str,
        total_s: float | None = None,
        active: bool = False,
        metered: bool = False,
        notices: Sequence[Json] = (),
        error: Json | None = None,
    ) -> Json:
        """What ``status_strip.js`` shows.

        ``total_s`` is how long a file is, ``active`` lights the dot, ``metered`` shows the level meter.

        Of ``error`` and ``notices`` it shows the most important one, which comes first here, and folds away the others.

        Where nothing but the clock and the cost has changed, ``show_now`` sends those alone and the state stays as it
        was: all of it every second would be most of what a page receives.
        """
        error_message = error["message"] if error else None
        distinct = {notice["message"]: notice for notice in notices if notice["message"] != error_message}
        state: Json = {
            "id": self._id,
            "status": status,
            "active": active,
            "busy": status.removesuffix(", simulated") in _BUSY_TEXTS,
            "metered": metered,
            "clock": _clock(open_s, total_s),
            "cost": cost,
            "notices": sorted(distinct.values(), key=_importance),
            "error": error,
        }
        ticked = (state["clock"], state["cost"])
        self._clock = ticked  # before what tells that it is shown: another thread compares the two
        if state | {"clock": "", "cost": ""} != self._sent | {"clock": "", "cost": ""}:
            self._sent, self._shown_clock = state, ticked
        return self._sent

    def resend(self, page: str = "") -> None:
        """Send the level, the clock and the cost again: a view has just appeared, in ``page``."""
        self._pages |= {page} if page else set()
        self._level_dbfs = None
        self._sent = {}

    def show_now(self, dbfs: float, *, step_db: float = 0.0) -> None:
        """Send what ``now`` gives, the level only where it has moved by ``step_db`` or more."""
        if fields := self.now(dbfs, step_db=step_db):
            self._view.post("now", **fields)

    def now(self, dbfs: float, *, step_db: float = 0.0, pages: frozenset[str] | None = None) -> Json:
        """The level in dB of full scale, minus infinity for silence, and clock and cost: what of them has changed.

        ``status_strip.js`` takes it from the message of another view, too, which needs no frame of its own then: in
        ``pages``, and where the strip is in others, nothing. In some notebooks each output is a page of its own.
        """
        if pages is not None and not self._pages <= pages:
            return {}
        level_dbfs = round(dbfs) if math.isfinite(dbfs) else -math.inf
        now_s = time.monotonic()
        fields: Json = {}
        with self._lock:
            shown_dbfs = -math.inf if self._level_dbfs is None else self._level_dbfs
            moved = level_dbfs != self._level_dbfs and not abs(level_dbfs - shown_dbfs) < step_db
            too_soon = math.isfinite(level_dbfs) and now_s < self._level_sent_s + LEVEL_EVERY_S
            if moved and not too_soon:
                self._level_dbfs, self._level_sent_s = level_dbfs, now_s
                fields["dbfs"] = level_dbfs if math.isfinite(level_dbfs) else None
            if self._clock != self._shown_clock:
                self._shown_clock = self._clock
                fields["clock"], fields["cost"] = self._clock
        return fields | {"id": self._id} if fields else fields


def _clock(open_s: float, total_s: float | None) -> str:
    """How long it has been open; of a file, how much of it has been read."""
    if not open_s:
        return ""
    return clock_text(open_s) if total_s is None else f"{clock_text(min(open_s, total_s))} of {clock_text(total_s)}"


def _importance(notice: Json) -> int:
    kind = notice["kind"]
    return _MOST_IMPORTANT_FIRST.index(kind) if kind in _MOST_IMPORTANT_FIRST else len(_MOST_IMPORTANT_FIRST)


def notice_json(notice: Notice, *, warm: bool = True, action: Json | None = None) -> Json:
    """A notice for the strip; ``action`` is a button, as ``{"label", "command"}``."""
    return {
        "kind": notice.kind,
        "message": notice.message,
        "advice": notice.advice,
        "warm": warm,
        "action": action,
    }


def error_json(error: ScribeError | None, *, action: Json | None = None) -> Json | None:
    """An error for the strip."""
    if error is None:
        return None
    return {"message": error.message, "advice": error.advice, "action": action, "docs": error.docs}


def is_active(statuses: Iterable[Status]) -> bool:
    """Whether sound is being taken in, which the strip's dot shows."""
    return not _ACTIVE.isdisjoint(statuses)


def session_status(session: Session | None) -> str:
    """What a session does."""
    if session is None:
        return STATUS_TEXT["ready"]
    if session.status == "paused" and session.model.price_per_hour_usd != 0:
        return STILL_BILLED
    text = STATUS_TEXT[session.status]
    if session.status == "connecting" and (session.model.local or session.simulated):
        tried_again = any(notice.kind == "connecting" for notice in session.notices)
        text = text if tried_again else LOADING
    return text + (", simulated" if session.simulated else "")


def lanes_status(lanes: Sequence[SessionLike], *, paused: bool, free: bool) -> str:
    """What the sessions of a comparison do together; ``paused`` where they are paused on purpose."""
    if paused:
        return STATUS_TEXT["paused"] if free else STILL_BILLED
    statuses = {lane.status for lane in lanes}
    if statuses == {"failed"}:
        return STATUS_TEXT["failed"]
    return STATUS_TEXT[next((status for status in _MOST_ACTIVE_FIRST if status in statuses), "paused")]


def replay_status(replay: Replay, *, with_sound: bool = False) -> str:
    """What a replay does."""
    if with_sound:
        return PLAYING_SOUND
    if replay.playing:
        return PLAYING
    if replay.status == "paused" or (replay.position_s and not replay.done):
        return STATUS_TEXT["paused"]
    return STATUS_TEXT[replay.status if replay.done else "ready"]


def session_cost(session: Session | None, model: Model, price: str) -> str:
    """What a session has cost, or where none of ``model`` was opened its ``price``."""
    if model.price_per_hour_usd == 0:
        return "free"
    if session is None or session.model.name != model.name or session.cost_usd is None:
        return price
    return _usd(session.cost_usd)


def replay_cost(costs_usd: Iterable[float | None]) -> str:
    """What recorded sessions had cost together, as far as it is known."""
    costs = list(costs_usd)
    total_usd = sum(cost for cost in costs if cost is not None)
    if None in costs:
        return ""
    return _usd(total_usd) if total_usd else "free"


def lanes_cost(lanes: Sequence[SessionLike], cost_usd: float | None, usd_per_hour: float | None) -> str:
    """What the sessions of a comparison have cost together, and what an hour of those that are open costs."""
    if usd_per_hour == 0:
        return "free"
    rate_usd = open_rate_usd(lanes)
    if cost_usd is None or rate_usd is None:
        return "price unknown"
    if not any(lane.open_s for lane in lanes):
        return f"${rate_usd:.2f}/h while open"
    if all(lane.done for lane in lanes):
        return _usd(cost_usd)
    return f"{_usd(cost_usd)} · ${rate_usd:.2f}/h"


def open_rate_usd(lanes: Sequence[SessionLike]) -> float | None:
    """US dollars an hour of all sessions that are open, or of all that will be; None where a price is not known."""
    charged = [lane for lane in lanes if not lane.done] or list(lanes)
    prices = [lane.model.price_per_hour_usd for lane in charged]
    return None if None in prices else sum(price for price in prices if price is not None)


def _usd(amount: float) -> str:
    return f"${amount:.4f}"
