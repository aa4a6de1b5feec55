"""The live timeline: matplotlib's picture of the last half minute, or of the whole session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ipyscribe.session import SessionLike
from ipyscribe.timeline import describe, placed_timeline
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.shared.publisher import Publisher
from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.time_travel import TimeTravel

DRAW_EVERY_S = 0.3
REST_S = 0.2
"""For so long a hand has to rest before another part is drawn: drawing would hold it up."""
WINDOW_MS = 30_000.0
"""Wide enough for a few turns, narrow enough for their words to fit into a notebook cell."""
_AHEAD_MS = 3000.0
_SHARE = 0.2
"""Of one core, at most, for drawing: a picture that took 0.1 s is followed by 0.4 s without."""
_WIDTHS_PX = (240, 2400)


@dataclass(frozen=True, slots=True)
class Look:
    """What the browser said about the place of the picture: CSS pixels, device pixels per CSS pixel, theme."""

    theme: str = "light"
    width_px: int = 800
    ratio: float = 1.0
    whole: bool = False


class TimelineView(View):
    """The turns of a session on the audio clock, in a cell of their own: ``TimelineView(session)``.

    With a ``desk`` it has a handle that is drawn along the tape.
    """

    front = "timeline/timeline_view"

    def __init__(self, session: SessionLike | None = None, *, desk: TimeTravel | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._desk = desk
        self._sounds = SoundRequests(self)
        self._look = Look()
        self._drawn: tuple[Any, ...] = ()
        self._window: tuple[float, float] | None = None
        self._place: dict[str, Any] = {}
        if session is not None:
            publisher = Publisher(lambda: self.show(session), interval_s=DRAW_EVERY_S, name="timeline")
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show(self, session: SessionLike | None) -> float | None:
        """Draw and send the picture if it would differ; after how many seconds it will, if at all.

        While someone looks at an earlier moment it is the picture of all that was said.
        """
        if session is None:
            return None
        desk = self._desk
        held_ms = None if desk is None else desk.held_ms
        transcript = session.transcript if desk is None or held_ms is None else desk.whole
        running = held_ms is None and not session.done
        now_ms = session.audio_ms if running else None
        if desk is not None and desk.live is not None:
            self._sounds.answer(transcript, desk.live.tape)
        label = session.model.title if session.simulated else ""
        window = self._window_of(transcript, now_ms, held_ms)
        wanted = (transcript.turns, now_ms, self._look, label, window)
        if wanted == self._drawn:
            return 1.0 if running else None
        if self._drawn and desk is not None and held_ms is not None and time.monotonic() - desk.moved_s < REST_S:
            return REST_S
        self._drawn = wanted
        began_s = time.monotonic()
        self._picture(transcript, now_ms, label, window)
        return max(DRAW_EVERY_S, (time.monotonic() - began_s) / _SHARE) if running else None

    def show_place(self) -> None:
        """Say where the handle stands; from one thread only."""
        if self._desk is None or self._desk.live is None:
            return
        place = self._desk.place()
        told = {name: place[name] for name in ("audio", "past", "mark")}
        told |= {"held": self._desk.held_ms is not None, "able": self._desk.state()["able"]}
        live = self._desk.running and not place["past"]  # then each picture says where its line is
        seen = told | {"audio": 0.0} if live else told
        if self._place != seen:
            self._place = seen
            self.tell("place", **told)

    def _window_of(
        self, transcript: Transcript, now_ms: float | None, held_ms: float | None
    ) -> tuple[float, float] | None:
        """What is to be shown; at an earlier moment it stands still for as long as it holds that moment."""
        if self._look.whole:
            return None
        window = None if held_ms is None else self._window
        if window is None:
            window = newest_part(transcript, now_ms)
        if held_ms is not None and window is not None and not window[0] <= held_ms <= window[1]:
            start_ms = max(0.0, held_ms - WINDOW_MS / 2)
            window = (start_ms, start_ms + WINDOW_MS)
        self._window = window
        return window

    def _picture(
        self, transcript: Transcript, now_ms: float | None, label: str, window: tuple[float, float] | None
    ) -> None:
        look = self._look
        placed = placed_timeline(
            transcript,
            theme=look.theme,
            width_px=look.width_px,
            ratio=look.ratio,
            start_ms=window and window[0],
            end_ms=window and window[1],
            now_ms=now_ms,
            label=label,
        )
        alt = describe(transcript, now_ms=now_ms, start_ms=window and window[0], end_ms=window and window[1])
        self.tell(
            "picture",
            [placed.png],
            alt=f"{label}. {alt}" if label else alt,
            windowed=window is not None,
            axis=[placed.start_ms, placed.end_ms, placed.left, placed.right],
            now=now_ms,
        )

    def on_message(self, message: dict[str, Any]) -> None:
        """How the place of the picture looks, which a view says first; and what a person does with the handle."""
        match message.get("kind"):
            case "hello":
                self._look = look_of(message)
                self._drawn, self._place = (), {}
            case "listen":
                self._sounds.ask(message)
            case "travel" | "step" | "end" if self._desk is not None:
                self._desk.wish(message)


def newest_part(transcript: Transcript, now_ms: float | None) -> tuple[float, float] | None:
    """The newest stretch that fits: it stands still from 0 until it is full, and then moves on with the sound."""
    if now_ms is not None:
        end_ms = max(WINDOW_MS, now_ms + _AHEAD_MS)
        return end_ms - WINDOW_MS, end_ms
    end_ms = max((turn.end_ms for turn in transcript.turns[-2:]), default=0) + _AHEAD_MS
    return None if end_ms <= WINDOW_MS else (end_ms - WINDOW_MS, end_ms)


def look_of(message: dict[str, Any]) -> Look:
    """What a view has said of its place."""
    width, ratio = message.get("width"), message.get("ratio")
    return Look(
        theme="dark" if message.get("theme") == "dark" else "light",
        width_px=min(max(int(width), _WIDTHS_PX[0]), _WIDTHS_PX[1]) if isinstance(width, int | float) else 800,
        ratio=min(max(float(ratio), 1.0), 3.0) if isinstance(ratio, int | float) else 1.0,
        whole=message.get("whole") is True,
    )
