"""The copy of a comparison in the saved notebook."""

from __future__ import annotations

from typing import Any

from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.comparison.compared_text import TableText
from ipyscribe.comparison.static_page import plain_comparison, static_comparison
from ipyscribe.export.static_style import SAVED_COPY
from ipyscribe.widgets.shared.saved_copy import SavedCopy

_MAX_PIECES = 8_000
"""While it runs the copy is written again and again, and the browser parses it each time: only the newest part."""


class ComparisonCopy(SavedCopy[tuple[ComparedLanes, TableText]]):
    """The labels, aligned words, lanes and metrics of a comparison."""

    def version(self, content: tuple[ComparedLanes, TableText]) -> Any:
        """Which one it is, its settled words, whether there will be more, and its table."""
        lanes, table = content
        return (id(lanes), lanes.settled.version, lanes.done, table)

    def bundle(self, content: tuple[ComparedLanes, TableText]) -> dict[str, str]:
        """HTML, and the transcripts as text."""
        lanes, table = content
        max_pieces = None if lanes.done else _MAX_PIECES
        html = static_comparison(lanes, table, css_class=self.css_class, max_pieces=max_pieces, note=SAVED_COPY)
        return {"text/html": html, "text/plain": plain_comparison(lanes)}
