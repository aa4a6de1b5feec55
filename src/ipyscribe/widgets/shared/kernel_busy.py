"""A running notebook cell, which on many hosts keeps the kernel from receiving the browser's messages."""

from __future__ import annotations

from typing import Any

from ipyscribe.notebook.hosts import shell

_SUBSHELL_ROUTE = "_reply_subshell_for"
_running: dict[Any, bool] = {}


def watch_cells() -> None:
    """Begin to watch, once for each IPython shell. Does nothing where there is none."""
    ipython = shell()
    kernel = getattr(ipython, "kernel", None)
    if kernel is None or ipython in _running:
        return
    message_type = kernel.get_parent("shell").get("header", {}).get("msg_type", "")
    _running[ipython] = message_type == "execute_request"
    ipython.events.register("pre_run_cell", lambda *_: _running.__setitem__(ipython, True))
    ipython.events.register("post_run_cell", lambda *_: _running.__setitem__(ipython, False))


def cell_is_running() -> bool:
    """True while a cell of this kernel runs, as far as ``watch_cells`` can see that."""
    return any(_running.values())


def receive_while_cell_runs(comm: Any) -> None:
    """Have this comm's messages arrive while a cell runs, where ipykernel has a thread for that.

    JupyterLab sends widget messages to a subshell. Since 7.4 ipykernel moves them to the shell that has written to the
    comm last, which is the one with the running cell. That serves programs that wait there for a reply; nobody waits
    for one of ours. Does nothing where comms have no such route.
    """
    if hasattr(comm, _SUBSHELL_ROUTE):
        setattr(comm, _SUBSHELL_ROUTE, lambda _data, subshell: subshell)
