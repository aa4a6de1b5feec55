"""Which notebook cell made which widget, so that running the cell again ends what it had started."""

from __future__ import annotations

import weakref
from typing import Any

_made: dict[str, tuple[str, list[weakref.ref[Any]]]] = {}


def left_by_earlier_run(widget: Any) -> list[Any]:
    """Note that the running cell made ``widget``; the widgets that are left from an earlier run of that cell."""
    cell, run = _running()
    if not cell:
        return []
    known_run, made = _made.get(cell, (run, []))
    same = known_run == run
    _made[cell] = (run, [*(made if same else ()), weakref.ref(widget)])
    return [] if same else [left for reference in made if (left := reference()) is not None]


def _running() -> tuple[str, str]:
    """The running cell's id and that of this run, where the front end tells them (JupyterLab, Notebook 7)."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return "", ""
    kernel = getattr(get_ipython(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else {}
    cell = parent.get("metadata", {}).get("cellId", "")
    return str(cell), str(parent.get("header", {}).get("msg_id", ""))
