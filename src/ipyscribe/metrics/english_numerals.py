"""English numbers as they are said: clock times, fractions, decades, digits one by one, cents, telephone numbers."""

from __future__ import annotations

import re
from decimal import Decimal

from ipyscribe.metrics.numeral_rules import ENGLISH
from ipyscribe.metrics.numerals import fold

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_SMALL = {
    name: str(value)
    for value, name in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)
}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8,
    "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10,
}  # fmt: skip
_FRACTION = re.compile(rf"\b({'|'.join(_SMALL)}|[1-9])[ -]({'|'.join(_PARTS)})\b")
_DENOMINATORS = frozenset((*range(2, 11), 16, 32, 64, 100))
_FINITE = frozenset((2, 4, 5, 8, 10, 16, 100))
_LETTERS = {"k": " thousand", "m": " million", "bn": " billion", "b": " billion"}
_PLURALS = {
    "ones": "1s", "twos": "2s", "threes": "3s", "fours": "4s", "fives": "5s", "sixes": "6s", "sevens": "7s",
    "eights": "8s", "nines": "9s", "tens": "10s", "hundreds": "100s", "thousands": "1000s", "millions": "1000000s",
    "billions": "1000000000s",
    "twenties": "20s", "thirties": "30s", "forties": "40s", "fifties": "50s", "sixties": "60s", "seventies": "70s",
    "eighties": "80s", "nineties": "90s",
}  # fmt: skip
_SYMBOLS = (
    (r"\u00b0\s*c\b", " degrees celsius "), (r"\u00b0\s*f\b", " degrees fahrenheit "), ("\u00b0", " degrees "),
    (r"#(?=\d)", " number "), (r"(?<=\d)\s*\u2013\s*(?=\d)", " to "), (r"\bo'\s?clock\b", "oclock"),
    (r"(?<=\b[a-z])\+\+", " plus plus"), (r"(?<=\b[cf])#", " sharp"),
    (r"\((\d{3})\)\s*(?=\d)", r"\1-"),
)  # fmt: skip
_TIMES = (
    (r"\b(\d{1,2}):00(?=\s*[ap]\.?\s?m\b)", r"\1"), (r"\b(1?\d|2[0-4]):00\b(?!:)", r"\1 oclock"),
    (r"(?<![\d:])([1-9]):0(\d)\b(?!:)", r"\g<1>0\2"), (r"(?<![\d:])(1\d|2[0-4]):([0-5]\d)\b(?!:)", r"\1\2"),
    (r"(?<=\d):(?=\d)", " "),
)  # fmt: skip
_HOURS = "|".join((*_SMALL, "eleven", "twelve", "1[0-2]|[1-9]"))
_PAST = (
    (rf"\bhalf past ({_HOURS})\b", r"\1 thirty"), (rf"\b(?:a )?quarter past ({_HOURS})\b", r"\1 fifteen"),
)  # fmt: skip
_PHONE = re.compile(r"(?<![\w-])(?:1-)?(?:\d{3}-)?\d{3}-\d{4}(?![\w-])")
_DIGIT = r"(?:oh|o|0\d+|\d)"
_DIGITS_ALOUD = re.compile(rf"(?<![\w.$€£-]){_DIGIT}(?: {_DIGIT})+(?![\w.%]\w)(?!\w)")
_LEADING_OH = re.compile(r"(?<![\w.])(1\d|2[0-4]) (?:oh|o) (\d)(?!\w)")
_COINS = r"cents?|pence"


def fold_english(text: str) -> str:
    """``text``, clean and in lower case, with its numbers in one form; see ``numerals.fold``."""
    for pattern, replacement in (*_SYMBOLS, *_PAST, *_TIMES):
        text = re.sub(pattern, replacement, text)
    text = _PHONE.sub(lambda number: number[0].replace("-", ""), text)
    text = re.sub(r"([$€£]\s?)(\d[\d.,]*)\s?(k|m|bn|b)\b", lambda sum_: sum_[1] + sum_[2] + _LETTERS[sum_[3]], text)
    text = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=(?!(?:st|nd|rd|th|s)\b)[a-z])", " ", text)
    text = re.sub(r"(?<=\d)'s\b", "s", text)
    text = re.sub(r"\b(double|triple) (\w+)\b", _repeated, text)
    text = re.sub(r"\band a (half|quarter|third)\b", lambda part: f"and 1/{_PARTS[part[1]]}", text)
    text = _FRACTION.sub(_spoken_fraction, text)
    text = re.sub(rf"\b({'|'.join(_PLURALS)})\b", lambda word: _PLURALS[word[0]], text)
    return fold(text, ENGLISH, "en", combine=_combined)


def _combined(text: str) -> str:
    """What belongs together once words are digits."""
    text = re.sub(r"\ba (?=10{2,}\b)", "", text)
    text = re.sub(r"(^|\b(?:is|was|by|of|to|about|than|minus|negative) )point (?=\d)", r"\g<1>0.", text)
    text = _DIGITS_ALOUD.sub(_aloud, text)
    text = _LEADING_OH.sub(r"\g<1>0\2", text)
    text = re.sub(r"\b(1\d|20) (\d0s)\b", r"\1\2", text)
    text = re.sub(r"(?<![\w./])(\d+) (?:and )?(\d+)/(\d+)(?![\w/])", _mixed, text)
    text = re.sub(r"(?<![\w./])(\d+)/(\d+)(?![\w/])", _slashed, text)
    text = re.sub(r"(?<=\d)/(?=\d)(?<!\b\d/)(?<!\b\d\d/)", " ", text)
    text = re.sub(rf"\b({_MONTHS}) (\d{{1,2}})(?:st|nd|rd|th)\b", r"\1 \2", text)
    text = re.sub(rf"\b(\d{{1,2}})(?:st|nd|rd|th) ({_MONTHS})\b", r"\1 \2", text)
    text = re.sub(
        rf"\b(\d+) (dollars?|euros?|pounds?) (?:(?:and )?(\d{{1,2}}) (?:{_COINS})|(\d\d)\b(?! ?%))",
        lambda sum_: f"{sum_[1]}.{int(sum_[3] or sum_[4]):02d} {sum_[2]}",
        text,
    )
    text = re.sub(r"(?<![\w.$€£])(\d{1,2}) ?(?:cents?|¢)(?!\w)", lambda coins: f"$0.{int(coins[1]):02d}", text)
    return re.sub(r"(?<![\w.$€£])(\d{1,2}) pence\b", lambda coins: f"£0.{int(coins[1]):02d}", text)


def _aloud(run: re.Match[str]) -> str:
    """Digits that are said one by one, three and more, as one number."""
    digits = re.sub(r"oh|o", "0", run[0]).replace(" ", "")
    return digits if len(digits) > 2 else run[0]


def _repeated(words: re.Match[str]) -> str:
    times = 2 if words[1] == "double" else 3
    digit = words[2] in _SMALL or words[2] in ("zero", "oh", "o") or (words[2].isdigit() and len(words[2]) == 1)
    return " ".join([words[2]] * times) if digit else words[0]


def _spoken_fraction(words: re.Match[str]) -> str:
    """ "two thirds" as 2/3; "one second" and "two third" are none."""
    count = int(_SMALL.get(words[1], words[1]))
    plural = words[2].endswith("s")
    return f"{count}/{_PARTS[words[2]]}" if plural == (count > 1) else words[0]


def _mixed(number: re.Match[str]) -> str:
    whole, part, of = int(number[1]), int(number[2]), int(number[3])
    if part >= of or of not in _DENOMINATORS:
        return number[0]
    if of in _FINITE:
        return str((whole + Decimal(part) / of).normalize())
    return f"{whole}+{part}/{of}"


def _slashed(number: re.Match[str]) -> str:
    """A fraction as it is; a date or "24/7" as two numbers."""
    part, of = int(number[1]), int(number[2])
    return number[0] if part < of and of in _DENOMINATORS else f"{number[1]} {number[2]}"
