"""The reference of a comparison: a complete text, or corrections that a person typed while listening."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path

from ipyscribe import metrics
from ipyscribe.comparison.alternatives import best_reference
from ipyscribe.comparison.reference_files import (
    has_alternatives,
    is_reference_name,
    read_marked_reference,
    read_reference,
)
from ipyscribe.errors import EmptyReferenceError, ParameterError
from ipyscribe.metrics import Errors, Normaliser, word_errors
from ipyscribe.metrics.equivalents import Groups
from ipyscribe.metrics.normalise import NormaliserName
from ipyscribe.transcript import Transcript

_NUMBERS_NOTE = 'Numbers in words are not folded in "{}": the same number in digits counts as another word.'
NO_REFERENCE = "No reference: error rates need one, or correct some passages by listening."


@dataclass(frozen=True, slots=True)
class Correction:
    """The correct text of a time range of the audio clock, in ms."""

    start_ms: float
    end_ms: float
    text: str

    def overlaps(self, other: Correction) -> bool:
        """Whether the two time ranges overlap."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Reference:
    """The correct text, complete or in parts, the key terms in it, and how texts are normalised.

    ``text`` holds alternatives and optional words as NIST writes them where ``alternatives`` is true.
    """

    text: str | None = None
    corrections: tuple[Correction, ...] = ()
    language: str = "en"
    keyterms: tuple[str, ...] = ()
    normaliser: NormaliserName = "ipyscribe"
    equivalents: Groups = ()
    alternatives: bool = False

    def text_for(self, transcript: Transcript) -> str | None:
        """The text that ``transcript`` is scored against: of alternatives those that it has."""
        if self.text is None or not self.alternatives:
            return self.text
        return best_reference(self.text, transcript_text(transcript), self.normalise)

    @property
    def normalise(self) -> Normaliser:
        """The normaliser that is applied to texts before they are compared."""
        return metrics.normaliser(self.language, name=self.normaliser, equivalents=self.equivalents)

    @property
    def scorable(self) -> bool:
        """Whether there is anything to score against."""
        return self.text is not None or any(each.text for each in self.corrections)

    def corrected(self, new: Correction) -> Reference:
        """The same with ``new`` in place of the corrections that overlap it; one without text only removes them."""
        kept = [each for each in self.corrections if not each.overlaps(new)]
        kept += [new] if new.text else []
        return replace(self, corrections=tuple(sorted(kept, key=lambda each: each.start_ms)))

    def errors(self, transcript: Transcript) -> list[Errors]:
        """Word errors for each line of the reference, or for each correction where there is none."""
        normalise = self.normalise
        text = self.text_for(transcript)
        if text is None:
            return errors_of_corrections(transcript, self.corrections, normalise)
        lines = [line for line in text.splitlines() if normalise(line)]
        return metrics.errors_by_line(lines, transcript_text(transcript), normalise)

    def score(self, transcript: Transcript) -> metrics.TextScore:
        """All error counts of ``transcript``. Raises ``EmptyReferenceError`` without a reference."""
        text = self.text_for(transcript)
        if text is not None:
            return metrics.score_text(text, transcript_text(transcript), by=self.normalise)
        normalise = self.normalise
        parts = [
            metrics.score_text(each.text, words_between(transcript, each), by=normalise)
            for each in self.corrections
            if normalise(each.text)
        ]
        if not parts:
            raise EmptyReferenceError(
                "There is no reference to score against.", advice="Give reference=, or correct some passages."
            )
        return reduce(add, parts)

    @property
    def normaliser_notes(self) -> list[str]:
        """What the normaliser does not bring to one form, although a reader may expect it."""
        return [] if self.normalise.folds_numbers else [_NUMBERS_NOTE.format(self.language)]

    @property
    def notes(self) -> list[str]:
        """Notes that belong beside the error rates."""
        if not self.scorable:
            return [NO_REFERENCE]
        notes = self.normaliser_notes
        if self.text is not None:
            return notes
        labelled = [each for each in self.corrections if each.text]
        seconds = sum(each.end_ms - each.start_ms for each in labelled) / 1000
        length = f"{seconds:.0f} s" if seconds >= 10 else f"{round(seconds, 1):g} s"
        return [
            *notes,
            f"Error rates are those of {len(labelled)} corrected passage{'' if len(labelled) == 1 else 's'} ({length}),"
            " not of the complete recording.",
        ]


def checked_correction(start_ms: float, end_ms: float, text: str) -> Correction:
    """A correction with its times checked. Raises ``ParameterError``."""
    times = (start_ms, end_ms)
    numbers = all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)
    if not numbers or not 0 <= start_ms < end_ms < float("inf"):
        raise ParameterError(
            f"{start_ms!r} to {end_ms!r} ms is not a time range.",
            advice="Give its start and its later end on the audio clock, in ms.",
        )
    if not isinstance(text, str):
        raise ParameterError(f"text={text!r:.80} is not text.", advice="Give the correct text as a str.")
    return Correction(float(start_ms), float(end_ms), " ".join(text.split()))


def transcript_text(transcript: Transcript) -> str:
    """All spoken words as one text."""
    return " ".join(turn.text for turn in transcript.turns if turn.is_speech)


def words_between(transcript: Transcript, correction: Correction) -> str:
    """The words whose middle lies in the time range of ``correction``."""
    words = (word for turn in transcript.turns if turn.is_speech for word in turn.words)
    return " ".join(
        word.text for word in words if correction.start_ms <= (word.start_ms + word.end_ms) / 2 < correction.end_ms
    )


def errors_of_corrections(
    transcript: Transcript, corrections: Iterable[Correction], normalise: Normaliser
) -> list[Errors]:
    """Word errors of ``transcript`` in the time range of each correction that holds a word."""
    return [
        word_errors(each.text, words_between(transcript, each), normalise)
        for each in corrections
        if normalise(each.text)
    ]


def reference_text(reference: str | os.PathLike[str] | None) -> str | None:
    """The reference as text: as it is, or read from the file that it names.

    A str names a file if that file exists, or if it ends like one that can hold a reference (``.txt``, ``.srt``, …)
    and has no space. Raises ``ParameterError``.
    """
    path = _reference_path(reference)
    return reference if path is None else read_reference(path)  # type: ignore[return-value]


def marked_text(reference: str | os.PathLike[str] | None) -> tuple[str | None, bool]:
    """The reference as of ``reference_text``, with its alternatives, and whether it may have some."""
    path = _reference_path(reference)
    if path is None:
        return reference, False  # type: ignore[return-value]
    return read_marked_reference(path), has_alternatives(path)


def _reference_path(reference: object) -> Path | None:
    """The file that ``reference`` names; None for a text or nothing. Raises ``ParameterError``."""
    if reference is None or (isinstance(reference, str) and not is_reference_name(reference)):
        return None
    if not isinstance(reference, str | os.PathLike):
        raise ParameterError(
            f"reference={reference!r:.80} is neither a text nor a file.", advice="Give the correct text, or a Path."
        )
    return Path(reference).expanduser()
