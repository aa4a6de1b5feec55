"""An ES module and the modules that it imports, as one text.

Jupyter hands a widget's module to the browser as a string, and a page opened from disk may import no file: in both a
relative import leads nowhere. So the imported modules are put in front of the importing one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def bundled(module: Path) -> str:
    """``module`` with all that it imports in front of it, each module once."""
    texts: dict[Path, str] = {}
    _collect(module, texts)
    return "\n".join(texts.values())


def _collect(module: Path, texts: dict[Path, str]) -> None:
    text = module.read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        path = (module.parent / imported).resolve()
        if path not in texts:
            _collect(path, texts)
    texts[module.resolve()] = _EXPORT.sub("", _IMPORT.sub("", text))
