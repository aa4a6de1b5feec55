"""The loop of all sessions: what fails in one handler, call or task is reported, and the others go on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.waiting import LIMIT_S, wait_for

from ipyscribe.connection.io_loop import IOLoop, sleep_until


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    errors: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda problem: errors.append(str(problem.exc_value)))
    return errors


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    with ExitStack() as stack:
        ours, theirs = map(stack.enter_context, socket.socketpair())
        ours.setblocking(False)
        yield ours, theirs


def test_a_handler_that_fails_is_reported_and_the_others_go_on(
    reported: list[str], sockets: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = sockets
    loop = IOLoop()
    received: list[bytes] = []
    here, there = socket.socketpair()
    here.setblocking(False)

    def failing(_events: int) -> None:
        here.recv(16)
        raise LookupError("nothing here")

    with here, there:
        loop.watch(here, failing)
        loop.watch(ours, lambda _: received.append(ours.recv(16)))
        for count in (1, 2):  # it is watched on after its first failure
            there.send(b"x")
            wait_for(lambda count=count: len(reported) == count)  # type: ignore[misc]
        theirs.send(b"hello")
        wait_for(lambda: received)
        for raw in (here, ours):
            loop.call_soon(lambda raw=raw: loop.unwatch(raw))  # type: ignore[misc]
        wait_for(lambda: not loop.in_other_thread)
    assert reported == ["nothing here", "nothing here"]
    assert received == [b"hello"]


def test_a_call_and_a_task_that_fail_are_reported_and_the_others_go_on(reported: list[str]) -> None:
    loop = IOLoop()
    steps: list[int] = []

    async def lasting() -> None:
        while len(steps) < 3:
            steps.append(len(steps))
            await sleep_until(0.0)

    async def failing() -> None:
        raise LookupError("in a task")

    def failing_call() -> None:
        raise LookupError("in a call")

    async def gate() -> None:
        while not reported:
            await sleep_until(0.0)

    waiting = loop.spawn(gate())
    loop.call_soon(failing_call)
    failed, other = loop.spawn(failing()), loop.spawn(lasting())
    assert all(task.join(LIMIT_S) for task in (waiting, failed, other))
    wait_for(lambda: not loop.in_other_thread)
    assert sorted(reported) == ["in a call", "in a task"]
    assert steps == [0, 1, 2]


def test_a_socket_that_another_handler_ends_is_not_called_any_more(
    sockets: tuple[socket.socket, socket.socket], reported: list[str]
) -> None:
    ours, theirs = sockets
    here, there = socket.socketpair()
    loop = IOLoop()
    called: list[str] = []
    both_readable = threading.Event()

    def first_of_both(name: str) -> None:
        called.append(name)
        loop.unwatch(ours)
        loop.unwatch(here)

    async def hold() -> None:  # the loop polls once both have something to read
        assert both_readable.wait(LIMIT_S)

    with here, there:
        holding = loop.spawn(hold())
        loop.watch(ours, lambda _: first_of_both("ours"))
        loop.watch(here, lambda _: first_of_both("here"))
        theirs.send(b"x")
        there.send(b"x")
        both_readable.set()
        assert holding.join(LIMIT_S)
        wait_for(lambda: not loop.in_other_thread)
    assert len(called) == 1
    assert reported == []
