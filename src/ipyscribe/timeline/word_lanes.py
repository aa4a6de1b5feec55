"""When each word was spoken, when it appeared on the screen and when it settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text, delay_text
from ipyscribe.timeline.inputs import WordTiming, check_some, number, width_of
from ipyscribe.timeline.palette import palette_of
from ipyscribe.timeline.window import SHORTEST_SESSION_MS, Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WordTuple = tuple[str, float, float, float | None, float | None]


def plot_words(
    lanes: Mapping[str, Sequence[_WordTuple]],
    *,
    start_ms: float | None = None,
    end_ms: float | None = None,
    ax: Axes | None = None,
    theme: str = "auto",
    width_in: float | None = None,
    warning: str = "",
) -> Figure:
    """For each word of each lane: when it was spoken (x), and how long after that it appeared and settled (y).

    A word is (text, start_ms, end_ms, appeared_ms, settled_ms), all on the audio clock; the last two are
    None where that has not happened. A bar shows when it was spoken, a ring when it appeared, a diamond from
    when on it did not change; rings and diamonds stand over the end of the word. Their height is in
    milliseconds, the same for all lanes, logarithmic beyond a value that is named if a few lie far from the
    rest. Words are written beneath where all of them have room: give ``start_ms`` and ``end_ms``.

    ``warning`` is written across the figure. Draws onto ``ax``, or onto a new figure of ``width_in`` inches (9 by
    default). Raises ``ParameterError``
    for no lanes, a time that is not a finite number, a word that ends before it starts, an empty window,
    another theme, a width that cannot be, or an ``ax`` too low for the lanes.
    """
    palette = palette_of(theme)
    words = _lanes(lanes)
    window = _window(words, start_ms=start_ms, end_ms=end_ms)
    width_px = width_of(width_in, ax)
    from ipyscribe.timeline.canvas import DRAWING, TimelineFigure, put_warning
    from ipyscribe.timeline.scale import figure_of
    from ipyscribe.timeline.word_plot import draw_word_plot, new_word_axes

    shown = {label: _within(timings, window) for label, timings in words.items()}
    with DRAWING:
        axes = new_word_axes(shown, window, width_px, palette) if ax is None else ax
        draw_word_plot(axes, shown, window, palette)
        put_warning(axes, warning, palette)
        figure = figure_of(axes)
        if isinstance(figure, TimelineFigure):
            described = describe_words(lanes, start_ms=start_ms, end_ms=end_ms)
            figure.description = " ".join(filter(None, (plain(warning), described)))
        return figure


def describe_words(
    lanes: Mapping[str, Sequence[_WordTuple]], *, start_ms: float | None = None, end_ms: float | None = None
) -> str:
    """What the figure shows, in words: how many words each model wrote, and how long after they were spoken.

    It quotes no words.
    """
    words = _lanes(lanes)
    window = _window(words, start_ms=start_ms, end_ms=end_ms)
    span = f"{clock_text(window.start_ms / 1000)} to {clock_text(window.end_ms / 1000)}"
    lane_texts = [f"{plain(label)}: {_words_text(_within(timings, window))}." for label, timings in words.items()]
    return " ".join([f"When words appeared and settled, {span}.", *lane_texts])


def _words_text(words: Sequence[WordTiming]) -> str:
    if not words:
        return "no words"
    parts = [f"{len(words):,} word{'' if len(words) == 1 else 's'}"]
    appeared = [delay for word in words if (delay := word.appearance_delay_ms) is not None]
    settled = [delay for word in words if (delay := word.settling_delay_ms) is not None]
    if appeared:
        parts.append(f"appeared {delay_text(median(appeared))} after their end (median)")
    if settled:
        parts.append(f"settled {delay_text(median(settled))} after their end (median)")
    if len(settled) < len(words):
        parts.append(f"{len(words) - len(settled):,} not settled")
    return ", ".join(parts)


def _lanes(lanes: Mapping[str, Sequence[_WordTuple]]) -> dict[str, list[WordTiming]]:
    check_some(lanes, "lanes")
    return {label: [_shown(word, f"word {at} of {label!r}") for at, word in enumerate(lanes[label])] for label in lanes}


def _shown(word: _WordTuple, which: str) -> WordTiming:
    if len(word) != 5:
        raise ParameterError(
            f"{which[:1].upper()}{which[1:]} has {len(word)} parts.",
            advice="Give (text, start_ms, end_ms, appeared_ms, settled_ms).",
        )
    text, start, end, appeared, settled = word
    start_ms, end_ms = number(start, f"The start of {which}"), number(end, f"The end of {which}")
    if end_ms < start_ms:
        raise ParameterError(
            f"The end of {which} is {end_ms:g} ms, before its start at {start_ms:g} ms.",
            advice="Give (text, start_ms, end_ms, appeared_ms, settled_ms).",
        )
    later = [
        None if value is None else number(value, f"The {name} of {which}")
        for name, value in (("appearance", appeared), ("settling", settled))
    ]
    return WordTiming(text, start_ms, end_ms, later[0], later[1])


def _window(words: Mapping[str, Sequence[WordTiming]], *, start_ms: float | None, end_ms: float | None) -> Window:
    start = 0.0 if start_ms is None else number(start_ms, "start_ms")
    if end_ms is None:
        last = max((word.end_ms for timings in words.values() for word in timings), default=0.0)
        return Window(start, max(last, start + SHORTEST_SESSION_MS), fitted=True)
    end = number(end_ms, "end_ms")
    if end <= start:
        raise ParameterError(
            f"The window from start_ms={start:g} to end_ms={end:g} is empty.",
            advice="Give an end_ms greater than start_ms.",
        )
    return Window(start, end, fitted=False)


def _within(words: Sequence[WordTiming], window: Window) -> list[WordTiming]:
    """The words that end in ``window``, where their rings stand, by the time of their start."""
    return sorted((word for word in words if window.has(word.end_ms)), key=lambda word: word.start_ms)
