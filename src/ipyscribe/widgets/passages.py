"""What several models said, cut into stretches of the audio clock: the rows of a comparison.

A row begins where a pause or a new turn lets it, never between words on which the models differ unless it would
get too long. What has not settled is put where its sound is, beside what the others have there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.comparison.growing import SettledWords
from ipyscribe.comparison.side_by_side import SideBySide
from ipyscribe.comparison.spots import spots
from ipyscribe.metrics import Disagreement, Slot
from ipyscribe.metrics.alignment import State
from ipyscribe.protocol.plain import plain
from ipyscribe.transcript import Transcript

Json = dict[str, Any]
Piece = list[Any]
"""Text; how it is to look: "" as the others, "odd" where it stands against them, "most" where most say it, "gap"
where words are missing, "new" where it has not settled; ms by which it was first, 0 if it was not; and which of
the row's disagreements it belongs to, or -1."""

_PAUSE_MS = 350.0
_FEWEST, _ENOUGH, _MOST = 4, 16, 40


@dataclass(frozen=True, slots=True)
class Passage:
    """The settled words of one row: ``slots[first:end]``."""

    first: int
    end: int
    start_ms: float
    end_ms: float
    cells: tuple[list[Piece], ...]
    spots: tuple[Disagreement, ...]
    firsts: tuple[int, ...]


class Passages:
    """The rows, brought up to date by ``update``; one thread at a time."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.firsts: tuple[int, ...] = ()
        """How many words each model had before the others."""
        self.unsettled: dict[int, list[str]] = {}
        """For each row what has not settled there, one text for each model; the row after the last is the open one."""
        self._open_ms = 0.0
        self._settled: SettledWords | None = None
        self._version = 0

    def update(self, side: SideBySide) -> set[int]:
        """Take in what is new; the numbers of the rows that are not as they were."""
        settled = side.settled
        before = self.count
        changed: set[int] = set()
        if settled is not self._settled:
            self._settled, self._version, self.passages = settled, 0, []
            changed.update(range(before))
        version, first = settled.since(self._version)
        if version != self._version:
            self._version = version
            changed.update(range(self._rebuild(settled, first), max(before, len(self.passages) + 1)))
            self.firsts = tuple(map(sum, zip(*(passage.firsts for passage in self.passages), strict=True)))
        unsettled = self._place(settled, list(side.transcripts.values()))
        changed.update(row for row in {*unsettled, *self.unsettled} if unsettled.get(row) != self.unsettled.get(row))
        self.unsettled = unsettled
        return {row for row in changed if row < self.count}

    @property
    def count(self) -> int:
        """How many rows there are."""
        return max((len(self.passages), *(row + 1 for row in self.unsettled)))

    @property
    def spots(self) -> list[Disagreement]:
        """All disagreements, in order."""
        return [spot for passage in self.passages for spot in passage.spots]

    def row(self, number: int) -> Json:
        """One row as the browser draws it."""
        new = self.unsettled.get(number, [])
        if number < len(self.passages):
            passage = self.passages[number]
            cells = [[*cell] for cell in passage.cells]
            start_ms, found = passage.start_ms, passage.spots
        else:
            start_ms, cells, found = self._open_ms, [[] for _ in new], ()
        for cell, text in zip(cells, new, strict=False):
            if text:
                cell.append([text, "new", 0, -1])
        return {"start": round(start_ms), "cells": cells, "spots": [[spot.first, spot.end] for spot in found]}

    def _rebuild(self, settled: SettledWords, first: int) -> int:
        """Make the passages anew from the one on that holds what comes before slot ``first``."""
        starts = [passage.first for passage in self.passages]
        row = max(0, bisect_right(starts, max(0, first - 1)) - 1)
        start = self.passages[row].first if row < len(self.passages) else 0
        del self.passages[row:]
        end_ms = self.passages[-1].end_ms if self.passages else 0.0
        for numbered in _cut(settled, settled.slots(start), start):
            passage = _passage(settled, numbered, end_ms)
            end_ms = passage.end_ms
            self.passages.append(passage)
        return row

    def _place(self, settled: SettledWords, transcripts: Sequence[Transcript]) -> dict[int, list[str]]:
        starts = [passage.start_ms for passage in self.passages]
        end_ms = self.passages[-1].end_ms if self.passages else 0.0
        found: dict[int, list[list[str]]] = {}
        open_ms: list[float] = []
        for lane, transcript in enumerate(transcripts):
            for turn in settled.rest(lane, transcript):
                for word in turn.words if turn.is_speech else ():
                    middle_ms = (word.start_ms + word.end_ms) / 2
                    row = len(starts) if middle_ms >= end_ms else max(0, bisect_right(starts, middle_ms) - 1)
                    open_ms += [word.start_ms] if row == len(starts) else []
                    found.setdefault(row, [[] for _ in transcripts])[lane].append(plain(word.text))
        self._open_ms = max(end_ms, min(open_ms, default=0.0))
        return {row: [" ".join(words) for words in lanes] for row, lanes in found.items()}


def _cut(
    settled: SettledWords, slots: Sequence[tuple[Slot, State]], first: int
) -> Iterator[list[tuple[int, Slot, State]]]:
    """The slots of each row, with their numbers."""
    row: list[tuple[int, Slot, State]] = []
    for number, (slot, state) in enumerate(slots, first):
        if row and _may_begin(settled, row, slot, state):
            yield row
            row = []
        row.append((number, slot, state))
    if row:
        yield row


def _may_begin(settled: SettledWords, row: list[tuple[int, Slot, State]], slot: Slot, state: State) -> bool:
    _, before, state_before = row[-1]
    if len(row) >= _MOST:
        return True
    if len(row) < _FEWEST or (state != "agree" and state_before != "agree"):
        return False
    turns = [settled.appeared[lane][cell.index].index == 0 for lane, cell in enumerate(slot.cells) if cell is not None]
    if 2 * sum(turns) >= len(slot.cells):
        return True
    pause_ms = (slot.start_ms or 0.0) - (before.end_ms or 0.0)
    return len(row) >= _ENOUGH and (any(turns) or pause_ms >= _PAUSE_MS)


def _passage(settled: SettledWords, numbered: Sequence[tuple[int, Slot, State]], after_ms: float) -> Passage:
    slots = [slot for _, slot, _ in numbered]
    first = numbered[0][0]
    found = tuple(spots(((slot, state) for _, slot, state in numbered), first))
    lanes = len(slots[0].cells)
    cells: tuple[list[Piece], ...] = tuple([] for _ in range(lanes))
    firsts = [0] * lanes
    spot_of = {number: index for index, spot in enumerate(found) for number in range(spot.first, spot.end)}
    for number, slot, _ in numbered:
        lead = settled.lead(slot)
        if lead is not None:
            firsts[lead[0]] += 1
        spot = spot_of.get(number, -1)
        looks = _looks(slot) if spot >= 0 else None
        for lane, (cell, pieces) in enumerate(zip(slot.cells, cells, strict=True)):
            lead_ms = max(1, round(lead[1])) if lead is not None and lead[0] == lane else 0
            if cell is not None:
                _add(pieces, cell.text, "" if looks is None else looks[lane], lead_ms, spot)
            elif (
                looks is not None
                and looks[lane] == "gap"
                and number == found[spot].first
                and not found[spot].said[lane]
            ):
                pieces.append(["", "gap", 0, spot])
    start_ms = max(after_ms, min((slot.start_ms or 0.0 for slot in slots), default=0.0))
    end_ms = max(start_ms, max((slot.end_ms or 0.0 for slot in slots), default=0.0))
    return Passage(first, numbered[-1][0] + 1, start_ms, end_ms, cells, found, tuple(firsts))


def _looks(slot: Slot) -> list[str]:
    """How each model's word looks where they differ."""
    votes = Counter("" if cell is None else cell.key for cell in slot.cells).most_common(2)
    (top, count), second = votes[0], votes[1][1] if len(votes) > 1 else 0
    majority = top if count > second else None
    return [_look(None if cell is None else cell.key, majority) for cell in slot.cells]


def _look(key: str | None, majority: str | None) -> str:
    if key is None:
        return "" if majority == "" else "gap"
    return "most" if key == majority else "odd"


def _add(pieces: list[Piece], text: str, look: str, lead_ms: int, spot: int) -> None:
    """Put a word at the end, into the last piece where it looks the same."""
    last = pieces[-1] if pieces else None
    if last is not None and last[1] == look and last[3] == spot and not lead_ms and not last[2]:
        last[0] = f"{last[0]} {plain(text)}"
    else:
        pieces.append([plain(text), look, lead_ms, spot])


def around(slots: Iterable[tuple[Slot, State]]) -> str:
    """What most have in ``slots``, to be read beside a disagreement."""
    return plain(" ".join(next(word.text for word in slot.words if word.key == slot.key) for slot, _ in slots))
