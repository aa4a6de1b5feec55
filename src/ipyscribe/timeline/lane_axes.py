"""Lanes one above the other on one clock, with a line at the present and the time ranges in which they differ.

Heights are parts of a lane: the first lane lies around 0, the next ones below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from ipyscribe.timeline.axis import labels_above, name_rows, put_time_axis, wrapped_lines
from ipyscribe.timeline.canvas import (
    SIDE_PX,
    SMALL_PX,
    TEXT_PX,
    add_axes,
    around,
    check_height,
    new_figure,
    reset_style,
    run_layout,
    size_px,
    write,
)
from ipyscribe.timeline.delay_layout import longest_delay_ms, summary_px
from ipyscribe.timeline.labels import NO_FONT, cut_anywhere, drawable, lacks_font, width_px
from ipyscribe.timeline.marks import draw_marks
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.rows import FOOT_PX, HEAD_PX, Rows
from ipyscribe.timeline.scale import LANE_PX, TOP, Scale, figure_of, pt
from ipyscribe.timeline.turn_bars import draw_lane
from ipyscribe.timeline.window import Lane, Window

DIFFER = "brackets: where they differ"

_TICKS_PX = 18.0
_MARGIN_PX = 20.0
_SHORTEST_PX = 6.0
_APART_PX = 6.0

_Span = tuple[float, float]


def new_lanes(
    lanes: Sequence[Lane], wide_px: float, palette: Palette, *, brackets: bool = False, ratio: float = 1.0
) -> Axes:
    """Axes for ``lanes`` on a figure of their own, with room on the left for names that will stand there."""
    rows = Rows.of(lanes, wide_px, brackets=brackets)
    labels = [lane.label for lane in lanes]
    widest_px = 0.0 if labels_above(labels, wide_px) else max(width_px(drawable(label), TEXT_PX) for label in labels)
    figure = new_figure(wide_px, HEAD_PX + rows.height_px + FOOT_PX, palette, ratio=ratio)
    return add_axes(figure, left_px=max(SIDE_PX, widest_px + 18), top_px=HEAD_PX, height_px=rows.height_px)


def draw_rows(
    lanes: Sequence[Lane],
    windows: Sequence[Window],
    wide_px: float,
    palette: Palette,
    *,
    note: str = "",
    ratio: float = 1.0,
) -> Figure:
    """A figure of one lane in rows: one of ``lanes`` for each of ``windows``, which follow each other.

    ``note`` stands beneath the last one.
    """
    rows = Rows.of(lanes[:1], wide_px, brackets=False)
    label = lanes[0].label
    left_px = SIDE_PX if labels_above([label], wide_px) else max(SIDE_PX, width_px(drawable(label), TEXT_PX) + 18)
    row_px = HEAD_PX + rows.height_px + _TICKS_PX
    figure = new_figure(
        wide_px, len(lanes) * row_px + FOOT_PX - _TICKS_PX + _note_px(note, wide_px), palette, ratio=ratio
    )
    deepest_ms = longest_delay_ms(lane.turns for lane in lanes)
    for index, (lane, window) in enumerate(zip(lanes, windows, strict=True)):
        axes = add_axes(figure, left_px=left_px, top_px=index * row_px + HEAD_PX, height_px=rows.height_px)
        name = " \u00b7 ".join(filter(None, ("audio time", note))) if index == len(lanes) - 1 else ""
        shown = lane if index == 0 else replace(lane, label="")
        draw_lanes(axes, [shown], window, palette, time_axis=name, deepest_ms=deepest_ms, only_dots=True)
    return figure


def _note_px(note: str, wide_px: float) -> float:
    lines = wrapped_lines(f"audio time \u00b7 {note}", wide_px - 2 * SIDE_PX).count("\n")
    return 15.0 * lines


def draw_lanes(
    axes: Axes,
    lanes: Sequence[Lane],
    window: Window,
    palette: Palette,
    *,
    now_ms: float | None = None,
    differ_ms: Sequence[_Span] = (),
    brackets: bool = False,
    time_axis: str = "audio time",
    deepest_ms: float = 0.0,
    only_dots: bool = False,
) -> None:
    """Draw ``lanes`` with their clock onto ``axes``. The x axis is in seconds of audio time.

    Dots of all lanes have one scale, at least up to ``deepest_ms``; ``only_dots`` leaves out bars and texts of delays.
    With ``brackets`` there is a row for brackets over the time ranges ``differ_ms``. Raises
    ``ParameterError`` for axes too low for more than one lane.
    """
    outside = around(axes, palette)
    figure_px = figure_of(axes).get_figwidth() * 96
    rows = Rows.of(lanes, figure_px, brackets=brackets)
    reset_style(axes, palette)
    _set_limits(axes, window, rows, lanes)
    put_time_axis(axes, outside, name=time_axis)
    above = labels_above([lane.label for lane in lanes], figure_px)
    named = [(lane.label, rows.y(index)) for index, lane in enumerate(lanes) if drawable(lane.label) and not above]
    name_rows(axes, [label for label, _ in named], [y for _, y in named], outside)
    run_layout(axes)
    if rows.count > 1:
        check_height(axes, rows.height_px)
    _set_limits(axes, window, rows, lanes)
    scale = Scale.of(axes)
    now_s = now_ms / 1000 if now_ms is not None and window.has(now_ms) else None
    limit_px = scale.width_px
    if now_s is not None:
        limit_px = scale.px(now_s) - width_px("now", SMALL_PX)
        axes.axvline(now_s, color=palette.mute, linewidth=pt(1), linestyle=(0, (3, 2)), zorder=1.6, gid="now-line")
    elif any(map(_lacks_font, lanes)):
        limit_px -= width_px(NO_FONT, SMALL_PX) + _APART_PX
        end_s, top = scale.seconds(scale.width_px), axes.get_ylim()[1]
        write(axes, end_s, top, NO_FONT, outside.mute, gid="no-font", ha="right", va="bottom")
    deepest_ms = max(deepest_ms, longest_delay_ms(lane.turns for lane in lanes))
    taken_px = _put_brackets(axes, differ_ms, rows, palette, outside) if brackets else 0.0
    for index, lane in enumerate(lanes):
        y = rows.y(index)
        if lane.turns:
            audio_end_s = min(lane.audio_end_ms, window.end_ms) / 1000
            draw_lane(
                axes, lane.turns, y, palette.of_model(index), audio_end_s=audio_end_s, now_s=now_s,
                deepest_ms=deepest_ms, only_dots=only_dots, by_speaker=len(lanes) == 1,
            )  # fmt: skip
        elif now_s is None and any(other.turns for other in lanes):
            write(axes, scale.start_s, y, "no words", palette.mute, gid="no-words", ha="left", va="center")
        top = axes.get_ylim()[1] if index == 0 and not brackets else y + TOP
        colours = outside if index == 0 and not brackets else palette
        room_px = limit_px if now_s is None and index == 0 and not brackets else scale.width_px
        name_px = _put_name(axes, lane.label, top, colours, scale, room_px) if above else 0.0
        taken_px = max(taken_px, name_px) if index == 0 and not brackets else taken_px
        free_px = (name_px, limit_px if index == 0 else scale.width_px)
        shown = [mark for mark in lane.marks if window.has(mark.audio_ms)]
        draw_marks(axes, shown, palette, colours, y=y, top=top, free_px=free_px)
    if now_s is not None and limit_px > taken_px:
        write(axes, now_s, axes.get_ylim()[1], "now", outside.mute, gid="now", ha="center", va="bottom")


def _set_limits(axes: Axes, window: Window, rows: Rows, lanes: Sequence[Lane]) -> None:
    """The window along the clock; the lanes keep their height in the middle of axes that are higher.

    A window fitted to the turns gets room for the text behind the last of them.
    """
    axes.set_xlim(window.start_ms / 1000, window.end_ms / 1000)
    scale = Scale.of(axes)
    spare = max(size_px(axes)[1] / (1.5 * rows.height_px) - 1, 0.0) / 2 * (rows.top - rows.bottom)
    axes.set_ylim(rows.bottom - spare, rows.top + spare)
    if window.fitted:
        room_px = max(_MARGIN_PX, *(summary_px(lane.turns, scale) for lane in lanes))
        axes.set_xlim(
            scale.start_s, scale.seconds(scale.width_px * scale.width_px / max(scale.width_px - room_px, 120))
        )


def _lacks_font(lane: Lane) -> bool:
    return lacks_font(lane.label) or any(lacks_font(f"{turn.speaker or ''} {turn.text}") for turn in lane.turns)


def _put_name(axes: Axes, label: str, y: float, palette: Palette, scale: Scale, room_px: float) -> float:
    """Name a lane above it, in ``room_px``; how many pixels that takes."""
    text = cut_anywhere(drawable(label), SMALL_PX, room_px)
    if text:
        write(axes, scale.start_s, y, text, palette.ink, gid="label", ha="left", va="bottom")
    return width_px(text, SMALL_PX)


def _put_brackets(axes: Axes, differ_ms: Sequence[_Span], rows: Rows, palette: Palette, outside: Palette) -> float:
    """A tint through all lanes and a bracket over them for each time range; how many pixels their label takes."""
    scale = Scale.of(axes)
    low, high = rows.bottom, rows.top - 3 / LANE_PX
    spans = [span for start_ms, end_ms in differ_ms if (span := _visible_span(start_ms, end_ms, scale)) is not None]
    corners: Any = np.array([((a, low), (a, high), (b, high), (b, low)) for a, b in spans], dtype=float)
    axes.add_collection(
        PolyCollection(
            corners.reshape(-1, 4, 2), facecolor=palette.differ, edgecolor="none", linewidth=0, zorder=0.9, gid="differ"
        ),
        autolim=False,
    )
    foot = high - 6 / LANE_PX
    brackets = [((a, foot), (a, high), (b, high), (b, foot)) for a, b in spans]
    axes.add_collection(
        LineCollection(brackets, color=palette.delay, linewidth=pt(2), capstyle="butt", zorder=2.3, gid="bracket"),
        autolim=False,
    )
    if not spans:
        return 0.0
    write(axes, scale.start_s, axes.get_ylim()[1], DIFFER, outside.delay, gid="differ-word", ha="left", va="bottom")
    return width_px(DIFFER, SMALL_PX)


def _visible_span(start_ms: float, end_ms: float, scale: Scale) -> _Span | None:
    """The visible part of a time range in seconds, at least as wide as its bracket; None where none is visible."""
    left_px, right_px = max(scale.px(start_ms / 1000), 0.0), min(scale.px(end_ms / 1000), scale.width_px)
    if right_px < 0 or left_px > scale.width_px:
        return None
    spare_px = max(_SHORTEST_PX - (right_px - left_px), 0) / 2
    return scale.seconds(left_px - spare_px), scale.seconds(right_px + spare_px)
