"""Stretches of speech on the audio clock, and where a turn begins and ends by them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ipyscribe.errors import ParameterError
from ipyscribe.transcript import Turn

Speech = Sequence[tuple[float, float]]


def checked(speech: Speech | None) -> None:
    """Raise ``ParameterError`` unless the stretches are in order, apart, and end after they begin."""
    if speech is None:
        return
    for start_ms, end_ms in speech:
        if not start_ms < end_ms:
            raise ParameterError(
                f"speech holds ({start_ms!r}, {end_ms!r}), which is not a time range.",
                advice="Give (start_ms, end_ms).",
            )
    for (_, end_ms), (start_ms, _) in pairwise(speech):
        if start_ms < end_ms:
            raise ParameterError(
                f"speech holds a stretch that begins at {start_ms!r} ms, before the last one ended at {end_ms!r} ms.",
                advice="Give stretches in order that do not overlap.",
            )


def overlapping(turn: Turn, stretch: tuple[float, float]) -> bool:
    """Whether ``turn`` has sound in common with ``stretch``."""
    return turn.start_ms < stretch[1] and turn.end_ms > stretch[0]


def onset_ms(turn: Turn, speech: Speech | None, before_ms: float) -> float:
    """Where the speech of ``turn`` begins: with its first stretch, or its first word where there is none.

    A stretch that began in the turn before, which ended at ``before_ms``, says nothing about this one.
    """
    first = next((stretch for stretch in speech or () if overlapping(turn, stretch)), None)
    return turn.start_ms if first is None or first[0] < before_ms else first[0]


def speech_end_ms(turn: Turn, speech: Speech | None) -> float:
    """Where the speech of ``turn`` ends: with its last stretch, or its last word where there is none."""
    ends = [stretch[1] for stretch in speech or () if overlapping(turn, stretch)]
    return ends[-1] if ends else turn.end_ms
