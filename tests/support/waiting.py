"""Waiting for what must become true, and for what must be gone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

LIMIT_S = 60.0


def wait_for(condition: Callable[[], Any], *, within_s: float = LIMIT_S) -> Any:
    """The first true value of ``condition``; fails after ``within_s`` seconds."""
    until = time.monotonic() + within_s
    pause = threading.Event()
    while not (value := condition()):
        assert time.monotonic() < until, "the condition did not come true in time"
        pause.wait(0.01)
    return value


@contextlib.contextmanager
def no_new_threads() -> Iterator[None]:
    """Every thread that starts inside has to end; a thread that has done its work may need a moment to go."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + LIMIT_S
    pause = threading.Event()
    # Not by joining them: what is listed may be about to start, and cannot be joined then.
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < until, f"{', '.join(thread.name for thread in left)} left behind"
        pause.wait(0.01)
