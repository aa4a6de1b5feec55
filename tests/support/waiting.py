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
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, until - time.monotonic()))
        assert not thread.is_alive(), f"{thread.name} was left behind"
