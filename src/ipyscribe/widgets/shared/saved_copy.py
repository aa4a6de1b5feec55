"""What stays of a session in the saved notebook: HTML without script, for every place that shows outputs.

A saved notebook holds no widget state by default, so without its kernel the widget is gone. This second output
is hidden by the widget while that is alive, by a rule for its class that goes with the view.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any, Generic, TypeVar

from ipyscribe.export import static_html
from ipyscribe.export.exportable import origin_of
from ipyscribe.session import SessionLike
from ipyscribe.transcript import Transcript

What = TypeVar("What")
_MOST_TURNS = 200
"""While it runs it is written again and again, and each time the browser reads it anew: only the newest part."""


class SavedCopy(Generic[What]):
    """One HTML output per place where something was displayed, all brought up to date together."""

    def __init__(self) -> None:
        self.css_class = f"ipyscribe-static-{secrets.token_hex(4)}"
        self._handles: list[Any] = []
        self._lock = threading.Lock()
        self._written: Any = None

    def display(self, what: What) -> None:
        """Show it below what the running cell has displayed so far."""
        from IPython.display import DisplayHandle

        handle = DisplayHandle()
        with self._lock:
            self._handles.append(handle)
            handle.display(self._bundle(what), raw=True)

    def update(self, what: What) -> None:
        """Write it as it is by now."""
        with self._lock:
            mark = self._mark(what)
            if not self._handles or mark == self._written:
                return
            self._written = mark
            bundle = self._bundle(what)
            for handle in self._handles:
                handle.update(bundle, raw=True)

    def _mark(self, what: What) -> Any:
        """What is equal where the output would be."""
        raise NotImplementedError

    def _bundle(self, what: What) -> dict[str, str]:
        raise NotImplementedError


class StaticOutput(SavedCopy["SessionLike | None"]):
    """The transcript and timeline of a session."""

    def _mark(self, what: SessionLike | None) -> Any:
        return () if what is None else (what.transcript.turns, what.done)

    def _bundle(self, what: SessionLike | None) -> dict[str, str]:
        most = None if what is None or what.done else _MOST_TURNS
        transcript = Transcript() if what is None else what.transcript
        mark = f"{what.model.title}:\n" if what is not None and what.simulated else ""
        return {
            "text/html": static_html(
                transcript, source="" if what is None else origin_of(what), css_class=self.css_class, most=most
            ),
            "text/plain": mark + str(transcript.having(transcript.turns[-(most or 0) :])) or "Nothing was said yet.",
        }
