"""Text from elsewhere, for a person to read: nothing in it acts on a terminal or a page, or hides its meaning.

Servers, files, devices and tapes can put in their texts what a terminal obeys and what turns the direction of
writing around. The data (words, frames, settings) keep such characters, and whatever shows them takes them away with
``plain``. What is only there to be shown (errors, notices, labels, servers, tables) is plain as soon as it is made.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

_BLANKED = ("Cc", "Cs", "Zl", "Zp")
# Persian, the languages of India, Thai, Khmer and emoji are not spelt right without the first three; the others
# are drawn, before an Arabic, Syriac or Kaithi number.
_NEEDED = frozenset(
    "\u200b\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)


def plain(text: str) -> str:
    """``text`` on one line as it is read: controls become spaces, and what is invisible and steers goes.

    Those are the C0 and C1 controls, line and paragraph separators, halves of surrogate pairs and characters
    that XML forbids; and all format characters that no script needs, so that the direction of the text follows
    from its letters alone (Unicode Standard Annex 9).
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def plain_json(value: Any, *, keep_lines: bool = False) -> Any:
    """``value``, as JSON has it, with every string in it made plain; ``keep_lines`` keeps their line breaks."""
    if isinstance(value, str):
        return plain_lines(value) if keep_lines else plain(value)
    if isinstance(value, dict):
        return {plain_json(name): plain_json(each, keep_lines=keep_lines) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(each, keep_lines=keep_lines) for each in value]
    return value


def plain_lines(text: str) -> str:
    """``text`` made plain line by line."""
    return "\n".join(map(plain, text.split("\n")))


@lru_cache(1024)
def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in _BLANKED or ord(letter) & 0xFFFE == 0xFFFE:
        return " "
    return "" if category == "Cf" and letter not in _NEEDED else letter
