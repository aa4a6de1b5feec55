"""What this package does to English before and after whisper-normalizer's ``EnglishTextNormalizer``."""

from __future__ import annotations

import re
from collections.abc import Callable

from ipyscribe.metrics.english_numerals import fold_english
from ipyscribe.metrics.numerals import masked, unmasked

_ACRONYM = re.compile(r"(?<![\w.])((?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?)")
_ANSWERS = (
    (r"\b(?:uh|nuh|unh|hu)-uh\b|\buhuh\b|\bnuhuh\b", "uhuh"),
    (r"\buh[- ]huh\b|\buhhuh\b", "uhhuh"),
    (r"\bm+[- ]?h+m+\b", "mmhmm"),
)
_WRITTEN = {"1": "one", "1s": "ones"}
_NUMBERS_LEFT = r"|\b(?:oh|o)\b"
_AFTER = (
    (r"</?\w+>", ""),
    (r"\bcannot\b", "can not"),
    (r"\bok\b", "okay"),
    (r"\b([ap]) m\b", r"\1m"),
    (r"\bph d(s?)\b", r"phd\1"),
)
_LETTERS = re.compile(r"(?<!\S)[b-hj-np-z](?: [b-hj-np-z])+(?!\S)|(?<!\S)[b-hj-np-z](?: [a-z]){2,}(?!\S)")


def around_whisper(whisper: Callable[[str], str]) -> Callable[[str], str]:
    """``whisper`` with this package's steps around it, for text that is clean and in lower case."""

    def normalise(text: str) -> str:
        text = re.sub(r"\.{2,}", " . ", text)
        text = _ACRONYM.sub(lambda letters: letters[0].replace(".", ""), text)
        for pattern, replacement in _ANSWERS:
            text = re.sub(pattern, replacement, text)
        text, numerals = masked(fold_english(text), _NUMBERS_LEFT)
        text = unmasked(whisper(text.replace(".", " ")), [_WRITTEN.get(numeral, numeral) for numeral in numerals])
        for pattern, replacement in _AFTER:
            text = re.sub(pattern, replacement, text)
        return _LETTERS.sub(lambda letters: letters[0].replace(" ", ""), text)

    return normalise
