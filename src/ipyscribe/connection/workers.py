"""A few threads for calls that may wait: handshakes, disks, decoders, code of others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class WorkerPool:
    """At most ``max_threads`` threads, started when they are needed, which stay between ``keep`` and ``dismiss``.

    An executor of the standard library would not do: its threads keep Python from leaving until they are done, and it
    takes nothing any more while Python leaves, which is when sessions end.
    """

    def __init__(self, name: str, max_threads: int) -> None:
        self._name = name
        self._max_threads = max_threads
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], object]] = deque()
        self._threads = self._idle = 0
        self._kept = False

    def submit(self, job: Callable[[], object]) -> None:
        """Have ``job()`` called, which must not raise. Any thread."""
        with self._changed:
            self._jobs.append(job)
            if len(self._jobs) <= self._idle or self._threads >= self._max_threads or self._start_thread():
                self._changed.notify()
                return
            self._jobs.pop()
        job()

    def keep(self) -> None:
        """Have the threads wait for more."""
        with self._changed:
            self._kept = True

    def dismiss(self) -> None:
        """Let the threads go once nothing is left to do."""
        with self._changed:
            self._kept = False
            self._changed.notify_all()

    def _start_thread(self) -> bool:
        """Whether somebody will do the jobs: while Python leaves, no thread can be started."""
        thread = threading.Thread(target=self._work, name=f"ipyscribe-{self._name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return self._threads > 0
        self._threads += 1
        return True

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job()
            del job  # an idle thread would keep its session alive

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            self._idle += 1
            while not self._jobs and self._kept:
                self._changed.wait()
            self._idle -= 1
            if self._jobs:
                return self._jobs.popleft()
            self._threads -= 1
            return None
