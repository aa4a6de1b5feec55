"""Have the C library give large buffers back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_MMAP_BYTES = 4 * 2**20
_TRIM_BYTES = 16 * 2**20


def return_large_buffers() -> None:
    """Map each buffer of 4 MiB or more by itself, so that it is gone once it is freed. Does nothing without glibc.

    glibc raises that limit with each mapped buffer that is freed, up to 32 MiB, and keeps twice as much at the end of
    each thread's heap. After one long window, whose layers take 10 to 50 MB each, a process then stays 100 MB larger.
    Windows of up to 5 s have no such buffers, and cost no more for it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)


def trim_heaps() -> None:
    """Give the free pages within the heaps back too. Takes some milliseconds; does nothing without glibc.

    Small buffers that outlive large ones split the heaps up, and a server that runs for hours grows by it.
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if malloc_trim is not None:
        malloc_trim(0)
