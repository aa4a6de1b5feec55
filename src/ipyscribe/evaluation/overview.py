"""One row for each recording of an evaluation: its figures, and what the corpus says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ipyscribe.evaluation.recording import Column, Recording
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text

RowStatus = Literal["", "playing", "played", "failed"]
_MOST_GROUPS = 12


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording with the error rate of each model as a share, None where it is unknown.

    ``disagreement`` is the share of words in which two models differ, the mean of all pairs; ``groups`` are the
    values of ``group_columns``; ``problem`` is why it counts for nothing.
    """

    number: int
    name: str
    status: RowStatus
    rates: tuple[float | None, ...]
    disagreement: float | None
    duration_s: float | None
    groups: tuple[str | None, ...]
    problem: str = ""
    searched: str = field(default="", repr=False)
    """What a search looks through: name, groups and reference."""

    @property
    def worst_rate(self) -> float | None:
        """The highest error rate of a model."""
        return max((rate for rate in self.rates if rate is not None), default=None)

    @property
    def as_json(self) -> dict[str, Any]:
        """As text, for the browser."""
        return {
            "number": self.number,
            "name": self.name,
            "status": self.status,
            "rates": [percent(rate) for rate in self.rates],
            "disagreement": percent(self.disagreement),
            "length": "" if self.duration_s is None else clock_text(self.duration_s),
            "groups": [group or "" for group in self.groups],
            "problem": self.problem,
        }


def percent(share: float | None) -> str:
    """``12.5 %``; "" for None."""
    return "" if share is None else f"{100 * share:.1f}\u00a0%"


def group_columns(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """The columns of a corpus that put its recordings into groups: a few values, most of them more than once."""
    values: dict[str, set[Column]] = {}
    counts: dict[str, int] = {}
    for recording in recordings:
        for name, value in recording.columns.items():
            counts[name] = counts.get(name, 0) + 1
            if len(values.setdefault(name, set())) <= _MOST_GROUPS:
                values[name].add(value)
    fitting = [
        name
        for name, distinct in values.items()
        if 2 <= len(distinct) <= min(_MOST_GROUPS, max(2, counts[name] // 2)) and counts[name] > len(distinct)
    ]
    return tuple(fitting)


def row_of(
    number: int,
    recording: Recording,
    columns: Iterable[str],
    *,
    status: RowStatus,
    duration_s: float | None,
    rates: Sequence[float | None],
    disagreement: float | None,
    problem: str = "",
) -> RecordingRow:
    """The row of ``recording``."""
    groups = tuple(group_of(recording.columns, column) for column in columns)
    searched = " ".join(filter(None, (recording.name, *groups, recording.text))).casefold()
    return RecordingRow(
        number, recording.name, status, tuple(rates), disagreement, duration_s, groups, plain(problem), searched
    )


def group_of(columns: Mapping[str, Column], column: str) -> str | None:
    """The group of a recording in a column of the corpus; None where it has none."""
    value = columns.get(column)
    return None if value is None else plain(str(value))
