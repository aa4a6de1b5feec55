"""What two texts are brought to before they are compared, by name and version, and what that changed.

Two scores are comparable only where the same normaliser made them: forks of one normaliser give different
rates for the same words. So each score carries its normaliser's stamp, and scores with different stamps
cannot be added or stand in one table.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from typing import Any, Literal

from ipyscribe.errors import MissingDependencyError, MixedScoresError, ParameterError
from ipyscribe.metrics.edits import differences

Fillers = Literal["removed", "kept"]
RAW = "none"
_NO_MATCH = r"(?!)"
_TAGS = re.compile(r"\[[^\[\]]*\]")
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
    """A way to bring texts to one form. Called with a text, it gives the words that are compared.

    ``stamp`` is ``name@version``, the version being that of whisper-normalizer.
    """

    stamp: str
    text: Callable[[str], str] = field(repr=False)

    def __call__(self, text: str) -> list[str]:
        return self.text(_TAGS.sub(" ", text)).split()


@lru_cache(maxsize=64)
def normaliser(language: str = "en", *, fillers: Fillers = "removed") -> Normaliser:
    """The normaliser for a language, given by its code ("en", "de-AT").

    English: whisper-normalizer's ``EnglishTextNormalizer``: lower case, no punctuation, contractions, numbers
    and British spellings brought to one form. Every other language: its ``BasicTextNormalizer`` with marks
    preserved, so that no vowel sign of an Indic script and no accent is lost. Both drop what stands in
    brackets, which is where whisper-rt names sounds ("[Music]").

    ``fillers``: "uh", "um" and the like "removed", which is what the English one does by itself, or "kept".
    For de, es, fr, it and pt the removed ones are this package's lists; other languages have none, and both
    ways are the same. The stamp says which.

    Raises ``MissingDependencyError`` without whisper-normalizer, ``ParameterError`` for other values.
    """
    code = language.replace("_", "-").split("-")[0].casefold() if isinstance(language, str) else ""
    if not code.isalpha():
        raise ParameterError(f"language={language!r} is not a language code.", advice='Give one such as "en" or "de".')
    if fillers not in ("removed", "kept"):
        raise ParameterError(f"fillers={fillers!r} cannot be used.", advice='Expected "removed" or "kept".')
    release = _release()
    if code == "en":
        name = "whisper-english" if fillers == "removed" else "whisper-english-with-fillers"
        return _named(f"{name}@{release}", _english(fillers))
    if fillers == "removed" and code in _FILLERS:
        name = f"whisper-basic-marks-without-fillers-{code}-{_FILLERS_VERSION}"
        return _named(f"{name}@{release}", _without(_FILLERS[code], _basic()))
    return _named(f"whisper-basic-marks@{release}", _basic())


def raw(text: str) -> list[str]:
    """The words of ``text`` as they are written; scores of these carry the stamp "none"."""
    return text.split()


@lru_cache(maxsize=65_536)
def plain(word: str) -> str:
    """``word`` in lower case without punctuation around it; empty where nothing else is left.

    One word stays one word, which no normaliser of whole texts promises: this is the key by which words of
    different transcripts are set side by side.
    """
    lowered = unicodedata.normalize("NFC", word).casefold()
    start, end = 0, len(lowered)
    while start < end and _is_edge(lowered[start]):
        start += 1
    while start < end and _is_edge(lowered[end - 1]):
        end -= 1
    return lowered[start:end]


def says_something(text: str) -> bool:
    """Whether ``text`` holds a word besides tags such as "[Silence]"."""
    return any(plain(word) for word in raw(_TAGS.sub(" ", text)))


@dataclass(frozen=True, slots=True)
class Change:
    """Words that a normaliser wrote differently, and how often."""

    before: str
    after: str
    count: int


def changes(text: str, by: Normaliser) -> tuple[Change, ...]:
    """What ``by`` changes in ``text`` besides case and punctuation around words, the most frequent first."""
    before, after = raw(text), by(text)
    counted = Counter(
        (" ".join(before[edit.start : edit.end]), " ".join(after[edit.other_start : edit.other_end]))
        for edit in differences([plain(word) for word in before], after)
    )
    return tuple(Change(old, new, count) for (old, new), count in counted.most_common())


def together(*parts: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of several texts as of one, the most frequent first."""
    counted: Counter[tuple[str, str]] = Counter()
    for change in chain(*parts):
        counted[change.before, change.after] += change.count
    return tuple(Change(old, new, count) for (old, new), count in counted.most_common())


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


def _is_edge(letter: str) -> bool:
    return letter.isspace() or (unicodedata.category(letter)[0] == "P" and letter != "%")


def _release() -> str:
    try:
        import whisper_normalizer  # noqa: F401
    except ImportError:
        raise MissingDependencyError(
            "whisper-normalizer", purpose="Comparing texts with a reference", extra="metrics"
        ) from None
    return version("whisper-normalizer")


def _named(stamp: str, text: Callable[[str], str]) -> Normaliser:
    return Normaliser(stamp, lru_cache(maxsize=16)(text))


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
    return lambda said: text(pattern.sub(" ", said))
