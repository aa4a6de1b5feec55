"""The sessions of this process that run: one microphone at a time, and none is left open when Python leaves."""

from __future__ import annotations

import atexit
import threading
import time
import weakref

from ipyscribe.audio.block import AudioSource
from ipyscribe.notebook.running_cell import end_with_cell
from ipyscribe.session.state import SessionState
from ipyscribe.tape.status import DONE

_running: weakref.WeakKeyDictionary[SessionState, object] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def add(state: SessionState, source: AudioSource) -> None:
    """Note a session that is about to start. One that hears a microphone ends those before it, except for those
    that hear the same one together; a notebook cell that is run again ends what it had started.
    """
    end_with_cell(state.request_stop)
    microphone = getattr(source, "heard_together", state) if source.live else None
    if microphone is not None:
        for other, heard in _open():
            if heard not in (None, microphone):
                other.request_stop()
    with _lock:
        _running[state] = microphone


def end_all(timeout_s: float = 2.0) -> None:
    """Ask every open session of this process to end, and wait for it."""
    states = [state for state, _ in _open()]
    for state in states:
        state.request_stop()
    deadline = time.monotonic() + timeout_s
    for state in states:
        state.wait_until(lambda state=state: state.status in DONE, max(0.0, deadline - time.monotonic()))  # type: ignore[misc]
        state.tape.settle()  # later, its folder would be there for ever


def _open() -> list[tuple[SessionState, object]]:
    with _lock:
        return [(state, microphone) for state, microphone in _running.items() if state.status not in DONE]


# What is registered last is called first: sessions end before the finalizers take away the folders of their tapes.
weakref.finalize(end_all, lambda: None)
atexit.register(end_all)
