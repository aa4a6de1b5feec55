"""The aligned words of several transcripts, as far as their turns have settled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from ipyscribe.metrics import Alignment, Appearance, Slot
from ipyscribe.metrics.alignment import State
from ipyscribe.metrics.appearance import turn_appearances
from ipyscribe.metrics.characters import in_characters
from ipyscribe.metrics.letters import plain
from ipyscribe.transcript import Transcript, Turn


class SettledWords:
    """Aligns turns as they settle; in languages without spaces their characters. Any thread may call.

    ``appeared[lane][word.index]`` says when an aligned word of a lane first appeared and when it was committed.
    """

    def __init__(self, lanes: int, language: str = "en") -> None:
        self._lock = threading.Lock()
        self._language = language
        self._alignment = Alignment(lanes, key=partial(plain, language=language))
        self._taken: list[list[Turn]] = [[] for _ in range(lanes)]
        self._ended = [False] * lanes
        self._changes: list[int] = []
        self.appeared: tuple[list[Appearance], ...] = tuple([] for _ in range(lanes))

    @property
    def version(self) -> int:
        """Grows with every turn that settles and every transcript that ends."""
        return len(self._changes)

    def begins(self, transcripts: Sequence[Transcript], ended: Sequence[bool]) -> bool:
        """Whether the processed turns are a prefix of ``transcripts``; not so after a replay seeks backwards."""
        with self._lock:
            if any(before and not now for before, now in zip(self._ended, ended, strict=True)):
                return False
            return all(map(_begins, self._taken, transcripts))

    def catch_up(self, transcripts: Sequence[Transcript], ended: Sequence[bool]) -> None:
        """Align the turns that have settled since the last call.

        A turn waits for those before it, so that words stay in their order.
        """
        with self._lock:
            for lane, turn in self._fresh(transcripts, ended):
                self._taken[lane].append(turn)
                if turn.is_speech and turn.words:
                    words = in_characters(turn_appearances(turn), self._language)
                    self.appeared[lane].extend(words)
                    self._changes.append(self._alignment.add(lane, [appearance.word for appearance in words]))
            for lane, over in enumerate(ended):
                if over and not self._ended[lane]:
                    self._ended[lane] = True
                    self._changes.append(self._alignment.close(lane))

    def _fresh(self, transcripts: Sequence[Transcript], ended: Sequence[bool]) -> list[tuple[int, Turn]]:
        """The newly settled turns in the order in which they settled: aligned one transcript after the other, a
        long recording would be aligned from its beginning for each turn."""
        settled: list[tuple[float, int, Turn]] = []
        for lane, transcript in enumerate(transcripts):
            latest_ms = 0.0
            for turn in self._rest(lane, transcript):
                if not turn.settled and not ended[lane]:
                    break
                latest_ms = max(latest_ms, turn.end_ms if turn.final is None else turn.final.audio_ms)
                settled.append((latest_ms, lane, turn))
        return [(lane, turn) for _, lane, turn in sorted(settled, key=lambda entry: entry[:2])]

    def rest(self, lane: int, transcript: Transcript) -> tuple[Turn, ...]:
        """The turns of ``transcript`` that are not aligned yet."""
        with self._lock:
            return self._rest(lane, transcript)

    def _rest(self, lane: int, transcript: Transcript) -> tuple[Turn, ...]:
        return transcript.turns[len(self._taken[lane]) :]

    def since(self, version: int) -> tuple[int, int]:
        """The version now, and the first slot that may have changed since ``version``."""
        with self._lock:
            return self.version, min((len(self._alignment.slots), *self._changes[version:]))

    def slots(self, first: int = 0, end: int | None = None) -> list[tuple[Slot, State]]:
        """The slots from ``first`` on, up to ``end``, and whether the transcripts agree there."""
        with self._lock:
            slots = self._alignment.slots
            until = len(slots) if end is None else min(end, len(slots))
            return [(slots[index], self._alignment.state(index)) for index in range(max(0, first), until)]

    def awaited(self, index: int) -> frozenset[int]:
        """The lanes that have not reached a slot yet, and may."""
        with self._lock:
            return self._alignment.awaited(index)

    def lead(self, slot: Slot) -> tuple[int, float] | None:
        """The lane that had its word first, and how many ms before the next one.

        None where it was alone or two came at the same time.
        """
        appearances = []
        for lane, cell in enumerate(slot.cells):
            arrival = None if cell is None else self.appeared[lane][cell.index].appeared
            if arrival is not None:
                appearances.append((arrival.audio_ms, lane))
        appearances.sort()
        if len(appearances) < 2 or appearances[0][0] == appearances[1][0]:
            return None
        return appearances[0][1], appearances[1][0] - appearances[0][0]


def _begins(taken: Sequence[Turn], transcript: Transcript) -> bool:
    last = len(taken) - 1
    if last < 0:
        return True
    turn = transcript.turns[last] if last < len(transcript.turns) else None
    return turn is taken[last] or turn == taken[last]
