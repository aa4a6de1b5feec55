"""A running notebook cell, which on many hosts keeps the kernel from hearing the browser."""

from __future__ import annotations

from typing import Any

_ROUTE = "_reply_subshell_for"
_running: dict[Any, bool] = {}


def watch_cells() -> None:
    """Begin to watch, once for each IPython shell. Does nothing where there is none."""
    shell = _shell()
    kernel = getattr(shell, "kernel", None)
    if kernel is None or shell in _running:
        return
    asked = kernel.get_parent("shell").get("header", {}).get("msg_type", "")
    _running[shell] = asked == "execute_request"
    shell.events.register("pre_run_cell", lambda *_: _running.__setitem__(shell, True))
    shell.events.register("post_run_cell", lambda *_: _running.__setitem__(shell, False))


def cell_is_running() -> bool:
    """True while a cell of this kernel runs, as far as ``watch_cells`` can see that."""
    return any(_running.values())


def hear_meanwhile(comm: Any) -> None:
    """Have this comm heard while a cell runs, where ipykernel has a thread for that.

    JupyterLab sends what widgets say to a subshell. Since 7.4 ipykernel moves it to the shell that has spoken on the
    comm last, which is the one with the running cell. That serves those who wait there for an answer; nobody waits
    for one of ours. Does nothing where comms have no such route.
    """
    if hasattr(comm, _ROUTE):
        setattr(comm, _ROUTE, lambda _data, subshell: subshell)


def _shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
