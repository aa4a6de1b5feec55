"""Each delay of one turn, by its name, on one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ipyscribe import metrics
from ipyscribe.errors import ParameterError
from ipyscribe.metrics import Measured
from ipyscribe.tape import Lane
from ipyscribe.timeline.palette import Palette, palette_of
from ipyscribe.transcript import Turn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE_PX, _LEFT_PX, _ROW_PX, _TOP_PX, _AXIS_PX = 860.0, 150.0, 30.0, 14.0, 44.0
_LETTER_PX = 6.0


def plot_delays(lane: Lane, turn: Turn, *, theme: str = "auto") -> Figure:
    """One row per measure: a bar from the moment from which it is counted to the moment at which it ends.

    The first row has the words of ``turn``, which is one of ``lane.transcript``, where they are in the sound; the
    delays of words, emission and commit, are those of its last one. Raises ``ParameterError`` for a turn without words
    that have settled, and for another theme.
    """
    palette = palette_of(theme)
    delays = _delays(lane, turn)
    if not delays:
        raise ParameterError(f"Turn {turn.order} has no settled words.", advice="Give a turn of lane.transcript.")
    from ipyscribe.timeline.canvas import DRAWING, SMALL_PX, add_axes, new_figure, reset_style
    from ipyscribe.timeline.labels import font

    with DRAWING:
        rows_px = _ROW_PX * (len(delays) + 1)
        figure = new_figure(_WIDE_PX, _TOP_PX + rows_px + _AXIS_PX, palette)
        axes = add_axes(figure, left_px=_LEFT_PX, top_px=_TOP_PX, height_px=rows_px)
        reset_style(axes, palette)
        for row, (name, delay) in enumerate(delays.items(), start=1):
            _draw_delay(axes, row, name, delay, palette)
        last_ms = max(turn.end_ms, *(each.at_ms + each.value_ms for each in delays.values()))
        axes.set_xlim(turn.start_ms - 100, last_ms + 0.12 * (last_ms - turn.start_ms))
        axes.set_ylim(len(delays) + 0.5, -0.5)
        _draw_words(axes, turn, palette)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("ms of audio", color=palette.mute, fontproperties=font(SMALL_PX))
        for label in axes.get_xticklabels():
            label.set_fontproperties(font(SMALL_PX))
        figure.description = _description(delays)
        return figure


def _delays(lane: Lane, turn: Turn) -> dict[str, Measured]:
    """The delays of ``turn`` by their names; ``at_ms`` of each is the moment from which it is counted."""
    transcript, sent = lane.transcript, lane.sent
    measures = {
        "time to first token": metrics.ttft_onset_ms(transcript, sent),
        "word emission": metrics.word_emission_ms(transcript, sent),
        "commit": metrics.word_commit_ms(transcript, sent),
        "endpointing delay": metrics.endpoint_wait_ms(transcript, sent),
        "end of turn": metrics.eot_ms(transcript, sent),
        "complete transcript": metrics.ttct_ms(transcript, sent),
    }
    delays = {name: own[-1] for name, values in measures.items() if (own := _of_turn(values, turn))}
    if {"endpointing delay", "end of turn"} <= delays.keys():  # it ends with the turn, and has the turn's position
        wait, end = delays["endpointing delay"], delays["end of turn"]
        delays["endpointing delay"] = replace(wait, at_ms=end.at_ms + end.value_ms - wait.value_ms)
    return delays


def _of_turn(values: Sequence[Measured], turn: Turn) -> list[Measured]:
    return sorted((each for each in values if each.turn_order == turn.order), key=lambda each: each.at_ms)


def _draw_words(axes: Axes, turn: Turn, palette: Palette) -> None:
    from ipyscribe.timeline.canvas import size_px, write

    start_ms, end_ms = axes.get_xlim()
    ms_per_px = (end_ms - start_ms) / size_px(axes)[0]
    free_from_ms = start_ms
    for word in turn.words:
        axes.barh(0, word.end_ms - word.start_ms, left=word.start_ms, height=0.2, color=palette.mute, linewidth=0)
        axes.axvline(word.end_ms, color=palette.grid, linewidth=0.8, zorder=0)
        if word.start_ms >= free_from_ms:  # where words are short and quick, not all have room
            write(axes, word.start_ms, -0.2, word.text, palette.ink, gid="word", ha="left", va="bottom", clip_on=False)
            free_from_ms = word.start_ms + _LETTER_PX * (len(word.text) + 1) * ms_per_px
    write(axes, 0, 0, "spoken  ", palette.mute, gid="name", transform=_left_of(axes), ha="right", va="center")


def _draw_delay(axes: Axes, row: int, name: str, delay: Measured, palette: Palette) -> None:
    from ipyscribe.timeline.canvas import write

    axes.barh(row, delay.value_ms, left=delay.at_ms, height=0.42, color=palette.settled, linewidth=0)
    axes.plot([delay.at_ms], [row], marker="|", color=palette.ink, markersize=14)
    value = f"  {delay.value_ms:,.0f} ms"
    right_ms = delay.at_ms + max(delay.value_ms, 0)
    write(axes, right_ms, row, value, palette.ink, gid="value", ha="left", va="center", clip_on=False)
    write(axes, 0, row, f"{name}  ", palette.ink, gid="name", transform=_left_of(axes), ha="right", va="center")


def _left_of(axes: Axes) -> object:
    """The left edge of the axes across, rows of the data down."""
    return axes.get_yaxis_transform()


def _description(delays: Mapping[str, Measured]) -> str:
    listed = "; ".join(
        f"{name}: {each.value_ms:,.0f} ms, counted from {each.at_ms:,.0f} ms" for name, each in delays.items()
    )
    return f"The delays of one turn. {listed}."
