"""The browser's half of each widget, as one text.

Jupyter hands a widget's module to the browser as a string, where a relative import leads nowhere. So the
neighbours that a module imports are put in front of it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def script(name: str) -> str:
    """The ES module ``name``.js with all that it needs."""
    parts: dict[str, str] = {}
    _collect(name, parts)
    return "\n".join(parts.values())


@cache
def style(name: str) -> str:
    """The style sheet ``name``.css with the colours that all widgets share."""
    return "\n".join((_FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in ("theme", name))


def _collect(name: str, parts: dict[str, str]) -> None:
    text = (_FOLDER / f"{name}.js").read_text(encoding="utf-8")
    for neighbour in _IMPORT.findall(text):
        if neighbour not in parts:
            _collect(neighbour, parts)
    parts[name] = _EXPORT.sub("", _IMPORT.sub("", text))
