"""Where transcripts disagree, as time ranges of the audio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ipyscribe.metrics.alignment import Slot
from ipyscribe.metrics.letters import joined
from ipyscribe.transcript.scripts import joined_words


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Neighbouring slots on which the transcripts do not agree: ``slots[first:end]``.

    ``texts`` is the text of each transcript there, in their order, empty where it has no word. Times are ms on the
    audio clock, None where no word has one.
    """

    first: int
    end: int
    texts: tuple[str, ...]
    versions: int
    start_ms: float | None
    end_ms: float | None

    @property
    def weight(self) -> int:
        """The rank of a disagreement: its number of slots times the number of versions beyond the first."""
        return (self.end - self.first) * (self.versions - 1)


def disagreements(slots: Sequence[Slot]) -> list[Disagreement]:
    """All runs of slots on which the transcripts differ, in order.

    The same letters in other words ("every day" and "everyday") are not a disagreement; numbers next to each other
    ("9 11" and "911") are.
    """
    disagreeing = []
    for agree, group in groupby(enumerate(slots), key=lambda numbered: numbered[1].agree):
        if not agree:
            numbered = list(group)
            versions = {_letters((slot for _, slot in numbered), lane) for lane in range(len(numbered[0][1].cells))}
            if len(versions) > 1:
                disagreeing.append(_between(numbered[0][0], [slot for _, slot in numbered], len(versions)))
    return disagreeing


def ranked(disagreements: Iterable[Disagreement]) -> list[Disagreement]:
    """By weight, the greatest first; of equal ones, the earliest."""
    return sorted(disagreements, key=lambda disagreement: (-disagreement.weight, disagreement.first))


def _between(first: int, slots: Sequence[Slot], versions: int) -> Disagreement:
    starts = [start_ms for slot in slots if (start_ms := slot.start_ms) is not None]
    ends = [end_ms for slot in slots if (end_ms := slot.end_ms) is not None]
    texts = tuple(
        joined_words(cell.text for slot in slots if (cell := slot.cells[lane]) is not None)
        for lane in range(len(slots[0].cells))
    )
    return Disagreement(first, first + len(slots), texts, versions, min(starts, default=None), max(ends, default=None))


def _letters(slots: Iterable[Slot], lane: int) -> str:
    return joined([cell.key for slot in slots if (cell := slot.cells[lane]) is not None])
