"""A thread that brings views up to date, and exists only while there is something to bring."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)

PUBLISH_EVERY_S = 0.05
DOWNLOAD_EVERY_S = 0.05
DRAW_EVERY_S = 0.4
LEVEL_EVERY_S = 0.1
"""Of the level and the clock of a session that runs."""
POSITION_EVERY_S = 0.1
"""Of a replay that plays."""


class Publisher:
    """Calls ``publish()`` soon after each ``poke``, on average at most once every ``interval_s`` seconds.

    Up to ``burst`` calls may follow each other at once where fewer came before (a token bucket), so that messages at
    slightly irregular intervals need not wait. ``publish`` returns after how many seconds it wants to be called again
    without a poke, or None. With nothing left to do the thread ends; the next poke starts another. Only this thread
    calls ``publish``. ``interval_s`` may be changed at any time.
    """

    def __init__(self, publish: Callable[[], float | None], *, interval_s: float, name: str, burst: int = 1) -> None:
        self._publish = publish
        self.interval_s = interval_s
        self._name = f"ipyscribe-{name}"
        self._burst = burst
        self._due_s = 0.0
        self._changed = threading.Condition()
        self._poked = False
        self._publishing = False
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def rested(self) -> bool:
        """Whether ``publish`` would be called at once after a ``poke``."""
        return not self._publishing and time.monotonic() >= self._due_s - (self._burst - 1) * self.interval_s

    def poke(self) -> None:
        """Have ``publish`` called soon. From any thread; returns at once."""
        with self._changed:
            self._poked = True
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # Python 3.12 and later start no threads while they exit
                    self._thread = None
            self._changed.notify_all()

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until nothing is left to publish and the thread has ended; False if ``timeout_s`` came first."""
        if threading.current_thread() is self._thread:
            return False
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout_s)

    def close(self) -> None:
        """Publish no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._poked = False
                self._publishing = True
            started_s = time.monotonic()
            try:
                next_in_s = None if self._closed else self._publish()
            except Exception:  # a view that cannot be reached must not end the session behind it
                _log.debug("publishing failed", exc_info=True)
                next_in_s = None
            with self._changed:
                pause_s = self._pause_s(started_s)
                self._publishing = False
                self._changed.wait_for(lambda: self._closed, pause_s)
                wait_s = self._due_s - time.monotonic() if next_in_s is None else next_in_s
                self._changed.wait_for(lambda: self._poked or self._closed, wait_s)
                if self._closed or (next_in_s is None and not self._poked):
                    self._thread = None
                    self._changed.notify_all()
                    return

    def _pause_s(self, started_s: float) -> float:
        """How long to rest after a call that began at ``started_s``."""
        burst_s = (self._burst - 1) * self.interval_s
        # A token bucket, kept as the moment at which it will be full; ``interval_s`` may have become shorter.
        self._due_s = min(max(self._due_s, started_s), started_s + burst_s) + self.interval_s
        return self._due_s - burst_s - time.monotonic()
