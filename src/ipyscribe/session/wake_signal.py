"""Waking threads, and tasks of the loop, that wait for a change."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ipyscribe.connection.io_loop import current_task, sleep_until

_SLICE_S = 1.0


class _Gate(Protocol):
    """A lock that is held, or a task that sleeps."""

    def release(self) -> None: ...


class WakeSignal:
    """Any thread may wait, and any task of the loop; any thread may ``set``.

    Each wait sleeps at a gate of its own, which ``set`` opens. A ``Condition`` wakes its waiters only for them
    to block at its one lock, which the thread that woke them still holds.
    """

    def __init__(self) -> None:
        self._gates: deque[_Gate] = deque()

    def set(self) -> None:
        """Wake whoever waits, to check again."""
        gates = self._gates
        if gates:  # nobody does, for nearly every message
            with contextlib.suppress(IndexError):  # another thread sets it too, or a wait has just ended
                for _ in range(len(gates)):
                    gates.popleft().release()

    def wait_for(self, holds: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``holds()`` is true after some ``set``, or for ``timeout_s``; whether it is."""
        until_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not holds():
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return False
            # In slices: where a wait cannot be interrupted, as on Windows, Ctrl-C takes effect between two.
            self._sleep(holds, min(_SLICE_S, left_s))
        return True

    async def until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """``wait_for`` for a task of the loop."""
        task, until_s = current_task(), time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() >= until_s:
                return False
            self._gates.append(task)
            try:
                if not holds():
                    await sleep_until(until_s)
            finally:
                with contextlib.suppress(ValueError):
                    self._gates.remove(task)
        return True

    def _sleep(self, holds: Callable[[], bool], timeout_s: float) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._gates.append(gate)
        woken = False
        try:
            woken = not holds() and gate.acquire(timeout=timeout_s)  # checked again, so that no change is missed
        finally:
            if not woken:
                with contextlib.suppress(ValueError):
                    self._gates.remove(gate)
