"""Who wants to be told of every change."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Listeners:
    """Calls to make after every change. Any thread may add one, take it away or ``tell`` them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Callable[[], None], ...] = ()

    def add(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` at every change; the call that ends this."""
        with self._lock:
            self._all = (*self._all, listener)

        def forget() -> None:
            with self._lock:
                self._all = tuple(known for known in self._all if known is not listener)

        return forget

    def tell(self) -> None:
        """Something has changed."""
        for listener in self._all:
            listener()
