"""The copy of a comparison in the saved notebook."""

from __future__ import annotations

from typing import Any

from ipyscribe.comparison import SideBySide
from ipyscribe.comparison.static_page import Numbers, plain_text, static_comparison
from ipyscribe.widgets.shared.saved_copy import SavedCopy

_MOST_PIECES = 8_000
"""While it runs the copy is written again and again, and the browser parses it each time: only the newest part."""


class ComparisonCopy(SavedCopy[tuple[SideBySide, Numbers]]):
    """One HTML output for each place where the comparison was displayed."""

    def _mark(self, what: tuple[SideBySide, Numbers]) -> Any:
        comparison, numbers = what
        return (comparison.settled.version, comparison.done, numbers)

    def _bundle(self, what: tuple[SideBySide, Numbers]) -> dict[str, str]:
        comparison, numbers = what
        most = None if comparison.done else _MOST_PIECES
        html = static_comparison(comparison, numbers, css_class=self.css_class, most=most)
        return {"text/html": html, "text/plain": plain_text(comparison)}
