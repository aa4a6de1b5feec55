"""Where a line of subtitles may end, and how wide text is: in cells of a display with a fixed pitch.

A letter of Latin, Cyrillic or Thai takes one cell, one of Chinese, Japanese or Korean two, a combining mark none
(Unicode Standard Annex 11, as wcwidth reads it).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wcwidth import iter_graphemes, wcswidth

from ipyscribe.export.timed_words import TimedWord
from ipyscribe.transcript.scripts import needs_space

# Characters that begin no line and end no line (JIS X 4051, GB/T 15834), beside marks and closing punctuation.
_NOT_FIRST = (
    "\u3005\u303b\u309d\u309e\u30fd\u30fe\u30fc\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u30a1\u30a3\u30a5\u30a7\u30a9"
    "\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\uff01\uff0c\uff0e\uff1a\uff1b\uff1f\u3001\u3002\u30fb\uff5e\u301c\u2026\u0e2f\u0e46!,.:;?%"
    "\u0e30\u0e32\u0e33\u0e45"
)
_NOT_LAST = "\u0e40\u0e41\u0e42\u0e43\u0e44"  # Thai vowels that are written before their consonant

WORD_JOINER = "\u2060"
"""Invisible. At the end of a line: the word goes on in the next one; of a cue: so does the speaker, beside another."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a line that is not broken further; ``spaced`` as of a ``TimedWord``."""

    text: str
    spaced: bool = True


def cells(text: str) -> int:
    """The width of ``text`` in display cells."""
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def may_break(before: str, after: str) -> bool:
    """True where a line may end between these two texts, which no space separates."""
    first, last = after[:1], before[-1:]
    if not first or not last:
        return True
    category = unicodedata.category(first)
    if category[0] == "M" or category in ("Pe", "Pf") or first in _NOT_FIRST:
        return False
    return last not in _NOT_LAST and unicodedata.category(last) not in ("Ps", "Pi")


def lines_joined(lines: Sequence[str]) -> str:
    """The text of ``lines``, as it was before ``wrapped`` broke it."""
    text = ""
    for line in map(str.strip, lines):
        if text.endswith(WORD_JOINER) or not text or not needs_space(text, line):
            text = text.removesuffix(WORD_JOINER) + line
        else:
            text += f" {line}"
    return text.removesuffix(WORD_JOINER)


def fragments(words: Sequence[TimedWord], width: int) -> list[Fragment]:
    """``words`` as the fragments that lines of ``width`` cells are made of.

    Words that may not be parted are one fragment; a word wider than a line is cut between its graphemes.
    """
    parts: list[Fragment] = []
    for word in words:
        glued = bool(parts) and not word.spaced and not may_break(parts[-1].text, word.text)
        if glued:
            parts[-1] = Fragment(parts[-1].text + word.text, parts[-1].spaced)
        else:
            parts.append(Fragment(word.text, word.spaced))
    return [piece for part in parts for piece in _cut(part, width)]


def wrapped(parts: Sequence[Fragment], width: int, indent: int = 0) -> list[str]:
    """``parts`` in lines of at most ``width`` cells, the first of them ``indent`` cells shorter."""
    lines: list[str] = []
    line, filled = "", indent
    for part in parts:
        space = " " if part.spaced and line else ""
        size = cells(part.text)
        if line and filled + len(space) + size > width:
            lines.append(line + ("" if part.spaced or not needs_space(line, part.text) else WORD_JOINER))
            line, filled, space = "", 0, ""
        line += space + part.text
        filled += len(space) + size
    return [*lines, line] if line else lines


def balanced(parts: Sequence[Fragment], width: int, indent: int = 0) -> tuple[str, ...]:
    """``parts`` in as few lines as ``width`` allows, and these about equally wide."""
    count = len(wrapped(parts, width, indent))
    narrow, wide = max((cells(part.text) for part in parts), default=1), width
    while narrow < wide:
        middle = (narrow + wide) // 2
        if len(wrapped(parts, middle, indent)) <= count:
            wide = middle
        else:
            narrow = middle + 1
    return tuple(wrapped(parts, wide, indent))


def _cut(part: Fragment, width: int) -> Iterator[Fragment]:
    if cells(part.text) <= width:
        yield part
        return
    line, spaced = "", part.spaced
    for grapheme in iter_graphemes(part.text):
        if line and cells(line + grapheme) > width and may_break(line, grapheme):
            yield Fragment(line, spaced)
            line, spaced = "", False
        line += grapheme
    if line:
        yield Fragment(line, spaced)
