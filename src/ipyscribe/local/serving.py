"""A server as a process: it prints its address and stops when its owner has gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ipyscribe.local.server import LocalServer

FIRST_CONNECTION_S = 30.0

_PARENT_POLL_S = 1.0


def serve(
    *,
    idle_exit_s: float | None = None,
    exit_with_stdin: bool = False,
    announce: Callable[[str], None],
    **options: Any,
) -> int:
    """Serve until it is stopped; gives 0. ``options`` are those of ``LocalServer``.

    ``announce`` gets the line ``listening on ws://HOST:PORT`` as soon as connections are accepted, before the
    recogniser is loaded (sessions get ``Begin`` after that); it has to flush. The server stops at SIGINT or
    SIGTERM; ``idle_exit_s`` seconds after the last connection has closed (not before one has come, in the
    first 30 s); and, with ``exit_with_stdin``, at the end of standard input or when the parent process has
    gone. Raises ``LocalServerError`` or ``MissingDependencyError``.
    """
    asyncio.run(_serve_until_stopped(LocalServer(**options), idle_exit_s, exit_with_stdin, announce))
    return 0


async def _serve_until_stopped(
    server: LocalServer, idle_exit_s: float | None, exit_with_stdin: bool, announce: Callable[[str], None]
) -> None:
    parent = os.getppid()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with _signals(loop, stop):
        async with server:
            announce(f"listening on {server.url}")
            if idle_exit_s is not None:
                _exit_when_idle(server, loop, stop, idle_exit_s)
            tasks = [asyncio.create_task(_fail_with(server)), asyncio.create_task(stop.wait())]
            if exit_with_stdin:
                threading.Thread(target=_watch_stdin, args=(loop, stop), name="ipyscribe-stdin", daemon=True).start()
                tasks.append(asyncio.create_task(_parent_gone(parent)))
            done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            for task in done:
                task.result()


async def _fail_with(server: LocalServer) -> bool:
    """Wait for ever, unless loading fails: then let the waiting sessions get the error, and raise."""
    await asyncio.wait({server.ready})
    error = server.ready.exception()
    if error is not None:
        await asyncio.sleep(0.1)
        raise error
    return bool(await asyncio.Event().wait())


async def _parent_gone(parent: int) -> bool:
    """A child of the parent may hold standard input open, so look at the parent as well."""
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_POLL_S)
    return True


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def _exit_when_idle(
    server: LocalServer, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, idle_exit_s: float
) -> None:
    timer = loop.call_later(max(FIRST_CONNECTION_S, idle_exit_s), stop.set)

    def idle(now: bool) -> None:
        nonlocal timer
        timer.cancel()
        if now:
            timer = loop.call_later(idle_exit_s, stop.set)

    server.on_idle = idle


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set ``stop``; nothing changes outside of the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
