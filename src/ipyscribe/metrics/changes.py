"""The changes that a normaliser makes in a text, so that a score can be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from ipyscribe.metrics.edits import differences
from ipyscribe.metrics.letters import plain
from ipyscribe.metrics.normalise import Normaliser, raw


@dataclass(frozen=True, slots=True)
class Change:
    """Words that a normaliser rewrote, and how often."""

    before: str
    after: str
    count: int


def changes(text: str, by: Normaliser) -> tuple[Change, ...]:
    """The changes of ``by`` in ``text`` other than case and punctuation around words, the most frequent first.

    A lost sign, per cent or currency is a change.
    """
    before = raw(text) if by.unit == "words" else list("".join(raw(text)))
    after = by(text)
    counted = Counter(
        (by.joined(before[edit.start : edit.end]), by.joined(after[edit.other_start : edit.other_end]))
        for edit in differences([plain(unit, by.language) for unit in before], after)
        if any(plain(unit, by.language) for unit in before[edit.start : edit.end]) or edit.other_end > edit.other_start
    )
    return tuple(Change(old, new, count) for (old, new), count in counted.most_common())


def together(*parts: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of several texts as of one, the most frequent first."""
    counted: Counter[tuple[str, str]] = Counter()
    for change in chain(*parts):
        counted[change.before, change.after] += change.count
    return tuple(Change(old, new, count) for (old, new), count in counted.most_common())
