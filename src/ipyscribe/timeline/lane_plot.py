"""The timelines of several models on one clock, with the time ranges in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.timeline.description import describe
from ipyscribe.timeline.figure import Placed, placed, warning_of
from ipyscribe.timeline.inputs import TIME_AXIS, check_some, check_width, number, width_of
from ipyscribe.timeline.palette import palette_of
from ipyscribe.timeline.window import Window, lane_of, reach_ms, window_of
from ipyscribe.transcript import Transcript

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ipyscribe.timeline.palette import Palette

_MOST_NAMED = 5


def plot_lanes(
    transcripts: Mapping[str, Transcript],
    *,
    ax: Axes | None = None,
    theme: str = "auto",
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    differ_ms: Sequence[tuple[float, float]] | None = None,
    width_in: float | None = None,
    warning: str | None = None,
) -> Figure:
    """One lane for each of ``transcripts`` by label, drawn as ``plot_timeline`` draws its one.

    ``differ_ms`` are the time ranges, as (start_ms, end_ms), in which the transcripts differ: each is
    tinted through all lanes and has a bracket over it. An empty list, unlike None, keeps the bracket's row, so
    that a live picture keeps its height. ``warning`` is written across the figure, by default whose latencies are this
    computer's because their models are simulated. Raises ``ParameterError`` as ``plot_timeline`` does, for no
    transcripts, a time range that ends before it starts, and an ``ax`` too low for the lanes.
    """
    palette = palette_of(theme)
    window = _window(transcripts, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
    ranges = _checked_ranges(differ_ms)
    width_px = width_of(width_in, ax)
    from ipyscribe.timeline.canvas import DRAWING, TimelineFigure, put_warning
    from ipyscribe.timeline.scale import figure_of

    with DRAWING:
        axes = _draw(transcripts, window, palette, ranges, now_ms=now_ms, width_px=width_px, ax=ax)
        text = warning_of(transcripts) if warning is None else warning
        put_warning(axes, text, palette)
        figure = figure_of(axes)
        if isinstance(figure, TimelineFigure):
            described = describe_lanes(transcripts, now_ms=now_ms, differ_ms=differ_ms)
            figure.description = " ".join(filter(None, (plain(text), described)))
        return figure


def lanes_png(
    transcripts: Mapping[str, Transcript],
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    differ_ms: Sequence[tuple[float, float]] | None = None,
    warning: str | None = None,
) -> bytes:
    """The PNG of ``placed_lanes``."""
    return placed_lanes(
        transcripts,
        theme=theme,
        width_px=width_px,
        ratio=ratio,
        start_ms=start_ms,
        end_ms=end_ms,
        now_ms=now_ms,
        differ_ms=differ_ms,
        warning=warning,
    ).png


def placed_lanes(
    transcripts: Mapping[str, Transcript],
    *,
    theme: str,
    width_px: float,
    ratio: float = 1.0,
    start_ms: float | None = None,
    end_ms: float | None = None,
    now_ms: float | None = None,
    sound_ms: float = 0.0,
    differ_ms: Sequence[tuple[float, float]] | None = None,
    warning: str | None = None,
    time_axis: str = TIME_AXIS,
) -> Placed:
    """The same lanes as a PNG and its position on the audio clock, as ``placed_timeline`` gives one lane.

    Any thread may call it.
    """
    palette = palette_of(theme)
    window = _window(transcripts, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms, sound_ms=sound_ms)
    ranges = _checked_ranges(differ_ms)
    check_width(width_px, ratio, name="width_px", value=width_px)
    from ipyscribe.timeline.canvas import DRAWING, put_warning

    with DRAWING:
        axes = _draw(
            transcripts, window, palette, ranges, now_ms=now_ms, width_px=width_px, ratio=ratio, time_axis=time_axis
        )
        put_warning(axes, warning_of(transcripts) if warning is None else warning, palette)
        return placed(axes)


def describe_lanes(
    transcripts: Mapping[str, Transcript],
    *,
    now_ms: float | None = None,
    differ_ms: Sequence[tuple[float, float]] | None = None,
) -> str:
    """What the lanes show, in words, a sentence for each model.

    For example "Timelines of 2 models, 0:00 to 0:44. u3-rt-pro: 9 turns, ... . They differ at 0:06 and 0:16."
    """
    end_ms = max([now_ms or 0.0, *(reach_ms(turn) for transcript in transcripts.values() for turn in transcript.turns)])
    models = f"{len(transcripts)} model{'' if len(transcripts) == 1 else 's'}"
    lanes = [f"{plain(label)}: {describe(transcript).partition(': ')[2]}" for label, transcript in transcripts.items()]
    return " ".join([f"Timelines of {models}, 0:00 to {clock_text(end_ms / 1000)}.", *lanes, *_differences(differ_ms)])


def _differences(differ_ms: Sequence[tuple[float, float]] | None) -> list[str]:
    if differ_ms is None:
        return []
    if not differ_ms:
        return ["They do not differ."]
    at = [clock_text(start_ms / 1000) for start_ms, _ in differ_ms]
    if len(at) > _MOST_NAMED:
        return [f"They differ in {len(at):,} places, the first at {at[0]}."]
    return [f"They differ at {' and '.join(filter(None, [', '.join(at[:-1]), at[-1]]))}."]


def _draw(
    transcripts: Mapping[str, Transcript],
    window: Window,
    palette: Palette,
    ranges: Sequence[tuple[float, float]] | None,
    *,
    now_ms: float | None,
    width_px: float,
    ratio: float = 1.0,
    ax: Axes | None = None,
    time_axis: str = TIME_AXIS,
) -> Axes:
    from ipyscribe.timeline.canvas import write_placeholder
    from ipyscribe.timeline.lane_axes import draw_lanes, new_lanes

    lanes = [lane_of(transcript, window, label=label, now_ms=now_ms) for label, transcript in transcripts.items()]
    brackets = ranges is not None
    axes = new_lanes(lanes, width_px, palette, brackets=brackets, ratio=ratio) if ax is None else ax
    draw_lanes(
        axes,
        lanes,
        window,
        palette,
        now_ms=now_ms,
        differ_ms=ranges or (),
        brackets=brackets,
        time_axis=time_axis,
    )
    if not any(lane.turns for lane in lanes):
        spoken = any(transcript.turns for transcript in transcripts.values())
        write_placeholder(axes, "no speech here" if spoken else "no speech yet", palette)
    return axes


def _window(
    transcripts: Mapping[str, Transcript],
    *,
    start_ms: float | None,
    end_ms: float | None,
    now_ms: float | None,
    sound_ms: float = 0.0,
) -> Window:
    check_some(transcripts, "transcripts")
    windows = [
        window_of(transcript, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms, sound_ms=sound_ms)
        for transcript in transcripts.values()
    ]
    return max(windows, key=lambda window: window.end_ms)


def _checked_ranges(differ_ms: Sequence[tuple[float, float]] | None) -> list[tuple[float, float]] | None:
    if differ_ms is None:
        return None
    ranges = []
    for index, (start, end) in enumerate(differ_ms):
        start_ms, end_ms = (number(time, f"A time of differ_ms[{index}]") for time in (start, end))
        if end_ms < start_ms:
            raise ParameterError(
                f"differ_ms[{index}] ends at {end_ms:g} ms, before it starts at {start_ms:g} ms.",
                advice="Give each time range as (start_ms, end_ms).",
            )
        ranges.append((start_ms, end_ms))
    return ranges
