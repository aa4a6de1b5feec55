"""Time travel: which moment of a recording the views show, and what a person does about it."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.replay import Replay
from ipyscribe.session import SessionLike
from ipyscribe.tape import Tape
from ipyscribe.transcript import Transcript

Json = dict[str, Any]
Lanes = tuple[SessionLike, ...]
SPEEDS = (1.0, 2.0, 8.0, math.inf)


class TimeTravel:
    """One session or several that hear the same, their tape, and the moment of it that is shown.

    ``lanes`` are sessions that run or are over, or replays. Until someone looks back, views show them as they are;
    then they show ``shown``, replays of the tape, until they are sent back to the end. What a person does waits in a
    queue for ``run_commands``; of several positions the newest wins. ``on_change()`` is called after each change.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.lanes: Lanes = ()
        self.replay: Replay | None = None
        """The tape at the moment that is shown, its first lane; None while nobody looks back."""
        self.mark = ""
        """The mark of the newest command that was carried out."""
        self.with_sound = False
        """Whether the browser plays the sound, and takes the views along."""
        self.error: ScribeError | None = None
        self.moved_s = -math.inf
        """When it last went to another moment, on the clock of ``time.monotonic``."""
        self.tape: Callable[[], Tape] = lambda: self.lanes[0].tape
        """Gives the tape of all lanes, which may first have to be put together."""
        self._on_change = on_change
        self._commands: deque[Json] = deque()
        self._lock = threading.Lock()
        self._replayed: Lanes = ()
        self._opened_while_running = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self._has_sound: bool | None = None
        self._complete: tuple[Transcript, ...] | None = None

    def follow(self, lanes: Lanes, tape: Callable[[], Tape] | None = None) -> None:
        """Show these lanes; the moment of others is forgotten. ``tape`` gives the tape with all of them."""
        if lanes != self.lanes:
            self._show_live()
            self.lanes, self.error = lanes, None
            self.tape = tape or (lambda: lanes[0].tape)
            if lanes and isinstance(lanes[0], Replay):
                self._show(lanes[0], lanes)
        earlier = self.replay
        if earlier is not None and self._opened_while_running and not self.running:  # its tape has grown since
            replay = self._open_tape(speed=earlier.speed)
            replay.seek(earlier.position_s)
            self._show(replay, replay.lanes)
        self._show_live_at_end()

    def prepare(self) -> None:
        """Read the tape of a session that is over, so that the first step back is as quick as the next."""
        if not self.lanes or self.running or self.replay is not None or self.error is not None:
            return
        try:
            self._opened_replay()
        except ScribeError as error:
            self.error = error

    @property
    def shown(self) -> Lanes:
        """The lanes that views show: live, or as they stood."""
        return self._replayed or self.lanes

    @property
    def running(self) -> bool:
        """Whether a session goes on behind the moment that is shown."""
        return any(not isinstance(lane, Replay) and not lane.done for lane in self.lanes)

    @property
    def playing(self) -> bool:
        """True while the tape moves."""
        return self.replay is not None and self.replay.playing

    @property
    def past(self) -> bool:
        """Whether an earlier moment is shown."""
        return any(not lane.done for lane in self._replayed)

    @property
    def paused_ms(self) -> float | None:
        """The audio clock at the earlier moment that stands still; None at the end, and while the tape moves."""
        return None if self.playing or not self.past else self._audio_ms

    @property
    def _audio_ms(self) -> float:
        return max((lane.audio_ms for lane in self.shown), default=0.0)

    @property
    def complete_transcripts(self) -> tuple[Transcript, ...]:
        """Each lane's transcript of everything so far, whichever moment is shown."""
        replays = [lane for lane in self.lanes if isinstance(lane, Replay)]
        if not replays:
            return tuple(lane.transcript for lane in self.lanes)
        if self._complete is None:
            self._complete = tuple(replay.lane.transcript for replay in replays)
        return self._complete

    @property
    def moment_text(self) -> str:
        """In words, which moment is shown; empty at the end."""
        if not self.past:
            return ""
        moving = self.playing or self.with_sound
        return f"{'at' if moving else 'as it stood at'} {clock_text(self._audio_ms / 1000, tenths=True)}"

    @property
    def has_sound(self) -> bool:
        """Whether there is sound to play, as far as that is known before a running session has ended."""
        if self._has_sound is None and self.lanes and not self.running:
            self._has_sound = self.tape().sound is not None
        return self._has_sound is not False

    def queue(self, command: Json) -> None:
        """Something that a person did; from any thread."""
        with self._lock:
            last = self._commands[-1] if self._commands else {}
            if _is_position(last) and _is_position(command):
                self._commands.pop()
            self._commands.append(command)

    def run_commands(self) -> None:
        """Carry out what is queued; from one thread only."""
        while True:
            with self._lock:
                if not self._commands:
                    return
                command = self._commands.popleft()
            try:
                self._run(command)
            except ScribeError as error:
                self.error = error
            if isinstance(mark := command.get("mark"), str):
                self.mark = mark

    def _run(self, command: Json) -> None:
        self.with_sound = command.get("with_sound") is True
        match command:
            case {"kind": "seek", "share": int() | float() as share}:
                self._seek(self._moment_of_share(share))
            case {"kind": "seek", "audio_ms": int() | float() as audio_ms}:
                self._seek(self._opened_replay().moment_of(audio_ms))
            case {"kind": "seek", "by_s": int() | float() as by_s}:
                self._seek(self._opened_replay().position_s + by_s)
            case {"kind": "step", "back": bool(back)}:
                self._step(self._opened_replay(), back=back)
            case {"kind": "play"}:
                self._play()
            case {"kind": "pause"} if self.replay is not None:
                self.replay.pause()
            case {"kind": "to_end"}:
                self._seek(math.inf)
            case {"kind": "speed", "speed": int() | float() as speed}:
                self._opened_replay().speed = speed or math.inf
        self._show_live_at_end()

    def _moment_of_share(self, share: float) -> float:
        """When that share of all sound had been captured, in seconds of the tape, which begins and ends without any."""
        if not 0 < share < 1:
            return 0.0 if share <= 0 else math.inf
        replay = self._opened_replay()
        return replay.moment_of(share * replay.heard_ms)

    def _seek(self, time_s: float) -> None:
        replay = self._opened_replay()
        if replay.playing:
            replay.pause()
        replay.seek(max(0.0, time_s))
        self.moved_s = time.monotonic()
        self.error = None

    def _step(self, replay: Replay, *, back: bool) -> None:
        """To the change of the words before or after this moment."""
        if back:
            replays = [lane for lane in self._replayed if isinstance(lane, Replay)]
            changes_s = sorted({change_s for lane in replays for change_s in lane.recent_changes_s})
            replay.pause()
            replay.seek(changes_s[-2] if len(changes_s) > 1 else 0.0)
            return
        before = self._shown_turns()
        while self._shown_turns() == before and replay.step():
            pass

    def _shown_turns(self) -> list[Any]:
        return [lane.transcript.turns for lane in self._replayed]

    def _play(self) -> None:
        replay = self._opened_replay()
        replay.skip_pauses = True
        first_sound_s = replay.moment_of(1.0) if replay.heard_ms else 0.0
        if not self.past or replay.position_s < first_sound_s:
            replay.seek(first_sound_s)
        replay.start()

    def _opened_replay(self) -> Replay:
        """The tape, at its end if nobody has looked back yet."""
        if self.replay is None:
            replay = self._open_tape()
            self._show(replay, replay.lanes)
        assert self.replay is not None
        return self.replay

    def _open_tape(self, speed: float = 1.0) -> Replay:
        self._opened_while_running = self.running
        replay = Replay(self.tape(), speed=speed)
        replay.seek(math.inf)
        return replay

    def _show_live_at_end(self) -> None:
        """At the end of what running sessions have recorded, those are shown again."""
        if self.running and self.replay is not None and not self.past:
            self._show_live()

    def _show(self, replay: Replay, lanes: Lanes) -> None:
        earlier, unsubscribe = self.replay, self._unsubscribe
        self._unsubscribe = replay.on_change(self._on_change)
        self.replay, self._replayed = replay, lanes
        unsubscribe()
        if earlier is not None and earlier is not replay:
            earlier.request_stop()

    def _show_live(self) -> None:
        replay, self.replay, self._replayed = self.replay, None, ()
        self._opened_while_running, self._has_sound, self._complete = False, None, None
        self._unsubscribe()
        self._unsubscribe = lambda: None
        if replay is not None and replay not in self.lanes:
            replay.request_stop()

    def close(self) -> None:
        """Show nothing any more."""
        self._show_live()
        self.lanes = ()

    def state(self) -> Json:
        """What ``travel_bar.js`` needs to know of the buttons."""
        replay = self.replay
        return {
            "able": replay is not None or any(len(lane.transcript) for lane in self.lanes),
            "playing": self.playing,
            "past": self.past,
            "running": self.running,
            "speed": 1.0 if replay is None else 0 if replay.speed == math.inf else replay.speed,
            "has_sound": self.has_sound,
            "error": None if self.error is None else str(self.error),
        }

    def position(self) -> Json:
        """The moment on the audio clock in ms, of how many ms of sound, and as a share of these."""
        audio_ms, replay = self._audio_ms, self.replay  # once: another thread may set it to None meanwhile
        duration_ms = audio_ms if replay is None else max(replay.heard_ms, audio_ms)
        share = audio_ms / duration_ms if self.past and duration_ms else 1.0
        return {"share": share, "audio_ms": audio_ms, "duration_ms": duration_ms, "past": self.past, "mark": self.mark}


def _is_position(command: Json) -> bool:
    return command.get("kind") == "seek" and "by_s" not in command
