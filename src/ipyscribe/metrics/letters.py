"""The letters of a text brought to one form before texts are compared: apostrophes, invisible characters, case.

Nothing here changes the words. Every normaliser needs it first, because two encodings of one letter
("won't" with U+0027 or U+2019) otherwise become two words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from ipyscribe.errors import ParameterError

CHARACTER_LANGUAGES = frozenset(("zh", "yue", "ja", "th", "lo", "km", "my"))
"""Languages written without spaces between words: their characters are scored and compared."""

TAGS = re.compile(r"\[[^\[\]]*\]")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u2032\u055a\uff07\u0060\u00b4"), "'")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2212\ufe63\uff0d"), "-")
_TATWEEL, _JOINER = "\u0640", "\u034f"
_FRACTION_SLASH = "\u2044"
_ORDINAL_SIGNS = re.compile("([\u00ba\u00aa])")
_DOTTED_I = "i\u0307"
_TWO_LETTERS_I = {"tr", "az"}
_NOT_BETWEEN_DIGITS = re.compile(r"(?<!\d) | (?!\d)")


def language_code(language: str) -> str:
    """The code of a language without its region: "de" of "de-AT". Raises ``ParameterError``."""
    code = language.replace("_", "-").split("-")[0].casefold() if isinstance(language, str) else ""
    if not code.isalpha():
        raise ParameterError(f"language={language!r} is not a language code.", advice='Give one such as "en" or "de".')
    return code


def cleaned(text: str) -> str:
    """``text`` with one form of each letter: compatibility forms composed (NFKC), digits of all scripts as 0 to 9,
    one apostrophe, one hyphen; without invisible characters (soft hyphen, zero-width space, byte order mark).

    A fraction such as one half becomes " 1/2", apart from a number before it.
    """
    if text.isascii():
        return text
    text = "".join(map(_visible, text.translate(_APOSTROPHES).translate(_HYPHENS)))
    parts = _ORDINAL_SIGNS.split(text)
    return "".join(part if part in "\u00ba\u00aa" else unicodedata.normalize("NFKC", part) for part in parts).replace(
        _FRACTION_SLASH, "/"
    )


def lowered(text: str, language: str) -> str:
    """``text`` in lower case; Turkish and Azerbaijani have two letters i, with a dot and without."""
    if language_code(language) in _TWO_LETTERS_I:
        text = text.replace("\u0130", "i").replace("I", "\u0131")
    return text.lower().replace(_DOTTED_I, "i")


@lru_cache(maxsize=65_536)
def plain(word: str, language: str = "en") -> str:
    """``word`` in lower case without punctuation around it; empty where nothing else is left.

    The sign of a number, "%" and "#" are no punctuation. One word stays one word, which no normaliser of
    whole texts promises: this is the key by which words of different transcripts are aligned.
    """
    letters = lowered(cleaned(word), language).casefold().strip()
    start, end = 0, len(letters)
    while start < end and _is_edge(letters[start]) and not _is_sign(letters, start):
        start += 1
    while start < end and _is_edge(letters[end - 1]):
        end -= 1
    return letters[start:end]


def says_something(text: str) -> bool:
    """Whether ``text`` holds a word besides tags such as "[Silence]"."""
    return any(plain(word) for word in TAGS.sub(" ", text).split())


def joined(keys: Sequence[str]) -> str:
    """``keys`` as one text without spaces, except between two numbers: "9 11" is not "911"."""
    return _NOT_BETWEEN_DIGITS.sub("", " ".join(keys))


@lru_cache(maxsize=4_096)
def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf" or letter in (_TATWEEL, _JOINER) or "\ufe00" <= letter <= "\ufe0f":
        return ""
    if category in ("Cc", "Co", "Cn", "Cs", "Zl", "Zp"):
        return " "
    if category == "Nd":
        return str(unicodedata.digit(letter))
    if category == "No" and _FRACTION_SLASH in unicodedata.normalize("NFKC", letter):
        return f" {letter}"
    return letter


def _is_edge(letter: str) -> bool:
    return letter.isspace() or (unicodedata.category(letter)[0] == "P" and letter not in "%#")


def _is_sign(letters: str, at: int) -> bool:
    following = letters[at + 1 : at + 2]
    return letters[at] == "-" and (following.isdigit() or (following != "" and unicodedata.category(following) == "Sc"))
