"""Pairs of slots and words that are not plainly the same: by likeness of letters and by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from ipyscribe.errors import MissingDependencyError

_GAP = 1.0
_PER_SECOND = 0.4
_MOST_CELLS = 2_500


class Spoken(Protocol):
    """What has a key to compare and a place in time."""

    @property
    def key(self) -> str: ...
    @property
    def start_ms(self) -> float | None: ...
    @property
    def end_ms(self) -> float | None: ...


S = TypeVar("S", bound=Spoken)
W = TypeVar("W", bound=Spoken)
Pairs = Iterator[tuple[S | None, W | None]]


def seconds_apart(first: Spoken, second: Spoken) -> float:
    """Seconds between the end of the earlier and the start of the later; 0 where they overlap or lack times."""
    if first.start_ms is None or first.end_ms is None or second.start_ms is None or second.end_ms is None:
        return 0.0
    return max(0.0, first.start_ms - second.end_ms, second.start_ms - first.end_ms) / 1000


def pair(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    """All slots and words in their order, side by side where that is likely, else alone.

    The cheapest path (Needleman and Wunsch 1970): 1 for a slot or a word alone; for a pair the share of letters
    that differ, and 0.4 for each second between their middles. Stretches too long for that go by time alone.
    """
    if not slots or not words:
        yield from ((slot, None) for slot in slots)
        yield from ((None, word) for word in words)
    elif len(slots) * len(words) > _MOST_CELLS:
        yield from _by_time(slots, words)
    else:
        yield from _cheapest(slots, words)


def _by_time(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    at = to = 0
    while at < len(slots) and to < len(words):
        slot, word = slots[at], words[to]
        if seconds_apart(slot, word) == 0.0:
            yield slot, word
            at, to = at + 1, to + 1
        elif _before(slot, word):
            yield slot, None
            at += 1
        else:
            yield None, word
            to += 1
    yield from ((slot, None) for slot in slots[at:])
    yield from ((None, word) for word in words[to:])


def _cheapest(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    unlike = _unlikeness()
    costs = [[_pair_cost(slot, word, unlike) for word in words] for slot in slots]
    total = [[_GAP * to for to in range(len(words) + 1)]]
    for at, row in enumerate(costs):
        last, new = total[at], [_GAP * (at + 1)]
        for to, cost in enumerate(row):
            new.append(min(last[to] + cost, last[to + 1] + _GAP, new[to] + _GAP))
        total.append(new)
    return iter(_path(slots, words, costs, total)[::-1])


def _path(
    slots: Sequence[S], words: Sequence[W], costs: list[list[float]], total: list[list[float]]
) -> list[tuple[S | None, W | None]]:
    """The cheapest path from its end; of steps that cost the same, a pair last and the later of two alone first."""
    path: list[tuple[S | None, W | None]] = []
    at, to = len(slots), len(words)
    while at or to:
        here = total[at][to]
        slot_alone = at > 0 and here == total[at - 1][to] + _GAP
        word_alone = to > 0 and here == total[at][to - 1] + _GAP
        if slot_alone and (not word_alone or not _before(slots[at - 1], words[to - 1])):
            path.append((slots[at - 1], None))
            at -= 1
        elif word_alone:
            path.append((None, words[to - 1]))
            to -= 1
        else:
            assert here == total[at - 1][to - 1] + costs[at - 1][to - 1]
            path.append((slots[at - 1], words[to - 1]))
            at, to = at - 1, to - 1
    return path


def _pair_cost(slot: Spoken, word: Spoken, unlike: Callable[[str, str], float]) -> float:
    cost = 0.0 if slot.key == word.key else unlike(slot.key, word.key)
    if slot.start_ms is None or slot.end_ms is None or word.start_ms is None or word.end_ms is None:
        return cost
    return cost + _PER_SECOND * abs(slot.start_ms + slot.end_ms - word.start_ms - word.end_ms) / 2000


def _unlikeness() -> Callable[[str, str], float]:
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        raise MissingDependencyError("rapidfuzz", purpose="Comparing words", extra="metrics") from None
    return Levenshtein.normalized_distance


def _before(slot: Spoken, word: Spoken) -> bool:
    return slot.start_ms is not None and word.start_ms is not None and slot.start_ms < word.start_ms
