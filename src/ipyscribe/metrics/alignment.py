"""Word-by-word alignment of several transcripts of the same audio, also while they grow.

Each transcript is aligned with the slots of the transcripts before it. Equal words that are close in time are
anchors; the words between them are paired by edit distance and time. New words change no slot up to the last one on
which the transcripts agree, so the cost of a live comparison is that of its newest turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ipyscribe.errors import ParameterError
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain
from ipyscribe.metrics.pairing import pair, seconds_apart
from ipyscribe.protocol.messages import Word

State = Literal["agree", "differ", "waiting"]
_ANCHOR_WITHIN_S = 0.3
_RUN_ANCHOR_WITHIN_S = 5.0
_ANCHOR_RUN = 3
_MAX_OPEN_SLOTS = 400


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word of one transcript: its index among the words, its text, and the key by which it is compared.

    Times are ms on the audio clock, None for a text without times.
    """

    index: int
    text: str
    key: str
    start_ms: float | None = None
    end_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One position of the alignment: the word of each transcript, or None where it has none."""

    cells: tuple[AlignedWord | None, ...]

    @property
    def words(self) -> list[AlignedWord]:
        """The words of the slot, in the order of the transcripts."""
        return [cell for cell in self.cells if cell is not None]

    @property
    def agree(self) -> bool:
        """Whether every transcript has a word here and all are the same but for case and punctuation."""
        return None not in self.cells and len({word.key for word in self.words}) == 1

    @property
    def key(self) -> str:
        """The most frequent key; of equally frequent ones, that of the first transcript."""
        return Counter(word.key for word in self.words).most_common(1)[0][0]

    @property
    def start_ms(self) -> float | None:
        """Start of the earliest word, where any has a time."""
        return min((word.start_ms for word in self.words if word.start_ms is not None), default=None)

    @property
    def end_ms(self) -> float | None:
        """End of the latest word, where any has a time."""
        return max((word.end_ms for word in self.words if word.end_ms is not None), default=None)


class Alignment:
    """The slots of ``lanes`` transcripts, extended by ``add``. One thread at a time.

    ``key`` maps a word to the text by which it is compared; the default ignores case and surrounding punctuation.
    """

    def __init__(self, lanes: int, *, key: Callable[[str], str] = plain) -> None:
        if lanes < 1:
            raise ParameterError(f"lanes={lanes!r} cannot be used.", advice="Give the number of transcripts.")
        self.slots: list[Slot] = []
        self._key = key
        self._word_count = [0] * lanes
        self._next = [0] * lanes
        self._closed = [False] * lanes

    def add(self, lane: int, words: Iterable[Word | str]) -> int:
        """Add the next words of a transcript, such as those of a turn that has settled.

        ``words`` are ``Word`` objects, or texts without times. Returns the index of the first slot that may have
        changed.
        """
        new = [_aligned(word, number, self._key) for number, word in enumerate(words, self._word_count[lane])]
        if not new:
            return len(self.slots)
        before = self._next[lane]
        start = self._anchor(lane, new[0].start_ms)
        tail: list[Slot] = []
        for other in range(len(self._next)):
            open_words = [cell for slot in self.slots[start:] if (cell := slot.cells[other]) is not None]
            open_words += new if other == lane else []
            tail = [_joined(slot, word, other, len(self._next)) for slot, word in _match(tail, open_words)]
        self._word_count[lane] += len(new)
        self.slots[start:] = tail
        self._find_ends(start)
        return min(before, start)

    def close(self, lane: int) -> int:
        """Mark a transcript as ended: no more words are awaited. Returns the index of the first changed slot."""
        self._closed[lane] = True
        return self._next[lane]

    def state(self, index: int) -> State:
        """Whether the transcripts agree in a slot, differ, or one that has not reached it may still agree."""
        slot = self.slots[index]
        if slot.agree:
            return "agree"
        if len({word.key for word in slot.words}) > 1:
            return "differ"
        gaps = {lane for lane, cell in enumerate(slot.cells) if cell is None}
        return "waiting" if gaps <= self.awaited(index) else "differ"

    def awaited(self, index: int) -> frozenset[int]:
        """The transcripts that have not reached a slot and have not ended."""
        return frozenset(
            lane for lane, closed in enumerate(self._closed) if not closed and self._is_behind(lane, index)
        )

    def _is_behind(self, lane: int, index: int) -> bool:
        return index >= self._next[lane]

    def _anchor(self, lane: int, from_ms: float | None) -> int:
        """The slot from which to align again: after the last one on which all transcripts that reached it agree.

        It lies before the last word of ``lane``, or too long before its next word to match it.
        """
        for index in range(len(self.slots) - 1, -1, -1):
            slot = self.slots[index]
            passed = not self._is_behind(lane, index)
            if not passed and from_ms is not None:
                passed = slot.end_ms is not None and slot.end_ms < from_ms - 1000 * _RUN_ANCHOR_WITHIN_S
            if passed and (self._is_settled(slot, index) or index < len(self.slots) - _MAX_OPEN_SLOTS):
                return index + 1
        return 0

    def _is_settled(self, slot: Slot, index: int) -> bool:
        equal = len(slot.words) > 1 and len({word.key for word in slot.words}) == 1
        return equal and all(cell is not None or self._is_behind(lane, index) for lane, cell in enumerate(slot.cells))

    def _find_ends(self, start: int) -> None:
        for lane in range(len(self._next)):
            for index in range(len(self.slots) - 1, start - 1, -1):
                if self.slots[index].cells[lane] is not None:
                    self._next[lane] = index + 1
                    break


def align(transcripts: Sequence[Iterable[Word | str]], *, key: Callable[[str], str] = plain) -> tuple[Slot, ...]:
    """The slots of complete transcripts, aligned in order. Raises ``MissingDependencyError`` without rapidfuzz.

    Each word is in one slot, in order. The times of ``Word`` objects resolve repeated words.
    """
    slots: list[Slot] = []
    for lane, words in enumerate(transcripts):
        new = [_aligned(word, index, key) for index, word in enumerate(words)]
        slots = [_joined(slot, word, lane, len(transcripts)) for slot, word in _match(slots, new)]
    return tuple(slots)


def _aligned(word: Word | str, index: int, key: Callable[[str], str]) -> AlignedWord:
    if isinstance(word, str):
        return AlignedWord(index, word, key(word) or word)
    return AlignedWord(index, word.text, key(word.text) or word.text, word.start_ms, word.end_ms)


def _joined(slot: Slot | None, word: AlignedWord | None, lane: int, lanes: int) -> Slot:
    if word is None:
        assert slot is not None
        return slot
    cells = (None,) * lanes if slot is None else slot.cells
    return Slot((*cells[:lane], word, *cells[lane + 1 :]))


def _match(slots: Sequence[Slot], new: Sequence[AlignedWord]) -> Iterator[tuple[Slot | None, AlignedWord | None]]:
    slot_from = word_from = 0
    for slot, word in (*_anchors(slots, new), (len(slots), len(new))):
        yield from pair(slots[slot_from:slot], new[word_from:word])
        if slot < len(slots):
            yield slots[slot], new[word]
        slot_from, word_from = slot + 1, word + 1


def _anchors(slots: Sequence[Slot], new: Sequence[AlignedWord]) -> Iterator[tuple[int, int]]:
    """Index pairs of a slot and a word that are certainly the same."""
    for kind, start, end, other_start, _ in edits([slot.key for slot in slots], [word.key for word in new]):
        for offset in range(end - start if kind == "equal" else 0):
            slot, word = start + offset, other_start + offset
            apart_s = seconds_apart(slots[slot], new[word])
            if apart_s <= _ANCHOR_WITHIN_S or (end - start >= _ANCHOR_RUN and apart_s <= _RUN_ANCHOR_WITHIN_S):
                yield slot, word
