"""The sessions of this process that run: one microphone at a time, and none is left open when Python leaves."""

from __future__ import annotations

import atexit
import threading
import time
import weakref

from ipyscribe.session.cells import end_with_cell
from ipyscribe.session.state import DONE, SessionState

_running: weakref.WeakKeyDictionary[SessionState, bool] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def add(state: SessionState, *, live: bool) -> None:
    """Note a session that is about to start. A ``live`` one ends the live ones before it; a notebook cell that is
    run again ends what it had started.
    """
    end_with_cell(state.request_stop)
    if live:
        for other in _open(live_only=True):
            other.request_stop()
    with _lock:
        _running[state] = live


def end_all(timeout_s: float = 2.0) -> None:
    """Ask every open session of this process to end, and wait for it."""
    states = _open()
    for state in states:
        state.request_stop()
    deadline = time.monotonic() + timeout_s
    for state in states:
        state.wait_until(lambda state=state: state.status in DONE, max(0.0, deadline - time.monotonic()))  # type: ignore[misc]


def _open(*, live_only: bool = False) -> list[SessionState]:
    with _lock:
        known = list(_running.items())
    return [state for state, live in known if state.status not in DONE and (live or not live_only)]


atexit.register(end_all)
