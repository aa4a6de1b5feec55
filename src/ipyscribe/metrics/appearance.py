"""When each word first appeared and when it was committed, from the history of its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain
from ipyscribe.transcript import Arrival, Transcript, Turn, Word

_SAME_WORD_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """One word of a turn and when it was shown.

    ``seen`` holds the indices of the texts in ``turn.history`` that have the word, ascending; ``appeared`` is the
    first of these arrivals, ``committed`` the first after which the word never changed, which only the ended turn
    shows: None while it is open.
    """

    turn_order: int
    index: int
    word: Word
    seen: tuple[int, ...]
    appeared: Arrival | None
    committed: Arrival | None


def appearances(transcript: Transcript) -> tuple[Appearance, ...]:
    """Each word of ``transcript``, in the order of ``transcript.words``; turns of tags only are left out.

    A text of the history has a word where the two align as equal, case and punctuation aside, and less than a
    second apart on the audio clock: a model adjusts its words' times a little as more audio arrives.
    """
    return tuple(appearance for turn in transcript.turns if turn.is_speech for appearance in turn_appearances(turn))


def turn_appearances(turn: Turn) -> list[Appearance]:
    """Each word of ``turn``, in order."""
    keys = [_key(word) for word in turn.words]
    seen: list[list[int]] = [[] for _ in turn.words]
    for number, partial in enumerate(turn.history):
        for index in _matched(turn.words, keys, partial.words):
            seen[index].append(number)
    return [
        Appearance(
            turn.order,
            index,
            word,
            tuple(numbers),
            turn.history[numbers[0]].arrival if numbers else turn.final,
            _committed(turn, numbers),
        )
        for index, (word, numbers) in enumerate(zip(turn.words, seen, strict=True))
    ]


def _matched(words: Sequence[Word], keys: list[str], partial: Sequence[Word]) -> list[int]:
    """The indices of ``words`` that a partial has."""
    return [
        index
        for partial_index, index in _equal([_key(word) for word in partial], keys)
        if _apart_s(partial[partial_index], words[index]) <= _SAME_WORD_WITHIN_S
    ]


def _equal(first: list[str], second: list[str]) -> Iterator[tuple[int, int]]:
    if first == second[: len(first)]:
        yield from ((index, index) for index in range(len(first)))
        return
    for kind, start, end, other_start, _ in edits(first, second):
        for offset in range(end - start if kind == "equal" else 0):
            yield start + offset, other_start + offset


def _committed(turn: Turn, numbers: list[int]) -> Arrival | None:
    if not turn.ended:
        return None
    last = len(turn.history) - 1
    if not numbers or numbers[-1] != last:
        return turn.final
    first = last
    for number in reversed(numbers):
        if number < first - 1:
            break
        first = number
    return turn.history[first].arrival


def _key(word: Word) -> str:
    return plain(word.text) or word.text


def _apart_s(first: Word, second: Word) -> float:
    return max(0.0, first.start_ms - second.end_ms, second.start_ms - first.end_ms) / 1000
