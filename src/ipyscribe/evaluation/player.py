"""Plays recordings, several at once, until all are over or something ends it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from ipyscribe.errors import AudioFileError, ScribeError
from ipyscribe.evaluation.concurrency import Concurrency
from ipyscribe.evaluation.playing import Played
from ipyscribe.evaluation.recording import Recording
from ipyscribe.session.opening_limit import is_refusal

_SLICE_S = 0.5
_MAX_REFUSALS_IN_A_ROW = 20


class WorkerLostError(ScribeError):
    """Who played a recording has gone, and nobody knows how far it came."""


class Playing(Protocol):
    """One recording that is being played."""

    def play(self) -> Played: ...
    def request_stop(self) -> None: ...


class Unplayable:
    """A recording whose sound cannot be read any more."""

    def __init__(self, error: AudioFileError) -> None:
        self._error = error

    def play(self) -> Played:
        """Nothing was played, and nothing spent."""
        return Played(0, incomplete=self._error.message, cost_usd=0.0)

    def request_stop(self) -> None:
        """There is nothing to stop."""


Prepare = Callable[[Recording], Playing]
Keep = Callable[[Recording, Played, bool], float | None]
Lost = Callable[[Recording], bool]


class Player:
    """Plays ``pending`` in order, as many at once as ``concurrency`` allows.

    ``prepare`` makes what plays a recording, in the calling thread. ``keep(recording, played, stopped)`` takes it once
    it is over, one at a time, and returns the median delay of its words in ms; ``stopped`` says that it was ended
    before. A recording whose sound cannot be read is kept as incomplete. ``lost(recording)`` says whether one whose
    worker was lost is to be played again; ``on_change`` is called after each step. A session that is refused because
    there are too many new ones is retried after a pause. Any other error that ends all lanes of a recording ends the
    playing: recordings in progress are played to their end and kept, then the error is raised.
    """

    def __init__(
        self,
        pending: Iterable[Recording],
        prepare: Prepare,
        keep: Keep,
        lost: Lost,
        concurrency: Concurrency,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._pending = deque(pending)
        self._prepare, self._keep, self._lost, self._notify = prepare, keep, lost, on_change
        self._concurrency = concurrency
        self._changed = threading.Condition()
        self._keeping = threading.Lock()
        self._playing: dict[str, Playing] = {}
        self._error: ScribeError | None = None
        self.stopping = False
        self.paused = False
        self._refused_in_a_row = 0
        self._not_before_s = 0.0

    def play(self, may_begin: Callable[[Recording], bool]) -> None:
        """Play until all are over, ``may_begin`` rejects the next one, or ``stop``. Raises the error that ended it."""
        try:
            while (recording := self._next()) is not None:
                allowed = may_begin(recording)
                while not allowed and self._wait_for_one():
                    allowed = may_begin(recording)
                if not allowed:
                    break
                self._start(recording)
            self._wait_for_all()
        except BaseException:
            self.stop()
            self._wait_for_all()
            raise
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Begin no more, and end the recordings in progress, which are not kept."""
        with self._changed:
            self.stopping = True
            playing = list(self._playing.values())
            self._changed.notify_all()
        for each in playing:
            each.request_stop()

    def pause(self) -> None:
        """Begin no more until ``resume``; recordings in progress are played to their end."""
        with self._changed:
            self.paused = True

    def resume(self) -> None:
        """Go on after ``pause``."""
        with self._changed:
            self.paused = False
            self._changed.notify_all()

    @property
    def playing(self) -> tuple[str, ...]:
        """The names of the recordings that are being played."""
        with self._changed:
            return tuple(self._playing)

    def _next(self) -> Recording | None:
        """The next recording, once it may be begun."""
        with self._changed:
            while not self._over:
                now_s = time.monotonic()
                wait_s = max(self._not_before_s - now_s, self._concurrency.opening_wait_s(now_s))
                free = len(self._playing) < self._concurrency.limit and not self.paused
                if self._pending and free and wait_s <= 0:
                    return self._pending.popleft()
                self._changed.wait(min(_SLICE_S, wait_s) if wait_s > 0 else _SLICE_S)
            return None

    @property
    def _over(self) -> bool:
        return self.stopping or self._error is not None or not (self._pending or self._playing)

    def _start(self, recording: Recording) -> None:
        playing: Playing
        try:
            playing = self._prepare(recording)
        except AudioFileError as missing:  # it was there when the evaluation was made
            playing = Unplayable(missing)
        with self._changed:
            if self.stopping:
                return
            self._playing[recording.name] = playing
            self._concurrency.grant(recording.name, time.monotonic())
            self._concurrency.most = max(self._concurrency.most, len(self._playing))
        thread = threading.Thread(target=self._run, args=(recording, playing), name="ipyscribe-evaluation", daemon=True)
        thread.start()
        self._notify()

    def _run(self, recording: Recording, playing: Playing) -> None:
        error: ScribeError | None = None
        try:
            played = _played(playing)
            with self._keeping:
                stopped = self.stopping
                emission_ms = self._keep(recording, played, stopped)
                if not stopped:
                    self._concurrency.finished(emission_ms)
        except ScribeError as raised:
            error = raised
        except BaseException as raised:
            error = ScribeError(f"{recording.name} could not be played: {type(raised).__name__}: {raised}")
            error.__cause__ = raised
        with self._changed:
            del self._playing[recording.name]
            self._take(recording, error)
            self._changed.notify_all()
        self._notify()

    def _take(self, recording: Recording, error: ScribeError | None) -> None:
        if error is None:
            self._refused_in_a_row = 0
        elif isinstance(error, WorkerLostError):
            if self._lost(recording):
                self._pending.appendleft(recording)
        elif is_refusal(error) and self._refused_in_a_row < _MAX_REFUSALS_IN_A_ROW:
            self._refused_in_a_row += 1
            self._concurrency.refused()
            self._not_before_s = time.monotonic() + self._concurrency.pause_s
            self._pending.appendleft(recording)
        elif self._error is None:
            self._error = error

    def _wait_for_one(self) -> bool:
        """Wait until one that is being played is over; False if there is none, or no other is to be begun."""
        with self._changed:
            before = set(self._playing)
            while before and before <= set(self._playing):
                self._changed.wait(_SLICE_S)
            return bool(before) and not self.stopping and self._error is None

    def _wait_for_all(self) -> None:
        with self._changed:
            while self._playing:
                self._changed.wait(_SLICE_S)


def _played(playing: Playing) -> Played:
    try:
        return playing.play()
    except AudioFileError as missing:
        return Played(0, incomplete=missing.message)
