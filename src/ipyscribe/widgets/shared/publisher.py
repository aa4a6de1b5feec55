"""A thread that brings views up to date, and exists only while there is something to bring."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Publisher:
    """Calls ``publish()`` soon after each ``poke``, on average never more often than every ``interval_s`` seconds.

    So many calls as ``burst`` says may follow each other at once, where fewer came before: what comes now sooner,
    now later than ``interval_s`` after the last need not wait, and yet there are no more calls in the long run.
    ``publish`` gives back after how many seconds it wants to be called again without a poke, or None. With
    nothing left to do the thread ends; the next poke starts another. Only this thread calls ``publish``.
    ``interval_s`` may be changed at any time.
    """

    def __init__(self, publish: Callable[[], float | None], *, interval_s: float, name: str, burst: int = 1) -> None:
        self._publish = publish
        self.interval_s = interval_s
        self._name = f"ipyscribe-{name}"
        self._burst = burst
        self._due_s = 0.0
        self._changed = threading.Condition()
        self._poked = False
        self._thread: threading.Thread | None = None
        self._closed = False

    def poke(self) -> None:
        """There is something new. From any thread; gives back at once."""
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
        """Wait until all that was poked has been published and the thread has ended; false at ``timeout_s``."""
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
            began_s = time.monotonic()
            try:
                again_s = None if self._closed else self._publish()
            except Exception:  # a view that cannot be reached must not end the session behind it
                _log.debug("publishing failed", exc_info=True)
                again_s = None
            with self._changed:
                self._changed.wait_for(lambda: self._closed, self._pause_s(began_s))
                left_s = self._due_s - time.monotonic() if again_s is None else again_s
                self._changed.wait_for(lambda: self._poked or self._closed, left_s)
                if self._closed or (again_s is None and not self._poked):
                    self._thread = None
                    self._changed.notify_all()
                    return

    def _pause_s(self, began_s: float) -> float:
        """How long to rest after a call that began then."""
        ahead_s = (self._burst - 1) * self.interval_s
        # A token bucket, kept as the moment at which it will be full; ``interval_s`` may have become shorter.
        self._due_s = min(max(self._due_s, began_s), began_s + ahead_s) + self.interval_s
        return self._due_s - ahead_s - time.monotonic()
