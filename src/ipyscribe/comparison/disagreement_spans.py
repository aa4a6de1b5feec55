"""Where to listen: disagreements, and the sound in which a person can say what was said there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from ipyscribe.metrics import AlignedWord, Disagreement, Slot, disagreements, normaliser
from ipyscribe.metrics.alignment import State

_MOST_MORE = 8
_ROOM_MS = 200.0


@dataclass(frozen=True, slots=True)
class Edges:
    """A stretch of the audio clock, and the agreed words in it before and after what is in question."""

    start_ms: float
    end_ms: float
    before: str = ""
    after: str = ""


def spots(slots: Iterable[tuple[Slot, State]], first: int = 0, *, language: str = "en") -> list[Disagreement]:
    """The disagreements among ``slots``, the number of the first of which is ``first``, in order.

    Words that one transcript has not come to yet are none, nor are two ways to write the same ("20" and
    "twenty").
    """
    found = []
    for differ, group in groupby(enumerate(slots, first), key=lambda numbered: numbered[1][1] == "differ"):
        if differ:
            numbered = list(group)
            start = numbered[0][0]
            found += [
                replace(one, first=start + one.first, end=start + one.end)
                for one in disagreements([slot for _, (slot, _) in numbered])
                if len({compared(text, language) for text in one.said}) > 1
            ]
    return found


@lru_cache(maxsize=16_384)
def compared(text: str, language: str) -> str:
    """``text`` without what makes no difference: case, punctuation, spaces, how numbers are written."""
    return "".join(normaliser(language)(text))


def edges(slots: Sequence[Slot], at: Disagreement, *, nothing: bool = False) -> Edges:
    """The shortest stretch around ``at`` in which every transcript has the words of the same slots.

    A word lies in a stretch if its middle does. ``nothing`` asks for at least one agreed word in it, so that
    something was said.
    """
    first, start_ms = _edge(slots, at.first, -1)
    end, end_ms = _edge(slots, at.end, 1)
    if nothing and first == at.first and end == at.end:
        if first > 0:
            first, start_ms = _edge(slots, first - 1, -1)
        else:
            end, end_ms = _edge(slots, end + 1, 1)
    return Edges(max(0.0, start_ms), end_ms, _text(slots[first : at.first]), _text(slots[at.end : end]))


def _edge(slots: Sequence[Slot], at: int, step: int) -> tuple[int, float]:
    """The nearest place from ``at`` on at which all words before it end before all words after it begin."""
    best = (float("-inf"), at, 0.0)
    for place in range(at, at + step * (_MOST_MORE + 1), step):
        if not 0 <= place <= len(slots):
            break
        low_ms, high_ms = _last_before(slots, place), _first_after(slots, place)
        room_ms = high_ms - low_ms
        best = max(best, (room_ms, place, (low_ms + high_ms) / 2), key=lambda found: found[0])
        if room_ms > 0:
            return place, (low_ms + high_ms) / 2
    return best[1], best[2]


def _last_before(slots: Sequence[Slot], place: int) -> float:
    """Middle of the latest of the words that the transcripts have next before ``place``."""
    found = _neighbours(slots[max(0, place - _MOST_MORE) : place][::-1])
    return max(found) if found else _first_after(slots, place, -_ROOM_MS)


def _first_after(slots: Sequence[Slot], place: int, room_ms: float = 0.0) -> float:
    """Middle of the earliest of the words that the transcripts have next from ``place`` on."""
    found = _neighbours(slots[place : place + _MOST_MORE])
    if found:
        return min(found) + room_ms
    return 0.0 if room_ms else _last_before(slots, place) + _ROOM_MS


def _neighbours(slots: Sequence[Slot]) -> list[float]:
    """Middle of the first word of each transcript."""
    words: dict[int, AlignedWord] = {}
    for slot in slots:
        for lane, cell in enumerate(slot.cells):
            if cell is not None:
                words.setdefault(lane, cell)
    return [
        (word.start_ms + word.end_ms) / 2
        for word in words.values()
        if word.start_ms is not None and word.end_ms is not None
    ]


def _text(slots: Sequence[Slot]) -> str:
    return " ".join(filter(None, map(most_have, slots)))


def most_have(slot: Slot) -> str:
    """The word that most transcripts have in ``slot``, empty where most have none; of equally many, the first's."""
    key = Counter("" if cell is None else cell.key for cell in slot.cells).most_common(1)[0][0]
    return next((word.text for word in slot.words if word.key == key), "")
