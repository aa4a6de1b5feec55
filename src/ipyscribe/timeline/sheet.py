"""The sheet that a lane is drawn on: figure, axes, clock ticks, the line of now.

Sizes are CSS pixels of 1/96 inch, so that a picture at a pixel ratio of 1 or 2 looks the same.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ipyscribe.timeline.clock import clock, step_for, ticks
from ipyscribe.timeline.labels import cut_anywhere, drawable, font, width_px
from ipyscribe.timeline.lane import draw_lane
from ipyscribe.timeline.marks import draw_marks
from ipyscribe.timeline.palette import PALETTES, Palette
from ipyscribe.timeline.scale import BOTTOM, LANE_PX, TOP, Scale, pt, root_of
from ipyscribe.timeline.window import Window
from ipyscribe.transcript import Mark, Turn

HEIGHT_PX = 136
DRAWING = threading.RLock()

_TEXT_PX = 12.0
_SMALL_PX = 11.0
_HEAD_PX = 20.0
_SIDE_PX = 26.0
_NARROW_PX = 560.0
_WIDEST_LABEL = 0.25
_ROOM_PX = 62.0
_DENSE_ROOM_PX = 96.0
_SCREEN_RATIO = 2


class TimelineFigure(Figure):
    """A figure that shows itself in a notebook, sharp and with words for those who do not see it.

    ``description`` is the alternative text.
    """

    description = ""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        wide, high = (round(self.dpi * inches) for inches in self.get_size_inches())
        picture = {"width": wide, "height": high, "alt": self.description}
        return {"image/png": self._repr_png_(), "text/plain": self.description}, {"image/png": picture}

    def _repr_png_(self) -> bytes:
        with DRAWING:
            screen_dpi = self.dpi
            self.dpi = screen_dpi * _SCREEN_RATIO
            try:
                return png(self)
            finally:
                self.dpi = screen_dpi


def new_figure(width_px: float, palette: Palette, *, ratio: float = 1.0) -> TimelineFigure:
    """An empty figure of ``width_px`` by ``HEIGHT_PX`` CSS pixels, whole device pixels at ``ratio``."""
    dpi = 96 * ratio
    wide, high = ((round(px * ratio) + 0.01) / dpi for px in (width_px, HEIGHT_PX))
    no_layout: Any = "none"
    figure = TimelineFigure(
        figsize=(wide, high),
        dpi=dpi,
        facecolor=palette.background,
        edgecolor="none",
        linewidth=0,
        frameon=True,
        layout=no_layout,
    )
    FigureCanvasAgg(figure)
    return figure


def new_axes(figure: Figure, label: str) -> Axes:
    """Axes of one lane's height, with room on the left for ``label`` if it will stand there."""
    wide = figure.get_figwidth() * 96
    left = _SIDE_PX if _stands_above(label, wide) else max(_SIDE_PX, width_px(drawable(label), _TEXT_PX) + 18)
    bottom = HEIGHT_PX - _HEAD_PX - LANE_PX
    return figure.add_axes(
        (left / wide, bottom / HEIGHT_PX, (wide - left - _SIDE_PX) / wide, LANE_PX / HEIGHT_PX), xscale="linear"
    )


def draw(
    axes: Axes,
    turns: Sequence[Turn],
    window: Window,
    palette: Palette,
    *,
    label: str,
    heard_ms: float,
    now_ms: float | None,
    marks: Sequence[Mark] = (),
) -> None:
    """Draw the lane of ``turns`` with its clock and ``marks`` onto ``axes``. The x axis is in seconds of audio time."""
    around = _around(axes, palette)
    _dress(axes, palette)
    _set_limits(axes, window, len(turns))
    _put_ticks(axes, Scale.of(axes), around)
    taken_px = _put_label(axes, label, around, Scale.of(axes))
    if layout := root_of(axes).get_layout_engine():
        layout.execute(root_of(axes))
        _set_limits(axes, window, len(turns))
    now_s = now_ms / 1000 if now_ms is not None and window.has(now_ms) else None
    if turns:
        draw_lane(axes, turns, 0.0, palette, heard_s=min(heard_ms, window.end_ms) / 1000, now_s=now_s)
    if now_s is not None:
        axes.axvline(now_s, color=palette.mute, linewidth=pt(1), linestyle=(0, (3, 2)), zorder=1.6, gid="now-line")
        if Scale.of(axes).px(now_s) - width_px("now", _SMALL_PX) > taken_px:
            _head(axes, now_s, "now", around, ha="center", gid="now")
    shown = [mark for mark in marks if window.has(mark.audio_ms)]
    limit_px = Scale.of(axes).px(now_s) - width_px("now", _SMALL_PX) if now_s is not None else Scale.of(axes).width_px
    draw_marks(axes, shown, palette, around, free_px=(taken_px, limit_px))


def say_nothing(axes: Axes, text: str, palette: Palette) -> None:
    """Write in the middle of ``axes`` why there is nothing else."""
    axes.grid(visible=False)
    axes.text(
        0.5, -BOTTOM / (TOP - BOTTOM), text, transform=axes.transAxes, ha="center", va="center", color=palette.mute,
        fontproperties=font(_TEXT_PX), parse_math=False, usetex=False, gid="nothing",
    )  # fmt: skip


def png(figure: Figure) -> bytes:
    """The figure as a PNG of its own size and background."""
    canvas: Any = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    into = io.BytesIO()
    with DRAWING:
        canvas.print_png(into, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return into.getvalue()


def _dress(axes: Axes, palette: Palette) -> None:
    axes.set_facecolor(palette.background)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.minorticks_off()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=palette.grid, linewidth=pt(1), linestyle="-", alpha=1)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", which="both", length=0, pad=4, labelcolor=palette.mute)
    axes.tick_params(axis="x", labelbottom=True, labeltop=False, labelrotation=0)
    axes.tick_params(axis="y", labelleft=True, labelright=False, labelrotation=0)
    axes.set_yticks([])


def _around(axes: Axes, palette: Palette) -> Palette:
    """The palette for texts outside the axes, which lie on the figure: not every figure is of the same theme."""
    red, green, blue, opacity = to_rgba(root_of(axes).get_facecolor())
    if opacity < 0.5:
        return palette
    return PALETTES["light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else "dark"]


def _set_limits(axes: Axes, window: Window, count: int) -> None:
    """The window along the clock; the lane keeps its height in the middle of axes that are higher.

    A window that follows from the turns gets room for what is written behind the last of them.
    """
    axes.set_xlim(window.start_ms / 1000, window.end_ms / 1000)
    scale = Scale.of(axes)
    high_px = axes.get_window_extent().height * 96 / root_of(axes).dpi
    spare = max(high_px / (1.5 * LANE_PX) - 1, 0.0) / 2
    axes.set_ylim(BOTTOM - spare, TOP + spare)
    if window.fitted:
        room_px = _DENSE_ROOM_PX if scale.dense(count) else _ROOM_PX
        axes.set_xlim(
            scale.start_s, scale.seconds(scale.width_px * scale.width_px / max(scale.width_px - room_px, 120))
        )


def _put_ticks(axes: Axes, scale: Scale, palette: Palette) -> None:
    end_s = scale.seconds(scale.width_px)
    apart_px = 32 if scale.width_px < _NARROW_PX else 56
    most = int(scale.width_px / (width_px(clock(end_s), _SMALL_PX) + apart_px))
    step_s = step_for(end_s - scale.start_s, most)
    at = ticks(scale.start_s, end_s, step_s)
    axes.xaxis.set_major_locator(FixedLocator(at))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: clock(second, step_s=step_s)))
    for tick in axes.xaxis.get_major_ticks(len(at)):
        tick.label1.set(fontproperties=font(_SMALL_PX), color=palette.mute, usetex=False, parse_math=False)
    axes.set_xlabel(
        "audio time", fontproperties=font(_SMALL_PX), color=palette.mute, labelpad=2, usetex=False, loc="center"
    )


def _put_label(axes: Axes, label: str, palette: Palette, scale: Scale) -> float:
    """Name the lane, left of it or above it; how many pixels that takes above it."""
    text = drawable(label)
    if text and _stands_above(label, root_of(axes).get_figwidth() * 96):
        text = cut_anywhere(text, _SMALL_PX, scale.width_px)
        _head(axes, scale.start_s, text, palette, ha="left", gid="label")
        return width_px(text, _SMALL_PX)
    axes.set_yticks([0] if text else [], [text] if text else [])
    for tick in axes.get_yticklabels():
        tick.set(fontproperties=font(_TEXT_PX), color=palette.ink, usetex=False, parse_math=False, gid="label")
    return 0.0


def _head(axes: Axes, at_s: float, text: str, palette: Palette, *, ha: str, gid: str) -> None:
    axes.text(
        at_s, 1.0, text, transform=axes.get_xaxis_transform(), ha=ha, va="bottom", zorder=3, gid=gid,
        color=palette.ink if gid == "label" else palette.mute, fontproperties=font(_SMALL_PX), parse_math=False,
        usetex=False,
    )  # fmt: skip


def _stands_above(label: str, figure_px: float) -> bool:
    return figure_px < _NARROW_PX or width_px(drawable(label), _TEXT_PX) > _WIDEST_LABEL * figure_px
