"""The edits that turn one sequence into another, by rapidfuzz."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import Any, Literal, NamedTuple

from ipyscribe.errors import MissingDependencyError

Kind = Literal["equal", "replace", "delete", "insert"]


class Edit(NamedTuple):
    """``first[start:end]`` against ``second[other_start:other_end]``."""

    kind: Kind
    start: int
    end: int
    other_start: int
    other_end: int


def edits(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Edit]:
    """The fewest substitutions, deletions and insertions that turn ``first`` into ``second``, in order.

    Levenshtein distance over whole elements; runs of the same kind are one edit, and a replacement is of
    equal length on both sides. Raises ``MissingDependencyError`` without rapidfuzz.
    """
    return [Edit(*operation) for operation in _distance().Levenshtein.opcodes(*_numbered(first, second))]


def differences(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Edit]:
    """The runs in which the two differ when as many elements as possible are kept (longest common
    subsequence); the two sides of a replacement may differ in length. Raises ``MissingDependencyError``.
    """
    runs = []
    operations = (Edit(*operation) for operation in _distance().Indel.opcodes(*_numbered(first, second)))
    for equal, group in groupby(operations, key=lambda edit: edit.kind == "equal"):
        if not equal:
            edits_in_run = list(group)
            kind: Kind = "replace" if len(edits_in_run) > 1 else edits_in_run[0].kind
            runs.append(
                Edit(
                    kind,
                    edits_in_run[0].start,
                    edits_in_run[-1].end,
                    edits_in_run[0].other_start,
                    edits_in_run[-1].other_end,
                )
            )
    return runs


def _distance() -> Any:
    try:
        from rapidfuzz import distance
    except ImportError:
        raise MissingDependencyError("rapidfuzz", purpose="Comparing words", extra="metrics") from None
    return distance


def _numbered(first: Sequence[Hashable], second: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    numbers: dict[Hashable, int] = {}
    return (
        [numbers.setdefault(element, len(numbers)) for element in first],
        [numbers.setdefault(element, len(numbers)) for element in second],
    )
