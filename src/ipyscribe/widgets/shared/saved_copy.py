"""The copy of a widget in the saved notebook: HTML without script, for every place that shows outputs.

A saved notebook holds no widget state by default, so without its kernel the widget is gone. This second output is
hidden by the widget while it is alive, by a rule for its class that comes and goes with the view.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any, Generic, TypeVar

from ipyscribe.export import static_html
from ipyscribe.export.exportable import origin_of
from ipyscribe.export.static_style import SAVED_COPY
from ipyscribe.session import SessionLike
from ipyscribe.transcript import Transcript

Content = TypeVar("Content")
_MOST_TURNS = 200
"""While it runs the copy is written again and again, and the browser parses it each time: only the newest part."""


class SavedCopy(Generic[Content]):
    """One HTML output for each place where something was displayed, all brought up to date together."""

    def __init__(self) -> None:
        self.css_class = f"ipyscribe-static-{secrets.token_hex(4)}"
        self._handles: list[Any] = []
        self._lock = threading.Lock()
        self._written: Any = None

    def display(self, content: Content) -> None:
        """Show it below what the running cell has displayed so far."""
        from IPython.display import DisplayHandle

        handle = DisplayHandle()
        with self._lock:
            self._handles.append(handle)
            handle.display(self.bundle(content), raw=True)

    def update(self, content: Content) -> None:
        """Write ``content`` into every output, unless it is there already."""
        with self._lock:
            version = self.version(content)
            if not self._handles or version == self._written:
                return
            self._written = version
            bundle = self.bundle(content)
            for handle in self._handles:
                handle.update(bundle, raw=True)

    def version(self, content: Content) -> Any:
        """A value that is equal where the output would be the same."""
        raise NotImplementedError

    def bundle(self, content: Content) -> dict[str, str]:
        """The output, by media type."""
        raise NotImplementedError


class OptionalCopy(SavedCopy[Any]):
    """What ``copy`` makes of the content, or ``empty``, a sentence, while there is none."""

    def __init__(self, copy: SavedCopy[Any], empty: str) -> None:
        super().__init__()
        self._copy, self._empty = copy, empty
        copy.css_class = self.css_class

    def version(self, content: Any) -> Any:
        """That of the copy."""
        return None if content is None else self._copy.version(content)

    def bundle(self, content: Any) -> dict[str, str]:
        """HTML and text."""
        if content is not None:
            return self._copy.bundle(content)
        html = f'<div class="{self.css_class}"><p>{SAVED_COPY}</p><p>{self._empty}</p></div>'
        return {"text/html": html, "text/plain": self._empty}


class SessionCopy(SavedCopy["SessionLike | None"]):
    """The transcript and timeline of a session."""

    def version(self, content: SessionLike | None) -> Any:
        """Its turns, and whether there will be more."""
        return () if content is None else (content.transcript.turns, content.done)

    def bundle(self, content: SessionLike | None) -> dict[str, str]:
        """HTML, and the transcript as text."""
        most = None if content is None or content.done else _MOST_TURNS
        transcript = Transcript() if content is None else content.transcript
        label = f"{content.model.title}:\n" if content is not None and content.simulated else ""
        source = "" if content is None else origin_of(content)
        newest = label + str(transcript.with_turns(transcript.turns[-(most or 0) :]))
        return {
            "text/html": static_html(transcript, source=source, css_class=self.css_class, most=most, note=SAVED_COPY),
            "text/plain": newest or "No speech recognised yet.",
        }
