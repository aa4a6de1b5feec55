"""What figures are drawn on: its size and colours, the texts on it, and the picture that is made of it.

Sizes are CSS pixels of 1/96 inch, so that a picture at a pixel ratio of 1 or 2 looks the same.
"""

from __future__ import annotations

import io
import threading
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.timeline.labels import drawable, fit, font
from ipyscribe.timeline.palette import PALETTES, Palette
from ipyscribe.timeline.scale import figure_of, pt

DRAWING = threading.RLock()

TEXT_PX = 12.0
SMALL_PX = 11.0
NARROW_PX = 560.0
SIDE_PX = 26.0

_SCREEN_RATIO = 2
_WARNING_SIDE_PX, _WARNING_PAD_PX, _WARNING_LINE_PX = 12.0, 5.0, 15.0


class TimelineFigure(Figure):
    """A figure that shows itself in a notebook, with twice the pixels and its ``description`` as alternative text."""

    _description = ""

    @property
    def description(self) -> str:
        """What it shows, in words, as plain text."""
        return self._description

    @description.setter
    def description(self, text: str) -> None:
        self._description = plain(text)

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


def new_figure(width_px: float, height_px: float, palette: Palette, *, ratio: float = 1.0) -> TimelineFigure:
    """An empty figure of ``width_px`` by ``height_px`` CSS pixels, whole device pixels at ``ratio``."""
    dpi = 96 * ratio
    wide, high = ((round(px * ratio) + 0.01) / dpi for px in (width_px, height_px))
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


def add_axes(figure: Figure, *, left_px: float, top_px: float, height_px: float, right_px: float = SIDE_PX) -> Axes:
    """Axes ``height_px`` high on ``figure``, with that much room on three sides."""
    wide, high = (inches * 96 for inches in figure.get_size_inches())
    bottom_px = high - top_px - height_px
    return figure.add_axes(
        (left_px / wide, bottom_px / high, (wide - left_px - right_px) / wide, height_px / high), xscale="linear"
    )


def reset_style(axes: Axes, palette: Palette) -> None:
    """Undo the user's matplotlib style on ``axes``; only vertical grid lines stay."""
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


def run_layout(axes: Axes) -> None:
    """Run the layout of the figure, if it has one, so that ``axes`` have their position before they are measured."""
    if layout := figure_of(axes).get_layout_engine():
        layout.execute(figure_of(axes))


def size_px(axes: Axes) -> tuple[float, float]:
    """Width and height of ``axes`` in CSS pixels."""
    box = axes.get_window_extent()
    return box.width * 96 / figure_of(axes).dpi, box.height * 96 / figure_of(axes).dpi


def position_px(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """The position of a data point, in CSS pixels from the lower left corner of ``axes``."""
    at_x, at_y = axes.transData.transform((x, y))
    dpi = figure_of(axes).dpi
    return float(at_x - axes.bbox.x0) * 96 / dpi, float(at_y - axes.bbox.y0) * 96 / dpi


def check_height(axes: Axes, least_px: float) -> None:
    """Raise ``ParameterError`` for axes so low that texts would overlap."""
    high_px = size_px(axes)[1]
    if high_px < 0.95 * least_px:
        raise ParameterError(
            f"The axes are {high_px:.0f} pixels high, and this picture needs {least_px:.0f}.",
            advice=f"Give axes that are at least {least_px / 96:.1f} inches high, or leave out ax.",
        )


def around(axes: Axes, palette: Palette) -> Palette:
    """The palette for texts outside the axes: the figure that they lie on may have another theme."""
    red, green, blue, opacity = to_rgba(figure_of(axes).get_facecolor())
    if opacity < 0.5:
        return palette
    return PALETTES["light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else "dark"]


def write(
    axes: Axes, x: float, y: float, text: str, color: str, *, gid: str, size_px: float = SMALL_PX, **look: Any
) -> Text:
    """A text in the figure's own font, none of it parsed as a formula."""
    return axes.text(
        x, y, text, color=color, gid=gid, fontproperties=font(size_px), parse_math=False, usetex=False,
        **({"zorder": 3} | look),
    )  # fmt: skip


def put_warning(axes: Axes, text: str, palette: Palette) -> None:
    """Write ``text`` across the picture: in a band above it that is added to a figure of ours, else over ``axes``."""
    if not text:
        return
    figure = figure_of(axes)
    wide_px, high_px = (96 * inches for inches in figure.get_size_inches())
    look: dict[str, Any] = {"color": palette.delay, "fontproperties": font(SMALL_PX), "gid": "warning"}
    look |= {"parse_math": False, "usetex": False}
    if not isinstance(figure, TimelineFigure):
        lines = fit(drawable(text), SMALL_PX, size_px(axes)[0] - 16, most_lines=6)
        box = {"facecolor": palette.background, "edgecolor": palette.delay, "alpha": 0.85, "linewidth": pt(1)}
        axes.text(0.5, 0.5, lines, transform=axes.transAxes, ha="center", va="center", zorder=9, bbox=box, **look)
        return
    lines = fit(drawable(text), SMALL_PX, wide_px - 2 * _WARNING_SIDE_PX, most_lines=6)
    band_px = _WARNING_LINE_PX * (lines.count("\n") + 1) + 2 * _WARNING_PAD_PX
    kept = high_px / (high_px + band_px)
    places = [(each, each.get_position(original=True)) for each in figure.axes]
    figure.set_size_inches(wide_px / 96, (round((high_px + band_px) * figure.dpi / 96) + 0.01) / figure.dpi)
    for each, place in places:
        each.set_position((place.x0, place.y0 * kept, place.width, place.height * kept))
    band = Rectangle((0, kept), 1, 1 - kept, transform=figure.transFigure, facecolor=palette.differ, linewidth=0)
    figure.add_artist(band)
    figure.text(
        _WARNING_SIDE_PX / wide_px, 1 - _WARNING_PAD_PX * (1 - kept) / band_px, lines, ha="left", va="top", **look
    )


def write_placeholder(axes: Axes, text: str, palette: Palette, *, height: float = 0.5) -> None:
    """Write ``text`` in the middle of empty ``axes``, at that fraction of their height."""
    axes.grid(visible=False)
    write(
        axes, 0.5, height, text, palette.mute, gid="nothing", size_px=TEXT_PX, transform=axes.transAxes,
        ha="center", va="center",
    )  # fmt: skip


def compact(picture: bytes) -> bytes:
    """A PNG in 128 colours, of about a third of the bytes: for pictures that are kept in a file."""
    from PIL import Image

    into = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(into, "PNG", optimize=True)
    return into.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as a PNG of its own size and background."""
    canvas: Any = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    into = io.BytesIO()
    with DRAWING:
        canvas.print_png(into, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return into.getvalue()
