"""The word errors of one transcript, each with its time, and how much several transcripts differ."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from ipyscribe.metrics.edits import Edit, edits
from ipyscribe.metrics.letters import plain
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.transcript.spans import word_spans

ErrorKind = Literal["substitution", "deletion", "insertion"]
_KINDS: dict[str, ErrorKind] = dict(zip(("replace", "delete", "insert"), get_args(ErrorKind), strict=True))


@dataclass(frozen=True, slots=True)
class WordError:
    """One error: normalised words, "" where there is none, and its time in ms on the audio clock.

    A deleted word is placed where the transcript goes on without it.
    """

    kind: ErrorKind
    reference: str
    transcript: str
    at_ms: float


def word_errors_of(
    reference: Sequence[str], transcript: Sequence[str], written: Sequence[str], starts_ms: Sequence[int]
) -> list[WordError]:
    """The errors of the normalised words of ``transcript`` in order, those of the fewest edits.

    ``written`` are its words before they were normalised, ``starts_ms`` when each of them begins.
    """
    times_ms = word_times_ms(transcript, written, starts_ms)
    return [
        error
        for edit in edits(reference, transcript)
        if edit.kind in _KINDS
        for error in _errors(edit, reference, transcript, times_ms)
    ]


def _errors(
    edit: Edit, reference: Sequence[str], transcript: Sequence[str], times_ms: Sequence[float]
) -> Iterator[WordError]:
    expected, written = reference[edit.start : edit.end], transcript[edit.other_start : edit.other_end]
    for index in range(max(len(expected), len(written))):
        at = min(edit.other_start + (index if written else 0), len(times_ms) - 1)
        yield WordError(
            _KINDS[edit.kind],
            expected[index] if index < len(expected) else "",
            written[index] if index < len(written) else "",
            times_ms[at] if times_ms else 0.0,
        )


def word_times_ms(normalised: Sequence[str], written: Sequence[str], starts_ms: Sequence[int]) -> list[float]:
    """When each of the ``normalised`` words begins, in ms.

    Normalisation joins words and splits them ("twenty one", "21"): those that it leaves alone have the times of
    the words as they are ``written``, those between two of them are spread evenly.
    """
    anchors = [(-1, float(starts_ms[0]) if starts_ms else 0.0)]
    for edit in edits(normalised, list(map(plain, written))):
        if edit.kind == "equal":
            anchors += [
                (edit.start + offset, float(starts_ms[edit.other_start + offset]))
                for offset in range(edit.end - edit.start)
                if edit.other_start + offset < len(starts_ms)
            ]
    anchors.append((len(normalised), float(starts_ms[-1]) if starts_ms else 0.0))
    times_ms: list[float] = []
    for (before, before_ms), (after, after_ms) in pairwise(anchors):
        step_ms = (after_ms - before_ms) / (after - before)
        times_ms += [before_ms + step_ms * (index - before) for index in range(before + 1, after + 1)]
    return times_ms[: len(normalised)]


def starts_of(transcript: Transcript) -> bytes:
    """When each word of the text of all turns begins, in ms: for each word between spaces four bytes."""
    starts = array("i")
    for turn in transcript.turns:
        begin = 0
        spans = word_spans(turn.text, turn.words)
        for text in turn.text.split():
            begin = turn.text.index(text, begin)
            starts.append(_start_at(begin, turn, spans))
            begin += len(text)
    return starts.tobytes()


def starts_ms_of(stored: bytes) -> Sequence[int]:
    """The times that ``starts_of`` gave."""
    starts = array("i")
    starts.frombytes(stored)
    return starts


def _start_at(position: int, turn: Turn, spans: Sequence[tuple[int, int]]) -> int:
    """The start of the last recognised word that begins before the end of what is written at ``position``."""
    start_ms = turn.words[0].start_ms if turn.words else round(turn.start_ms)
    for word, (first, end) in zip(turn.words, spans, strict=True):
        if first < 0:
            continue
        if first > position:
            break
        start_ms = word.start_ms
        if position < end:
            break
    return start_ms


def share_of_differences(first: Sequence[str], second: Sequence[str]) -> float:
    """The share of words in which two transcripts differ, of the longer one."""
    differing = sum(
        max(edit.end - edit.start, edit.other_end - edit.other_start)
        for edit in edits(first, second)
        if edit.kind != "equal"
    )
    return differing / max(len(first), len(second), 1)
