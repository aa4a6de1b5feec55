"""Which sockets can be read or written: epoll where there is one, else what ``selectors`` has."""

from __future__ import annotations

import contextlib
import select
import selectors
from collections.abc import Callable
from typing import Protocol

READABLE, WRITABLE = selectors.EVENT_READ, selectors.EVENT_WRITE
Handler = Callable[[int], None]
"""Takes ``READABLE``, ``WRITABLE`` or both; runs on the loop's thread and must neither wait nor raise."""


class Poller(Protocol):
    """Sockets by their descriptors. One thread registers and polls."""

    def register(self, descriptor: int, handler: Handler) -> None:
        """Have ``poll`` give ``handler`` while it can be read. Raises ``OSError`` or ``ValueError`` once closed."""
        ...

    def unregister(self, descriptor: int) -> None:
        """Poll it no more."""
        ...

    def modify(self, descriptor: int, events: int) -> None:
        """Poll it for ``events``."""
        ...

    def poll(self, timeout_s: float | None) -> list[tuple[Handler, int]]:
        """Wait until something holds, or for ``timeout_s``: handlers and their events. An error counts as both."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def new_poller() -> Poller:
    """The best that this system has."""
    return _EpollPoller() if hasattr(select, "epoll") else _SelectorPoller()


class _EpollPoller:
    """``selectors`` does the same with twice as much Python for each event."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}

    def register(self, descriptor: int, handler: Handler) -> None:
        self._epoll.register(descriptor, select.EPOLLIN)
        self._handlers[descriptor] = handler

    def unregister(self, descriptor: int) -> None:
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def modify(self, descriptor: int, events: int) -> None:
        if descriptor in self._handlers:
            self._epoll.modify(descriptor, select.EPOLLIN | (select.EPOLLOUT if events & WRITABLE else 0))

    def poll(self, timeout_s: float | None) -> list[tuple[Handler, int]]:
        handlers = self._handlers
        timeout_s = None if timeout_s is None else max(0.0, timeout_s)
        return [
            (handlers[descriptor], READABLE if events == select.EPOLLIN else _events(events))
            for descriptor, events in self._epoll.poll(timeout_s)
        ]

    def close(self) -> None:
        self._epoll.close()


def _events(events: int) -> int:
    return (READABLE if events & ~select.EPOLLOUT else 0) | (WRITABLE if events & ~select.EPOLLIN else 0)


class _SelectorPoller:
    """The same where there is no epoll."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, descriptor: int, handler: Handler) -> None:
        self._selector.register(descriptor, READABLE, handler)

    def unregister(self, descriptor: int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)

    def modify(self, descriptor: int, events: int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.modify(descriptor, events, self._selector.get_key(descriptor).data)

    def poll(self, timeout_s: float | None) -> list[tuple[Handler, int]]:
        timeout_s = None if timeout_s is None else max(0.0, timeout_s)
        return [(key.data, events) for key, events in self._selector.select(timeout_s)]

    def close(self) -> None:
        self._selector.close()
