"""How languages write and say numbers, as far as text2num does not know it: signs, currencies, ordinals, times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_EUROS = r"euros?"
_ISO = {"€": "eur", "$": "usd", "£": "gbp", "¥": "jpy"}


@dataclass(frozen=True, slots=True)
class NumeralRules:
    """The words of one language around numbers, as alternatives of a regular expression unless said otherwise.

    ``words`` are whole words that stand for a numeral when they stand alone. ``ordinal`` matches what a written
    ordinal has after its digits, its group ``feminine`` included; ``scales`` gives what a number is multiplied by.
    """

    minus: str = "minus"
    plus: str = "plus"
    percent: str = r"percent"
    ampersand: str = "and"
    currencies: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    ordinal: str = r"(?!)"
    feminine_ordinal: str = r"(?!)"
    scales: Mapping[str, int] = field(default_factory=dict)
    one_before: str = r"(?!)"
    clock: tuple[tuple[str, str], ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    decimal_comma: bool = True
    years_in_pairs: bool = False

    @property
    def money(self) -> list[tuple[re.Pattern[str], str]]:
        """Patterns of a number with the word of a currency after it, and the currency's sign."""
        return [
            (re.compile(rf"(?<![\w.])(-?)(\d[\d.]*)\s*(?:d[ei]\s+|d')?(?:{words}|{_ISO.get(sign, '(?!)')})\b"), sign)
            for sign, words in self.currencies.items()
        ]


ENGLISH = NumeralRules(
    minus="minus|negative",
    percent=r"per ?cent|pct",
    currencies={"$": r"dollars?", "€": _EUROS, "£": r"pounds?", "¥": r"yen", "₹": r"rupees?"},
    scales={
        "hundred": 100,
        "thousand": 1_000,
        "million": 10**6,
        "billion": 10**9,
        "trillion": 10**12,
        "millions": 10**6,
        "billions": 10**9,
    },
    decimal_comma=False,
    years_in_pairs=True,
)
GERMAN = NumeralRules(
    percent=r"prozent",
    ampersand="und",
    currencies={"€": _EUROS, "$": r"dollars?", "£": r"pfund"},
    words={
        "ein": "1",
        "eins": "1",
        "null": "0",
        "erste": "1º",
        "ersten": "1º",
        "erster": "1º",
        "erstes": "1º",
        "erstem": "1º",
    },
    scales={"tausend": 1_000, "million": 10**6, "millionen": 10**6, "milliarde": 10**9, "milliarden": 10**9},
    one_before=r"eine(?= (?:million|milliarde|stunde|minute|sekunde)\b)",
    clock=((r"\b(\d{1,2})[:.](\d\d) uhr\b", r"\1 uhr \2"),),
    before=(
        (
            r"\b(der|die|das|dem|den|des|am|im|zum|zur|vom|beim|jede[rsnm]?)\s+(\d{1,3})\.(?=\s+\w)",
            r"\1 \2º",
        ),
        (
            r"\b(\d{1,2})\.(?=\s*(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\b)",
            r"\1º",
        ),
    ),
    years_in_pairs=True,
)
FRENCH = NumeralRules(
    minus="moins",
    percent=r"pour ?cent",
    ampersand="et",
    currencies={"€": _EUROS, "$": r"dollars?", "£": r"livres?"},
    words={"un": "1", "zéro": "0", "premier": "1º", "première": "1ª", "second": "2º", "seconde": "2ª"},
    ordinal=r"\.ᵉʳ|er|(?:i?[èe]me)|e",
    feminine_ordinal=r"[èe]?re",
    scales={"mille": 1_000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9},
    one_before=r"une(?= (?:heure|minute|seconde)\b)",
    clock=(
        (r"\b(\d{1,2}) ?(?:h|:) ?00\b", r"\1 heures"),
        (r"\b(\d{1,2}) ?(?:h|:) ?(\d\d)\b", r"\1 heures \2"),
        (r"\b(\d{1,2}) ?h\b", r"\1 heures"),
        (r"\b1 heures\b", "1 heure"),
    ),
)
SPANISH = NumeralRules(
    minus="menos",
    plus="más",
    percent=r"por ciento",
    ampersand="y",
    currencies={"€": _EUROS, "$": r"d[óo]lar(?:es)?", "£": r"libras?"},
    words={
        "un": "1",
        "uno": "1",
        "cero": "0",
        "primer": "1º",
        "primero": "1º",
        "primera": "1ª",
        "segundo": "2º",
        "segunda": "2ª",
    },
    ordinal=r"\.?º|\.ᵉʳ|\.?er|\.?ro|\.?do|\.?to|\.?vo",
    feminine_ordinal=r"\.?ª|\.?ra|\.?da|\.?ta|\.?va",
    scales={"mil": 1_000, "millón": 10**6, "millones": 10**6},
    one_before=r"una(?= horas?\b)",
    clock=((r"\b(\d{1,2}):00\b", r"\1"), (r"\b(\d{1,2})(?::| ?h ?)(\d\d)\b", r"\1 \2")),
    before=(
        (r"\bveintiún\b", "veintiuno"),
        (r"\bprimer\b", "primero"),
        (r"\btercer\b", "tercero"),
        (r"\b(\d+)\.(?=[ºª])", r"\1"),
        (r"\bdiez y (?=seis|siete|ocho|nueve)", "dieci"),
    ),
)
PORTUGUESE = NumeralRules(
    minus="menos",
    plus="mais",
    percent=r"por ?cento",
    ampersand="e",
    currencies={"€": _EUROS, "$": r"d[óo]lar(?:es)?", "£": r"libras?"},
    words={"um": "1", "zero": "0", "primeiro": "1º", "primeira": "1ª"},
    ordinal=r"\.?º|°|\.?o",
    feminine_ordinal=r"\.?ª|\.?a",
    scales={"mil": 1_000, "milhão": 10**6, "milhões": 10**6},
    one_before=r"uma(?= horas?\b)",
    clock=(
        (r"\b(\d{1,2}) ?h ?(\d\d)\b", r"\1 horas e \2"),
        (r"\b(\d{1,2}):00\b", r"\1"),
        (r"\b(\d{1,2}):(\d\d)\b", r"\1 \2"),
    ),
    before=((r"\b(\d+)\.(?=[ºª])", r"\1"),),
)
ITALIAN = NumeralRules(
    minus="meno",
    plus="più",
    percent=r"per ?cento",
    ampersand="e",
    currencies={"€": r"euro", "$": r"dollar[oi]", "£": r"sterlin[ae]"},
    words={"un": "1", "uno": "1", "zero": "0", "primo": "1º"},
    ordinal=r"\.?º|°",
    feminine_ordinal=r"\.?ª",
    scales={"mille": 1_000, "mila": 1_000, "milione": 10**6, "milioni": 10**6, "miliardo": 10**9, "miliardi": 10**9},
    one_before=r"un'(?=ora\b)",
    clock=((r"\b(\d{1,2}):00\b", r"\1"), (r"\b(\d{1,2}):(\d\d)\b", r"\1 e \2")),
    before=((r"\b(\d+)\.(?=[ºª])", r"\1"),),
)
DUTCH = NumeralRules(
    minus="min|minus",
    percent=r"procent",
    ampersand="en",
    currencies={"€": r"euro(?:'?s)?", "$": r"dollars?", "£": r"pond"},
    words={"een": "1", "één": "1", "nul": "0", "eerste": "1º"},
    ordinal=r"ste|de|e",
    scales={"duizend": 1_000, "miljoen": 10**6, "miljard": 10**9},
    clock=((r"\b(\d{1,2})[:.](\d\d) uur\b", r"\1 uur \2"), (r"\b(\d{1,2}):(\d\d)\b", r"\1 uur \2")),
    years_in_pairs=True,
)
OTHER = NumeralRules(minus=r"(?!)", plus=r"(?!)", percent=r"(?!)", ampersand="&")
OTHER_WITH_POINT = NumeralRules(minus=r"(?!)", plus=r"(?!)", percent=r"(?!)", ampersand="&", decimal_comma=False)
RULES = {
    "en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "pt": PORTUGUESE, "it": ITALIAN, "nl": DUTCH,
}  # fmt: skip
"""The languages whose number words are folded: those that text2num has."""
_DECIMAL_POINT = frozenset(
    ("zh", "yue", "ja", "ko", "th", "hi", "bn", "ta", "te", "ur", "he", "ms", "sw", "tl", "cy", "ga")
)


def rules_of(code: str) -> NumeralRules:
    """The rules for a language; for one whose number words are not folded, those of signs and marks alone."""
    return RULES.get(code) or (OTHER_WITH_POINT if code in _DECIMAL_POINT else OTHER)
