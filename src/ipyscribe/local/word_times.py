"""Which recognised words have sound, and where it is. No audio, no model.

A decoder that meets the end of a short window may go on and say its last phrase again. The alignment then has no
frames left for those words: they begin and end at one instant, and only the last one gets what remains.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

FRAME_MS = 32
SHORTEST_WORD_MS = 40

_GRID_MS = 20
_FASTER_REPEAT = 3


class TimedWord(Protocol):
    """A word's text and its times in ms."""

    @property
    def text(self) -> str: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


def normalised_word(text: str) -> str:
    """A word without case and punctuation, to compare two hypotheses of it."""
    return re.sub(r"[^\w']", "", text).lower()


def count_with_sound(words: Sequence[TimedWord], forced: int) -> int:
    """How many words from the start have sound of their own; the ``forced`` first ones are not judged.

    What follows them begins with a word without sound, and two at least and half of it at least are such words;
    or it repeats the words before it in less than a third of their time.
    """
    texts = [normalised_word(word.text) for word in words]
    silent = [word.end_ms - word.start_ms <= _GRID_MS for word in words]
    for index in range(max(forced, 1), len(words)):
        silent_count = sum(silent[index:])
        if silent[index] and silent_count >= 2 and 2 * silent_count >= len(words) - index:
            return index
        if _repeats_faster(words, texts, index):
            return index
    return len(words)


def _repeats_faster(words: Sequence[TimedWord], texts: Sequence[str], index: int) -> bool:
    for length in range(2, min(index, len(words) - index) + 1):
        if texts[index - length : index] == texts[index : index + length]:
            original_ms = words[index - 1].end_ms - words[index - length].start_ms
            repeat_ms = words[index + length - 1].end_ms - words[index].start_ms
            if _FASTER_REPEAT * repeat_ms < original_ms:
                return True
    return False


def voiced_spans(words: Sequence[TimedWord], voiced: Sequence[bool], first_ms: int = 0) -> list[tuple[int, int]]:
    """Start and end of each word in ms: none empty, no overlap, none before ``first_ms``, each with voice in it.

    ``voiced`` tells of each frame of ``FRAME_MS`` whether it holds speech; where none does, all count. The words'
    own times never fall. A word with less than ``SHORTEST_WORD_MS`` of speech shares that of its neighbours, in
    proportion to the lengths of their texts. There must be a millisecond of speech for each word.
    """
    if not words:
        return []
    clock = _VoiceClock(voiced, first_ms)
    spans = [(clock.position(word.start_ms), clock.position(word.end_ms)) for word in words]
    index = 0
    while index < len(spans):
        begin, end = _sharing(spans, index)
        if end - begin == len(spans) and spans[-1][1] - spans[0][0] < SHORTEST_WORD_MS * len(spans):
            spans = _shares(0, clock.total, [len(word.text) for word in words])
        elif end - begin > 1:
            lengths = [len(word.text) for word in words[begin:end]]
            spans[begin:end] = _shares(spans[begin][0], spans[end - 1][1], lengths)
        index = end
    return [(clock.start_ms(start), clock.end_ms(end)) for start, end in spans]


def _sharing(spans: Sequence[tuple[int, int]], index: int) -> tuple[int, int]:
    """The words that share their time with the one at ``index`` so that there is enough for each."""
    begin, end = index, index + 1
    while spans[end - 1][1] - spans[begin][0] < SHORTEST_WORD_MS * (end - begin):
        before = spans[begin - 1][1] - spans[begin - 1][0] if begin else -1
        after = spans[end][1] - spans[end][0] if end < len(spans) else -1
        if before == after == -1:
            break
        begin, end = (begin - 1, end) if before >= after else (begin, end + 1)
    return begin, end


def _shares(start: int, end: int, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """``start`` to ``end`` in parts: the shortest word's time for each where there is enough, the rest by length."""
    least, total = min(SHORTEST_WORD_MS, (end - start) // len(lengths)), sum(lengths)
    spare = end - start - least * len(lengths)
    edges = [start + least * count + spare * sum(lengths[:count]) // total for count in range(len(lengths) + 1)]
    return list(pairwise(edges))


class _VoiceClock:
    """A clock that runs in voiced frames only."""

    def __init__(self, voiced: Sequence[bool], first_ms: int) -> None:
        frames = [index for index, is_voiced in enumerate(voiced) if is_voiced]
        frames = frames or list(range(max(1, len(voiced))))
        # A turn that goes on after a cut may begin within a frame: that frame counts only in part.
        self._begins_ms = [max(FRAME_MS * index, first_ms) for index in frames if FRAME_MS * (index + 1) > first_ms]
        self._ends_ms = [FRAME_MS * (index + 1) for index in frames if FRAME_MS * (index + 1) > first_ms]
        self._totals = [0]
        for begin_ms, end_ms in zip(self._begins_ms, self._ends_ms, strict=True):
            self._totals.append(self._totals[-1] + end_ms - begin_ms)

    @property
    def total(self) -> int:
        """How much voice there is in all."""
        return self._totals[-1]

    def position(self, time_ms: int) -> int:
        """How much voice there is before ``time_ms``."""
        index = bisect_left(self._ends_ms, time_ms)
        if index == len(self._ends_ms):
            return self._totals[-1]
        return self._totals[index] + max(0, time_ms - self._begins_ms[index])

    def start_ms(self, position: int) -> int:
        """When the voice after ``position`` begins."""
        index = min(bisect_left(self._totals, position + 1), len(self._begins_ms)) - 1
        return self._begins_ms[index] + position - self._totals[index]

    def end_ms(self, position: int) -> int:
        """When the voice up to ``position`` ends."""
        index = max(bisect_left(self._totals, position), 1) - 1
        return self._begins_ms[index] + position - self._totals[index]
