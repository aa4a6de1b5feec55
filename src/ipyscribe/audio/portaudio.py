"""The PortAudio library: loading it, and letting go of every device that was opened through it."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ipyscribe.errors import DeviceRefusedError, PortAudioMissingError

_BUSY_LIMIT_S = 5.0
_CLOSE_LIMIT_S = 2.0

# PortAudio is not thread-safe: one thread at a time opens, closes or lists devices.
_library_lock = threading.RLock()
# Each open stream and, once somebody closes it, the Event that is set when it is closed.
_open_streams: dict[Any, threading.Event | None] = {}
_bookkeeping = threading.RLock()
_exit_hook: list[object] = []


def load() -> Any:
    """The module ``sounddevice``, imported on first use. Raises PortAudioMissingError."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        # Without the C library the import raises OSError, not ImportError.
        raise PortAudioMissingError(
            f"The microphone of this machine needs PortAudio, which did not load ({error}).",
            advice=_install_advice(error),
        ) from error
    if not _exit_hook:
        # atexit is last in, first out: registered after sounddevice's own hook, this one closes the
        # devices before PortAudio is terminated.
        _exit_hook.append(atexit.register(_close_all))
    return sounddevice


def _install_advice(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "Install it with: pip install sounddevice"
    if sys.platform.startswith("linux"):
        return (
            "Install it with: apt-get install libportaudio2 (Debian, Ubuntu), dnf install portaudio (Fedora) "
            "or conda install -c conda-forge portaudio. "
            "The browser's microphone, files and the sample work without it."
        )
    return "Its wheel brings PortAudio along: pip install --force-reinstall sounddevice"


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold PortAudio for this thread. Raises DeviceRefusedError if another thread keeps it for 5 s."""
    if not _library_lock.acquire(timeout=_BUSY_LIMIT_S):
        raise DeviceRefusedError(
            "PortAudio is still busy opening or closing another device.",
            advice="Unplug that device, or restart the kernel.",
        )
    try:
        yield
    finally:
        _library_lock.release()


def open_microphones() -> int:
    """How many devices this process holds open through ipyscribe."""
    return len(_open_streams)


def remember(stream: Any) -> None:
    """Count a started PortAudio stream as open."""
    _open_streams[stream] = None


def release(stream: Any) -> None:
    """Stop and close a PortAudio stream: once, from any thread, in at most 2 s.

    A second caller waits for the first. A driver that does not return within that time is left behind in
    a daemon thread, and its stream stays in the count of ``open_microphones``.
    """
    with _bookkeeping:
        if stream not in _open_streams:
            return
        closed = _open_streams[stream]
        first = closed is None
        if closed is None:
            closed = _open_streams[stream] = threading.Event()
    if first:
        _start_closing(stream, closed)
    closed.wait(_CLOSE_LIMIT_S)


def _start_closing(stream: Any, closed: threading.Event) -> None:
    # Without a lock: the collector may run in the new thread before start() returns here, and let go of
    # another forgotten stream there.
    closer = threading.Thread(
        target=_stop_and_close, args=(stream, closed), name="ipyscribe-close-microphone", daemon=True
    )
    try:
        closer.start()
    except RuntimeError:  # Python 3.12 and later start no threads while they exit
        _stop_and_close(stream, closed)


def _stop_and_close(stream: Any, closed: threading.Event) -> None:
    with _library_lock:
        stream.stop(ignore_errors=True)
        stream.close(ignore_errors=True)
    with _bookkeeping:
        _open_streams.pop(stream, None)
    closed.set()


def _close_all() -> None:
    for stream in list(_open_streams):
        release(stream)
