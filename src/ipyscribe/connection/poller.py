"""Which sockets can be read or written: epoll where there is one, else what ``selectors`` has."""

from __future__ import annotations

import contextlib
import select
import selectors
from collections.abc import Callable
from typing import Protocol

_HAS_EPOLL = hasattr(select, "epoll")
READABLE = select.EPOLLIN if _HAS_EPOLL else selectors.EVENT_READ
WRITABLE = select.EPOLLOUT if _HAS_EPOLL else selectors.EVENT_WRITE
Handler = Callable[[int], None]
"""Takes the events of its socket: ``READABLE`` or ``WRITABLE`` alone, or anything else, which counts as both. It runs
on the loop's thread and must neither wait nor raise."""


class Poller(Protocol):
    """Sockets by their descriptors, each with its handler. One thread registers and polls."""

    handlers: dict[int, Handler]

    def register(self, descriptor: int, handler: Handler) -> None:
        """Poll it for ``READABLE``. Raises ``OSError`` or ``ValueError`` once closed."""
        ...

    def unregister(self, descriptor: int) -> None:
        """Poll it no more."""
        ...

    def modify(self, descriptor: int, events: int) -> None:
        """Poll it for ``events``."""
        ...

    def poll(self, timeout_s: float | None) -> list[tuple[int, int]]:
        """Wait until something holds, or for ``timeout_s``, not negative: descriptors and their events."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def new_poller() -> Poller:
    """The best that this system has."""
    return _EpollPoller() if _HAS_EPOLL else _SelectorPoller()


class _EpollPoller:
    """``selectors`` does the same with much more Python for each event."""

    def __init__(self) -> None:
        epoll = self._epoll = select.epoll()
        self.handlers: dict[int, Handler] = {}
        self.poll: Callable[[float | None], list[tuple[int, int]]] = epoll.poll
        self.close: Callable[[], None] = epoll.close

    def register(self, descriptor: int, handler: Handler) -> None:
        self._epoll.register(descriptor, READABLE)
        self.handlers[descriptor] = handler

    def unregister(self, descriptor: int) -> None:
        if self.handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def modify(self, descriptor: int, events: int) -> None:
        if descriptor in self.handlers:
            self._epoll.modify(descriptor, events)


class _SelectorPoller:
    """The same where there is no epoll."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.handlers: dict[int, Handler] = {}

    def register(self, descriptor: int, handler: Handler) -> None:
        self._selector.register(descriptor, READABLE)
        self.handlers[descriptor] = handler

    def unregister(self, descriptor: int) -> None:
        if self.handlers.pop(descriptor, None) is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)

    def modify(self, descriptor: int, events: int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.modify(descriptor, events)

    def poll(self, timeout_s: float | None) -> list[tuple[int, int]]:
        return [(key.fd, events) for key, events in self._selector.select(timeout_s)]

    def close(self) -> None:
        self._selector.close()
