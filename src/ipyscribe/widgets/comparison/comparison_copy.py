"""What stays of a comparison in the saved notebook."""

from __future__ import annotations

from typing import Any

from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.comparison.static_page import TableText, plain_comparison, static_comparison
from ipyscribe.widgets.shared.saved_copy import SavedCopy

_MAX_PIECES = 8_000
"""While it runs it is written again and again, and each time the browser reads it anew: only the newest part."""


class ComparisonCopy(SavedCopy[tuple[ComparedLanes, TableText]]):
    """One HTML output per place where the comparison was displayed."""

    def _mark(self, what: tuple[ComparedLanes, TableText]) -> Any:
        lanes, table = what
        return (lanes.settled.version, lanes.done, table)

    def _bundle(self, what: tuple[ComparedLanes, TableText]) -> dict[str, str]:
        lanes, table = what
        max_pieces = None if lanes.done else _MAX_PIECES
        html = static_comparison(lanes, table, css_class=self.css_class, max_pieces=max_pieces)
        return {"text/html": html, "text/plain": plain_comparison(lanes)}
