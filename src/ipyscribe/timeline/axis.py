"""Tick labels and names of axes: times, plain numbers, lanes, and the measure with its unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.timeline.canvas import NARROW_PX, SMALL_PX, TEXT_PX, size_px
from ipyscribe.timeline.labels import drawable, fit, font, width_px
from ipyscribe.timeline.palette import Palette
from ipyscribe.timeline.scale import Scale
from ipyscribe.timeline.time_ticks import step_for, ticks

_WIDEST_LABEL = 0.25


def put_time_axis(axes: Axes, palette: Palette, *, name: str = "audio time") -> None:
    """Minutes and seconds along the x axis, which is in seconds."""
    scale = Scale.of(axes)
    end_s = scale.seconds(scale.width_px)
    step_s = tick_step_s(scale.start_s, end_s, scale.width_px)
    put_ticks(
        axes.xaxis, ticks(scale.start_s, end_s, step_s), lambda second: clock_text(second, tenths=step_s < 1), palette
    )
    if name:
        name_x(axes, name, palette)


def tick_step_s(start_s: float, end_s: float, axis_px: float) -> float:
    """How far ticks stand apart on a clock from ``start_s`` to ``end_s`` that is ``axis_px`` long."""
    apart_px = 32 if axis_px < NARROW_PX else 56
    most = int(axis_px / (width_px(clock_text(end_s), SMALL_PX) + apart_px))
    return step_for(end_s - start_s, most)


def put_ticks(axis: Axis, values: Sequence[float], label: Callable[[float], str], palette: Palette) -> None:
    """Ticks at ``values`` and nowhere else, in the figure's font."""
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
    for tick in axis.get_major_ticks(len(values)):
        tick.label1.set(fontproperties=font(SMALL_PX), color=palette.mute, usetex=False, parse_math=False)


def plain(value: float) -> str:
    """``1,000``, ``0.5``, with a true minus sign."""
    return (f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}").replace("-", "\u2212")


def name_x(axes: Axes, name: str, palette: Palette) -> None:
    """Write the name of the x axis beneath it, on as many lines as that takes."""
    axes.set_xlabel(
        wrapped_lines(name, size_px(axes)[0]), fontproperties=font(SMALL_PX), color=palette.mute, labelpad=2,
        usetex=False, loc="center", parse_math=False,
    )  # fmt: skip


def wrapped_lines(text: str, room_px: float) -> str:
    """A name of an axis or a note in lines that fit into ``room_px``."""
    return fit(drawable(text), SMALL_PX, room_px, most_lines=12)


def name_rows(axes: Axes, labels: Sequence[str], at: Sequence[float], palette: Palette) -> None:
    """The names of lanes or rows, left of them."""
    axes.set_yticks(list(at), [drawable(label) for label in labels])
    for tick in axes.get_yticklabels():
        tick.set(fontproperties=font(TEXT_PX), color=palette.ink, usetex=False, parse_math=False, gid="label")


def labels_above(labels: Sequence[str], figure_px: float) -> bool:
    """True where names have no room left of the axes of a figure so wide and stand above their rows."""
    widest = max((width_px(drawable(label), TEXT_PX) for label in labels), default=0.0)
    return figure_px < NARROW_PX or widest > _WIDEST_LABEL * figure_px
