"""Text from elsewhere on a terminal."""

from __future__ import annotations

import unicodedata

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")


def plain(text: str) -> str:
    """``text`` without anything that a terminal would obey: control, format and line-breaking characters."""
    return "".join(" " if unicodedata.category(c) in _OBEYED else c for c in text)
