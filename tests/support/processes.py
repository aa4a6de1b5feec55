"""Processes that have to go."""

from __future__ import annotations

import psutil


def gone(pid: int) -> bool:
    """Whether that process has ended (a zombie has)."""
    try:
        process = psutil.Process(pid)
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
