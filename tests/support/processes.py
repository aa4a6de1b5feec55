"""Processes that have to go."""

from __future__ import annotations

import subprocess

import psutil
from support.waiting import LIMIT_S


def gone(pid: int) -> bool:
    """Whether that process has ended (a zombie has)."""
    try:
        process = psutil.Process(pid)
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What is left of its output and errors, once it has ended.

    ``communicate`` with a time limit passes over what ``readline`` has read ahead.
    """
    out = "" if process.stdout is None else process.stdout.read()
    err = "" if process.stderr is None else process.stderr.read()
    process.wait(LIMIT_S)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    return out, err
