"""What stays of a session in the saved notebook: HTML without script, for every place that shows outputs.

A saved notebook holds no widget state by default, so without its kernel the widget is gone. This second output
is hidden by the widget while that is alive, by a rule for its class that goes with the view.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from ipyscribe.export import static_html
from ipyscribe.export.what import described
from ipyscribe.session import Session
from ipyscribe.transcript import Transcript, Turn


class StaticOutput:
    """One HTML output per place where the widget was displayed, all brought up to date together."""

    def __init__(self) -> None:
        self.css_class = f"ipyscribe-static-{secrets.token_hex(4)}"
        self._handles: list[Any] = []
        self._lock = threading.Lock()
        self._written: tuple[Turn, ...] | None = None

    def display(self, session: Session | None) -> None:
        """Show it below what the running cell has displayed so far."""
        from IPython.display import DisplayHandle

        handle = DisplayHandle()
        with self._lock:
            self._handles.append(handle)
            handle.display(self._bundle(session), raw=True)

    def update(self, session: Session | None) -> None:
        """Write what was said by now."""
        transcript = Transcript() if session is None else session.transcript
        with self._lock:
            if not self._handles or transcript.turns == self._written:
                return
            self._written = transcript.turns
            bundle = self._bundle(session)
            for handle in self._handles:
                handle.update(bundle, raw=True)

    def _bundle(self, session: Session | None) -> dict[str, str]:
        transcript = Transcript() if session is None else session.transcript
        mark = f"{session.model.title}:\n" if session is not None and session.simulated else ""
        return {
            "text/html": static_html(
                transcript, source="" if session is None else described(session), css_class=self.css_class
            ),
            "text/plain": mark + str(transcript) or "Nothing was said yet.",
        }
