"""Timelines to keep, as figures, and timelines to watch, as PNG pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipyscribe.plain_text import plain
from ipyscribe.timeline.description import describe
from ipyscribe.timeline.inputs import TIME_AXIS, check_width, width_of
from ipyscribe.timeline.palette import palette_of
from ipyscribe.timeline.window import Window, lane_of, rows_of, window_of
from ipyscribe.transcript import Transcript
from ipyscribe.transcript.lateness import latency_warning

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ipyscribe.timeline.palette import Palette


@dataclass(frozen=True, slots=True)
class Placed:
    """A PNG on which the audio clock runs from ``start_ms`` at ``left`` to ``end_ms`` at ``right``.

    ``left`` and ``right`` are fractions of its width, so that a pixel can be converted to a time.
    """

    png: bytes
    start_ms: float
    end_ms: float
    left: float
    right: float


def plot_timeline(
    transcript: Transcript,
    *,
    ax: Axes | None = None,
    theme: str = "auto",
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    label: str = "",
    width_in: float | None = None,
    warning: str | None = None,
) -> Figure:
    """The turns of ``transcript`` on the audio clock: the whole session, or from ``start_ms`` to ``end_ms``.

    A settled turn is a filled bar with its first words; one that is open or awaits its formatted text is
    lighter with a dashed outline. The bar beneath runs from the end of the last word to the arrival of
    the final, with its milliseconds; ``now_ms`` draws a line at the present. The x axis is in seconds.

    Draws onto ``ax``, or onto a new figure of ``width_in`` inches (9 by default) that shows itself as the
    last expression of a cell and needs no pyplot. A complete session of many turns is drawn in up to eight rows, each
    with axes of its own. ``theme`` is "light", "dark", or with "auto" that of the
    notebook, once a widget has been shown in it. ``label`` names the lane. ``warning`` is written across the
    figure, by default that the latencies are this computer's where the transcript is that of a simulated model.
    Raises ``ParameterError`` for another theme, an empty window, or a width that cannot be.
    """
    palette = palette_of(theme)
    window = window_of(transcript, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
    width_px = width_of(width_in, ax)
    from ipyscribe.timeline.canvas import DRAWING, TimelineFigure, put_warning
    from ipyscribe.timeline.scale import figure_of

    windows = [window]
    if ax is None and start_ms is None and end_ms is None and now_ms is None:
        windows = rows_of(window, len(transcript.turns), width_px)
    with DRAWING:
        if len(windows) > 1:
            figure = _draw_rows(transcript, windows, palette, label=label, width_px=width_px)
        else:
            axes = _draw(transcript, window, palette, label=label, now_ms=now_ms, width_px=width_px, ax=ax)
            figure = figure_of(axes)
        text = warning_of({label: transcript}) if warning is None else warning
        put_warning(figure.axes[0] if ax is None else ax, text, palette)
        if isinstance(figure, TimelineFigure):
            figure.description = " ".join(filter(None, (plain(text), describe(transcript, now_ms=now_ms))))
        return figure


def placed_timeline(
    transcript: Transcript,
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    sound_ms: float = 0.0,
    label: str = "",
    warning: str | None = None,
    time_axis: str = TIME_AXIS,
) -> Placed:
    """The same timeline as a PNG, ``width_px`` CSS pixels wide at ``ratio`` device pixels to each, with its time axis.

    For live pictures: give the window, and the time does not grow with the session. A complete session is drawn as far
    as its last word, or as its sound where ``sound_ms`` says how much there is. Any thread may call it.
    Raises ``ParameterError`` as ``plot_timeline`` does.
    """
    palette = palette_of(theme)
    window = window_of(transcript, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms, sound_ms=sound_ms)
    check_width(width_px, ratio, name="width_px", value=width_px)
    from ipyscribe.timeline.canvas import DRAWING, put_warning

    with DRAWING:
        axes = _draw(
            transcript, window, palette, label=label, now_ms=now_ms, width_px=width_px, ratio=ratio, time_axis=time_axis
        )
        put_warning(axes, warning_of({label: transcript}) if warning is None else warning, palette)
        return placed(axes)


def warning_of(transcripts: Mapping[str, Transcript]) -> str:
    """Which of ``transcripts``, by label, are those of simulated models, in words; "" where none is."""
    simulated = [
        label or "this model"
        for label, transcript in transcripts.items()
        if any(mark.kind == "simulated" for mark in transcript.marks)
    ]
    return latency_warning(simulated, {})


def placed(axes: Axes) -> Placed:
    """The picture of ``axes``, whose x axis is in seconds; call it while ``DRAWING`` is held."""
    from ipyscribe.timeline.canvas import png
    from ipyscribe.timeline.scale import figure_of

    position, (low_s, high_s) = axes.get_position(), axes.get_xlim()
    return Placed(png(figure_of(axes)), 1000 * low_s, 1000 * high_s, float(position.x0), float(position.x1))


def _draw_rows(
    transcript: Transcript, windows: Sequence[Window], palette: Palette, *, label: str, width_px: float
) -> Figure:
    from ipyscribe.timeline.delay_layout import delay_note
    from ipyscribe.timeline.lane_axes import draw_rows

    lanes = [lane_of(transcript, window, label=label, now_ms=None) for window in windows]
    return draw_rows(lanes, windows, width_px, palette, note=delay_note(transcript.turns))


def _draw(
    transcript: Transcript,
    window: Window,
    palette: Palette,
    *,
    label: str,
    now_ms: float | None,
    width_px: float,
    ratio: float = 1.0,
    ax: Axes | None = None,
    time_axis: str = TIME_AXIS,
) -> Axes:
    from ipyscribe.timeline.canvas import write_placeholder
    from ipyscribe.timeline.lane_axes import draw_lanes, new_lanes
    from ipyscribe.timeline.scale import BOTTOM, TOP

    lane = lane_of(transcript, window, label=label, now_ms=now_ms)
    axes = new_lanes([lane], width_px, palette, ratio=ratio) if ax is None else ax
    draw_lanes(axes, [lane], window, palette, now_ms=now_ms, time_axis=time_axis)
    if not lane.turns:
        why = "no speech here" if transcript.turns else "no speech yet"
        write_placeholder(axes, why, palette, height=-BOTTOM / (TOP - BOTTOM))
    return axes
