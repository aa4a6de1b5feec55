"""Lanes of words: a bar for each word's time, and over its end, at the height of its delay, a ring and a diamond.

The y axis counts CSS pixels downwards; each lane has its own zero and the scale that all share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from ipyscribe.timeline.axis import plain, put_ticks, put_time_axis, wrapped_lines
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
from ipyscribe.timeline.inputs import WordTiming
from ipyscribe.timeline.labels import NO_FONT, cut_anywhere, drawable, font, lacks_font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import Scale, pt
from ipyscribe.timeline.symlog import Symlog, round_up, tick_values, without_overlaps
from ipyscribe.timeline.window import Window

_NAME_PX = 20.0
_DELAYS_PX = 78.0
_EDGE_PX = 6.0
_BAR_PX = 7.0
_LINE_PX = 14.0
_GAP_PX = 14.0
_FOOT_PX = 42.0
_LEFT_PX = 66.0
_MOST_LINES = 3
_RING_PX = 8.5
_DIAMOND_PX = 4.5
_MARGIN_PX = 30.0
_APART_PX = 5.0
_TICKS = 4

_Lanes = Mapping[str, Sequence[WordTiming]]


@dataclass(frozen=True, slots=True)
class _Heights:
    """Waits in ms to CSS pixels up from the bars of a lane."""

    low: float
    high: float
    symlog: Symlog | None

    @classmethod
    def of(cls, lanes: _Lanes) -> _Heights:
        delays = [delay for words in lanes.values() for word in words for delay in word.delays_ms]
        usual = [
            float(np.percentile(appeared, 90))
            for words in lanes.values()
            if (appeared := [delay for word in words if (delay := word.appearance_delay_ms) is not None])
        ]
        symlog = Symlog.of(delays, median_low(usual)) if usual else None
        low, high = min([0.0, *delays]), max([0.0, *delays]) or 1_000.0
        if symlog is not None and high > symlog.linear_to:
            return cls(low, round_up(high), symlog)  # the highest tick is the end of the axis
        step = round_up((high - low) / _TICKS)
        return cls(low, step * math.ceil(high / step - 1e-9), symlog)

    def up_px(self, delays_ms: Any) -> Any:
        """The heights of one delay or of many."""
        low, high, delays = (
            np.asarray(value if self.symlog is None else self.symlog.forward(value), dtype=float)
            for value in (self.low, self.high, delays_ms)
        )
        return _EDGE_PX + (delays - low) / (high - low) * (_DELAYS_PX - 2 * _EDGE_PX)


@dataclass(frozen=True, slots=True)
class _Line:
    """A word, the pixel where its text begins, and on which of the lines beneath the bars."""

    text: str
    left_px: float
    line: int


def new_word_axes(lanes: _Lanes, window: Window, wide_px: float, palette: Palette) -> Axes:
    """Axes for ``lanes`` on a figure of their own, with room above for the legend."""
    room_px = wide_px - _LEFT_PX - SIDE_PX
    lines = _lines_needed(lanes, _scale(window, room_px))
    above = 15 + _note(lines or 0, _Heights.of(lanes), lanes, room_px).count("\n") * 15 + 15
    high_px = len(lanes) * _lane_px(lines or 0)
    figure = new_figure(wide_px, above + high_px + _FOOT_PX, palette)
    return add_axes(figure, left_px=_LEFT_PX, top_px=above, height_px=high_px)


def draw_word_plot(axes: Axes, lanes: _Lanes, window: Window, palette: Palette) -> None:
    """Draw ``lanes`` onto ``axes``. The x axis is in seconds of audio time."""
    outside = around(axes, palette)
    reset_style(axes, palette)
    axes.set_xlim(window.start_ms / 1000, window.end_ms / 1000)
    run_layout(axes)
    wide_px = size_px(axes)[0]
    scale = _scale(window, wide_px)
    axes.set_xlim(scale.start_s, scale.seconds(wide_px))
    put_time_axis(axes, outside)
    lines = _lines_needed(lanes, scale) or 0
    heights = _Heights.of(lanes)
    axes.set_ylabel(
        "ms after the word", fontproperties=font(SMALL_PX), color=outside.mute, usetex=False, parse_math=False,
        labelpad=6, loc="center",
    )  # fmt: skip
    axes.set_title(
        _note(lines, heights, lanes, wide_px), loc="left", fontproperties=font(SMALL_PX), color=outside.mute,
        pad=pt(8), y=1.0, usetex=False, parse_math=False, linespacing=1.25,
    )  # fmt: skip
    check_height(axes, len(lanes) * _lane_px(lines))
    axes.set_ylim(len(lanes) * _lane_px(lines), 0)
    _set_ticks(axes, heights, len(lanes), lines, outside, palette)
    for index, (label, words) in enumerate(lanes.items()):
        top = index * _lane_px(lines)
        name = cut_anywhere(drawable(label), TEXT_PX, wide_px)
        write(axes, scale.start_s, top + _NAME_PX / 2, name, palette.ink, gid="label", size_px=TEXT_PX, va="center")
        if not words:
            write(
                axes, scale.start_s, _ground(index, lines) - _DELAYS_PX / 2, "no words here", palette.mute,
                gid="nothing", va="center",
            )  # fmt: skip
            continue
        _draw_delays(axes, words, _ground(index, lines), heights, palette.of_model(index))
        _draw_bars(axes, words, _ground(index, lines), scale, palette)
        if lines:
            for text in _placed(words, scale, lines) or ():
                y = _ground(index, lines) + _BAR_PX + (text.line + 0.5) * _LINE_PX + 1
                write(axes, scale.seconds(text.left_px), y, text.text, palette.ink, gid="words", va="center_baseline")


def _lane_px(lines: int) -> float:
    return _NAME_PX + _DELAYS_PX + _BAR_PX + lines * _LINE_PX + _GAP_PX


def _ground(index: int, lines: int) -> float:
    """Where the bars of a lane begin and the heights of its delays end."""
    return index * _lane_px(lines) + _NAME_PX + _DELAYS_PX


def _scale(window: Window, wide_px: float) -> Scale:
    """The window along the clock; one that follows from the words gets room for the last of them."""
    room_px = max(wide_px - (_MARGIN_PX if window.fitted else 0), 120.0)
    return Scale(window.start_ms / 1000, room_px / ((window.end_ms - window.start_ms) / 1000), wide_px)


def _note(lines: int, heights: _Heights, lanes: _Lanes, room_px: float) -> str:
    notes = ["\u25cb appeared, \u25c6 settled, \u25ac spoken."]
    if heights.symlog is not None:
        notes.append(f"Delays are linear to {plain(heights.symlog.linear_to)} ms, logarithmic beyond.")
    if not lines and any(lanes.values()):
        notes.append("Choose a shorter time range to see the words.")
    if any(lacks_font(word.text) for words in lanes.values() for word in words):
        notes.append(f"{NO_FONT}.")
    return wrapped_lines(" ".join(notes), room_px)


def _lines_needed(lanes: _Lanes, scale: Scale) -> int | None:
    """On how few lines all words of all lanes can be written; None where they cannot."""
    for lines in range(1, _MOST_LINES + 1):
        if all(_placed(words, scale, lines) is not None for words in lanes.values()):
            return lines if any(lanes.values()) else None
    return None


def _placed(words: Sequence[WordTiming], scale: Scale, lines: int) -> list[_Line] | None:
    """The words on the first of ``lines`` that has room for each, or None."""
    free_px = [0.0] * lines
    placed = []
    for word in words:
        text = drawable(word.text)
        wide_px = width_px(text, SMALL_PX)
        left_px = min(max(scale.px(word.start_ms / 1000), 0.0), scale.width_px - wide_px)
        line = next((line for line in range(lines) if free_px[line] <= left_px), None)
        if line is None or left_px < 0:
            return None
        free_px[line] = left_px + wide_px + _APART_PX
        placed.append(_Line(text, left_px, line))
    return placed


def _set_ticks(axes: Axes, heights: _Heights, count: int, lines: int, outside: Palette, palette: Palette) -> None:
    """The delays in ms left of each lane, with lines across it, the one at 0 stronger."""
    values = tick_values(heights.low, heights.high, _TICKS, heights.symlog)
    values = without_overlaps(values, [(up - 6, up + 6) for up in heights.up_px(values).tolist()], 1)
    texts = {_ground(at, lines) - float(heights.up_px(value)): plain(value) for at in range(count) for value in values}
    put_ticks(axes.yaxis, list(texts), lambda at: texts.get(at, ""), outside)
    low, high = axes.get_xlim()
    zeros = [_ground(index, lines) - float(heights.up_px(0.0)) for index in range(count)]
    for at, color, gid in ((list(texts), palette.grid, "reading"), (zeros, palette.silence, "zero")):
        axes.add_collection(
            LineCollection(
                [((low, y), (high, y)) for y in at], color=color, linewidth=pt(1), zorder=0.8, gid=gid, snap=True
            ),
            autolim=False,
        )


def _draw_delays(axes: Axes, words: Sequence[WordTiming], ground: float, heights: _Heights, palette: Palette) -> None:
    """The rings and diamonds over the ends of words, with a stem between those of one word."""
    rings = [(word.end_ms, delay) for word in words if (delay := word.appearance_delay_ms) is not None]
    diamonds = [(word.end_ms, delay) for word in words if (delay := word.settling_delay_ms) is not None]
    both = [(word.end_ms, *word.delays_ms) for word in words if len(word.delays_ms) == 2]
    ends_ms, *delays_ms = np.array(both, dtype=float).reshape(-1, 3).T
    stems: Any = np.stack([np.column_stack((ends_ms / 1000, ground - heights.up_px(each))) for each in delays_ms], 1)
    axes.add_collection(
        LineCollection(stems, color=palette.settled, linewidth=pt(1.2), zorder=1.8, gid="stem", snap=True),
        autolim=False,
    )
    ring: Any = {"s": pt(_RING_PX) ** 2, "marker": "o", "facecolor": palette.background, "linewidth": pt(1.4)}
    diamond: Any = {"s": pt(_DIAMOND_PX) ** 2, "marker": "D", "facecolor": palette.settled, "linewidth": 0}
    for gid, spots, look in (("appeared", rings, ring), ("settled", diamonds, diamond)):
        axes.scatter(
            [end_ms / 1000 for end_ms, _ in spots], ground - heights.up_px([delay for _, delay in spots]),
            edgecolor=palette.settled, gid=gid, clip_on=False, zorder=2 if gid == "appeared" else 2.1, **look,
        )  # fmt: skip


def _draw_bars(axes: Axes, words: Sequence[WordTiming], ground: float, scale: Scale, palette: Palette) -> None:
    """When each word was spoken, with a hair of room between words that follow each other at once."""
    low, high = ground, ground + _BAR_PX
    corners: Any = np.array(
        [
            ((a, low), (a, high), (b, high), (b, low))
            for word in words
            for a, b in [(word.start_ms / 1000, max(word.end_ms / 1000, word.start_ms / 1000 + 2 / scale.px_per_s))]
        ],
        dtype=float,
    )
    axes.add_collection(
        PolyCollection(
            corners.reshape(-1, 4, 2), facecolor=palette.mute, edgecolor=palette.background, linewidth=pt(1), zorder=2,
            gid="spoken",
        ),
        autolim=False,
    )  # fmt: skip
