"""The rows of a comparison: the aligned transcripts, cut at pauses of the audio clock.

A row begins at a pause or a new turn, never within a disagreement unless it would get too long. Unsettled words are
placed by their time, beside the words of the other lanes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ipyscribe.comparison.disagreement_spans import comparable, disagreements_among, majority_word
from ipyscribe.comparison.settled_words import SettledWords
from ipyscribe.metrics import Disagreement, Normaliser, Slot
from ipyscribe.metrics.alignment import State
from ipyscribe.plain_text import plain
from ipyscribe.transcript import Transcript
from ipyscribe.transcript.scripts import joined_words

Json = dict[str, Any]
Piece = list[Any]
"""Text; its style: "" where all agree, "odd" for a minority's word, "most" for the majority's, "gap" where words
are missing, "new" while unsettled; ms by which it was first, 0 if it was not; and the index of the row's
disagreement that it belongs to, or -1."""

_PAUSE_MS = 350.0
_MIN_SLOTS, _MAX_SLOTS = 5, 40


@dataclass(frozen=True, slots=True)
class DisagreementSpan:
    """One disagreement: ``texts`` is the text of each model, empty for no words, None where it has not got that
    far; ``versions`` numbers the distinct texts; ``rank`` ascends from the greatest weight."""

    disagreement: Disagreement
    texts: tuple[str | None, ...]
    versions: tuple[int, ...]
    rank: tuple[int, int]

    @property
    def as_json(self) -> Json:
        """For the browser."""
        slots = self.disagreement
        return {"first": slots.first, "end": slots.end, "texts": self.texts, "versions": self.versions}


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """The settled words of one row: ``slots[first:end]``."""

    first: int
    end: int
    start_ms: float
    end_ms: float
    cells: tuple[list[Piece], ...]
    disagreements: tuple[DisagreementSpan, ...]
    firsts: tuple[int, ...]


class AlignedLanes(Protocol):
    """Lanes with their words aligned; ``ComparedLanes`` are such."""

    @property
    def settled(self) -> SettledWords: ...
    @property
    def normaliser(self) -> Normaliser: ...
    @property
    def transcripts(self) -> Mapping[str, Transcript]: ...


class AlignedRows:
    """The rows, brought up to date by ``update``; one thread at a time."""

    def __init__(self) -> None:
        self.settled_rows: list[AlignedRow] = []
        self.firsts: tuple[int, ...] = ()
        """How many words each model had first."""
        self.unsettled: dict[int, list[str]] = {}
        """For each row its unsettled text of each model; the row after the last settled one is the open one."""
        self._open_ms = 0.0
        self._settled: SettledWords | None = None
        self._version = 0

    def update(self, lanes: AlignedLanes) -> set[int]:
        """Process new words; returns the numbers of the rows that have changed."""
        settled = lanes.settled
        before = self.count
        changed: set[int] = set()
        if settled is not self._settled:
            self._settled, self._version, self.settled_rows = settled, 0, []
            changed.update(range(before))
        version, first = settled.since(self._version)
        if version != self._version:
            self._version = version
            changed.update(
                range(self._rebuild(settled, first, lanes.normaliser), max(before, len(self.settled_rows) + 1))
            )
            self.firsts = tuple(map(sum, zip(*(row.firsts for row in self.settled_rows), strict=True)))
        unsettled = self._unsettled_rows(settled, list(lanes.transcripts.values()))
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
        return max((len(self.settled_rows), *(row + 1 for row in self.unsettled)))

    @property
    def disagreements(self) -> list[DisagreementSpan]:
        """All disagreements, in order."""
        return [span for row in self.settled_rows for span in row.disagreements]

    def row(self, number: int) -> Json:
        """One row as the browser draws it."""
        new = self.unsettled.get(number, [])
        if number < len(self.settled_rows):
            settled = self.settled_rows[number]
            cells = [[*cell] for cell in settled.cells]
            start_ms, spans = settled.start_ms, settled.disagreements
        else:
            start_ms, cells, spans = self._open_ms, [[] for _ in new], ()
        for cell, text in zip(cells, new, strict=False):
            if text:
                cell.append([text, "new", 0, -1])
        return {"start": round(start_ms), "cells": cells, "disagreements": [span.as_json for span in spans]}

    def _rebuild(self, settled: SettledWords, first: int, by: Normaliser) -> int:
        """Rebuild the rows from the one that holds the slot before ``first``."""
        starts = [row.first for row in self.settled_rows]
        row = max(0, bisect_right(starts, max(0, first - 1)) - 1)
        start = self.settled_rows[row].first if row < len(self.settled_rows) else 0
        del self.settled_rows[row:]
        end_ms = self.settled_rows[-1].end_ms if self.settled_rows else 0.0
        for numbered in _cut(settled, settled.slots(start), start):
            settled_row = _row(settled, numbered, end_ms, by)
            end_ms = settled_row.end_ms
            self.settled_rows.append(settled_row)
        return row

    def _unsettled_rows(self, settled: SettledWords, transcripts: Sequence[Transcript]) -> dict[int, list[str]]:
        starts = [row.start_ms for row in self.settled_rows]
        end_ms = self.settled_rows[-1].end_ms if self.settled_rows else 0.0
        by_row: dict[int, list[list[str]]] = {}
        open_ms: list[float] = []
        for lane, transcript in enumerate(transcripts):
            for turn in settled.rest(lane, transcript):
                for word in turn.words if turn.is_speech else ():
                    middle_ms = (word.start_ms + word.end_ms) / 2
                    row = len(starts) if middle_ms >= end_ms else max(0, bisect_right(starts, middle_ms) - 1)
                    open_ms += [word.start_ms] if row == len(starts) else []
                    by_row.setdefault(row, [[] for _ in transcripts])[lane].append(plain(word.text))
        self._open_ms = max(end_ms, min(open_ms, default=0.0))
        return {row: [joined_words(words) for words in lanes] for row, lanes in by_row.items()}


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
    if len(row) >= _MAX_SLOTS:
        return True
    if len(row) < _MIN_SLOTS or state == state_before == "differ":
        return False
    begun = (settled.appeared[lane][cell.index].index == 0 for lane, cell in enumerate(slot.cells) if cell is not None)
    return any(begun) or (slot.start_ms or 0.0) - (before.end_ms or 0.0) >= _PAUSE_MS


def _row(
    settled: SettledWords, numbered: Sequence[tuple[int, Slot, State]], after_ms: float, by: Normaliser
) -> AlignedRow:
    slots = [slot for _, slot, _ in numbered]
    first = numbered[0][0]
    slots_with_state = ((slot, state) for _, slot, state in numbered)
    spans = tuple(
        _span(settled, disagreement, by) for disagreement in disagreements_among(slots_with_state, first, by=by)
    )
    lanes = len(slots[0].cells)
    cells: tuple[list[Piece], ...] = tuple([] for _ in range(lanes))
    firsts = [0] * lanes
    span_of = {
        number: index
        for index, span in enumerate(spans)
        for number in range(span.disagreement.first, span.disagreement.end)
    }
    for number, slot, _ in numbered:
        lead = settled.lead(slot)
        if lead is not None:
            firsts[lead[0]] += 1
        index = span_of.get(number, -1)
        span = spans[index] if index >= 0 else None
        majority = None if span is None else _majority(slot, span)
        for lane, (cell, pieces) in enumerate(zip(slot.cells, cells, strict=True)):
            lead_ms = max(1, round(lead[1])) if lead is not None and lead[0] == lane else 0
            if cell is not None:
                style = "" if span is None else "most" if cell.key == majority else "odd"
                _add(pieces, [plain(cell.text), style, lead_ms, index])
            elif span is not None and number == span.disagreement.first and span.texts[lane] == "" and majority != "":
                pieces.append(["", "gap", 0, index])
    start_ms = max(after_ms, min((slot.start_ms or 0.0 for slot in slots), default=0.0))
    end_ms = max(start_ms, max((slot.end_ms or 0.0 for slot in slots), default=0.0))
    return AlignedRow(first, numbered[-1][0] + 1, start_ms, end_ms, cells, spans, tuple(firsts))


def _span(settled: SettledWords, disagreement: Disagreement, by: Normaliser) -> DisagreementSpan:
    awaited = settled.awaited(disagreement.first)
    texts = tuple(None if not text and lane in awaited else plain(text) for lane, text in enumerate(disagreement.texts))
    keys = [None if text is None else comparable(text, by) for text in disagreement.texts]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    rank = (-disagreement.weight, disagreement.first)
    return DisagreementSpan(disagreement, texts, tuple(numbers[key] for key in keys), rank)


def _majority(slot: Slot, span: DisagreementSpan) -> str | None:
    """The key that most models have in a slot, empty for no word; None where two are equally frequent."""
    keys = (
        cell.key if cell is not None else ""
        for cell, text in zip(slot.cells, span.texts, strict=True)
        if text is not None
    )
    votes = Counter(keys).most_common(2)
    return None if len(votes) > 1 and votes[0][1] == votes[1][1] else votes[0][0]


def _add(pieces: list[Piece], piece: Piece) -> None:
    """Append a word, to the last piece if the style is the same."""
    last = pieces[-1] if pieces else None
    if last is not None and last[1] == piece[1] and last[3] == piece[3] and not piece[2] and not last[2]:
        last[0] = joined_words((last[0], piece[0]))
    else:
        pieces.append(piece)


def context_text(slots: Iterable[tuple[Slot, State]]) -> str:
    """The majority's words in ``slots``, context of a disagreement; lanes that have not got that far do not count."""
    words = (slot.words[0].text if state == "waiting" else majority_word(slot) for slot, state in slots)
    return plain(joined_words(filter(None, words)))
