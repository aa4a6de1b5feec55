"""The most frequent substitutions, deletions and insertions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ipyscribe.comparison.table import Record
from ipyscribe.metrics.edits import edits

_KINDS = {"replace": "substitution", "delete": "deletion", "insert": "insertion"}
ErrorKey = tuple[str, str, str]
"""Kind of error, word of the reference, word of the transcript; "" where there is none."""
WordPair = tuple[str, Sequence[str], Sequence[str]]
"""Name of a recording, its normalised reference words and those of the transcript."""


def frequent_errors(label: str, pairs: Iterable[WordPair]) -> list[Record]:
    """One record for each different error of a model, the most frequent first.

    ``count`` is how often it came, ``occurrences`` how often its word is in the references (None for an insertion),
    ``recordings`` the names of those in which it came.
    """
    counts: Counter[ErrorKey] = Counter()
    occurrences: Counter[str] = Counter()
    recordings: defaultdict[ErrorKey, list[str]] = defaultdict(list)
    for name, reference, transcript in pairs:
        occurrences.update(reference)
        for error in _errors(reference, transcript):
            counts[error] += 1
            if name not in recordings[error][-1:]:
                recordings[error].append(name)
    return [
        {
            "model": label,
            "kind": kind,
            "reference": reference,
            "transcript": transcript,
            "count": count,
            "occurrences": occurrences[reference] if reference else None,
            "recordings": tuple(recordings[kind, reference, transcript]),
        }
        for (kind, reference, transcript), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _errors(reference: Sequence[str], transcript: Sequence[str]) -> Iterator[ErrorKey]:
    for edit in edits(reference, transcript):
        kind = _KINDS.get(edit.kind)
        if kind is None:
            continue
        expected, written = reference[edit.start : edit.end], transcript[edit.other_start : edit.other_end]
        for index in range(max(len(expected), len(written))):
            yield (
                kind,
                expected[index] if index < len(expected) else "",
                written[index] if index < len(written) else "",
            )
