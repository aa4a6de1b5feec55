"""The hand on a tape: it moves along all lanes at once, at some pace, and jumps where it is told to."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from ipyscribe.errors import ParameterError
from ipyscribe.tape import Cursor, Lane, SessionSnapshot
from ipyscribe.tape.listeners import Listeners
from ipyscribe.tape.settled_turns import SettledTurns

_AT_ONCE = 64
_LONGEST_WAIT_S = 1.0


class Track:
    """One lane at the place where the player is. Written by the player under its lock, read by any thread."""

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
        return math.inf if next_s is None else next_s + self.lane.about.offset_s

    def changed(self) -> None:
        """Tell whoever looks."""
        self.version += 1
        self.listeners.tell()

    def step(self) -> None:
        """Go on by one record."""
        if self.cursor.step():
            self._look()

    def seek(self, moment_s: float) -> None:
        """Go to a moment of the tape."""
        self.cursor.seek(moment_s - self.lane.about.offset_s)
        self._look()

    def _look(self) -> None:
        self.settled.collect(self.snapshot)
        self.changed()


class Player:
    """Plays ``tracks`` in a thread of its own from ``start`` on. Any thread may call.

    ``speed`` is 1.0 for the pace at which it was, ``math.inf`` for as fast as it can.
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
        self._speed = checked_speed(speed)
        self._clock = clock
        self._place_s = 0.0
        self._since_s: float | None = None
        self._thread: threading.Thread | None = None

    @property
    def at_end(self) -> bool:
        """True where nothing is left to play."""
        return self._place_s >= self.duration_s and all(track.due_s == math.inf for track in self.tracks)

    @property
    def place_s(self) -> float:
        """Where it is, in seconds from the beginning of the tape."""
        since_s = self._since_s
        if since_s is None or self._speed == math.inf:
            return self._place_s
        moved_s = (self._clock() - since_s) * self._speed
        return min(self._place_s + moved_s, max(self.duration_s, self._place_s))

    @property
    def speed(self) -> float:
        """The pace."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self.changed:
            self._halt()
            self._speed = checked_speed(speed)
            self._tell()

    def start(self) -> None:
        """Play from where it is."""
        with self.changed:
            self.started, self.paused = True, False
            if not self.stopped and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._play, name="ipyscribe-replay", daemon=True)
                self._thread.start()
            self._tell()

    def pause(self) -> None:
        """Stay where it is."""
        with self.changed:
            self._halt()
            self.paused = True
            self._tell()

    def stop(self) -> None:
        """Play no more."""
        with self.changed:
            self._halt()
            self.stopped = True
            self._tell()

    def join(self, timeout_s: float) -> bool:
        """Wait until its thread has ended."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def seek(self, moment_s: float) -> None:
        """Go to a moment; it plays on from there if it was playing."""
        with self.changed:
            self._halt()
            self._place_s = min(max(0.0, moment_s), self.duration_s)
            for track in self.tracks:
                track.seek(math.inf if moment_s >= self.duration_s else self._place_s)
            self._tell()

    def step(self) -> bool:
        """Go on to the next moment at which a view could see a change; false at the end."""
        with self.changed:
            self._halt()
            self.started = self.paused = True
            before = [track.version for track in self.tracks]
            while [track.version for track in self.tracks] == before:
                track = self._next()
                if track.due_s == math.inf:
                    self._place_s = self.duration_s
                    return False
                self._place_s = max(self._place_s, track.due_s)
                track.step()
            self._tell()
            return True

    def _tell(self) -> None:
        self.changed.notify_all()
        for track in self.tracks:
            track.changed()

    def _halt(self) -> None:
        """Keep the place; the thread counts on from here."""
        self._place_s, self._since_s = self.place_s, None

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

    def _go_on(self) -> bool:
        """Do some of what is due, or wait until something is; false at the end."""
        if self._since_s is None:
            self._since_s = self._clock()
        for _ in range(_AT_ONCE):
            track = self._next()
            due_s = min(track.due_s, max(self.duration_s, self._place_s))
            early_s = due_s - self.place_s
            if early_s > 0 and self._speed != math.inf:
                self.changed.wait(min(_LONGEST_WAIT_S, early_s / self._speed))
                return True
            if track.due_s == math.inf:
                self._place_s, self._since_s, self._thread = due_s, None, None
                self._tell()
                return False
            if self._speed == math.inf:
                self._place_s = max(self._place_s, due_s)
            track.step()
            self.changed.notify_all()
        return True


def checked_speed(speed: float) -> float:
    """``speed`` if it is a positive number or infinity. Raises ``ParameterError``."""
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not speed > 0:
        raise ParameterError(
            f"speed is {speed!r}; it must be a number above 0.",
            advice="1.0 is the pace at which it was, 2.0 twice as fast, math.inf as fast as it can be.",
        )
    return float(speed)
