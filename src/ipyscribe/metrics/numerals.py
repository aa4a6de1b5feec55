"""Numbers brought to one form, so that "minus five", "-5" and "\u22125" are equal and "5" is not.

Spelled numbers become digits through text2num; signs, per cent and currencies stay with their number. What
comes out are numerals such as ``-5``, ``10%``, ``$1.50``, ``9th``, ``1/2``; clock times are their two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from ipyscribe.errors import MissingDependencyError
from ipyscribe.metrics.numeral_rules import NumeralRules

_SIGNS = "$€£¥₹¢"
_NUMERAL = re.compile(
    rf"(?<![^\W_])(?<!\d\.)[-+]?[{_SIGNS}]?\d+(?:[.:/+]\d+)*(?:%|st\b|nd\b|rd\b|th\b|s\b|º|ª)?(?![^\W_])"
)
_DECIMAL_MILLIONS = re.compile(r"(?<!\d)(\d+,\d{1,3}?)(000|000000|000000000)(?!\d)")
_FIRST_MASK, _PLANE, _MOST_MASKS = 0xF0000, 0xFFFE, 120_000
_MASKED = re.compile("[\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_WORD_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_BREAKS = re.compile(r"((?:[,;:!?\u2026\u2014\u2013\"()\u00ab\u00bb\u201c\u201d/]|\.(?!\d))+)")
_SPELLED_DIGITS = re.compile(r"(?<![\w.,:/$€£¥₹-])(?=\d(?: ?\d){2})(?:0\d*|\d)(?: (?:0\d*|\d))+(?![\w%,:/]|\.\d)")
_PAIR = re.compile(r"(?<![\w.:/$€£¥₹-])(1\d|2[0-4]) (\d\d)(?![\w%:/]|\.\d|\s*[$€£¥₹])")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f\u2009']\d{3})+(?![\d.,]?\d)")


def fold(text: str, rules: NumeralRules, language: str | None, combine: Callable[[str], str] = str) -> str:
    """``text``, clean and in lower case, with its numbers in one form.

    Number words are folded for a ``language`` of text2num; None leaves words alone. ``combine`` is called once
    words are digits. Raises ``MissingDependencyError`` without text2num.
    """
    text = _substituted(text, rules)
    text = _plain_decimals(text, rules)
    text = _scaled(text, rules)
    if language is not None:
        text = combine(_digits(text, rules, language))
        text = _ordinals(text, rules)
    text = _scaled(text, rules)
    text = _SPELLED_DIGITS.sub(lambda run: run[0].replace(" ", ""), text)
    if rules.years_in_pairs:
        text = _PAIR.sub(r"\1\2", text)
    return signed(text, rules)


def masked(text: str, also: str = "") -> tuple[str, list[str]]:
    """``text`` with each numeral replaced by a private character, which no normaliser touches, and the numerals.

    ``also`` is a regular expression of words that are replaced like numerals.
    """
    numerals: list[str] = []

    def mask(numeral: re.Match[str]) -> str:
        if len(numerals) > _MOST_MASKS:
            return numeral[0]
        numerals.append(numeral[0])
        number = len(numerals) - 1
        return f" {chr(_FIRST_MASK + number + (2 if number >= _PLANE else 0))} "

    return re.sub(f"{_NUMERAL.pattern}{also}", mask, text), numerals


def unmasked(text: str, numerals: list[str]) -> str:
    """``text`` with its numerals again."""

    def numeral(mask: re.Match[str]) -> str:
        number = ord(mask[0]) - _FIRST_MASK
        return numerals[number - 2 if number >= _PLANE else number]

    return _MASKED.sub(numeral, text)


def signed(text: str, rules: NumeralRules) -> str:
    """Signs, per cent and currencies joined to their numbers."""
    text = re.sub(rf"(?<!\d )\b(?:{rules.minus})\s+(?=[{_SIGNS}]?\d)", "-", text)
    text = re.sub(rf"(?<!\d )\b(?:{rules.plus})\s+(?=[{_SIGNS}]?\d)", "+", text)
    text = re.sub(r"(?<!\w)\u2013(?=\d)", "-", text)
    text = re.sub(r"(\d)\s*%", r"\1%", text)
    text = re.sub(r"(?<![\d%])%\s?(\d[\d.]*)(?!\d*%)", r"\1%", text)
    for pattern, sign in rules.money:
        text = pattern.sub(rf"\g<1>{sign}\g<2>", text)
    text = re.sub(rf"(?<![\w.])(-?)(\d[\d.]*)\s*([{_SIGNS}])(?!\d)", r"\1\3\2", text)
    text = re.sub(rf"([{_SIGNS}])\s*(-?)\s*(?=\d)", r"\2\1", text)
    text = re.sub(rf"([{_SIGNS}]\d+)\.0+(?!\d)", r"\1", text)
    text = re.sub(rf"([{_SIGNS}]\d+\.\d)(?!\d)", r"\g<1>0", text)
    return re.sub(r"(?<=[\w%])-(?=\d)|(?<=\d)-(?=\w)", " ", text)


def _substituted(text: str, rules: NumeralRules) -> str:
    text = re.sub(r"\s*&\s*", f" {rules.ampersand} ", text)
    text = re.sub(rf"\b(?:{rules.percent})\b", "%", text)
    for pattern, replacement in (*rules.clock, *rules.before):
        text = re.sub(pattern, replacement, text)
    return re.sub(rf"\b{rules.one_before}", "1", text)


def _plain_decimals(text: str, rules: NumeralRules) -> str:
    """Written numbers without marks between thousands and with a point before decimals."""
    if rules.decimal_comma:
        text = _SPACED_THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), text)
        text = re.sub(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?=\.\d)", lambda number: number[0].replace(",", ""), text)
        text = re.sub(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.]?\d)", lambda number: number[0].replace(".", ""), text)
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    else:
        text = re.sub(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!,?\d)", lambda number: number[0].replace(",", ""), text)
    return re.sub(r"(?<![\w.,])\.(?=\d)", "0.", text)


def _digits(text: str, rules: NumeralRules, language: str) -> str:
    """Number words as digits, between marks that end a phrase: "one, two" are two numbers."""
    convert = _text2num()
    text = _WORD_HYPHEN.sub(" ", text)
    parts = [
        part if number % 2 or not part.strip() else _converted(part, convert, language)
        for number, part in enumerate(_BREAKS.split(text))
    ]
    text = "".join(parts)
    if rules.words:
        words = "|".join(map(re.escape, rules.words))
        text = re.sub(rf"(?<![\w'])(?:{words})(?![\w'])", lambda word: rules.words[word[0]], text)
    return re.sub(r"(?<=\d),(?=\d)", ".", text) if rules.decimal_comma else text


def _converted(part: str, convert: Callable[[str, str, float], str], language: str) -> str:
    """``part`` with its number words as digits; an article that may mean one ("una") stays outside of English.

    text2num writes a German ordinal with a full stop, and "una coma cinco millones" as 1,5000000.
    """
    digits = convert(part, language, 0.0 if language == "en" else 1.5)
    if not _DECIMAL_MILLIONS.search(part):
        digits = _DECIMAL_MILLIONS.sub(r"\1 1\2", digits)
    return re.sub(r"(\d)\.(?!\d)", r"\1º", digits)


def _ordinals(text: str, rules: NumeralRules) -> str:
    text = re.sub(rf"(?<![\w.])(\d+)(?:{rules.feminine_ordinal})(?!\w)", r"\1ª", text)
    return re.sub(rf"(?<![\w.])(\d+)(?:{rules.ordinal})(?!\w)", r"\1º", text)


def _scaled(text: str, rules: NumeralRules) -> str:
    """ "5 million" and "2.5 1000000" as one number."""
    for word, factor in rules.scales.items():
        name = rf"{word}\b|{factor}(?!\d)(?![.,]\d)" if factor > 100 else rf"{word}\b"
        text = re.sub(
            rf"(?<![\w.])(\d{{1,3}}|\d+(?=\s+{word}\b)|\d+\.\d+)\s+(?:{name})(?:\s+(?:de|di)(?=\s))?",
            lambda number, factor=factor: _times(number[1], factor),  # type: ignore[misc]
            text,
        )
    return text


def _times(number: str, factor: int) -> str:
    product = Decimal(number) * factor
    return str(int(product)) if product == product.to_integral_value() else str(product)


def _text2num() -> Callable[[str, str, float], str]:
    try:
        from text_to_num import alpha2digit
    except ImportError:
        raise MissingDependencyError("text2num", purpose="Comparing numbers in words", extra="metrics") from None
    convert: Callable[[str, str, float], str] = alpha2digit
    return convert
