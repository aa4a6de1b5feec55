"""What word error rates leave out: punctuation and casing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ipyscribe.errors import EmptyReferenceError, ParameterError
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain
from ipyscribe.metrics.normalise import raw

_MARK = object()


@dataclass(frozen=True, slots=True)
class PunctuationErrors:
    """Punctuation marks that are correct, substituted, deleted and inserted."""

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
                "A punctuation error rate is not defined where neither text has a mark.",
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


def punctuation_errors(reference: str, hypothesis: str, *, marks: str = ".?") -> PunctuationErrors:
    """The errors in the ``marks`` of ``hypothesis``. Case is ignored, and words are compared as written.

    Words and marks are aligned together with all marks alike; marks that meet are correct or substituted.
    """
    if not marks or any(mark.isalnum() or mark.isspace() for mark in marks):
        raise ParameterError(f"marks={marks!r} cannot be used.", advice='Give punctuation marks, such as ".,?".')
    pattern = re.compile(rf"[\w']+|[{re.escape(marks)}]")
    first, second = pattern.findall(reference.lower()), pattern.findall(hypothesis.lower())
    correct = substitutions = 0
    for kind, start, end, other_start, _ in edits(_masked(first, marks), _masked(second, marks)):
        for offset in range(end - start if kind == "equal" else 0):
            mark, other = first[start + offset], second[other_start + offset]
            correct += mark in marks and mark == other
            substitutions += mark in marks and mark != other
    matched = correct + substitutions
    in_reference, in_hypothesis = (sum(token in marks for token in tokens) for tokens in (first, second))
    return PunctuationErrors(correct, substitutions, in_reference - matched, in_hypothesis - matched)


def _masked(tokens: list[str], marks: str) -> list[object]:
    return [_MARK if token in marks else token for token in tokens]


@dataclass(frozen=True, slots=True)
class Casing:
    """The words that both texts have, and how many of them are written in another case."""

    wrong: int
    n: int

    @property
    def rate(self) -> float:
        """Casing error rate (our name) = words in another case / hits, 0 to 1. Raises ``EmptyReferenceError``."""
        if not self.n:
            raise EmptyReferenceError(
                "A casing error rate is not defined where the texts have no word in common.",
                advice="Give another reference.",
            )
        return self.wrong / self.n

    def __add__(self, other: Casing) -> Casing:
        return Casing(self.wrong + other.wrong, self.n + other.n)


def casing_errors(reference: str, hypothesis: str) -> Casing:
    """The casing of the words that both texts have; punctuation around them is ignored."""
    first, second = raw(reference), raw(hypothesis)
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
