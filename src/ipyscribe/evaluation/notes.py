"""Notes on recordings, of which there may be thousands, in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

_MOST_NAMES = 3
_MOST_NOTES = 10


def listed(names: Sequence[str]) -> str:
    """The first of ``names``."""
    return ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")


def left_out_notes(reasons: Mapping[str, str]) -> list[str]:
    """Which recordings are left out, by name, and why: one note for those with the same reason."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in reasons.items():
        by_reason[reason.removesuffix(".")].append(name)
    notes = []
    for reason, names in list(by_reason.items())[:_MOST_NOTES]:
        subject = f"{names[0]} is" if len(names) == 1 else f"{len(names):,} recordings ({listed(names)}) are"
        notes.append(f"{subject} left out: {reason}.")
    others = sum(map(len, list(by_reason.values())[_MOST_NOTES:]))
    return [*notes, f"{others:,} more left out, for other reasons."] if others else notes


def first_notes(notes: Sequence[str]) -> list[str]:
    """The first of many ``notes`` of the same kind."""
    others = len(notes) - _MOST_NOTES
    return [*notes[:_MOST_NOTES], *([f"{others:,} more of this kind."] if others > 0 else [])]
