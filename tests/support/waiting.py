"""Waiting for what must become true, and for what must be gone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

LIMIT_S = 60.0
_SHORTEST_S, _LONGEST_S = 0.001, 0.05


def wait_for(condition: Callable[[], Any], *, within_s: float = LIMIT_S) -> Any:
    """The first true value of ``condition``; fails after ``within_s`` seconds."""
    for _ in _looks(within_s):
        if value := condition():
            return value
    raise AssertionError("the condition did not come true in time")


@contextlib.contextmanager
def no_new_threads(others: tuple[str, ...] = ()) -> Iterator[None]:
    """Every thread that starts inside has to end; a thread that has done its work may need a moment to go.

    Those whose names begin like one of ``others`` are another library's.
    """
    before = set(threading.enumerate())
    yield
    left: set[threading.Thread] = set()
    # Not by joining them: what is listed may be about to start, and cannot be joined then.
    for _ in _looks(LIMIT_S):
        left = {each for each in set(threading.enumerate()) - before if not each.name.startswith(others)}
        if not left:
            return
    raise AssertionError(f"{', '.join(thread.name for thread in left)} left behind")


def _looks(within_s: float) -> Iterator[None]:
    """Times to look: at once, soon after, then ever more rarely: to wait should add little to a busy machine."""
    until = time.monotonic() + within_s
    pause, pause_s = threading.Event(), _SHORTEST_S
    yield
    while time.monotonic() < until:
        pause.wait(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_S)
        yield
