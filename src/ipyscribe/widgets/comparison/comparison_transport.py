"""What a person can do with a comparison: start, pause and stop one that hears, play and hold one from its tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipyscribe.audio import AudioSource
from ipyscribe.comparison.comparison import Comparison
from ipyscribe.replay import Replay
from ipyscribe.session import SessionLike
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone

Button = tuple[str, str]
_ORDER = ("listening", "reconnecting", "connecting", "finishing", "ready", "ended")


class ComparisonTransport:
    """The buttons of ``side`` as they are now, and what they do. Any thread may call."""

    def __init__(self, side: Comparison) -> None:
        self._side = side
        self._deeds: dict[str, Callable[[str], object]] = {
            "start": self._start,
            "stop": lambda _: self._stop(),
            "pause": lambda _: self._pause(),
            "play": lambda _: self._play(),
            "hold": lambda _: self._hold(),
            "finish": lambda _: self._finish(),
        }

    @property
    def source(self) -> AudioSource | None:
        """What a running comparison hears."""
        return self._side.source

    @property
    def microphone(self) -> BrowserMicrophone | None:
        """The browser's microphone, where that is the source."""
        return self.source if isinstance(self.source, BrowserMicrophone) else None

    @property
    def replay(self) -> Replay | None:
        """What plays the lanes, where they come from a tape."""
        return self._side.replay

    @property
    def running(self) -> bool:
        """True from Start to the end, and while a replay moves."""
        if self.replay is not None:
            return self.replay.playing
        return self._side.started and not self._side.done

    @property
    def buttons(self) -> list[Button]:
        """What to ask for, and its name; the first is the great one."""
        side, replay = self._side, self.replay
        if replay is None:
            if not self.running:
                return [("start", "Start again" if side.started else "Start")]
            listening = any(lane.status == "listening" for lane in side.lanes)
            return [("stop", "Stop"), *([("pause", "Resume" if side.paused else "Pause")] if listening else [])]
        if replay.playing:
            return [("hold", "Pause"), ("finish", "To the end")]
        return [("play", "Play again")] if replay.done else [("play", "Play"), ("finish", "To the end")]

    @property
    def status(self) -> str:
        """What is going on, in a word or two."""
        side = self._side
        states = {lane.status for lane in side.lanes}
        if self.replay is None and side.paused and self.running:
            return "paused" if side.usd_per_hour == 0 else "paused (still billed)"
        if self.replay is not None:
            return "playing" if self.replay.playing else "recording" if self.replay.done else "held"
        if states == {"failed"}:
            return "stopped by an error"
        return next((state for state in _ORDER if state in states), "paused")

    def do(self, what: str, page: str = "") -> None:
        """Do what a button says; ``page`` is the browser page in which it was pressed."""
        if what in self._deeds:
            self._deeds[what](page)

    def _start(self, page: str) -> None:
        if self.microphone is not None and page:
            self.microphone.clicked(page)
        self._side.start()

    def _stop(self) -> None:
        """What the browser has heard and not delivered yet comes before the end; a second Stop does not wait."""
        if self.microphone is None or not self.microphone.finish():
            self._side.request_stop()

    def _pause(self) -> None:
        (self._side.resume if self._side.paused else self._side.pause)()

    def _play(self) -> None:
        if self.replay is not None:
            if self.replay.done:
                self.replay.seek(0.0)
            self.replay.start()

    def _hold(self) -> None:
        if self.replay is not None:
            self.replay.pause()

    def _finish(self) -> None:
        if self.replay is not None:
            self.replay.seek(float("inf"))


def rate_usd(side: Comparison) -> float | None:
    """US dollars an hour of all sockets that are open, or will be; None where a price is not known."""
    lanes: list[SessionLike] = [lane for lane in side.lanes if not lane.done] or list(side.lanes)
    prices: list[Any] = [lane.model.price_per_hour_usd for lane in lanes]
    return None if None in prices else sum(prices)
