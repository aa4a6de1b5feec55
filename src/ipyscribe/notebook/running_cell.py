"""Which notebook cell started what, so that running the cell again ends it: it would be billed unseen."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from ipyscribe.notebook.hosts import shell

_started: dict[str, tuple[str, list[weakref.WeakMethod[Callable[[], None]]]]] = {}


def end_with_cell(end: Callable[[], None]) -> None:
    """Call what earlier runs of the running cell left here; note ``end``, a method, for its next run.

    A name that is bound anew does not suffice: what a cell has shown is kept in the notebook's history.
    """
    cell, run = _running()
    if not cell:
        return
    known_run, left = _started.get(cell, (run, []))
    same = known_run == run
    _started[cell] = (run, [*(left if same else ()), weakref.WeakMethod(end)])
    for reference in () if same else left:
        if (earlier := reference()) is not None:
            earlier()


def _running() -> tuple[str, str]:
    """The running cell's id and that of this run, where the front end tells them (JupyterLab, Notebook 7).

    On other threads than the kernel's main one, another cell may be running.
    """
    if threading.current_thread() is not threading.main_thread():
        return "", ""
    kernel = getattr(shell(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else {}
    cell = parent.get("metadata", {}).get("cellId", "")
    return str(cell), str(parent.get("header", {}).get("msg_id", ""))
