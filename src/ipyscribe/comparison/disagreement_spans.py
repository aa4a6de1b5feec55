"""Where the models differ, and the audio around it that a person can listen to and correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from ipyscribe.metrics import AlignedWord, Disagreement, Normaliser, Slot, disagreements, normaliser
from ipyscribe.metrics.alignment import State
from ipyscribe.metrics.letters import joined
from ipyscribe.transcript.scripts import joined_words

_MAX_EXTRA_SLOTS = 8
_MARGIN_MS = 200.0
_CONTEXT_SLOTS = 3


@dataclass(frozen=True, slots=True)
class SafeEdges:
    """A time range of the audio clock, and the agreed words in it before and after the words in question."""

    start_ms: float
    end_ms: float
    before: str = ""
    after: str = ""


def disagreements_among(
    slots: Iterable[tuple[Slot, State]], first: int = 0, *, by: Normaliser | None = None
) -> list[Disagreement]:
    """The disagreements among ``slots``, the first of which has the number ``first``, in order.

    Words that one transcript has not reached yet do not count, nor do two ways to write the same ("20" and
    "twenty") according to ``by``, by default the English normaliser.
    """
    by = by or normaliser()
    disagreeing = []
    listed = list(slots)
    for differ, group in groupby(enumerate(listed), key=lambda numbered: numbered[1][1] == "differ"):
        if differ:
            numbered_slots = list(group)
            start = numbered_slots[0][0]
            disagreeing += [
                replace(each, first=first + start + each.first, end=first + start + each.end)
                for each in disagreements([slot for _, (slot, _) in numbered_slots])
                if _differ_in_context(listed, start + each.first, start + each.end, by)
            ]
    return disagreeing


def _differ_in_context(slots: Sequence[tuple[Slot, State]], first: int, end: int, by: Normaliser) -> bool:
    """Whether the texts differ with the agreed words next to them, because "%" says something after "50" only, and
    with all words around them, because "$5 million" and "five million dollars" differ twice and say the same.
    """
    start, stop = max(0, first - _CONTEXT_SLOTS), min(len(slots), end + _CONTEXT_SLOTS)
    agreed_start, agreed_stop = first, end
    while agreed_start > start and slots[agreed_start - 1][1] == "agree":
        agreed_start -= 1
    while agreed_stop < stop and slots[agreed_stop][1] == "agree":
        agreed_stop += 1
    return all(_differ(slots[low:high], by) for low, high in ((agreed_start, agreed_stop), (start, stop)))


def _differ(slots: Sequence[tuple[Slot, State]], by: Normaliser) -> bool:
    lanes = range(len(slots[0][0].cells))
    texts = [joined_words(cell.text for slot, _ in slots if (cell := slot.cells[lane]) is not None) for lane in lanes]
    return len({comparable(text, by) for text in texts}) > 1


@lru_cache(maxsize=16_384)
def comparable(text: str, by: Normaliser) -> str:
    """``text`` without insignificant differences: case, punctuation, spaces, the spelling of numbers."""
    return joined(by(text))


def safe_edges(slots: Sequence[Slot], disagreement: Disagreement, *, nothing: bool = False) -> SafeEdges:
    """The shortest time range around ``disagreement`` in which every transcript has the words of the same slots.

    A word lies in a time range if its middle does. ``nothing`` asks for at least one agreed word in it, so that
    it holds speech.
    """
    first, start_ms = _edge(slots, disagreement.first, -1)
    end, end_ms = _edge(slots, disagreement.end, 1)
    if nothing and first == disagreement.first and end == disagreement.end:
        if first > 0:
            first, start_ms = _edge(slots, first - 1, -1)
        else:
            end, end_ms = _edge(slots, end + 1, 1)
    before, after = slots[first : disagreement.first], slots[disagreement.end : end]
    return SafeEdges(max(0.0, start_ms), end_ms, _agreed_text(before), _agreed_text(after))


def _edge(slots: Sequence[Slot], index: int, step: int) -> tuple[int, float]:
    """The nearest slot boundary from ``index`` on at which all words before it end before all words after it begin."""
    best = (float("-inf"), index, 0.0)
    for boundary in range(index, index + step * (_MAX_EXTRA_SLOTS + 1), step):
        if not 0 <= boundary <= len(slots):
            break
        low_ms, high_ms = _last_before(slots, boundary), _first_after(slots, boundary)
        gap_ms = high_ms - low_ms
        best = max(best, (gap_ms, boundary, (low_ms + high_ms) / 2), key=lambda candidate: candidate[0])
        if gap_ms > 0:
            return boundary, (low_ms + high_ms) / 2
    return best[1], best[2]


def _last_before(slots: Sequence[Slot], boundary: int) -> float:
    """Middle of the latest of the words that the transcripts have next before ``boundary``."""
    middles_ms = _nearest_middles_ms(slots[max(0, boundary - _MAX_EXTRA_SLOTS) : boundary][::-1])
    return max(middles_ms) if middles_ms else _first_after(slots, boundary, -_MARGIN_MS)


def _first_after(slots: Sequence[Slot], boundary: int, margin_ms: float = 0.0) -> float:
    """Middle of the earliest of the words that the transcripts have next from ``boundary`` on."""
    middles_ms = _nearest_middles_ms(slots[boundary : boundary + _MAX_EXTRA_SLOTS])
    if middles_ms:
        return min(middles_ms) + margin_ms
    return 0.0 if margin_ms else _last_before(slots, boundary) + _MARGIN_MS


def _nearest_middles_ms(slots: Sequence[Slot]) -> list[float]:
    """Middle of the first word of each transcript among ``slots``."""
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


def _agreed_text(slots: Sequence[Slot]) -> str:
    return " ".join(filter(None, map(majority_word, slots)))


def majority_word(slot: Slot) -> str:
    """The word that most transcripts have in ``slot``, empty where most have none; of equally many, the first's."""
    key = Counter("" if cell is None else cell.key for cell in slot.cells).most_common(1)[0][0]
    return next((word.text for word in slot.words if word.key == key), "")
