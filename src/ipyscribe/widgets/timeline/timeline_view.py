"""The timeline of one session or several: of the last half minute, or of everything.

What moves is drawn by the page; what stands still is matplotlib's picture.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.session import SessionLike
from ipyscribe.timeline import describe, describe_lanes, placed_lanes, placed_timeline, turns_at
from ipyscribe.timeline.figure import Placed
from ipyscribe.timeline.palette import follow_host
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.shared.publisher import DRAW_EVERY_S, Publisher
from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.timeline.live_lanes import LiveLanes
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.waveform import LiveLevels, waveform

REST_S = 0.2
"""How long the scrubber has to rest before another part is drawn: drawing would hold it up."""
WINDOW_MS, NARROW_WINDOW_MS = 30_000.0, 15_000.0
"""Wide enough for a few turns, narrow enough for their words to fit into a notebook cell, and into a narrow one."""
_NARROW_PX = 560
_AHEAD_MS = 3000.0
_CPU_SHARE = {True: 0.2, False: 0.1}
"""Of one core, at most, for drawing one lane and several: a picture that took 0.1 s is followed by 0.4 s without."""
_ALONE_EVERY_S = 1.2 * DRAW_EVERY_S
"""How often a live timeline moves where nothing else calls for it, as a widget does that has a level to show too."""
_WIDTHS_PX = (240, 2400)

Json = dict[str, Any]
Range = tuple[float, float]
Now = Callable[[frozenset[str]], Json]


def _nothing(_pages: frozenset[str]) -> Json:
    return {}


@dataclass(frozen=True, slots=True)
class Viewport:
    """The place of the picture in the page: CSS pixels, device pixels per CSS pixel, theme; all of it or the newest."""

    theme: str = "light"
    width_px: int = 800
    ratio: float = 1.0
    everything: bool = False

    @property
    def window_ms(self) -> float:
        """How much of the time it shows at once."""
        return NARROW_WINDOW_MS if self.width_px < _NARROW_PX else WINDOW_MS


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a picture shows; two that are equal need one picture.

    ``differ_ms`` is where the lanes differ, ``sound_ms`` how much sound there is.
    """

    transcripts: Mapping[str, Transcript]
    viewport: Viewport
    window_ms: Range | None
    now_ms: float | None
    differ_ms: tuple[Range, ...]
    sound_ms: float

    def picture(self) -> tuple[Placed, str]:
        """The picture, and the same in words."""
        look, window = self.viewport, self.window_ms
        start_ms, end_ms = window or (None, None)
        place: dict[str, Any] = {"theme": look.theme, "width_px": look.width_px, "ratio": look.ratio, "time_axis": ""}
        place |= {"start_ms": start_ms, "end_ms": end_ms, "now_ms": self.now_ms}
        place["sound_ms"] = self.sound_ms
        if len(self.transcripts) > 1:
            placed = placed_lanes(self.transcripts, differ_ms=self.differ_ms, **place)
        else:
            [(label, transcript)] = self.transcripts.items()
            placed = placed_timeline(transcript, label=label, **place)
        alt = in_words(self.transcripts, now_ms=self.now_ms, differ_ms=self.differ_ms, window_ms=window)
        return placed, alt


class TimelineView(View):
    """The turns of a session on the audio clock, in a cell of their own: ``TimelineView(session)``.

    With ``time_travel`` it has a handle that is dragged along the tape, over one lane or several.
    """

    front = "timeline/timeline_view"

    def __init__(
        self, session: SessionLike | None = None, *, time_travel: TimeTravel | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._time_travel = time_travel
        self._sounds = SoundRequests(self)
        self._viewport = Viewport()
        self._drawn: Drawing | None = None
        self._live = LiveLanes()
        self._levels = LiveLevels()
        self._described: tuple[object, ...] = ()
        self._transcripts: Mapping[str, Transcript] = {}
        self._pages: frozenset[str] = frozenset()
        self._window: Range | None = None
        self._position: dict[str, Any] = {}
        self._rests_until_s = 0.0
        if session is not None:
            publisher = Publisher(lambda: self.show_session(session), interval_s=DRAW_EVERY_S, name="timeline")
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show_session(self, session: SessionLike | None, *, now: Now = _nothing) -> float | None:
        """``show`` the only lane, under its model's name where that has to be known."""
        if session is None:
            return None
        return self.show({session.model.title if session.simulated else "": session}, now=now)

    def show(
        self, lanes: Mapping[str, SessionLike], differ_ms: Sequence[Range] = (), *, now: Now = _nothing
    ) -> float | None:
        """Bring the timeline of ``lanes`` by label up to date; in how many seconds it is to be called again, if at all.

        Lanes that run are drawn by the page, anything else is a picture: while someone looks at an earlier moment it
        is that of everything that was recorded. ``now`` gives what a status strip shows along with lanes that run, to
        the pages that this timeline is in.
        """
        travel = self._time_travel
        paused_ms = None if travel is None else travel.paused_ms
        transcripts = {label: lane.transcript for label, lane in lanes.items()}
        if travel is not None and paused_ms is not None:
            transcripts = dict(zip(lanes, travel.complete_transcripts, strict=True))
        self._transcripts = transcripts
        if travel is not None and travel.lanes:
            self._sounds.answer(tuple(transcripts.values()), travel.tape)
        running = paused_ms is None and any(not lane.done and lane.status != "ready" for lane in lanes.values())
        now_ms = max(lane.audio_ms for lane in lanes.values()) if running else None
        sound_ms = 0.0 if travel is None or travel.running or not travel.lanes else travel.position()["duration_ms"]
        window_ms = self._window_of(transcripts, now_ms, paused_ms, sound_ms)
        if now_ms is not None and window_ms is not None:
            self._show_live(lanes, transcripts, window_ms, now_ms, differ_ms, now(self._pages))
            return _ALONE_EVERY_S
        drawing = Drawing(transcripts, self._viewport, window_ms, now_ms, tuple(differ_ms), sound_ms)
        wait_s = self._wait_s(drawing, paused_ms)
        if wait_s is None:
            self._drawn = drawing
            self._draw(drawing)
            wait_s = max(DRAW_EVERY_S, self._rests_until_s - time.monotonic())
        return wait_s if running or wait_s == REST_S else None

    def _wait_s(self, drawing: Drawing, paused_ms: float | None) -> float | None:
        """How long to wait before ``drawing`` is drawn; None where it is time."""
        if drawing == self._drawn:
            return 1.0
        if self._drawn is None or self._drawn.viewport != drawing.viewport:
            return None
        if self._time_travel is not None and paused_ms is not None:
            resting = time.monotonic() - self._time_travel.moved_s < REST_S and not self._time_travel.with_sound
            return REST_S if resting else None
        left_s = self._rests_until_s - time.monotonic()
        return left_s if drawing.now_ms is not None and left_s > 0 else None

    def _show_live(
        self,
        lanes: Mapping[str, SessionLike],
        transcripts: Mapping[str, Transcript],
        window_ms: Range,
        now_ms: float,
        differ_ms: Sequence[Range],
        strip: Json,
    ) -> None:
        several = len(transcripts) > 1
        message = self._live.update(
            transcripts,
            width_px=self._viewport.width_px,
            window_ms=window_ms,
            now_ms=now_ms,
            differ_ms=differ_ms if several else None,
        )
        turns = tuple(
            (len(each.turns), each.turns[-1].settled if each.turns else False) for each in transcripts.values()
        )
        described = (tuple(transcripts), turns)
        if "frame" in message or described != self._described:
            self._described = described
            message["alt"] = in_words(transcripts, now_ms=now_ms, differ_ms=differ_ms, window_ms=window_ms)
        dbfs = max(lane.level_dbfs for lane in lanes.values())
        if levels := self._levels.add(now_ms, dbfs, window_ms[0], everything="frame" in message):
            message["levels"] = levels
        if strip:
            message["strip"] = strip
        self._drawn = None
        self.post("live", **message)

    def _draw(self, drawing: Drawing) -> None:
        began_s = time.monotonic()
        placed, alt = drawing.picture()
        self.post(
            "picture",
            [placed.png, self._waveform(placed, drawing.viewport.width_px)],
            alt=alt,
            windowed=drawing.window_ms is not None,
            axis=[placed.start_ms, placed.end_ms, placed.left, placed.right],
            now=drawing.now_ms,
        )
        now_s = time.monotonic()
        share = _CPU_SHARE[len(drawing.transcripts) == 1]
        self._rests_until_s = now_s + (now_s - began_s) * (1 / share - 1)

    def _waveform(self, placed: Placed, width_px: float) -> bytes:
        """How loud the sound is along the picture, where there is a tape that has it."""
        travel = self._time_travel
        if travel is None or not travel.lanes or travel.running:
            return b""
        try:
            return waveform(travel.tape(), placed.start_ms, placed.end_ms, width_px * (placed.right - placed.left))
        except ScribeError:
            return b""  # what cannot be read is said where it is played

    def show_position(self) -> None:
        """Say where the handle stands; from one thread only."""
        travel = self._time_travel
        if travel is None or not travel.lanes:
            return
        position = travel.position()
        fields = {name: position[name] for name in ("audio_ms", "duration_ms", "past", "mark")}
        fields |= {"paused": travel.paused_ms is not None, "able": travel.state()["able"]}
        live = travel.running and not position["past"]  # then each picture says where its line is
        visible = fields | {"audio_ms": 0.0, "duration_ms": 0.0} if live else fields
        if self._position != visible:
            self._position = visible
            self.post("position", **fields)

    def _window_of(
        self, transcripts: Mapping[str, Transcript], now_ms: float | None, paused_ms: float | None, sound_ms: float
    ) -> Range | None:
        """The part to be shown; at an earlier moment it stands still for as long as it holds that moment."""
        if self._viewport.everything:
            return None
        length_ms = self._viewport.window_ms
        window = None if paused_ms is None else self._window
        if window is None:
            window = newest_part(tuple(transcripts.values()), now_ms, length_ms, sound_ms)
        if paused_ms is not None and window is not None and not window[0] <= paused_ms <= window[1]:
            start_ms = max(0.0, paused_ms - length_ms / 2)
            window = (start_ms, start_ms + length_ms)
        self._window = window
        return window

    def on_message(self, message: dict[str, Any]) -> bool | None:
        """The picture's place in the page, which a view sends first; and what a person does with the handle."""
        match message.get("kind"):
            case "hello":
                self._pages |= {str(message.get("page"))}
                self._viewport = viewport_of(message)
                follow_host(self._viewport.theme)
                self._drawn, self._position = None, {}
                self._live.forget()
            case "bye":
                self._pages -= {str(message.get("page"))}
                return False
            case "play_audio":
                self._sounds.queue(message)
            case "point" if isinstance(audio_ms := message.get("audio_ms"), int | float) and math.isfinite(audio_ms):
                self.post("turns_at", audio_ms=audio_ms, turns=turns_at(self._transcripts, audio_ms))
                return False
            case "seek" | "step" | "to_end" if self._time_travel is not None:
                self._time_travel.queue(message)
        return None


def in_words(
    transcripts: Mapping[str, Transcript],
    *,
    now_ms: float | None,
    differ_ms: Sequence[Range],
    window_ms: Range | None,
) -> str:
    """What the timeline shows, for those who do not see it."""
    if len(transcripts) > 1:
        return describe_lanes(transcripts, now_ms=now_ms, differ_ms=differ_ms)
    start_ms, end_ms = window_ms or (None, None)
    [(label, transcript)] = transcripts.items()
    alt = describe(transcript, now_ms=now_ms, start_ms=start_ms, end_ms=end_ms)
    return f"{label}. {alt}" if label else alt


def newest_part(
    transcripts: Sequence[Transcript], now_ms: float | None, length_ms: float = WINDOW_MS, sound_ms: float = 0.0
) -> Range | None:
    """The newest part that fits: it stands still from 0 until it is full, and then moves on with the sound."""
    if now_ms is not None:
        end_ms = max(length_ms, now_ms + _AHEAD_MS)
        return end_ms - length_ms, end_ms
    ends_ms = [turn.end_ms for transcript in transcripts for turn in transcript.turns[-2:]]
    end_ms = max(max(ends_ms, default=0) + _AHEAD_MS, sound_ms)
    return None if end_ms <= length_ms else (end_ms - length_ms, end_ms)


def viewport_of(message: dict[str, Any]) -> Viewport:
    """What a view has said of its place; anything unusable is replaced by the default."""
    width, ratio = message.get("width"), message.get("ratio")
    return Viewport(
        theme="dark" if message.get("theme") == "dark" else "light",
        width_px=min(max(int(width), _WIDTHS_PX[0]), _WIDTHS_PX[1]) if isinstance(width, int | float) else 800,
        ratio=min(max(float(ratio), 1.0), 3.0) if isinstance(ratio, int | float) else 1.0,
        everything=message.get("everything") is True,
    )
