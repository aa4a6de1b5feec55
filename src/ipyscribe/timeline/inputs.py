"""What the figures are given: widths, names and numbers that can be drawn."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN = 9.0
_MOST_PX = 16_384


def width_of(width_in: float | None, ax: Axes | None) -> float:
    """The width of a new figure in CSS pixels. Raises ``ParameterError`` for one that cannot be, or beside ``ax``."""
    if ax is not None and width_in is not None:
        raise ParameterError("width_in is for a new figure.", advice="Leave it out, or leave out ax.")
    width_px = 96 * (WIDTH_IN if width_in is None else width_in)
    check_width(width_px, 1.0, name="width_in", value=width_in)
    return width_px


def check_width(width_px: float, ratio: float, *, name: str, value: float | None) -> None:
    """Raise ``ParameterError`` for a size that makes no picture."""
    if not (math.isfinite(ratio) and ratio > 0):
        raise ParameterError(f"ratio={ratio!r} is no pixel ratio.", advice="Give a number such as 1.0 or 2.0.")
    if not (math.isfinite(width_px) and width_px >= 80 and width_px * ratio <= _MOST_PX):
        raise ParameterError(
            f"{name}={value!r} makes no picture.", advice=f"It must come to 80 to {_MOST_PX:,} pixels."
        )


def check_some(models: Collection[object], name: str) -> None:
    """Raise ``ParameterError`` where there is nothing to compare."""
    if not models:
        raise ParameterError(f"{name} is empty.", advice="Give at least one model; 2 to 6 can be compared at a glance.")


def number(value: object, what: str) -> float:
    """``value`` as a float. Raises ``ParameterError`` that names ``what`` for one that is missing or not finite."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ParameterError(f"{what} is {value!r}.", advice="Give a finite number; leave out what was not measured.")
    found = float(value)
    if not math.isfinite(found):
        raise ParameterError(f"{what} is {value!r}.", advice="Give a finite number; leave out what was not measured.")
    return found
