"""Time ranges of speech on the audio clock, and the start and end of a turn's speech by them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ipyscribe.errors import ParameterError
from ipyscribe.transcript import Turn

Speech = Sequence[tuple[float, float]]


def check_speech(speech: Speech | None) -> None:
    """Raise ``ParameterError`` unless the time ranges are ordered, do not overlap, and end after they start."""
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
                f"speech has a time range that starts at {start_ms!r} ms, before the last one ends at {end_ms!r} ms.",
                advice="Give time ranges in order that do not overlap.",
            )


def overlaps(turn: Turn, time_range: tuple[float, float]) -> bool:
    """Whether ``turn`` overlaps ``time_range``."""
    return turn.start_ms < time_range[1] and turn.end_ms > time_range[0]


def onset_ms(turn: Turn, speech: Speech | None, before_ms: float) -> float:
    """Start of the speech of ``turn``: that of its first time range, or of its first word where it has none.

    A time range that starts before ``before_ms``, the end of the previous turn, is ignored.
    """
    first = next((time_range for time_range in speech or () if overlaps(turn, time_range)), None)
    return turn.start_ms if first is None or first[0] < before_ms else first[0]


def speech_end_ms(turn: Turn, speech: Speech | None) -> float:
    """End of the speech of ``turn``: that of its last time range, or of its last word where it has none."""
    ends_ms = [end_ms for start_ms, end_ms in speech or () if overlaps(turn, (start_ms, end_ms))]
    return ends_ms[-1] if ends_ms else turn.end_ms
