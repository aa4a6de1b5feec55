"""How far something is that takes long, said under the cell that waits for it. Nothing outside a notebook."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ipyscribe.background import background_thread
from ipyscribe.plain_text import plain

QUIET_S = 1.0
_EVERY_S = 0.5


@contextlib.contextmanager
def progress(describe: Callable[[], str]) -> Iterator[None]:
    """Show ``describe()`` under the running cell for as long as the block runs, once that has taken a second."""
    if not _in_running_cell():
        yield
        return
    with background_thread(lambda over: _show(describe, over), "ipyscribe-progress"):
        yield


def _in_running_cell() -> bool:
    ipython = sys.modules.get("IPython.core.getipython")
    shell = None if ipython is None else ipython.get_ipython()
    in_main_thread = threading.current_thread() is threading.main_thread()
    return in_main_thread and getattr(shell, "kernel", None) is not None


def _show(describe: Callable[[], str], over: threading.Event) -> None:
    if over.wait(QUIET_S):
        return
    from IPython.display import DisplayHandle

    handle: Any = DisplayHandle()  # type: ignore[no-untyped-call]
    shown = plain(describe())
    handle.display(_bundle(shown), raw=True)
    while not over.wait(_EVERY_S):
        text = plain(describe())
        if text != shown:
            shown = text
            handle.update(_bundle(text), raw=True)
    handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _bundle(text: str) -> dict[str, Any]:
    return {"text/plain": text}
