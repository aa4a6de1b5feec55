"""What two texts are brought to before they are compared, by name and version.

Two scores are comparable only where the same normaliser made them: forks of one normaliser give different
rates for the same words. So each score carries its normaliser's stamp, and scores with different stamps
cannot be added or stand in one table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Literal, TypeAlias, get_args

from ipyscribe.errors import MissingDependencyError, MixedScoresError, ParameterError
from ipyscribe.metrics.english import around_whisper
from ipyscribe.metrics.equivalents import Groups, checked_groups, digest, replaced
from ipyscribe.metrics.letters import CHARACTER_LANGUAGES, TAGS, cleaned, language_code, lowered
from ipyscribe.metrics.numeral_rules import RULES, rules_of
from ipyscribe.metrics.numerals import fold, masked, unmasked

Fillers = Literal["removed", "kept"]
NormaliserName = Literal["ipyscribe", "whisper"]
Unit = Literal["words", "characters"]
Equivalents: TypeAlias = Mapping[str, str] | Iterable[Iterable[str]]
RAW = "none"
VERSION = 1
_NO_MATCH = r"(?!)"
_OTHER_LETTER = r"[^\W\d_\u0000-\u024f]"  # of a script other than Latin
_NUMBER_EDGE = re.compile(rf"(?<={_OTHER_LETTER})(?=[-+]?[$€£¥₹]?\d)|(?<=[\d%$€£¥₹])(?={_OTHER_LETTER})")
_FILLERS_VERSION = 1
_FILLERS = {
    "de": "äh|ähm|öh|öhm|hm|hmm|mhm",
    "es": "eh|ehm|em|mmm|hmm|mhm",
    "fr": "euh|euhm|heu|hum|hmm|mhm",
    "it": "ehm|eh|uhm|mmm|hmm|mhm",
    "pt": "ahn|hum|hmm|mmm|mhm",
}


@dataclass(frozen=True, slots=True)
class Normaliser:
    """A way to bring texts to one form. Called with a text, it gives the words, or characters, that are compared.

    ``stamp`` is ``name@version``, the version being that of the libraries that it is built on; ``unit`` says
    whether words or characters are compared.
    """

    stamp: str
    text: Callable[[str], str] = field(repr=False)
    language: str = "en"
    unit: Unit = "words"
    name: NormaliserName = "ipyscribe"
    groups: Groups = field(default=(), repr=False)

    def __call__(self, text: str) -> list[str]:
        normalised = self.text(TAGS.sub(" ", text))
        units = normalised.split() if self.unit == "words" else list("".join(normalised.split()))
        return replaced(units, self._equal_units()) if self.groups else units

    def with_fillers(self) -> Normaliser:
        """The same with fillers ("uh", "um") counted as words."""
        return normaliser(self.language, name=self.name, fillers="kept", equivalents=self.groups)

    @property
    def folds_numbers(self) -> bool:
        """Whether number words and digits are brought to one form: in the languages that text2num has."""
        return self.language == "en" or (self.name == "ipyscribe" and self.language in RULES)

    @property
    def separator(self) -> str:
        """What stands between two units in a text: a space between words, nothing between characters."""
        return " " if self.unit == "words" else ""

    def joined(self, units: Iterable[str]) -> str:
        """``units`` as one text, whose characters are those of a character error rate."""
        return self.separator.join(units)

    def _equal_units(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        return _equal_units(self.language, self.name, self.groups)


def normaliser(
    language: str = "en",
    *,
    name: NormaliserName = "ipyscribe",
    fillers: Fillers = "removed",
    equivalents: Equivalents = (),
) -> Normaliser:
    """The normaliser for a language, given by its code ("en", "de-AT").

    ``name="whisper"`` is whisper-normalizer as it comes: ``EnglishTextNormalizer`` for English, for every other
    language ``BasicTextNormalizer`` with marks preserved. ``"ipyscribe"``, the default, puts steps of this
    package before and after it: one apostrophe and no invisible characters, numbers in one form with their sign,
    per cent and currency (number words through text2num, for de, en, es, fr, it, nl, pt), lower case by the
    language's rules, acronyms with and without full stops; for zh, yue, ja, th, lo, km and my characters are
    compared instead of words. docs/scores.md shows both on several hundred pairs of texts. Both drop what stands
    in brackets, which is where whisper-rt names sounds ("[Music]").

    ``fillers``: "uh", "um" and the like "removed", which is what the English one does by itself, or "kept".
    For de, es, fr, it and pt the removed ones are this package's lists; other languages have none, and both
    ways are the same.

    ``equivalents`` are words or phrases to be taken for the same: groups such as ``[["alright", "all right"]]``,
    or a mapping from one writing to another. All of this is in the stamp.

    Raises ``MissingDependencyError`` without whisper-normalizer or text2num, ``ParameterError`` for other values.
    """
    code = language_code(language)
    if fillers not in get_args(Fillers):
        raise ParameterError(f"fillers={fillers!r} cannot be used.", advice='Expected "removed" or "kept".')
    if name not in get_args(NormaliserName):
        raise ParameterError(f"normaliser={name!r} cannot be used.", advice='Expected "ipyscribe" or "whisper".')
    return _made(code, name, fillers, checked_groups(equivalents))


@lru_cache(maxsize=64)
def _made(code: str, name: NormaliserName, fillers: Fillers, groups: Groups) -> Normaliser:
    stamp, text = (_whisper if name == "whisper" else _own)(code, fillers)
    unit: Unit = "characters" if name == "ipyscribe" and code in CHARACTER_LANGUAGES else "words"
    stamp += f"+equivalents-{digest(groups)}" if groups else ""
    return Normaliser(stamp, lru_cache(maxsize=64)(text), code, unit, name, groups)


@lru_cache(maxsize=64)
def _equal_units(code: str, name: NormaliserName, groups: Groups) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    by = _made(code, name, "kept", ())
    return {tuple(by(phrase)): tuple(by(group[0])) for group in groups for phrase in group if by(phrase)}


def raw(text: str) -> list[str]:
    """The words of ``text`` as they are written; scores of these carry the stamp "none"."""
    return text.split()


def one_stamp(stamps: Iterable[str]) -> str:
    """The stamp that all of ``stamps`` are. Raises ``MixedScoresError`` where they differ."""
    different = sorted(set(stamps))
    if len(different) > 1:
        raise MixedScoresError(
            f"These scores come from different normalisers: {', '.join(different)}.",
            advice="Score all of them again with one normaliser.",
        )
    return different[0] if different else RAW


def check_table(records: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a table of ``score`` records whose error rates are not comparable: ``MixedScoresError``."""
    one_stamp(record["normaliser"] for record in records if record.get("normaliser") is not None)


def _whisper(code: str, fillers: Fillers) -> tuple[str, Callable[[str], str]]:
    release = _release("whisper-normalizer", "whisper_normalizer")
    if code == "en":
        stamp = "whisper-english" if fillers == "removed" else "whisper-english-with-fillers"
        return f"{stamp}@{release}", _english(fillers)
    if fillers == "removed" and code in _FILLERS:
        stamp = f"whisper-basic-marks-without-fillers-{code}-{_FILLERS_VERSION}"
        return f"{stamp}@{release}", _without(_FILLERS[code], _basic())
    return f"whisper-basic-marks@{release}", _basic()


def _own(code: str, fillers: Fillers) -> tuple[str, Callable[[str], str]]:
    """whisper-normalizer with this package's steps before and after it."""
    under, whisper = _whisper(code, fillers)
    stamp = f"ipyscribe-{VERSION}+{under}"
    if code in RULES:
        stamp += f"+text2num-{_release('text2num', 'text_to_num')}"
    around = around_whisper(whisper) if code == "en" else _around_basic(code, whisper)
    return stamp, lambda text: around(lowered(cleaned(" ".join(text.split())), code))


def _around_basic(code: str, whisper: Callable[[str], str]) -> Callable[[str], str]:
    rules, spelled = rules_of(code), code if code in RULES else None
    characters = code in CHARACTER_LANGUAGES

    def normalise(text: str) -> str:
        text = re.sub(r"(?<=\d) ?\. ?(?=\d)", ".", text) if characters else text
        text = _NUMBER_EDGE.sub(" ", text)
        text = re.sub(r"(?<![\w.])((?:[^\W\d_]\.){2,})", lambda letters: letters[0].replace(".", ""), text)
        text, numerals = masked(fold(text, rules, spelled))
        return unmasked(whisper(text), numerals)

    return normalise


def _release(package: str, module: str) -> str:
    try:
        __import__(module)
    except ImportError:
        raise MissingDependencyError(package, purpose="Comparing texts with a reference", extra="metrics") from None
    return version(package)


def _english(fillers: Fillers) -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    english = EnglishTextNormalizer()
    if fillers == "kept":
        english.ignore_patterns = _NO_MATCH
    text: Callable[[str], str] = english
    return text


def _basic() -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer

    text: Callable[[str], str] = BasicTextNormalizer(preserve_marks=True)
    return text


def _without(fillers: str, text: Callable[[str], str]) -> Callable[[str], str]:
    pattern = re.compile(rf"\b(?:{fillers})\b", re.IGNORECASE)
    return lambda spoken: text(pattern.sub(" ", spoken))
