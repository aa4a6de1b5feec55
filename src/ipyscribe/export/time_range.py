"""A time range of the audio clock: that of a turn, or from ``start_ms`` to ``end_ms``."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ipyscribe.errors import ParameterError
from ipyscribe.export.export_lanes import lane_of
from ipyscribe.export.exportable import Exportable
from ipyscribe.protocol.python_values import python_values
from ipyscribe.transcript import Turn


def time_range(
    exportable: Exportable,
    *,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> tuple[float | None, float | None]:
    """Start and end in ms on the audio clock: of the words of ``turn`` (its order), or the two as they are.

    Raises ``ParameterError`` for an order that no turn has, for a turn together with times, for an empty range, and
    for an unknown ``lane``.
    """
    turn, start_ms, end_ms = python_values((turn, start_ms, end_ms))
    if lane is not None:
        lane_of(exportable, lane)
    if turn is not None:
        if start_ms is not None or end_ms is not None:
            raise ParameterError("turn already names a time range.", advice="Leave out start_ms and end_ms, or turn.")
        chosen = _turn_of_order(lane_of(exportable, lane).transcript.turns, turn)
        return float(chosen.start_ms), float(chosen.end_ms)
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms)):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise ParameterError(f"{name}={value!r} is not a time.", advice="Give milliseconds of audio, 0 or more.")
    if end_ms is not None and end_ms <= (start_ms or 0.0):
        raise ParameterError(
            f"The time range from start_ms={start_ms or 0:g} to end_ms={end_ms:g} is empty.",
            advice="Give an end_ms greater than start_ms.",
        )
    return start_ms, end_ms


def _turn_of_order(turns: Sequence[Turn], order: int) -> Turn:
    for turn in turns:
        if turn.order == order:
            return turn
    orders = f"{turns[0].order} to {turns[-1].order}" if turns else "none"
    raise ParameterError(f"There is no turn {order!r}.", advice=f"The turns' orders are: {orders}.")
