"""The browser's half of each widget: an ES module with its imports in front of it, and its style sheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ipyscribe.export.javascript import bundled

_WIDGETS = Path(__file__).parents[1]
_COMMON = tuple(_WIDGETS / f"shared/{name}.css" for name in ("theme", "status_strip"))


def script(name: str) -> str:
    """The ES module ``widgets/name.js`` with all that it needs."""
    return bundled(_WIDGETS / f"{name}.js")


@cache
def style(*names: str) -> str:
    """The style sheets ``widgets/name.css`` after those that all widgets share."""
    sheets = (*_COMMON, *(_WIDGETS / f"{name}.css" for name in names))
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
