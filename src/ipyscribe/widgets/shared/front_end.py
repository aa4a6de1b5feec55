"""The browser's half of each widget, as one text.

Jupyter hands a widget's module to the browser as a string, where a relative import leads nowhere. So the
neighbours that a module imports are put in front of it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_WIDGETS = Path(__file__).parents[1]
_THEME = _WIDGETS / "shared/theme.css"
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def script(name: str) -> str:
    """The ES module ``widgets/name.js`` with all that it needs."""
    parts: dict[Path, str] = {}
    _collect(_WIDGETS / f"{name}.js", parts)
    return "\n".join(parts.values())


@cache
def style(name: str) -> str:
    """The style sheet ``widgets/name.css`` with the colours that all widgets share."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (_THEME, _WIDGETS / f"{name}.css"))


def _collect(path: Path, parts: dict[Path, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for neighbour in _IMPORT.findall(text):
        needed = (path.parent / neighbour).resolve()
        if needed not in parts:
            _collect(needed, parts)
    parts[path.resolve()] = _EXPORT.sub("", _IMPORT.sub("", text))
