"""Free memory goes back to the system."""

from __future__ import annotations

import sys

import psutil
import pytest

from ipyscribe.local.allocator import trim_heaps


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
def test_free_pages_between_buffers_that_are_in_use_are_given_back() -> None:
    buffers = [bytearray(4096) for _ in range(20_000)]
    kept = buffers[::100]
    del buffers
    before = psutil.Process().memory_info().rss
    trim_heaps()
    assert psutil.Process().memory_info().rss < before - 50 * 2**20
    assert len(kept) == 200
