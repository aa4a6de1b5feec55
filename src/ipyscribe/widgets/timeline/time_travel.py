"""Where on a tape its views stand, and what a person does about it: look back, play, go step by step."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.plain import plain
from ipyscribe.replay import Replay
from ipyscribe.session import SessionLike
from ipyscribe.transcript import Transcript

Json = dict[str, Any]
SPEEDS = (1.0, 2.0, 8.0, math.inf)


class TimeTravel:
    """A session, its tape, and the moment of it that is looked at.

    ``live`` is a session that runs or is over, or a replay. Until someone looks back, views show it as it is;
    then they show ``shown``, a replay of its tape, until they are sent back. What a person does waits in a queue
    for ``obey``; of several positions the newest wins. ``on_change()`` is called after each change.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.live: SessionLike | None = None
        self.replay: Replay | None = None
        """The tape of ``live`` at the moment that is looked at; None while nobody looks back."""
        self.mark = ""
        """The mark of the newest wish that was fulfilled."""
        self.aloud = False
        """Whether the browser plays the sound, and takes the views along."""
        self.trouble: ScribeError | None = None
        self.moved_s = -math.inf
        """When it last went to another moment, on the clock of ``time.monotonic``."""
        self._on_change = on_change
        self._wishes: deque[Json] = deque()
        self._lock = threading.Lock()
        self._early = False
        self._forget: Callable[[], None] = lambda: None
        self._sounding: bool | None = None
        self._whole: Transcript | None = None

    def follow(self, live: SessionLike | None) -> None:
        """Show this session; what was looked at of another is forgotten."""
        if live is not self.live:
            self._leave()
            self.live, self.trouble = live, None
            if isinstance(live, Replay):
                self._look(live)
        earlier = self.replay
        if earlier is not None and self._early and not self.running:  # its tape has grown since
            replay = self._recorded(speed=earlier.speed)
            replay.seek(earlier.position_s)
            self._look(replay)
        self._return()

    def prepare(self) -> None:
        """Read the tape of a session that is over, so that the first step back is as quick as the next."""
        if self.live is None or self.running or self.replay is not None or self.trouble is not None:
            return
        try:
            self._replay()
        except ScribeError as error:
            self.trouble = error

    @property
    def shown(self) -> SessionLike | None:
        """What views show."""
        return self.live if self.replay is None else self.replay

    @property
    def running(self) -> bool:
        """Whether a session goes on behind what is looked at."""
        return self.live is not None and not isinstance(self.live, Replay) and not self.live.done

    @property
    def playing(self) -> bool:
        """True while the tape moves."""
        replay = self.replay
        return replay is not None and replay.playing

    @property
    def past(self) -> bool:
        """Whether an earlier moment is shown."""
        replay = self.replay
        return replay is not None and not replay.done

    @property
    def held_ms(self) -> float | None:
        """The audio clock at the earlier moment that is looked at; None at the end, and while the tape moves."""
        replay = self.replay
        return None if replay is None or replay.done or replay.playing else replay.audio_ms

    @property
    def whole(self) -> Transcript:
        """All that was said by now, whatever is looked at."""
        live = self.live
        if isinstance(live, Replay):
            if self._whole is None:
                self._whole = live.lane.transcript
            return self._whole
        return Transcript() if live is None else live.transcript

    @property
    def told(self) -> str:
        """In words, which moment is shown; empty at the end."""
        replay = self.replay
        if replay is None or replay.done:
            return ""
        at = clock_text(replay.audio_ms / 1000, tenths=True)
        return f"{'at' if replay.playing or self.aloud else 'as it stood at'} {at}"

    @property
    def sounding(self) -> bool:
        """Whether there is sound to hear, as far as that is known before a running session has ended."""
        if self._sounding is None and self.live is not None and not self.running:
            self._sounding = self.live.tape.sound is not None
        return self._sounding is not False

    def wish(self, message: Json) -> None:
        """Something that a person did; from any thread."""
        with self._lock:
            last = self._wishes[-1] if self._wishes else {}
            if _absolute(last) and _absolute(message):
                self._wishes.pop()
            self._wishes.append(message)

    def obey(self) -> None:
        """Do what was wished; from one thread only."""
        while True:
            with self._lock:
                if not self._wishes:
                    return
                wish = self._wishes.popleft()
            try:
                self._do(wish)
            except ScribeError as error:
                self.trouble = error
            if isinstance(mark := wish.get("mark"), str):
                self.mark = mark

    def _do(self, wish: Json) -> None:
        self.aloud = wish.get("aloud") is True
        match wish:
            case {"kind": "travel", "share": int() | float() as share}:
                self._go(share * self._replay().duration_s)
            case {"kind": "travel", "ms": int() | float() as audio_ms}:
                self._go(self._replay().moment_of(audio_ms))
            case {"kind": "travel", "by": int() | float() as by_s}:
                self._go(self._replay().position_s + by_s)
            case {"kind": "step", "back": bool(back)}:
                self._step(self._replay(), back=back)
            case {"kind": "play"}:
                self._play()
            case {"kind": "hold"} if self.replay is not None:
                self.replay.pause()
            case {"kind": "end"}:
                self._go(math.inf)
            case {"kind": "speed", "speed": int() | float() as speed}:
                self._replay().speed = speed or math.inf
        self._return()

    def _go(self, moment_s: float) -> None:
        replay = self._replay()
        if replay.playing:
            replay.pause()
        replay.seek(max(0.0, moment_s))
        self.moved_s = time.monotonic()
        self.trouble = None

    def _step(self, replay: Replay, *, back: bool) -> None:
        """To the change of the words before or after this moment."""
        turns = replay.transcript.turns
        if back:
            replay.step_back()
        while not back and replay.transcript.turns == turns and replay.step():
            pass

    def _play(self) -> None:
        replay = self._replay()
        if replay.done:
            replay.seek(0.0)
        replay.start()

    def _replay(self) -> Replay:
        """The tape, at its end if nobody has looked back yet."""
        if self.replay is None:
            self._look(self._recorded())
        assert self.replay is not None
        return self.replay

    def _recorded(self, speed: float = 1.0) -> Replay:
        assert self.live is not None
        self._early = not self.live.done
        replay = Replay(self.live.tape, speed=speed)
        replay.seek(math.inf)
        return replay

    def _return(self) -> None:
        """At the end of what a running session has recorded, that session is shown again."""
        if self.running and self.replay is not None and self.replay.done:
            self._leave()

    def _look(self, replay: Replay) -> None:
        earlier, forget = self.replay, self._forget
        self._forget = replay.on_change(self._on_change)
        self.replay = replay
        forget()
        if earlier is not None and earlier is not replay:
            earlier.request_stop()

    def _leave(self) -> None:
        """Show the session itself again."""
        replay, self.replay, self._early, self._sounding = self.replay, None, False, None
        self._whole = None
        self._forget()
        self._forget = lambda: None
        if replay is not None and replay is not self.live:
            replay.request_stop()

    def close(self) -> None:
        """Look no more."""
        self._leave()
        self.live = None

    def state(self) -> Json:
        """What the buttons need to know."""
        replay = self.replay
        return {
            "able": replay is not None or (self.live is not None and len(self.live.transcript) > 0),
            "playing": self.playing,
            "past": self.past,
            "running": self.running,
            "speed": 1.0 if replay is None else 0 if replay.speed == math.inf else replay.speed,
            "sounding": self.sounding,
            "trouble": None if self.trouble is None else plain(str(self.trouble)),
        }

    def place(self) -> Json:
        """The moment as a share of the tape, and on the audio clock in ms, of how many."""
        replay, shown = self.replay, self.shown
        audio_ms = 0.0 if shown is None else shown.audio_ms
        share, heard_ms = 1.0, audio_ms
        if replay is not None:
            share, heard_ms = replay.position_s / (replay.duration_s or 1.0), replay.heard_ms
        return {"share": share, "audio": audio_ms, "heard": heard_ms, "past": self.past, "mark": self.mark}


def _absolute(wish: Json) -> bool:
    return wish.get("kind") == "travel" and "by" not in wish
