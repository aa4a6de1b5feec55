"""The lanes of running sessions as positions: a page draws them itself, where pictures would cost too much.

They are those of the figures. Times are ms on the audio clock, sizes CSS pixels, and all of it is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.timeline.axis import labels_above, tick_step_s, wrapped_lines
from ipyscribe.timeline.canvas import SIDE_PX, TEXT_PX
from ipyscribe.timeline.delay_layout import DelayLayout, longest_delay_ms, place_delays
from ipyscribe.timeline.figure import warning_of
from ipyscribe.timeline.labels import one_line, width_px
from ipyscribe.timeline.marks import is_warm, place_marks
from ipyscribe.timeline.palette import speaker_colour
from ipyscribe.timeline.rows import FOOT_PX, HEAD_PX, Rows
from ipyscribe.timeline.scale import LANE_PX, Scale
from ipyscribe.timeline.turn_layout import place_bars, place_words
from ipyscribe.timeline.window import Lane, Window, lane_of
from ipyscribe.transcript import Transcript

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LiveLane:
    """What a lane shows: its turns by order, and what belongs to all of it.

    A turn is ``[start, end, settled, words, delay, colour]``: ``words`` are a list of ``[place, at, lines]``, ``delay``
    is ``[arrival, text]`` or ``[arrival, depth]`` or None, ``colour`` the number of the model's colour, or of the
    speaker's where there is one lane.
    """

    turns: Mapping[int, list[Any]]
    rest: Json


@dataclass(frozen=True, slots=True)
class LivePlot:
    """``frame`` changes with the size and the lanes only, ``lanes`` with their words."""

    frame: Json
    lanes: tuple[LiveLane, ...]


def live_plot(
    transcripts: Mapping[str, Transcript],
    *,
    width_px: float,
    start_ms: float,
    end_ms: float,
    now_ms: float,
    brackets: bool = False,
) -> LivePlot:
    """The lanes of ``transcripts`` by label from ``start_ms`` to ``end_ms``, on a plot in ``width_px`` CSS pixels.

    ``brackets`` leaves room above for the time ranges in which they differ.
    """
    window = Window(start_ms, end_ms, fitted=False)
    lanes = [lane_of(transcript, window, label=label, now_ms=now_ms) for label, transcript in transcripts.items()]
    rows = Rows.of(lanes, width_px, brackets=brackets)
    labels = [one_line(lane.label) for lane in lanes]
    above = labels_above(labels, width_px)
    left_px = SIDE_PX if above else max(SIDE_PX, max(map(_name_px, labels)) + 18)
    plot_px = width_px - left_px - SIDE_PX
    start_s, span_s = start_ms / 1000, (end_ms - start_ms) / 1000
    scale = Scale(start_s, plot_px / span_s, plot_px)
    frame = {
        "total": width_px,
        "left": round(left_px, 1),
        "width": round(plot_px, 1),
        "height": round(HEAD_PX + rows.height_px + FOOT_PX),
        "axis": round(HEAD_PX + rows.height_px),
        "middles": [round(HEAD_PX + (rows.top - rows.y(index)) * LANE_PX, 1) for index in range(rows.count)],
        "span": end_ms - start_ms,
        "tick": 1000 * tick_step_s(start_s, start_s + span_s, plot_px),
        "names": "above" if above else "left",
        "brackets": brackets,
        "warning": wrapped_lines(warning_of(transcripts), 10_000),
    }
    deepest_ms = longest_delay_ms(lane.turns for lane in lanes)
    shown = []
    for index, (lane, label) in enumerate(zip(lanes, labels, strict=True)):
        colour = index if len(lanes) > 1 else None
        shown.append(_lane(lane, label, scale, now_ms, deepest_ms=deepest_ms, colour=colour))
    return LivePlot(frame, tuple(shown))


def _name_px(label: str) -> float:
    return width_px(label, TEXT_PX)


def _lane(lane: Lane, label: str, scale: Scale, now_ms: float, *, deepest_ms: float, colour: int | None) -> LiveLane:
    now_s, dense = now_ms / 1000, scale.dense(len(lane.turns))
    bars = place_bars(lane.turns, scale, dense=dense)
    # Words in a bar that leaves the window stay where they are: the page keeps them in view.
    from_s = min([scale.start_s, *(bar.start_s for bar in bars[:1])])
    longer = Scale(from_s, scale.px_per_s, scale.width_px + (scale.start_s - from_s) * scale.px_per_s)
    words = place_words(bars, longer, now_s=now_s, above=not dense, readable=one_line)
    delays = place_delays(lane.turns, scale, now_s=now_s, deepest_ms=deepest_ms)
    words_by_order: dict[int, list[Any]] = {}
    for each in words:
        words_by_order.setdefault(each.order, []).append([each.place, round(1000 * each.at_s), each.text.split("\n")])
    delay_by_order = _delays_json(lane, delays)
    turns = {
        bar.turn.order: [
            round(1000 * bar.start_s),
            round(1000 * bar.end_s),
            bar.turn.settled,
            words_by_order.get(bar.turn.order, []),
            delay_by_order.get(bar.turn.order),
            speaker_colour(bar.turn.speaker) if colour is None else colour,
        ]
        for bar in bars
    }
    marks = [mark for mark in lane.marks if scale.start_s <= mark.audio_ms / 1000 <= now_s]
    placed = place_marks(marks, scale, (0.0, scale.width_px))
    summary = delays.texts if delays.depths is not None else ()
    return LiveLane(
        turns,
        {
            "label": label,
            "dots": delays.depths is not None,
            "summary": [round(1000 * summary[0][0]), [line for _, line in summary]] if summary else None,
            "marks": [[round(mark.audio_ms), is_warm(mark), text] for mark, text in placed],
        },
    )


def _delays_json(lane: Lane, layout: DelayLayout) -> dict[int, list[Any]]:
    """The delay of each turn by its order: where it is a bar with its text, where it is a dot with its depth."""
    orders = [turn.order for turn in lane.turns if turn.final is not None]
    arrivals = [round(1000 * delay.final_s) for delay in layout.delays]
    shown: Sequence[Any] = [text for _, text in layout.texts] if layout.depths is None else layout.depths
    shown = [*[""] * (len(orders) - len(shown)), *shown]  # texts that have left the window are missing
    rounded = [each if isinstance(each, str) else round(each, 2) for each in shown]
    return {order: [at, text] for order, at, text in zip(orders, arrivals, rounded, strict=True)}
