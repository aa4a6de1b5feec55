"""The sessions of this process that run: one microphone at a time, and none is left open when Python leaves."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref

from ipyscribe.audio.block import AudioSource
from ipyscribe.notebook.running_cell import end_with_cell
from ipyscribe.session.live_session import LiveSession
from ipyscribe.tape.notice import Notice

_TAKEN = Notice(
    "microphone",
    "This session was ended because another one started using a microphone.",
    "A Comparison sends one microphone to several models.",
)
_running: weakref.WeakKeyDictionary[LiveSession, object] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def add(session: LiveSession, source: AudioSource) -> None:
    """Note a session that is about to start. One that hears a microphone ends those before it, with a notice that
    says why, except for those that hear the same one together; a notebook cell that is run again ends the session it
    had started.
    """
    end_with_cell(session.request_stop)
    microphone = getattr(source, "heard_together", session) if source.live else None
    if microphone is not None:
        for other, its_microphone in _open():
            if its_microphone not in (None, microphone):
                other.add_notice(_TAKEN)
                other.request_stop()
    with _lock:
        _running[session] = microphone


def end_all(timeout_s: float = 2.0) -> None:
    """Ask every open session of this process to end, and wait for it."""
    sessions = [session for session, _ in _open()]
    for session in sessions:
        session.request_stop()
    deadline_s = time.monotonic() + timeout_s
    for session in sessions:
        session.wait_until(lambda session=session: session.done, max(0.0, deadline_s - time.monotonic()))  # type: ignore[misc]
        session.recorder.settle()  # later, its folder would be there for ever


def _leave_to_parent() -> None:
    """In a process that was forked: its sessions are the parent's, whose threads and sockets go on there alone."""
    global _lock
    _lock = threading.Lock()  # a thread of the parent may have held it
    for session, _ in _open():
        session.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def _open() -> list[tuple[LiveSession, object]]:
    with _lock:
        return [(session, microphone) for session, microphone in _running.items() if not session.done]


# What is registered last is called first: sessions end before the finalizers take away the folders of their tapes.
weakref.finalize(end_all, lambda: None)
atexit.register(end_all)
