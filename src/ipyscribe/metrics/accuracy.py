"""Word, character and match error rates, with their parts.

All follow Morris, Maier and Green, "From WER and RIL to MER and WIL", Interspeech 2004, over the fewest edits
that turn the reference into the hypothesis. H, S, D, I are hits, substitutions, deletions and insertions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ipyscribe.errors import EmptyReferenceError, MetricError
from ipyscribe.metrics import normalise
from ipyscribe.metrics.changes import Change, changes, together
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import says_something
from ipyscribe.metrics.normalise import RAW, Equivalents, Normaliser, NormaliserName, one_stamp, raw

Split = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Errors:
    """The parts of an error rate, over words or characters. They add up; rates do not.

    ``stamp`` names the normaliser. Adding parts of different normalisers raises ``MixedScoresError``.
    """

    hits: int
    substitutions: int
    deletions: int
    insertions: int
    stamp: str

    @property
    def n(self) -> int:
        """Length of the reference: N = H + S + D."""
        return self.hits + self.substitutions + self.deletions

    @property
    def n_hypothesis(self) -> int:
        """Length of the hypothesis: H + S + I."""
        return self.hits + self.substitutions + self.insertions

    @property
    def total(self) -> int:
        """S + D + I."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """(S + D + I) / N: the WER over words, the CER over characters. 0 is perfect; may exceed 1.

        Raises ``EmptyReferenceError`` for an empty reference; the parts still count in a sum.
        """
        return self.total / self._needed_n()

    @property
    def match_error_rate(self) -> float:
        """MER = (S + D + I) / (H + S + D + I): 0 to 1. Raises ``EmptyReferenceError``."""
        return self.total / (self._needed_n() + self.insertions)

    @property
    def information_lost(self) -> float:
        """WIL = 1 - (H / N) * (H / N_hypothesis): 0 to 1; 1 for an empty hypothesis. Raises ``EmptyReferenceError``."""
        recall = self.hits / self._needed_n()
        return 1 - (recall * (self.hits / self.n_hypothesis) if self.n_hypothesis else 0)

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            one_stamp((self.stamp, other.stamp)),
        )

    def _needed_n(self) -> int:
        if not self.n:
            raise EmptyReferenceError(
                "An error rate is not defined for a reference without words.",
                advice="Leave this utterance out, or give its reference.",
            )
        return self.n


def word_errors(reference: str, hypothesis: str, by: Normaliser | None) -> Errors:
    """The parts of the WER of ``hypothesis`` against ``reference``; ``by`` None compares the texts as written.

    For a language whose characters are scored (``by.unit``) they are those of characters.
    """
    split, stamp = _split(by)
    return count(split(reference), split(hypothesis), stamp)


def character_errors(reference: str, hypothesis: str, by: Normaliser | None) -> Errors:
    """The parts of the CER; the spaces between words count as characters, in languages that have them."""
    split, stamp = _split(by)
    joined = " ".join if by is None else by.joined
    return count(joined(split(reference)), joined(split(hypothesis)), stamp)


def count(reference: Sequence[str], hypothesis: Sequence[str], stamp: str) -> Errors:
    """The parts for two sequences, compared without normalisation."""
    parts = {"equal": 0, "replace": 0, "delete": 0, "insert": 0}
    for kind, start, end, other_start, other_end in edits(reference, hypothesis):
        parts[kind] += max(end - start, other_end - other_start)
    return Errors(parts["equal"], parts["replace"], parts["delete"], parts["insert"], stamp)


def errors_by_line(lines: Sequence[str], hypothesis: str, by: Normaliser | None) -> list[Errors]:
    """The parts of the WER of one long text, for each line of its reference.

    All lines are compared with ``hypothesis`` as one text, so that the parts add up to its ``word_errors``; an
    insertion counts for the line of the reference word before it, a word that normalisation makes from two
    lines counts for the first. The lines are the units of a confidence interval.
    """
    split, stamp = _split(by)
    counted = [[0, 0, 0, 0] for _ in lines]
    line_of = _lines_of(lines, split)
    column = {"equal": 0, "replace": 1, "delete": 2}
    for kind, start, end, other_start, other_end in edits(split("\n".join(lines)), split(hypothesis)):
        if kind != "insert":
            for index in range(start, end):
                counted[line_of[index]][column[kind]] += 1
        elif counted:
            counted[line_of[max(start - 1, 0)] if line_of else 0][3] += other_end - other_start
    return [
        Errors(hits, substitutions, deletions, insertions, stamp)
        for hits, substitutions, deletions, insertions in counted
    ]


def pooled(parts: Iterable[Errors]) -> Errors:
    """The sum of the parts. Its ``rate`` is the pooled (micro) rate: all errors / all reference words."""
    listed = list(parts)
    total = Errors(0, 0, 0, 0, one_stamp(part.stamp for part in listed))
    for part in listed:
        total += part
    return total


def mean_rate(parts: Sequence[Errors]) -> float:
    """The mean (macro) rate: the mean of the utterances' rates, in which short ones weigh as much as long ones.

    Raises ``EmptyReferenceError`` where one has no reference, ``MixedScoresError`` for different normalisers.
    """
    _nonzero_count(parts)
    one_stamp(part.stamp for part in parts)
    return sum(part.rate for part in parts) / len(parts)


def perfect_share(parts: Sequence[Errors]) -> float:
    """ "Perfect %" as a share, 0 to 1: utterances without any error / utterances."""
    return sum(part.total == 0 for part in parts) / _nonzero_count(parts)


def transcribed_share(hypotheses: Sequence[str]) -> float:
    """ "Transcripts %" as a share, 0 to 1: utterances for which any word came back / utterances.

    It shows the empty hypotheses that a mean of rates would hide. A tag such as "[Silence]" is not a word.
    """
    return sum(map(says_something, hypotheses)) / _nonzero_count(hypotheses)


@dataclass(frozen=True, slots=True)
class TextScore:
    """One text against its reference: as written, normalised, and what normalisation changed on each side.

    ``with_fillers`` are the errors when "uh" and "um" count as words: they penalise a model that writes them where
    the reference has none; ``normalised`` favours one that drops fillers of the reference.
    """

    raw: Errors
    normalised: Errors
    with_fillers: Errors
    characters: Errors
    changed_in_reference: tuple[Change, ...]
    changed_in_hypothesis: tuple[Change, ...]

    def __add__(self, other: TextScore) -> TextScore:
        return TextScore(
            self.raw + other.raw,
            self.normalised + other.normalised,
            self.with_fillers + other.with_fillers,
            self.characters + other.characters,
            together(self.changed_in_reference, other.changed_in_reference),
            together(self.changed_in_hypothesis, other.changed_in_hypothesis),
        )


def score_text(
    reference: str,
    hypothesis: str,
    *,
    language: str = "en",
    normaliser: NormaliserName = "ipyscribe",
    equivalents: Equivalents = (),
    by: Normaliser | None = None,
) -> TextScore:
    """All error counts of ``hypothesis`` against ``reference``, as ``metrics.normaliser`` brings them to one form:
    the one of these arguments, or ``by``.

    Raises ``EmptyReferenceError`` for a reference without words.
    """
    by = by or normalise.normaliser(language, name=normaliser, equivalents=equivalents)
    if not by(reference):
        raise EmptyReferenceError(
            f"The reference {reference!r:.60} contains no words.", advice="Give a reference with words, or none."
        )
    return TextScore(
        raw=word_errors(reference, hypothesis, None),
        normalised=word_errors(reference, hypothesis, by),
        with_fillers=word_errors(reference, hypothesis, by.with_fillers()),
        characters=character_errors(reference, hypothesis, by),
        changed_in_reference=changes(reference, by),
        changed_in_hypothesis=changes(hypothesis, by),
    )


def _lines_of(lines: Sequence[str], split: Split) -> list[int]:
    """The line number of each word of the joined text."""
    words: list[str] = []
    line_of_word: list[int] = []
    for number, line in enumerate(lines):
        line_words = split(line)
        words += line_words
        line_of_word += [number] * len(line_words)
    joined_words = split("\n".join(lines))
    line_of = [0] * len(joined_words)
    for kind, start, _, other_start, other_end in edits(words, joined_words):
        for offset in range(other_end - other_start):
            index = start + offset if kind in ("equal", "replace") else start - 1
            line_of[other_start + offset] = line_of_word[max(index, 0)] if line_of_word else 0
    return line_of


def _split(by: Normaliser | None) -> tuple[Split, str]:
    return (raw, RAW) if by is None else (by, by.stamp)


def _nonzero_count(utterances: Sequence[object]) -> int:
    if not utterances:
        raise MetricError("A share of no utterances is not defined.", advice="Give at least one.")
    return len(utterances)
