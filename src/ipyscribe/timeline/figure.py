"""Timelines to keep, as figures, and timelines to watch, as PNG pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError
from ipyscribe.timeline.palette import palette_of
from ipyscribe.timeline.window import Window, turns_within, window_of
from ipyscribe.timeline.words import describe
from ipyscribe.transcript import Transcript

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ipyscribe.timeline.palette import Palette

WIDTH_IN = 9.0
_MOST_PX = 16_384


def plot_timeline(
    transcript: Transcript,
    *,
    ax: Axes | None = None,
    theme: str = "light",
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    label: str = "",
    width_in: float | None = None,
) -> Figure:
    """The turns of ``transcript`` on the audio clock: the whole session, or from ``start_ms`` to ``end_ms``.

    A settled turn is a filled bar with its first words; one that is open or awaits its formatted text is
    lighter with a dashed outline. The warm tail beneath runs from the end of the last word to the arrival of
    the final, with its milliseconds; ``now_ms`` draws the line of now. The x axis is in seconds.

    Draws onto ``ax``, or onto a new figure of ``width_in`` inches (9 by default) that shows itself as the
    last expression of a cell and needs no pyplot. ``theme`` is "light" or "dark", ``label`` names the lane.
    Raises ``ParameterError`` for another theme, an empty window, or a width that cannot be.
    """
    palette = palette_of(theme)
    window = window_of(transcript, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
    if ax is not None and width_in is not None:
        raise ParameterError("width_in is for a new figure.", advice="Leave it out, or leave out ax.")
    width_px = 96 * (WIDTH_IN if width_in is None else width_in)
    _check_width(width_px, 1.0, name="width_in", value=width_in)
    from ipyscribe.timeline.scale import root_of
    from ipyscribe.timeline.sheet import DRAWING, TimelineFigure, new_axes, new_figure

    with DRAWING:
        axes = new_axes(new_figure(width_px, palette), label) if ax is None else ax
        _draw(axes, transcript, window, palette, label=label, now_ms=now_ms)
        figure = root_of(axes)
        if isinstance(figure, TimelineFigure):
            figure.description = describe(transcript, now_ms=now_ms)
        return figure


def timeline_png(
    transcript: Transcript,
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    label: str = "",
) -> bytes:
    """The same timeline as a PNG, ``width_px`` CSS pixels wide at ``ratio`` device pixels to each.

    For live pictures: give the window, and the time does not grow with the session. Any thread may call it.
    Raises ``ParameterError`` as ``plot_timeline`` does.
    """
    palette = palette_of(theme)
    window = window_of(transcript, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
    _check_width(width_px, ratio, name="width_px", value=width_px)
    from ipyscribe.timeline.sheet import DRAWING, new_axes, new_figure, png

    with DRAWING:
        figure = new_figure(width_px, palette, ratio=ratio)
        _draw(new_axes(figure, label), transcript, window, palette, label=label, now_ms=now_ms)
        return png(figure)


def _draw(
    axes: Axes, transcript: Transcript, window: Window, palette: Palette, *, label: str, now_ms: float | None
) -> None:
    from ipyscribe.timeline.sheet import draw, say_nothing

    turns = turns_within(transcript.turns, window)
    heard_ms = max([now_ms or 0.0, *(turn.end_ms for turn in transcript.turns[-1:])])
    draw(axes, turns, window, palette, label=label, heard_ms=heard_ms, now_ms=now_ms, marks=transcript.marks)
    if not turns:
        say_nothing(axes, "no speech here" if transcript.turns else "no speech yet", palette)


def _check_width(width_px: float, ratio: float, *, name: str, value: float | None) -> None:
    if not (math.isfinite(ratio) and ratio > 0):
        raise ParameterError(f"ratio={ratio!r} is no pixel ratio.", advice="Give a number such as 1.0 or 2.0.")
    if not (math.isfinite(width_px) and width_px >= 80 and width_px * ratio <= _MOST_PX):
        raise ParameterError(
            f"{name}={value!r} makes no picture.", advice=f"It must come to 80 to {_MOST_PX:,} pixels."
        )
