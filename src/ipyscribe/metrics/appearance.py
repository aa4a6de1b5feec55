"""When each word appeared and from when on it stayed, out of the texts that its turn had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain
from ipyscribe.transcript import Arrival, Transcript, Turn, Word

_SAME_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """One word of a turn and when it was there.

    ``seen`` holds the places in ``turn.history`` whose text has the word, rising; ``appeared`` is the first
    of these arrivals, ``committed`` the first after which the word never changed, known only in hindsight and
    None while the turn is open.
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
    second apart on the audio clock: a model moves its words' times a little as it hears more.
    """
    return tuple(found for turn in transcript.turns if turn.is_speech for found in turn_appearances(turn))


def turn_appearances(turn: Turn) -> list[Appearance]:
    """Each word of ``turn``."""
    keys = [_key(word) for word in turn.words]
    seen: list[list[int]] = [[] for _ in turn.words]
    for place, partial in enumerate(turn.history):
        for index in _found(turn.words, keys, partial.words):
            seen[index].append(place)
    return [
        Appearance(
            turn.order,
            index,
            word,
            tuple(places),
            turn.history[places[0]].arrival if places else turn.final,
            _committed(turn, places),
        )
        for index, (word, places) in enumerate(zip(turn.words, seen, strict=True))
    ]


def _found(words: Sequence[Word], keys: list[str], partial: Sequence[Word]) -> list[int]:
    """Which of ``words`` the words of a partial hold."""
    return [
        other
        for at, other in _equal([_key(word) for word in partial], keys)
        if _apart_s(partial[at], words[other]) <= _SAME_WITHIN_S
    ]


def _equal(first: list[str], second: list[str]) -> Iterator[tuple[int, int]]:
    if first == second[: len(first)]:
        yield from ((at, at) for at in range(len(first)))
        return
    for kind, start, end, other_start, _ in edits(first, second):
        for offset in range(end - start if kind == "equal" else 0):
            yield start + offset, other_start + offset


def _committed(turn: Turn, places: list[int]) -> Arrival | None:
    if not turn.ended:
        return None
    last = len(turn.history) - 1
    if not places or places[-1] != last:
        return turn.final
    first = last
    for place in reversed(places):
        if place < first - 1:
            break
        first = place
    return turn.history[first].arrival


def _key(word: Word) -> str:
    return plain(word.text) or word.text


def _apart_s(first: Word, second: Word) -> float:
    return max(0.0, first.start_ms - second.end_ms, second.start_ms - first.end_ms) / 1000
