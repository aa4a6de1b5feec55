"""Callbacks after every change."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Listeners:
    """Callbacks to call after every change. Any thread may add one, remove it or ``notify`` them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Callable[[], None], ...] = ()

    def add(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change; gives the call that removes it."""
        with self._lock:
            self._all = (*self._all, listener)

        def remove() -> None:
            with self._lock:
                self._all = tuple(other for other in self._all if other is not listener)

        return remove

    def notify(self) -> None:
        """Call all of them."""
        for listener in self._all:
            listener()
