"""What wakes those who wait for a change."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable

_SLICE_S = 1.0


class WakeSignal:
    """Any thread may wait, any may ``ring``.

    Each wait sleeps at a gate of its own, which ``ring`` opens. A ``Condition`` wakes its waiters only for them
    to stop at its one lock, which the thread that woke them still holds.
    """

    def __init__(self) -> None:
        self._gates: deque[threading.Lock] = deque()

    def ring(self) -> None:
        """Wake whoever waits, to look again."""
        try:
            for _ in range(len(self._gates)):
                self._gates.popleft().release()
        except IndexError:  # another thread rings too, or a wait has just ended
            return

    def wait_for(self, true: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``true()`` holds after some ``ring``, or for ``timeout_s``; whether it holds."""
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not true():
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            # In slices: where a wait cannot be interrupted, as on Windows, Ctrl-C is heard between two.
            self._sleep(true, min(_SLICE_S, left_s))
        return True

    def _sleep(self, true: Callable[[], bool], timeout_s: float) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._gates.append(gate)
        rung = False
        try:
            rung = not true() and gate.acquire(timeout=timeout_s)  # looked again, so that no change slips by
        finally:
            if not rung:
                with contextlib.suppress(ValueError):
                    self._gates.remove(gate)
