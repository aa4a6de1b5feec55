"""Tiers of annotations for phoneticians and linguists: Praat's TextGrid and ELAN's EAF."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ipyscribe.errors import MissingDependencyError
from ipyscribe.export.export_lanes import ExportLane, lanes_of
from ipyscribe.export.exportable import Exportable, one_line
from ipyscribe.export.timed_words import timed_words

_TURNS, _WORDS = "turns", "words"


@dataclass(frozen=True, slots=True)
class _Interval:
    start_ms: int
    end_ms: int
    text: str


def to_textgrid(exportable: Exportable, *, offset_s: float = 0.0, lane: str | None = None) -> str:
    """A Praat TextGrid (long form): for each speaker a tier of turns and one of words, in seconds.

    It ends where the audio ends, if its length is available. Each of several models has tiers of its own, whose names
    begin with its label; ``lane`` is the label of the only one that is wanted. ``offset_s`` is added to all times.
    Turns without words have no time and are left out. Raises ``MissingDependencyError`` without praatio.
    """
    try:
        from praatio.data_classes.interval_tier import IntervalTier
        from praatio.textgrid import Textgrid
    except ImportError as error:
        raise MissingDependencyError("praatio", purpose="Writing TextGrids", extra="export") from error
    lanes = lanes_of(exportable, lane, offset_s=offset_s)
    tiers = _tiers(lanes)
    ends_ms = [interval.end_ms for tier in tiers.values() for interval in tier]
    end_s = (max([*ends_ms, *(one.audio_end_ms for one in lanes)]) or 1000) / 1000
    grid = Textgrid(0.0, end_s)
    for name, tier in tiers.items():
        entries = [(interval.start_ms / 1000, interval.end_ms / 1000, interval.text) for interval in tier]
        grid.addTier(IntervalTier(name, entries, 0.0, end_s))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.TextGrid"
        grid.save(str(path), format="long_textgrid", includeBlankSpaces=True, reportingMode="error")
        return path.read_text(encoding="utf-8")


def to_eaf(exportable: Exportable, *, media: str | None = None, offset_s: float = 0.0, lane: str | None = None) -> str:
    """An ELAN annotation document (EAF 2.8): for each speaker a tier of turns and one of words, as in a TextGrid.

    ``media`` is the name of a WAV file beside it that ELAN then plays. Turns without words have no time and are
    left out. Raises ``MissingDependencyError`` without pympi-ling.
    """
    try:
        from pympi.Elan import Eaf, to_string
    except ImportError as error:
        raise MissingDependencyError("pympi-ling", purpose="Writing ELAN files", extra="export") from error
    document = Eaf(author="ipyscribe")
    document.adocument["DATE"] = datetime.now(UTC).isoformat(timespec="seconds")  # pympi's own is wrong at +05:30
    for name, tier in _tiers(lanes_of(exportable, lane, offset_s=offset_s)).items():
        document.add_tier(name)
        for interval in tier:
            document.add_annotation(name, interval.start_ms, interval.end_ms, interval.text)
    document.remove_tier("default")
    if media is not None:
        name = one_line(media)
        document.add_linked_file(name, relpath=name, mimetype="audio/x-wav")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(to_string(document)) + "\n"


def _tiers(lanes: Iterable[ExportLane]) -> dict[str, list[_Interval]]:
    """Tiers by name, in the order of the speakers' first words; "turns" and "words" without speaker labels."""
    return {name: tier for lane in lanes for name, tier in _tiers_of_lane(lane).items()}


def _tiers_of_lane(lane: ExportLane) -> dict[str, list[_Interval]]:
    tiers: dict[str, list[_Interval]] = {}
    label = f"{one_line(lane.label)}: " if lane.label else ""
    for turn in lane.transcript.turns:
        timed = timed_words(turn)
        speaker = label + one_line(turn.speaker or "")
        turns = [_Interval(turn.start_ms, turn.end_ms, one_line(turn.text))] if timed else []
        words = [_Interval(word.start_ms, word.end_ms, word.text) for word in timed]
        for kind, intervals in ((_TURNS, turns), (_WORDS, words)):
            tiers.setdefault(" ".join(f"{speaker} {kind}".split()), []).extend(intervals)
    return {name: _separated(tier) for name, tier in tiers.items()} or {
        f"{label}{kind}": [] for kind in (_TURNS, _WORDS)
    }


def _separated(tier: Iterable[_Interval]) -> list[_Interval]:
    """Neither format lets intervals of a tier overlap or be empty: each begins after the last, 1 ms long at least."""
    separated: list[_Interval] = []
    reached_ms = 0
    for interval in sorted(tier, key=lambda interval: interval.start_ms):
        start_ms = max(interval.start_ms, reached_ms)
        reached_ms = max(interval.end_ms, start_ms + 1)
        separated.append(_Interval(start_ms, reached_ms, interval.text))
    return separated
