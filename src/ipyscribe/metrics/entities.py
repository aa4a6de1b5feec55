"""The words that matter most: key terms, and the numbers, times, dates and names of a reference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ipyscribe.errors import EmptyReferenceError
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import TAGS
from ipyscribe.metrics.normalise import Normaliser

EntityType = Literal["numbers", "times", "dates", "names"]
Span = tuple[int, int]

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|januar|februar|märz|mai|juni|juli|oktober|dezember"
    "|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    "|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
    "|januari|februari|maart|mei|augustus"
)
_DAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    "|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
)
_DAY_WORD = (
    r"(?:twenty|thirty)?[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?|{_DAY_WORD})"
RULES: dict[EntityType, re.Pattern[str]] = {
    "times": re.compile(
        r"\b\d{1,2}[:h]\d\d\b(?:\s?[ap]\.?m\b)?|\b\w+ o['\u2019]clock\b|\b\d{1,2}\s?[ap]\.?m\b|\b\w+ uhr(?: \d\d?)?\b"
        r"|\b(?:half|quarter) past \w+",
        re.IGNORECASE,
    ),
    "dates": re.compile(
        rf"\b(?:{_MONTHS}) {_DAY}(?:,? \d{{4}})?(?!\w)|\b{_DAY} (?:of |de |di |d')?(?:{_MONTHS})\b(?: (?:de )?\d{{4}})?"
        rf"|\b\d{{1,4}}([./-])\d{{1,2}}\1\d{{2,4}}\b|\b(?:{_DAYS})\b",
        re.IGNORECASE,
    ),
    "names": re.compile(r"(?<![.?!\u2026:\"\u201c] )(?<!^)(?<!\n)\b[^\W\d_a-z]\w+(?:[ -][^\W\d_a-z]\w+)*"),
}
"""What is taken for a time, a date or a name in the text of a reference. A number is a word with a digit once the
text is normalised, outside of times and dates. Names are words in capitals within a sentence, in texts that have
both cases and languages that do not write all nouns so."""

_ALL_NOUNS = ("de",)


@dataclass(frozen=True, slots=True)
class Recall:
    """How many entities of a reference the hypothesis has at the same position; ``missed`` lists the others."""

    found: int
    spoken: int
    missed: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Recall = found / spoken: 0 to 1; 1 - missed entity rate. Raises ``EmptyReferenceError`` at 0 spoken."""
        if not self.spoken:
            raise EmptyReferenceError(
                "Recall is not defined for a reference without such words.", advice="Give terms of the reference."
            )
        return self.found / self.spoken

    def __add__(self, other: Recall) -> Recall:
        return Recall(self.found + other.found, self.spoken + other.spoken, _both(self.missed, other.missed))


@dataclass(frozen=True, slots=True)
class KeytermScore:
    """How often key terms are in the reference, and in the hypothesis correctly and wrongly.

    ``found`` of ``spoken`` are where the reference has them; ``false_positives`` are in the hypothesis where the
    reference has something else, the effect of boosting a list too much. ``missed`` and ``invented``
    list the terms.
    """

    found: int
    spoken: int
    false_positives: int
    missed: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        """Found / spoken: 0 to 1. Raises ``EmptyReferenceError`` where no term is in the reference."""
        return self.found / _nonzero(self.spoken)

    @property
    def precision(self) -> float:
        """Found / (found + false positives): 0 to 1. Raises ``EmptyReferenceError`` where the hypothesis has none."""
        return self.found / _nonzero(self.found + self.false_positives)

    @property
    def f1(self) -> float:
        """2 found / (2 found + missed + false positives): the harmonic mean of precision and recall, 0 to 1.

        Raises ``EmptyReferenceError`` where no term is in either text.
        """
        return 2 * self.found / _nonzero(self.spoken + self.found + self.false_positives)

    def __add__(self, other: KeytermScore) -> KeytermScore:
        return KeytermScore(
            self.found + other.found,
            self.spoken + other.spoken,
            self.false_positives + other.false_positives,
            _both(self.missed, other.missed),
            _both(self.invented, other.invented),
        )


def keyterm_score(keyterms: Iterable[str], reference: str, hypothesis: str, by: Normaliser) -> KeytermScore:
    """Key terms of ``reference`` and ``hypothesis`` where the two are aligned, after normalisation.

    A term of several words is found where each of them is a hit of the alignment. ``keyterms`` is any list: the
    one that was boosted, or another, to see how boosting affects other words.
    """
    reference_units, hypothesis_units = by(reference), by(hypothesis)
    hits, hypothesis_hits = _hits(reference_units, hypothesis_units)
    hit_count = spoken = false_positives = 0
    missed: list[str] = []
    invented: list[str] = []
    for term in dict.fromkeys(keyterms):
        units = by(term)
        spans = list(_occurrences(units, reference_units))
        found_here = sum(all(hits[start:end]) for start, end in spans)
        false_here = sum(not all(hypothesis_hits[start:end]) for start, end in _occurrences(units, hypothesis_units))
        hit_count, spoken, false_positives = hit_count + found_here, spoken + len(spans), false_positives + false_here
        missed += [term] if found_here < len(spans) else []
        invented += [term] if false_here else []
    return KeytermScore(hit_count, spoken, false_positives, tuple(missed), tuple(invented))


def entity_recall(reference: str, hypothesis: str, by: Normaliser) -> dict[EntityType, Recall]:
    """Recall of the numbers, times, dates and names of ``reference``, as found by ``RULES``, after normalisation."""
    units = by(reference)
    hits, _ = _hits(units, by(hypothesis))
    text = TAGS.sub(" ", reference)
    spans: dict[EntityType, list[Span]] = {
        "dates": _spans(RULES["dates"], text, units, by),
        "times": _spans(RULES["times"], text, units, by),
        "names": _spans(RULES["names"], text, units, by) if _has_casing(text, by) else [],
    }
    taken = {index for kind in ("dates", "times") for start, end in spans[kind] for index in range(start, end)}
    spans["names"] = [span for span in spans["names"] if taken.isdisjoint(range(*span))]
    spans["numbers"] = [(start, end) for start, end in _numbers(units) if taken.isdisjoint(range(start, end))]
    return {kind: _recall(spans[kind], units, hits, by) for kind in ("numbers", "times", "dates", "names")}


def _recall(spans: Sequence[Span], units: Sequence[str], hits: Sequence[bool], by: Normaliser) -> Recall:
    missed = [by.joined(units[start:end]) for start, end in spans if not all(hits[start:end])]
    return Recall(len(spans) - len(missed), len(spans), tuple(dict.fromkeys(missed)))


def _numbers(units: Sequence[str]) -> Iterator[Span]:
    """Units with a digit; where units are characters, complete runs of digits."""
    start: int | None = None
    for index, unit in enumerate((*units, "")):
        single = len(unit) == 1 and unit.isdigit()
        if start is not None and not single:
            yield start, index
            start = None
        if single and start is None:
            start = index
        elif not single and any(letter.isdigit() for letter in unit):
            yield index, index + 1


def _has_casing(text: str, by: Normaliser) -> bool:
    return by.language not in _ALL_NOUNS and any(map(str.islower, text)) and any(map(str.isupper, text))


def _spans(rule: re.Pattern[str], text: str, units: Sequence[str], by: Normaliser) -> list[Span]:
    """The positions in ``units`` of the matches of ``rule``, except those that normalisation joins to neighbours."""
    spans: list[Span] = []
    start = 0
    for match in rule.finditer(text):
        span = next((span for span in _occurrences(by(match[0]), units) if span[0] >= start), None)
        if span is not None:
            spans.append(span)
            start = span[1]
    return spans


def _occurrences(phrase: Sequence[str], units: Sequence[str]) -> Iterator[Span]:
    for start in range(len(units) - len(phrase) + 1 if phrase else 0):
        if list(units[start : start + len(phrase)]) == list(phrase):
            yield start, start + len(phrase)


def _hits(first: Sequence[str], second: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """For each unit of both, whether it is a hit of their alignment."""
    hits, other_hits = [False] * len(first), [False] * len(second)
    for kind, start, end, other_start, other_end in edits(first, second):
        if kind == "equal":
            hits[start:end] = [True] * (end - start)
            other_hits[other_start:other_end] = [True] * (other_end - other_start)
    return hits, other_hits


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _nonzero(count: int) -> int:
    if not count:
        raise EmptyReferenceError(
            "No key term is in these texts, so this figure is not defined.", advice="Give terms of the reference."
        )
    return count
