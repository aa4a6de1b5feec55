"""Pairing of slots and words between anchors: by edit distance of their letters and by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from ipyscribe.errors import MissingDependencyError

_GAP_COST = 1.0
_COST_PER_S = 0.4
_MAX_CELLS = 2_500


class TimedKey(Protocol):
    """Anything with a key to compare and times in ms, None where they are unknown."""

    @property
    def key(self) -> str: ...
    @property
    def start_ms(self) -> float | None: ...
    @property
    def end_ms(self) -> float | None: ...


S = TypeVar("S", bound=TimedKey)
W = TypeVar("W", bound=TimedKey)
Pairs = Iterator[tuple[S | None, W | None]]


def seconds_apart(first: TimedKey, second: TimedKey) -> float:
    """Seconds between the end of the earlier and the start of the later; 0 where they overlap or lack times."""
    if first.start_ms is None or first.end_ms is None or second.start_ms is None or second.end_ms is None:
        return 0.0
    return max(0.0, first.start_ms - second.end_ms, second.start_ms - first.end_ms) / 1000


def pair(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    """All slots and words in order, paired where they are likely to match, else alone.

    The cheapest path (Needleman and Wunsch 1970): 1 for a slot or a word alone; for a pair the share of letters
    that differ, and 0.4 for each second between their middles. Longer inputs are paired by time alone.
    """
    if not slots or not words:
        yield from ((slot, None) for slot in slots)
        yield from ((None, word) for word in words)
    elif len(slots) * len(words) > _MAX_CELLS:
        yield from _by_time(slots, words)
    else:
        yield from _cheapest_path(slots, words)


def _by_time(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    slot_index = word_index = 0
    while slot_index < len(slots) and word_index < len(words):
        slot, word = slots[slot_index], words[word_index]
        if seconds_apart(slot, word) == 0.0:
            yield slot, word
            slot_index, word_index = slot_index + 1, word_index + 1
        elif _before(slot, word):
            yield slot, None
            slot_index += 1
        else:
            yield None, word
            word_index += 1
    yield from ((slot, None) for slot in slots[slot_index:])
    yield from ((None, word) for word in words[word_index:])


def _cheapest_path(slots: Sequence[S], words: Sequence[W]) -> Pairs[S, W]:
    distance = _letter_distance()
    costs = [[_pair_cost(slot, word, distance) for word in words] for slot in slots]
    total = [[_GAP_COST * column for column in range(len(words) + 1)]]
    for slot_index, pair_costs in enumerate(costs):
        above, row = total[slot_index], [_GAP_COST * (slot_index + 1)]
        for word_index, cost in enumerate(pair_costs):
            row.append(min(above[word_index] + cost, above[word_index + 1] + _GAP_COST, row[word_index] + _GAP_COST))
        total.append(row)
    return iter(_backtrack(slots, words, costs, total)[::-1])


def _backtrack(
    slots: Sequence[S], words: Sequence[W], costs: list[list[float]], total: list[list[float]]
) -> list[tuple[S | None, W | None]]:
    """The cheapest path, traced from its end. Ties: a gap before a pair, and the later of two gaps first."""
    path: list[tuple[S | None, W | None]] = []
    slot_index, word_index = len(slots), len(words)
    while slot_index or word_index:
        cost = total[slot_index][word_index]
        slot_alone = slot_index > 0 and cost == total[slot_index - 1][word_index] + _GAP_COST
        word_alone = word_index > 0 and cost == total[slot_index][word_index - 1] + _GAP_COST
        if slot_alone and (not word_alone or not _before(slots[slot_index - 1], words[word_index - 1])):
            path.append((slots[slot_index - 1], None))
            slot_index -= 1
        elif word_alone:
            path.append((None, words[word_index - 1]))
            word_index -= 1
        else:
            assert cost == total[slot_index - 1][word_index - 1] + costs[slot_index - 1][word_index - 1]
            path.append((slots[slot_index - 1], words[word_index - 1]))
            slot_index, word_index = slot_index - 1, word_index - 1
    return path


def _pair_cost(slot: TimedKey, word: TimedKey, distance: Callable[[str, str], float]) -> float:
    cost = 0.0 if slot.key == word.key else distance(slot.key, word.key)
    if slot.start_ms is None or slot.end_ms is None or word.start_ms is None or word.end_ms is None:
        return cost
    return cost + _COST_PER_S * abs(slot.start_ms + slot.end_ms - word.start_ms - word.end_ms) / 2000


def _letter_distance() -> Callable[[str, str], float]:
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        raise MissingDependencyError("rapidfuzz", purpose="Comparing words", extra="metrics") from None
    return Levenshtein.normalized_distance


def _before(slot: TimedKey, word: TimedKey) -> bool:
    return slot.start_ms is not None and word.start_ms is not None and slot.start_ms < word.start_ms
