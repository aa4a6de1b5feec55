"""Text from elsewhere, for a person to read: nothing in it acts on a terminal or a page, or hides its meaning.

Servers, files and devices can put in their texts what a terminal obeys and what turns the direction of
writing around. The data keep such characters; whatever shows them takes them away with ``plain``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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


@lru_cache(1024)
def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in _BLANKED or ord(letter) & 0xFFFE == 0xFFFE:
        return " "
    return "" if category == "Cf" and letter not in _NEEDED else letter
