"""Writing systems that put no spaces between words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

# Unicode blocks of Thai, Lao, Tibetan, Myanmar, Khmer, Han, Hiragana, Katakana and Bopomofo with their punctuation.
_BLOCKS = (
    (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0x1A20, 0x1AAF), (0x2E80, 0x312F),
    (0x31A0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F), (0xFF01, 0xFF9F), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
_FIRST = [first for first, _ in _BLOCKS]


def writes_without_spaces(character: str) -> bool:
    """True for a letter or mark of Chinese, Japanese, Thai, Lao, Khmer, Burmese or Tibetan. Korean has spaces."""
    code = ord(character)
    index = bisect_right(_FIRST, code) - 1
    return index >= 0 and code <= _BLOCKS[index][1]


def needs_space(before: str, after: str) -> bool:
    """True where two texts are written with a space between them."""
    return not (writes_without_spaces(before[-1:] or " ") or writes_without_spaces(after[:1] or " "))


def joined_words(words: Iterable[str]) -> str:
    """``words`` as one text, with spaces between those that are written with them."""
    text = ""
    for word in filter(None, words):
        text += f" {word}" if text and needs_space(text, word) else word
    return text
