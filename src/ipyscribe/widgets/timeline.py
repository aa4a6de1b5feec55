"""The live timeline: matplotlib's picture of the last half minute, or of the whole session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ipyscribe.session import Listening
from ipyscribe.timeline import describe, timeline_png
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.base import View
from ipyscribe.widgets.publisher import Publisher

DRAW_EVERY_S = 0.3
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
    """The turns of a session on the audio clock, in a cell of their own: ``TimelineView(session)``."""

    front = "timeline"

    def __init__(self, session: Listening | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._look = Look()
        self._drawn: tuple[Any, ...] = ()
        if session is not None:
            publisher = Publisher(lambda: self.show(session), interval_s=DRAW_EVERY_S, name="timeline")
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show(self, session: Listening | None) -> float | None:
        """Draw and send the picture if it would differ; after how many seconds it will, if at all."""
        if session is None:
            return None
        running = not session.done
        transcript = session.transcript
        now_ms = session.audio_ms if running else None
        label = session.model.title if session.simulated else ""
        wanted = (transcript.turns, now_ms, self._look, label)
        if wanted == self._drawn:
            return 1.0 if running else None
        self._drawn = wanted
        began_s = time.monotonic()
        self._picture(transcript, now_ms, label)
        return max(DRAW_EVERY_S, (time.monotonic() - began_s) / _SHARE) if running else None

    def _picture(self, transcript: Transcript, now_ms: float | None, label: str) -> None:
        look = self._look
        window = None if look.whole else _window(transcript, now_ms)
        picture = timeline_png(
            transcript,
            theme=look.theme,
            width_px=look.width_px,
            ratio=look.ratio,
            start_ms=window and window[0],
            end_ms=window and window[1],
            now_ms=now_ms,
            label=label,
        )
        alt = describe(transcript, now_ms=now_ms)
        self.tell("picture", [picture], alt=f"{label}. {alt}" if label else alt, windowed=window is not None)

    def on_message(self, message: dict[str, Any]) -> None:
        """How the place of the picture looks; also what a view says first."""
        if message.get("kind") == "hello":
            self._look = _read_look(message)
            self._drawn = ()


def _window(transcript: Transcript, now_ms: float | None) -> tuple[float, float] | None:
    """The newest stretch that fits: it stands still from 0 until it is full, and then moves on with the sound."""
    if now_ms is not None:
        end_ms = max(WINDOW_MS, now_ms + _AHEAD_MS)
        return end_ms - WINDOW_MS, end_ms
    end_ms = max((turn.end_ms for turn in transcript.turns[-2:]), default=0) + _AHEAD_MS
    return None if end_ms <= WINDOW_MS else (end_ms - WINDOW_MS, end_ms)


def _read_look(message: dict[str, Any]) -> Look:
    width, ratio = message.get("width"), message.get("ratio")
    return Look(
        theme="dark" if message.get("theme") == "dark" else "light",
        width_px=min(max(int(width), _WIDTHS_PX[0]), _WIDTHS_PX[1]) if isinstance(width, int | float) else 800,
        ratio=min(max(float(ratio), 1.0), 3.0) if isinstance(ratio, int | float) else 1.0,
        whole=message.get("whole") is True,
    )
