"""Words of languages without spaces, cut into characters: models do not agree on where words begin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from msgspec.structs import replace as replace_struct

from ipyscribe.metrics.appearance import Appearance
from ipyscribe.metrics.letters import CHARACTER_LANGUAGES, language_code

_LATIN_OR_OTHER = re.compile(r"[A-Za-z0-9\u00c0-\u024f.,:'%$\u20ac-]*[A-Za-z0-9\u00c0-\u024f%]|\S")


def in_characters(appearances: Iterable[Appearance], language: str) -> list[Appearance]:
    """``appearances`` as they are, or cut into characters where ``language`` is compared by characters."""
    if language_code(language) not in CHARACTER_LANGUAGES:
        return list(appearances)
    return [piece for appearance in appearances for piece in _cut(appearance)]


def characters(text: str) -> list[str]:
    """The characters of ``text`` with their marks and the punctuation after them; Latin words and numbers whole."""
    pieces: list[str] = []
    for piece in _LATIN_OR_OTHER.findall(text):
        if pieces and unicodedata.category(piece[0])[0] in "MP" and len(piece) == 1:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _cut(appearance: Appearance) -> Iterator[Appearance]:
    """One appearance for each character, the time of the word divided evenly."""
    word = appearance.word
    pieces = characters(word.text) or [word.text]
    length_ms = (word.end_ms - word.start_ms) / len(pieces)
    for number, piece in enumerate(pieces):
        start_ms, end_ms = (round(word.start_ms + length_ms * (number + edge)) for edge in (0, 1))
        cut = replace_struct(word, text=piece, start_ms=start_ms, end_ms=end_ms)
        yield replace(appearance, word=cut, index=appearance.index if number == 0 else max(appearance.index, 1))
