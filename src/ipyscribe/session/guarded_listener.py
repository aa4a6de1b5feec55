"""A callback of somebody else on the thread that serves all sessions."""

from __future__ import annotations

import time
from collections.abc import Callable

from ipyscribe.connection.io_loop import shared_loop

SLOW_S = 0.2


class GuardedListener:
    """Calls ``listener``; once it has taken ``SLOW_S`` it is called by a worker, once for what changed meanwhile.

    So a callback that waits holds up the other sessions once, and not with every word. What it raises goes to
    ``on_failure``, and it is called no more.
    """

    def __init__(self, listener: Callable[[], None], on_failure: Callable[[Exception], None]) -> None:
        self._listener = listener
        self._on_failure = on_failure
        self._slow = self._due = False

    def __call__(self) -> None:
        if self._slow:
            if not self._due:
                self._due = True
                shared_loop().blocking.submit(self._call_late)
            return
        began_s = time.monotonic()
        try:
            self._listener()
        except Exception as problem:
            self._fail(problem)
        if time.monotonic() - began_s >= SLOW_S:
            self._slow = True

    def _call_late(self) -> None:
        self._due = False
        try:
            self._listener()
        except Exception as problem:
            self._fail(problem)

    def _fail(self, problem: Exception) -> None:
        self._listener = lambda: None
        self._on_failure(problem)
