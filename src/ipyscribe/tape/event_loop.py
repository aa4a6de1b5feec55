"""Waiting on an event loop, which goes on meanwhile: in a kernel it delivers the page's messages to the widgets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from ipyscribe.transcript import Turn

OnChange = Callable[[Callable[[], None]], Callable[[], None]]
"""Takes a listener that is called after every change, and gives the call that removes it."""


async def wait_until(holds: Callable[[], bool], on_change: OnChange) -> None:
    """Return once ``holds()`` is true; it is called again after every change."""
    import asyncio  # as slow to import as all the rest

    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed without its tasks
            loop.call_soon_threadsafe(changed.set)

    remove = on_change(wake)
    try:
        while not holds():
            await changed.wait()
            changed.clear()
    finally:
        remove()


async def each_turn(settled: Sequence[Turn], done: Callable[[], bool], on_change: OnChange) -> AsyncIterator[Turn]:
    """Each turn of a growing list once, until ``done()`` and no turn is left."""
    count = 0

    def due() -> bool:
        return len(settled) > count or done()

    while True:
        await wait_until(due, on_change)
        over = done()  # before the list is read, which does not grow afterwards
        for turn in settled[count:]:
            count += 1
            yield turn
        if over and count == len(settled):
            return
