"""What word error rates leave out: punctuation, casing, and the words that matter most."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ipyscribe.errors import EmptyReferenceError, ParameterError
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.normalise import Normaliser, plain, raw

_MARK = object()


@dataclass(frozen=True, slots=True)
class PunctuationErrors:
    """Marks that were right, written as another mark, left out, or written where none was."""

    correct: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def rate(self) -> float:
        """Punctuation error rate = (S + D + I) / (C + S + D + I): 0 to 1. Not the other "PER" of phonemes.

        Meister et al., "LibriSpeech-PC", 2023 (arXiv 2310.02943); the count is that of its reference code.
        Raises ``EmptyReferenceError`` where neither text has a mark.
        """
        wrong = self.substitutions + self.deletions + self.insertions
        if not wrong + self.correct:
            raise EmptyReferenceError(
                "A punctuation error rate is not defined where no text has a mark.",
                advice="Give a reference with punctuation, or other marks.",
            )
        return wrong / (wrong + self.correct)

    def __add__(self, other: PunctuationErrors) -> PunctuationErrors:
        return PunctuationErrors(
            self.correct + other.correct,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


def punctuation_errors(reference: str, heard: str, *, marks: str = ".?") -> PunctuationErrors:
    """How the ``marks`` of ``reference`` were heard. Case is ignored, and words are compared as written.

    Words and marks are aligned together with all marks alike; marks that meet are right or substituted.
    """
    if not marks or any(mark.isalnum() or mark.isspace() for mark in marks):
        raise ParameterError(f"marks={marks!r} cannot be used.", advice='Give punctuation marks, such as ".,?".')
    pattern = re.compile(rf"[\w']+|[{re.escape(marks)}]")
    first, second = pattern.findall(reference.lower()), pattern.findall(heard.lower())
    correct = substitutions = 0
    for kind, start, end, other_start, _ in edits(_masked(first, marks), _masked(second, marks)):
        for offset in range(end - start if kind == "equal" else 0):
            mark, other = first[start + offset], second[other_start + offset]
            correct += mark in marks and mark == other
            substitutions += mark in marks and mark != other
    met = correct + substitutions
    said, wrote = (sum(token in marks for token in tokens) for tokens in (first, second))
    return PunctuationErrors(correct, substitutions, said - met, wrote - met)


def _masked(tokens: list[str], marks: str) -> list[object]:
    return [_MARK if token in marks else token for token in tokens]


@dataclass(frozen=True, slots=True)
class Casing:
    """Words that were heard right, and how many of them are written in another case."""

    wrong: int
    n: int

    @property
    def rate(self) -> float:
        """Casing error rate (our name) = words in another case / words heard right, 0 to 1. ``EmptyReferenceError``."""
        if not self.n:
            raise EmptyReferenceError(
                "A casing error rate is not defined where no word was heard right.", advice="Give another reference."
            )
        return self.wrong / self.n

    def __add__(self, other: Casing) -> Casing:
        return Casing(self.wrong + other.wrong, self.n + other.n)


def casing_errors(reference: str, heard: str) -> Casing:
    """The casing of the words that both texts have; punctuation around them is ignored."""
    first, second = raw(reference), raw(heard)
    wrong = n = 0
    for kind, start, end, other_start, _ in edits([plain(word) for word in first], [plain(word) for word in second]):
        for offset in range(end - start if kind == "equal" else 0):
            word, other = first[start + offset], second[other_start + offset]
            if plain(word):
                n += 1
                wrong += _letters(word) != _letters(other)
    return Casing(wrong, n)


def _letters(word: str) -> str:
    return "".join(letter for letter in word if letter.isalpha())


@dataclass(frozen=True, slots=True)
class KeytermRecall:
    """How often key terms were said, and how often they were heard; ``missed`` names those that were not."""

    found: int
    spoken: int
    missed: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Keyterm recall (our name) = found / spoken: 0 to 1; 1 - missed entity rate. ``EmptyReferenceError`` at 0."""
        if not self.spoken:
            raise EmptyReferenceError(
                "Keyterm recall is not defined where no key term was said.", advice="Give terms of the reference."
            )
        return self.found / self.spoken

    def __add__(self, other: KeytermRecall) -> KeytermRecall:
        missed = dict.fromkeys((*self.missed, *other.missed))
        return KeytermRecall(self.found + other.found, self.spoken + other.spoken, tuple(missed))


def keyterm_recall(keyterms: Iterable[str], reference: str, heard: str, by: Normaliser) -> KeytermRecall:
    """Key terms of ``reference`` that were heard where they were said, after normalisation.

    A term of several words is found where each of them is a hit of the alignment.
    """
    words = by(reference)
    hit = [False] * len(words)
    for kind, start, end, _, _ in edits(words, by(heard)):
        if kind == "equal":
            hit[start:end] = [True] * (end - start)
    found, spoken, missed = 0, 0, []
    for term in dict.fromkeys(keyterms):
        wanted = by(term)
        places = [at for at in range(len(words) - len(wanted) + 1) if wanted and words[at : at + len(wanted)] == wanted]
        heard_there = sum(all(hit[at : at + len(wanted)]) for at in places)
        found += heard_there
        spoken += len(places)
        if heard_there < len(places):
            missed.append(term)
    return KeytermRecall(found, spoken, tuple(missed))
