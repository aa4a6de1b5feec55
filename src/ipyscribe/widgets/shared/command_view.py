"""A widget whose messages are commands that wait for the thread that may carry them out."""

from __future__ import annotations

import queue
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.widgets.shared.view import View

Json = dict[str, Any]


class CommandView(View):
    """A ``View`` whose messages wait in a queue, in order, until its owner calls ``run_commands``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._queued: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self._error: ScribeError | None = None
        """Why the last command failed."""

    def on_message(self, message: Json) -> bool | None:
        """Queue a command of the person in front of the browser."""
        self._queued.put(message)
        return None

    @property
    def has_commands(self) -> bool:
        """Whether a command waits."""
        return not self._queued.empty()

    def run_commands(self) -> None:
        """Carry out what is queued; from one thread only. Why a command failed is shown."""
        while not self._queued.empty():
            message = self._queued.get_nowait()
            try:
                self._run(message)
            except ScribeError as error:
                self._failed(error)

    def _run(self, message: Json) -> None:
        raise NotImplementedError

    def _failed(self, error: ScribeError) -> None:
        self._error = error
