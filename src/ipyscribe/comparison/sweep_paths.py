"""The path of a sweep: lanes of one model that differ in the value of one setting, in the order of its values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.comparison.table import Record, figure_text
from ipyscribe.plain_text import plain

_OF_THE_CONNECTION = frozenset(
    ("endpoint", "api_key", "token", "price_per_hour_usd", "connect_for_s", "reconnect_for_s", "silent_server_s")
)
_ARROW = " \u2192 "
LaneSettings = tuple[str, Mapping[str, Any]]
"""The name of a model and its settings."""


@dataclass(frozen=True, slots=True)
class SweepPath:
    """``lanes`` are numbers of lanes in the order of the ``values`` of ``setting``; ``fixed`` names the others."""

    setting: str
    values: tuple[float, ...]
    lanes: tuple[int, ...]
    fixed: str = ""

    def __str__(self) -> str:
        values = ", ".join(f"{value:g}" for value in self.values)
        return plain(f"{self.setting} {values}{f' at {self.fixed}' if self.fixed else ''}")


def sweep_paths(lanes: Sequence[LaneSettings]) -> tuple[SweepPath, ...]:
    """The paths through ``lanes``: along the setting with the most values, for each combination of the others."""
    by_model: defaultdict[str, list[int]] = defaultdict(list)
    for number, (model, _) in enumerate(lanes):
        by_model[model].append(number)
    return tuple(path for numbers in by_model.values() for path in _paths_of(lanes, numbers))


def _paths_of(lanes: Sequence[LaneSettings], numbers: Sequence[int]) -> list[SweepPath]:
    names = dict.fromkeys(name for number in numbers for name in lanes[number][1] if name not in _OF_THE_CONNECTION)
    values = {name: [_key(lanes[number][1].get(name)) for number in numbers] for name in names}
    varying = {name: of_lanes for name, of_lanes in values.items() if len(set(of_lanes)) > 1}
    numeric = {name: len(set(each)) for name, each in varying.items() if all(map(_is_number, each))}
    if not numeric:
        return []
    along = max(numeric, key=lambda name: numeric[name])
    groups: defaultdict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for position, number in enumerate(numbers):
        groups[tuple(each[position] for name, each in varying.items() if name != along)].append(number)
    paths = []
    for fixed_values, members in groups.items():
        ordered = sorted(members, key=lambda number: float(lanes[number][1][along]))
        if len({lanes[number][1][along] for number in members}) == len(members) > 1:
            others = [name for name in varying if name != along]
            fixed = ", ".join(f"{name}={value}" for name, value in zip(others, fixed_values, strict=True))
            paths.append(
                SweepPath(along, tuple(float(lanes[number][1][along]) for number in ordered), tuple(ordered), fixed)
            )
    return paths


def path_notes(paths: Sequence[SweepPath], records: Sequence[Record]) -> list[str]:
    """Each path in words: how error rate and latency move along it."""
    return [
        f"Along {path}: "
        + "; ".join(
            f"{name} {_ARROW.join(figure_text(records[lane].get(column), unit) for lane in path.lanes)}"
            for name, column, unit in (("WER", "wer", "%"), ("median word emission", "word_emission_ms", "ms"))
        )
        + "."
        for path in paths
    ]


def _key(value: Any) -> Hashable:
    return value if isinstance(value, Hashable) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
