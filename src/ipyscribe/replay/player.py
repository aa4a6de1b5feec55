"""Moves along all lanes of a tape at once, at a given speed, and seeks."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from ipyscribe.audio.paced import checked_speed
from ipyscribe.tape import Cursor, Lane, SessionSnapshot
from ipyscribe.tape.listeners import Listeners
from ipyscribe.tape.settled_turns import SettledTurns

_AT_ONCE = 64
_LONGEST_WAIT_S = 1.0
_LONGEST_PAUSE_S = 1.0


class Track:
    """One lane at the position of the player. Changed by the player under its lock, read by any thread."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.cursor = Cursor(lane)
        self.settled = SettledTurns()
        self.version = 0
        self.listeners = Listeners()

    @property
    def snapshot(self) -> SessionSnapshot:
        """How the session stood."""
        return self.cursor.snapshot

    @property
    def due_s(self) -> float:
        """When its next record is due, in seconds from the beginning of the tape."""
        next_s = self.cursor.next_s
        return math.inf if next_s is None else next_s + self.lane.manifest.offset_s

    def next_sound_s(self, time_s: float) -> float:
        """When sound is captured after ``time_s``; infinity after the last, ``time_s`` where none was recorded."""
        captured, offset_s = self.lane.sound.captured, self.lane.manifest.offset_s
        if not len(captured):
            return time_s
        return captured.time_of(captured.samples_by(time_s - offset_s) + 1) + offset_s

    def notify(self) -> None:
        """Tell the listeners that something has changed."""
        self.version += 1
        for listener in self.listeners.all:
            listener()

    def step(self) -> None:
        """Apply the next record."""
        if self.cursor.step():
            self._update()

    def seek(self, time_s: float) -> None:
        """Go to ``time_s`` of the tape."""
        self.cursor.seek(time_s - self.lane.manifest.offset_s)
        self._update()

    def _update(self) -> None:
        self.settled.collect(self.snapshot)
        self.notify()


class Player:
    """Plays ``tracks`` in a thread of its own from ``start`` on. Any thread may call.

    ``speed`` is 1.0 for the original pace, ``math.inf`` for as fast as possible.
    """

    def __init__(
        self, tracks: tuple[Track, ...], duration_s: float, *, speed: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tracks = tracks
        self.duration_s = duration_s
        self.changed = threading.Condition()
        self.started = False
        self.paused = False
        self.stopped = False
        self.skip_pauses = False
        self._speed = checked_speed(speed)
        self._clock = clock
        self._position_s = 0.0
        self._since_s: float | None = None
        self._thread: threading.Thread | None = None

    @property
    def at_end(self) -> bool:
        """True once nothing is left to play."""
        return self._position_s >= self.duration_s and all(track.due_s == math.inf for track in self.tracks)

    @property
    def position_s(self) -> float:
        """Its position in seconds from the beginning of the tape."""
        since_s = self._since_s
        if since_s is None or self._speed == math.inf:
            return self._position_s
        moved_s = (self._clock() - since_s) * self._speed
        return min(self._position_s + moved_s, max(self.duration_s, self._position_s))

    @property
    def speed(self) -> float:
        """The speed, 1.0 for the original pace."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self.changed:
            self._halt()
            self._speed = checked_speed(speed)
            self._notify()

    def start(self) -> None:
        """Play from the present position."""
        with self.changed:
            self.started, self.paused = True, False
            if not self.stopped and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._play, name="ipyscribe-replay", daemon=True)
                self._thread.start()
            self._notify()

    def pause(self) -> None:
        """Pause at the position."""
        with self.changed:
            self._halt()
            self.paused = True
            self._notify()

    def stop(self) -> None:
        """Play no more."""
        with self.changed:
            self._halt()
            self.stopped = True
            self._notify()

    def join(self, timeout_s: float) -> bool:
        """Wait until its thread has ended."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def seek(self, time_s: float) -> None:
        """Go to ``time_s``; it plays on from there if it was playing."""
        with self.changed:
            self._halt()
            self._position_s = min(max(0.0, time_s), self.duration_s)
            for track in self.tracks:
                track.seek(math.inf if time_s >= self.duration_s else self._position_s)
            self._notify()

    def step(self) -> bool:
        """Go on to the next change that a view could see; false at the end."""
        with self.changed:
            self._halt()
            self.started = self.paused = True
            before = [track.version for track in self.tracks]
            while [track.version for track in self.tracks] == before:
                track = self._next()
                if track.due_s == math.inf:
                    self._position_s = self.duration_s
                    return False
                self._position_s = max(self._position_s, track.due_s)
                track.step()
            self._notify()
            return True

    def _notify(self) -> None:
        self.changed.notify_all()
        for track in self.tracks:
            track.notify()

    def _halt(self) -> None:
        """Fix the position, from which the thread goes on."""
        self._position_s, self._since_s = self.position_s, None

    def _next(self) -> Track:
        return min(self.tracks, key=lambda track: track.due_s)

    def _play(self) -> None:
        going = True
        while going:
            with self.changed:
                if self.stopped:
                    return
                if self.paused:
                    self._thread = None
                    return
                going = self._go_on()

    def _skip_pause(self) -> bool:
        """Go on where sound is captured again, if that is far away: what comes until then is applied at once."""
        if not self.skip_pauses:
            return False
        position_s = self.position_s
        next_s = min(self.duration_s, *(track.next_sound_s(position_s) for track in self.tracks))
        if next_s - position_s <= _LONGEST_PAUSE_S:
            return False
        self._position_s, self._since_s = next_s, self._clock()
        return True

    def _go_on(self) -> bool:
        """Apply some of the records that are due, or wait until one is; false at the end."""
        if self._since_s is None:
            self._since_s = self._clock()
        for _ in range(_AT_ONCE):
            track = self._next()
            due_s = min(track.due_s, max(self.duration_s, self._position_s))
            early_s = due_s - self.position_s
            if early_s > 0 and self._speed != math.inf:
                if self._skip_pause():
                    continue
                self.changed.wait(min(_LONGEST_WAIT_S, early_s / self._speed))
                return True
            if track.due_s == math.inf:
                self._position_s, self._since_s, self._thread = due_s, None, None
                self._notify()
                return False
            if self._speed == math.inf:
                self._position_s = max(self._position_s, due_s)
            track.step()
            self.changed.notify_all()
        return True
