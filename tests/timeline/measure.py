"""What a drawn timeline holds, in device pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def named(axes: Axes, gid: str) -> list[Any]:
    """The artists of that kind: "settled", "unsettled", "delay", "end-of-turn", "words", "delay-ms", ..."""
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def texts(axes: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in named(axes, gid)]


def bars(axes: Axes, gid: str) -> list[Bbox]:
    """The bars or lines of one kind, as boxes in seconds and parts of a lane."""
    return [path.get_extents() for collection in named(axes, gid) for path in collection.get_paths()]


def spans(axes: Axes, gid: str) -> list[tuple[float, float]]:
    """From when to when, in seconds, the bars or lines of one kind reach, left end first."""
    return [(round(box.x0, 3), round(box.x1, 3)) for box in bars(axes, gid)]


def ink(text: Text) -> Bbox:
    return text.get_window_extent(text.figure.canvas.get_renderer())


def all_texts(figure: Figure) -> Iterator[Text]:
    """Every text that shows something."""
    if figure.stale:
        figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            yield text


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """The pairs of texts that touch each other."""
    boxes = [(text.get_text(), ink(text)) for text in all_texts(figure)]
    return [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


def struck_through(axes: Axes) -> list[str]:
    """The milliseconds that a tail, a mark or the line of now runs through."""
    lines = [
        axes.transData.transform_path(path).get_extents()
        for gid in ("delay", "end-of-turn", "arrival")
        for collection in named(axes, gid)
        for path in collection.get_paths()
    ]
    lines += [line.get_window_extent() for line in named(axes, "now-line")]
    waits = [(text.get_text(), ink(text)) for text in named(axes, "delay-ms")]
    return [wait for wait, box in waits if any(_cross(box, line) for line in lines)]


def sticking_out(axes: Axes) -> list[str]:
    """The words that reach beyond every bar."""
    boxes = [bar.transformed(axes.transData) for gid in ("settled", "unsettled") for bar in bars(axes, gid)]
    words = [(text.get_text(), ink(text)) for text in named(axes, "words")]
    return [text for text, box in words if not any(_inside(box, bar) for bar in boxes)]


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", picture[16:24])
    return wide, high


def _inside(box: Bbox, bar: Bbox) -> bool:
    return bar.x0 <= box.x0 and box.x1 <= bar.x1 and bar.y0 <= box.y0 and box.y1 <= bar.y1


def _cross(box: Bbox, line: Bbox) -> bool:
    return box.x0 < line.x1 and line.x0 < box.x1 and box.y0 < line.y1 and line.y0 < box.y1


def beyond(figure: Figure) -> list[str]:
    """The texts that are not wholly on the figure."""
    return [text.get_text() for text in all_texts(figure) if not _inside(ink(text), figure.bbox)]


def lines_within(axes: Axes, gid: str) -> list[Bbox]:
    """The lines of one kind, as boxes in data coordinates."""
    return [line.get_path().get_extents() for line in named(axes, gid)]
