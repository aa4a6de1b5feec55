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

from ipyscribe.comparison.disagreement_spans import compared, most_have, spots
from ipyscribe.comparison.settled_words import SettledWords
from ipyscribe.comparison.side_by_side import SideBySide
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
_FEWEST, _MOST = 5, 40


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where the models differ: ``said`` is what each has there, empty for nothing, None where it has not
    come so far; ``versions`` which of these are the same, by number; ``rank`` goes up from the most telling."""

    at: Disagreement
    said: tuple[str | None, ...]
    versions: tuple[int, ...]
    rank: tuple[int, int]

    @property
    def told(self) -> Json:
        """For the browser."""
        return {"first": self.at.first, "end": self.at.end, "said": self.said, "versions": self.versions}


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """The settled words of one row: ``slots[first:end]``."""

    first: int
    end: int
    start_ms: float
    end_ms: float
    cells: tuple[list[Piece], ...]
    spots: tuple[Spot, ...]
    firsts: tuple[int, ...]


class AlignedRows:
    """The rows, brought up to date by ``update``; one thread at a time."""

    def __init__(self) -> None:
        self.passages: list[AlignedRow] = []
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
            changed.update(range(self._rebuild(settled, first, side.language), max(before, len(self.passages) + 1)))
            self.firsts = tuple(map(sum, zip(*(passage.firsts for passage in self.passages), strict=True)))
        unsettled = self._place(settled, list(side.transcripts.values()))
        changed.update(row for row in {*unsettled, *self.unsettled} if unsettled.get(row) != self.unsettled.get(row))
        self.unsettled = unsettled
        return {row for row in changed if row < self.count}

    @property
    def basis(self) -> tuple[int, int]:
        """Equal as long as the settled words are the same."""
        return id(self._settled), self._version

    @property
    def count(self) -> int:
        """How many rows there are."""
        return max((len(self.passages), *(row + 1 for row in self.unsettled)))

    @property
    def spots(self) -> list[Spot]:
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
        return {"start": round(start_ms), "cells": cells, "spots": [spot.told for spot in found]}

    def _rebuild(self, settled: SettledWords, first: int, language: str) -> int:
        """Make the passages anew from the one on that holds what comes before slot ``first``."""
        starts = [passage.first for passage in self.passages]
        row = max(0, bisect_right(starts, max(0, first - 1)) - 1)
        start = self.passages[row].first if row < len(self.passages) else 0
        del self.passages[row:]
        end_ms = self.passages[-1].end_ms if self.passages else 0.0
        for numbered in _cut(settled, settled.slots(start), start):
            passage = _passage(settled, numbered, end_ms, language)
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
    if len(row) < _FEWEST or state == state_before == "differ":
        return False
    begun = (settled.appeared[lane][cell.index].index == 0 for lane, cell in enumerate(slot.cells) if cell is not None)
    return any(begun) or (slot.start_ms or 0.0) - (before.end_ms or 0.0) >= _PAUSE_MS


def _passage(
    settled: SettledWords, numbered: Sequence[tuple[int, Slot, State]], after_ms: float, language: str
) -> AlignedRow:
    slots = [slot for _, slot, _ in numbered]
    first = numbered[0][0]
    found = tuple(
        _spot(settled, at, language)
        for at in spots(((slot, state) for _, slot, state in numbered), first, language=language)
    )
    lanes = len(slots[0].cells)
    cells: tuple[list[Piece], ...] = tuple([] for _ in range(lanes))
    firsts = [0] * lanes
    spot_of = {number: index for index, spot in enumerate(found) for number in range(spot.at.first, spot.at.end)}
    for number, slot, _ in numbered:
        lead = settled.lead(slot)
        if lead is not None:
            firsts[lead[0]] += 1
        index = spot_of.get(number, -1)
        spot = found[index] if index >= 0 else None
        majority = None if spot is None else _majority(slot, spot)
        for lane, (cell, pieces) in enumerate(zip(slot.cells, cells, strict=True)):
            lead_ms = max(1, round(lead[1])) if lead is not None and lead[0] == lane else 0
            if cell is not None:
                _add(
                    pieces, cell.text, "" if spot is None else "most" if cell.key == majority else "odd", lead_ms, index
                )
            elif spot is not None and number == spot.at.first and spot.said[lane] == "" and majority != "":
                pieces.append(["", "gap", 0, index])
    start_ms = max(after_ms, min((slot.start_ms or 0.0 for slot in slots), default=0.0))
    end_ms = max(start_ms, max((slot.end_ms or 0.0 for slot in slots), default=0.0))
    return AlignedRow(first, numbered[-1][0] + 1, start_ms, end_ms, cells, found, tuple(firsts))


def _spot(settled: SettledWords, at: Disagreement, language: str) -> Spot:
    awaited = settled.awaited(at.first)
    said = tuple(None if not text and lane in awaited else plain(text) for lane, text in enumerate(at.said))
    keys = [None if text is None else compared(text, language) for text in at.said]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return Spot(at, said, tuple(numbers[key] for key in keys), (-at.weight, at.first))


def _majority(slot: Slot, spot: Spot) -> str | None:
    """What more models have in a slot than anything else, empty for nothing; None where two are as frequent."""
    said = (
        cell.key if cell is not None else ""
        for cell, text in zip(slot.cells, spot.said, strict=True)
        if text is not None
    )
    votes = Counter(said).most_common(2)
    return None if len(votes) > 1 and votes[0][1] == votes[1][1] else votes[0][0]


def _add(pieces: list[Piece], text: str, look: str, lead_ms: int, spot: int) -> None:
    """Put a word at the end, into the last piece where it looks the same."""
    last = pieces[-1] if pieces else None
    if last is not None and last[1] == look and last[3] == spot and not lead_ms and not last[2]:
        last[0] = f"{last[0]} {plain(text)}"
    else:
        pieces.append([plain(text), look, lead_ms, spot])


def around(slots: Iterable[tuple[Slot, State]]) -> str:
    """What most have in ``slots``, to be read beside a disagreement; who has not come so far is not asked."""
    said = (slot.words[0].text if state == "waiting" else most_have(slot) for slot, state in slots)
    return plain(" ".join(filter(None, said)))
