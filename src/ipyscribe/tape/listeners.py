"""Callbacks after every change."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Listeners:
    """Callbacks to call after every change: those in ``all``. Any thread may add one, remove it or call them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.all: tuple[Callable[[], None], ...] = ()

    def add(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change; gives the call that removes it."""
        with self._lock:
            self.all = (*self.all, listener)

        def remove() -> None:
            with self._lock:
                self.all = tuple(other for other in self.all if other is not listener)

        return remove
