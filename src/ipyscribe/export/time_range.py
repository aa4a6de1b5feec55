"""A stretch of the audio clock that somebody asks for: a turn, or from one moment to another."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ipyscribe.errors import ParameterError
from ipyscribe.export.export_lanes import voice_of
from ipyscribe.export.exportable import Exportable
from ipyscribe.transcript import Turn


def stretch_of(
    what: Exportable,
    *,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> tuple[float | None, float | None]:
    """The stretch that was asked for, in ms on the audio clock: that of a turn's words, or the one given.

    Raises ``ParameterError`` for an order that no turn has, for both at once, for an empty stretch, and for a
    ``lane`` that does not exist.
    """
    if lane is not None:
        voice_of(what, lane)
    if turn is not None:
        if start_ms is not None or end_ms is not None:
            raise ParameterError("turn names a stretch already.", advice="Leave out start_ms and end_ms, or turn.")
        found = _turn_of(voice_of(what, lane).transcript.turns, turn)
        return float(found.start_ms), float(found.end_ms)
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms)):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise ParameterError(f"{name}={value!r} is not a time.", advice="Give milliseconds of sound from 0 on.")
    if end_ms is not None and end_ms <= (start_ms or 0.0):
        raise ParameterError(
            f"The stretch from start_ms={start_ms or 0:g} to end_ms={end_ms:g} is empty.",
            advice="Give an end_ms greater than start_ms.",
        )
    return start_ms, end_ms


def _turn_of(turns: Sequence[Turn], order: int) -> Turn:
    for turn in turns:
        if turn.order == order:
            return turn
    known = f"{turns[0].order} to {turns[-1].order}" if turns else "none"
    raise ParameterError(f"There is no turn {order!r}.", advice=f"The turns' orders are: {known}.")
