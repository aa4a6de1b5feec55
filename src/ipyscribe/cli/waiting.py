"""A sign of life on a terminal while something takes long."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

from ipyscribe.background import background_thread

_QUIET_S = 1.0
_EVERY_S = 0.5


@contextlib.contextmanager
def waiting(text: str, out: TextIO | None = None) -> Iterator[None]:
    """Show ``text`` and the seconds that have passed, after one second; only on a terminal."""
    stream = sys.stderr if out is None else out
    if not stream.isatty():
        yield
        return
    with background_thread(lambda over: _show(text, stream, over), "ipyscribe-waiting"):
        yield


def _show(text: str, stream: TextIO, over: threading.Event) -> None:
    began_s = time.monotonic()
    if over.wait(_QUIET_S):
        return
    while not over.wait(_EVERY_S):
        stream.write(f"\r\x1b[K{text}… {time.monotonic() - began_s:.0f} s")
        stream.flush()
    stream.write("\r\x1b[K")
    stream.flush()
