"""One thread for the sockets and the timers of all sessions of this process.

A session is a coroutine that waits in ``sleep_until`` alone, a socket has a handler, and what may block goes to a
``WorkerPool``. Nothing here is asyncio's: a session wakes forty times a second, and what it costs is mostly what lies
between the system's poll and its own code.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import socket
import threading
import time
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from heapq import heappop, heappush
from typing import TypeVar, cast

from ipyscribe.connection.poller import READABLE, WRITABLE, Handler, Poller, new_poller
from ipyscribe.connection.workers import WorkerPool

T = TypeVar("T")
_BLOCKING_AT_ONCE = 12
_FILES_AT_ONCE = 2
_MANY_USERS = 32
_GATHER_S = 0.005
"""What comes within that time is served together where many wait: to wake for each alone costs as much again."""


@types.coroutine
def sleep_until(due_s: float) -> Generator[float, None, None]:
    """Go on at ``due_s`` of ``time.monotonic()``, or sooner where the task is released."""
    yield due_s


class Task:
    """A coroutine that the loop runs."""

    def __init__(self, loop: IOLoop, coroutine: Coroutine[float, None, None]) -> None:
        self._loop = loop
        self._send = coroutine.send
        self.due_s = 0.0
        self._released = False
        self.done = False
        """Whether the coroutine has ended."""
        self._over = threading.Event()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; whether it has come. Returns at once on the loop's own thread, and in a forked process."""
        return self._over.wait(timeout_s) if self._loop.in_other_thread else self.done

    def release(self) -> None:
        """Have it go on now. Any thread, any number of times: a task that wakes too soon looks again."""
        if not self._released and not self.done:
            self._released = True
            self._loop.call_soon(self.step)

    def step(self) -> None:
        """Run the coroutine up to its next sleep. On the loop's thread."""
        self._released = False
        if self.done:
            return
        loop = self._loop
        loop.current = self
        try:
            due_s = self._send(None)
        except BaseException as error:
            if not isinstance(error, StopIteration):
                report(error)
            self.done = True
            self._over.set()
            loop.left()
        else:
            if due_s < loop.now_s:  # after those that are due, whose turn it is
                due_s = loop.now_s
            self.due_s = due_s
            if due_s < math.inf:
                heappush(loop.timers, (due_s, next(loop.order), self))


class IOLoop:
    """Runs tasks and watches sockets in a thread that lives as long as there is one of them.

    ``blocking`` is the pool for calls that wait for others, such as hosts and devices, ``files`` that for disks and
    decoders.
    """

    def __init__(self) -> None:
        self.blocking = WorkerPool("blocking", _BLOCKING_AT_ONCE)
        self.files = WorkerPool("file", _FILES_AT_ONCE)
        self.timers: list[tuple[float, int, Task]] = []
        self.order = itertools.count()
        self.current: Task | None = None
        self._lock = threading.Lock()
        self._users = 0
        self._thread: threading.Thread | None = None
        self._ready: deque[Callable[[], None]] = deque()
        self._asleep = False
        self.now_s = 0.0
        """``time.monotonic()`` when the timers were looked at last."""
        self._poller: Poller
        self._waker: socket.socket

    @property
    def in_thread(self) -> bool:
        """Whether this is the loop's thread."""
        thread = self._thread
        return thread is not None and thread.ident == threading.get_ident()

    @property
    def in_other_thread(self) -> bool:
        """Whether it runs, and not in this thread."""
        thread = self._thread
        return thread is not None and thread.is_alive() and thread.ident != threading.get_ident()

    def spawn(self, coroutine: Coroutine[float, None, None]) -> Task:
        """Run a coroutine. Any thread."""
        task = Task(self, coroutine)
        self._enter(task.step)
        return task

    def watch(self, raw: socket.socket, handler: Handler) -> None:
        """Have ``handler`` called while ``raw`` can be read, until ``unwatch``. Any thread."""

        def register() -> None:
            try:
                self._poller.register(raw.fileno(), handler)
            except (ValueError, OSError):  # it was closed meanwhile
                handler(READABLE)

        self._enter(register)

    def unwatch(self, raw: socket.socket) -> None:
        """Watch it no more. On the loop's thread, once for each ``watch``, before it is closed."""
        self._poller.unregister(raw.fileno())
        self.left()

    def watch_writable(self, raw: socket.socket, *, wanted: bool) -> None:
        """Have the handler called while ``raw`` can be written, too, or no more. On the loop's thread."""
        self._poller.modify(raw.fileno(), READABLE | WRITABLE if wanted else READABLE)

    def call_soon(self, call: Callable[[], None]) -> None:
        """Have ``call()`` run by the loop's thread. Any thread."""
        self._ready.append(call)
        if self._asleep:  # it says so before it looks for calls the last time
            self._asleep = False
            with contextlib.suppress(OSError):  # full: it wakes all the same
                self._waker.send(b"\0")

    def left(self) -> None:
        """A task has ended, or a socket is not watched any more."""
        with self._lock:
            self._users -= 1

    def _enter(self, first: Callable[[], None]) -> None:
        with self._lock:
            self._users += 1
            if self._thread is None:
                self.blocking.keep()
                self.files.keep()
                here, self._waker = socket.socketpair()
                for end in (here, self._waker):
                    end.setblocking(False)
                self._poller = new_poller()
                self._poller.register(here.fileno(), lambda _: _drain(here))
                self._thread = threading.Thread(target=self._run, args=(here,), name="ipyscribe-io", daemon=True)
                self._thread.start()
        self.call_soon(first)

    def _run(self, here: socket.socket) -> None:
        # A single session wakes with cold caches each time: what lies between the poll and its code is kept short.
        poll, handlers, ready, timers = self._poller.poll, self._poller.handlers, self._ready, self.timers
        clock, now_s = time.monotonic, 0.0
        while self._users or not self._is_over():
            if self._users > _MANY_USERS:
                time.sleep(_GATHER_S)
            self._asleep = True
            for descriptor, events in poll(0.0 if ready else max(0.0, timers[0][0] - clock()) if timers else None):
                handler = handlers.get(descriptor)
                if handler is None:  # another's handler has just ended it
                    continue
                try:
                    handler(events)
                except BaseException as error:  # one socket's, and the others go on
                    report(error)
            self._asleep = False
            if ready:
                for _ in range(len(ready)):
                    _run_safely(ready.popleft())
            now_s = self.now_s = clock()
            if timers and timers[0][0] <= now_s:
                _run_due(timers, now_s)
        here.close()

    def _is_over(self) -> bool:
        """Whether nobody uses it any more. Its thread ends then, and the next user starts another."""
        if self._users:
            return False
        with self._lock:
            if self._users or self._ready:
                return False
            self._thread = None
            self.timers.clear()
            self._poller.close()
            self._waker.close()
            self.blocking.dismiss()
            self.files.dismiss()
        return True


def _run_due(timers: list[tuple[float, int, Task]], now_s: float) -> None:
    left = len(timers)  # no more: a task that goes on at once has to wait for the sockets
    while left and timers[0][0] <= now_s:
        due_s, _, task = heappop(timers)
        if due_s == task.due_s:  # otherwise it was released before
            task.step()
        left -= 1


def shared_loop() -> IOLoop:
    """The loop of this process."""
    return _loop


async def in_worker(pool: WorkerPool, call: Callable[[], T]) -> T:
    """The result of ``call()``, run in ``pool`` while the loop goes on. Raises what it raises."""
    task = current_task()
    outcome: list[tuple[T | None, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:
            outcome.append((None, error))
        task.release()

    pool.submit(run)
    while not outcome:
        await sleep_until(math.inf)
    result, error = outcome.pop()
    if error is not None:
        try:
            raise error
        finally:
            del error  # a traceback that leads to itself would keep all that this call knew
    return cast(T, result)


def current_task() -> Task:
    """The task that calls."""
    return cast(Task, _loop.current)


def report(error: BaseException) -> None:
    """Show an error that nobody will raise, as one that ends a thread is shown."""
    threading.excepthook(
        threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
    )


def _run_safely(call: Callable[[], None]) -> None:
    try:
        call()
    except BaseException as error:
        report(error)


def _drain(waker: socket.socket) -> None:
    with contextlib.suppress(OSError):
        waker.recv(4096)


_loop = IOLoop()


def _renew() -> None:
    """In a forked process: the thread, the sockets and what they wait for are the parent's."""
    global _loop
    _loop = IOLoop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
