"""Figures by group of recordings: a row for each group and model, and where a difference between groups is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ipyscribe.comparison.table import Record, Table, figure_text
from ipyscribe.errors import MetricError
from ipyscribe.metrics import Errors, pooled, wer_interval
from ipyscribe.metrics.group_difference import GroupDifference, corrected_groups, group_difference
from ipyscribe.metrics.statistics import MIN_UNITS


@dataclass(frozen=True, slots=True)
class GroupedErrors:
    """The errors of one model on one recording, the group of the recording and the block to which it belongs."""

    errors: Errors
    group: str
    block: Hashable


class GroupTable(Table):
    """One row for each group and model: ``group``, ``model``, ``recordings`` and the error rate with its interval."""

    def shown(self) -> list[list[str]]:
        """Its columns as text: their titles, then the rows."""
        rows = [["group", "model", "recordings", "word error rate (95\u00a0%)", "reference words"]]
        for record in self:
            low, high = record["wer_low"], record["wer_high"]
            rate = figure_text(record["wer"], "%")
            rate += "" if low is None else f" ({100 * low:.1f}\u2013{100 * high:.1f})"
            words = f"{record['reference_words']:,}"
            rows.append([record["group"], record["model"], f"{record['recordings']:,}", rate, words])
        return rows


def group_table(
    column: str, models: Sequence[tuple[str, Sequence[GroupedErrors]]], blocks_note: str = ""
) -> GroupTable:
    """The table of the groups in ``column``, of ``models`` by label. A group is compared with all other recordings.

    ``blocks_note`` says which recordings belong together, where there is an interval.
    """
    groups = sorted({each.group for _, recordings in models for each in recordings})
    records = [
        _record(group, label, [each for each in recordings if each.group == group])
        for group in groups
        for label, recordings in models
    ]
    notes = _notes(column, groups, models)
    if blocks_note and any(record["wer_low"] is not None for record in records):
        notes.append(blocks_note)
    return GroupTable(records, notes=notes)


def _record(group: str, label: str, recordings: Sequence[GroupedErrors]) -> Record:
    total = pooled([each.errors for each in recordings])
    try:
        interval = wer_interval([each.errors for each in recordings], blocks=[each.block for each in recordings])
    except MetricError:
        interval = None
    return {
        "group": group,
        "model": label,
        "recordings": len(recordings),
        "wer": total.rate,
        "wer_low": interval and interval.low,
        "wer_high": interval and interval.high,
        "reference_words": total.n,
        "substitutions": total.substitutions,
        "deletions": total.deletions,
        "insertions": total.insertions,
    }


def _notes(column: str, groups: Sequence[str], models: Sequence[tuple[str, Sequence[GroupedErrors]]]) -> list[str]:
    if len(groups) < 2:
        return [f"All recordings have the same {column}."]
    compared = groups[:1] if len(groups) == 2 else groups
    rest = groups[1] if len(groups) == 2 else "all others"
    differences: list[tuple[str, GroupDifference]] = []
    too_few: dict[str, None] = {}
    for label, recordings in models:
        for group in compared:
            inside, outside = _units(recordings, group)
            difference = group_difference(inside, outside)
            if difference is None:
                too_few |= {name: None for name, units in ((group, inside), (rest, outside)) if len(units) < MIN_UNITS}
            else:
                differences.append((f"{label}: {column} {group} against {rest}", difference))
    corrected = corrected_groups([difference for _, difference in differences])
    shown = [
        f"{names}: {difference}" for (names, _), difference in zip(differences, corrected, strict=True)
        if difference.shown
    ]  # fmt: skip
    notes = shown or (["No difference between groups is shown."] if differences else [])
    if len(differences) > 1:
        notes = [*notes, f"Corrected for {len(differences)} comparisons (Holm)."]
    if too_few:
        notes = [*notes, f"Too few recordings, or blocks of them, to tell: {', '.join(too_few)}."]
    return notes


def _units(recordings: Sequence[GroupedErrors], group: str) -> tuple[list[Errors], list[Errors]]:
    """The errors of each block in ``group`` and outside of it."""
    sides: tuple[defaultdict[Hashable, list[Errors]], ...] = (defaultdict(list), defaultdict(list))
    for each in recordings:
        sides[each.group != group][each.block].append(each.errors)
    inside, outside = ([pooled(errors) for errors in side.values()] for side in sides)
    return inside, outside
