"""An evaluation that runs: in the calling thread or in the background, paused and resumed, from any thread."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from typing import Self

from ipyscribe.errors import ScribeError, SessionStateError
from ipyscribe.evaluation.player import Player
from ipyscribe.evaluation.progress import Pace
from ipyscribe.evaluation.recording import Recording
from ipyscribe.notebook import NotebookDisplay
from ipyscribe.progress import progress
from ipyscribe.tape.event_loop import wait_until
from ipyscribe.tape.listeners import Listeners

OnRecording = Callable[[int, int, Recording], object]
"""Called with the number of a recording, how many there are, and the recording."""


class Running(NotebookDisplay):
    """Plays recordings by a ``Player``, a new one for each run, that a subclass makes."""

    error: ScribeError | None
    """What ended the last run in the background."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._over.set()
        self._listeners = Listeners()
        self._pace = Pace()
        self._player: Player | None = None
        self._paused = self._stopping = False
        self.error = None

    @property
    def running(self) -> bool:
        """True from ``start`` or ``run`` to the end, and while it is paused."""
        return not self._over.is_set()

    @property
    def paused(self) -> bool:
        """Whether no further recording is begun for now."""
        return self.running and self._paused

    def run(self, on_recording: OnRecording | None = None, *, confirm: bool = False) -> Self:
        """Play the remaining recordings; returns once all were played, or the next one could cost too much.

        ``on_recording(number, total, recording)`` is called before each. Results are kept, whatever ends
        it: an error of all models, which is raised, Ctrl-C, or ``stop``. Run again, it resumes, also with the
        recordings that failed.

        Raises ``SessionLimitError`` before anything is opened where more sessions would be opened at once than the
        account may open in a minute; with ``confirm=True`` they are, and the refused ones wait and try again.
        """
        try:
            self._begin(confirm)
            with progress(self._progress_text):
                self._play(on_recording)
        finally:
            self._update_saved_copy()
        return self

    def start(self, *, confirm: bool = False) -> Self:
        """``run`` in the background; returns at once. ``wait`` and ``finished`` raise what ended it."""
        self._begin(confirm)
        threading.Thread(target=self._play_in_background, name="ipyscribe-evaluation-run", daemon=True).start()
        return self

    def pause(self) -> None:
        """Begin no further recording; those that are being played are played to their end.

        Raises ``SessionStateError`` unless it runs.
        """
        self._check_running("pause")
        with self._lock:
            self._paused = True
            if self._player is not None:
                self._player.pause()
        self._pace.hold()
        self._changed()

    def resume(self) -> None:
        """Go on after ``pause``. Raises ``SessionStateError`` unless it runs."""
        self._check_running("resume")
        with self._lock:
            self._paused = False
            if self._player is not None:
                self._player.resume()
        self._pace.go_on()
        self._changed()

    def request_stop(self) -> None:
        """Ask it to end, and do not wait for it. Recordings that are being played are not kept."""
        self._stopping = True
        player = self._player
        if player is not None:
            player.stop()
        self._changed()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """Ask it to end and wait at most ``timeout_s``; True if it is over. From any thread."""
        self.request_stop()
        return self._over.wait(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over; False on timeout. Raises the error that ended a run in the background."""
        left_s = math.inf if timeout_s is None else timeout_s
        with progress(self._progress_text):
            while left_s > 0 and not self._over.wait(min(1.0, left_s)):  # in slices, so that Ctrl-C gets through
                left_s -= 1.0
        self._update_saved_copy()
        return self._ended()

    async def finished(self) -> None:
        """Wait until it is over without blocking the event loop. Raises the error that ended it."""
        import asyncio  # as slow to import as all the rest

        await wait_until(self._over.is_set, self.on_change)
        await asyncio.to_thread(self._update_saved_copy)
        self._ended()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; returns the call that ends this. For views.

        It runs on the threads that play, so it must be quick and must not raise.
        """
        return self._listeners.add(listener)

    def _begin(self, confirm: bool) -> None:
        self._check_sessions(confirm=confirm)
        with self._lock:
            if self.running:
                raise SessionStateError("This evaluation is running.", advice="Stop it first, or wait for its end.")
            self._player, self._paused, self._stopping, self.error = None, False, False, None
            self._over.clear()
        self._pace.begin()
        self._changed()

    @property
    def _playing(self) -> tuple[str, ...]:
        """The names of the recordings that are being played."""
        player = self._player
        return player.playing if player is not None and self.running else ()

    def _play(self, on_recording: OnRecording | None) -> None:
        try:
            if self._wait_for_turn():
                self._begun_player().play(self._may_begin(on_recording))
        except ScribeError as error:
            self.error = error
            raise
        finally:
            self._pace.hold()
            self._run_over()
            self._over.set()
            self._changed()

    def _begun_player(self) -> Player:
        """A new player, paused or stopped where that was asked for before there was one."""
        with self._lock:
            self._player = player = self._new_player()
            if self._paused:
                player.pause()
        if self._stopping:
            player.stop()
        return player

    def _play_in_background(self) -> None:
        with contextlib.suppress(ScribeError):  # it is in ``error``
            self._play(None)

    def _ended(self) -> bool:
        if self._over.is_set() and self.error is not None:
            raise self.error.with_traceback(None)
        return self._over.is_set()

    def _check_running(self, call: str) -> None:
        if not self.running:
            raise SessionStateError(f"{call}() needs an evaluation that runs.", advice="Start it first.")

    def _changed(self) -> None:
        for listener in self._listeners.all:
            listener()

    def _progress_text(self) -> str:
        raise NotImplementedError

    def _check_sessions(self, *, confirm: bool) -> None:
        raise NotImplementedError

    def _wait_for_turn(self) -> bool:
        """Wait until this one may play, for some seconds at most; False where it was stopped before.

        Raises ``ScribeError`` where it may not.
        """
        raise NotImplementedError

    def _new_player(self) -> Player:
        raise NotImplementedError

    def _run_over(self) -> None:
        raise NotImplementedError

    def _may_begin(self, on_recording: OnRecording | None) -> Callable[[Recording], bool]:
        raise NotImplementedError
