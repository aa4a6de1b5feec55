"""The timeline in one sentence, for alternative texts and screen readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text, delay_text
from ipyscribe.timeline.window import Window, reach_ms, turns_within
from ipyscribe.transcript import Mark, Transcript, Turn

_SHORTEST_PAUSE_MS = 100.0
_MOST_MARKS = 3
_MOST_CHARS = 200


def describe(
    transcript: Transcript,
    *,
    now_ms: float | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
) -> str:
    """What the timeline shows, in words, of all or from ``start_ms`` to ``end_ms``.

    For example "Timeline, 0:00 to 0:44: 9 turns, longest pause 1.2 s at 0:36, finals came 0.6 s after the
    last word (median)." It names counts and times and quotes no words.
    """
    turns: Sequence[Turn] = transcript.turns
    marks: Sequence[Mark] = transcript.marks
    if start_ms is not None and end_ms is not None:
        window = Window(start_ms, end_ms, fitted=False)
        turns = turns_within(turns, window)
        marks = [mark for mark in marks if mark.kind == "simulated" or window.has(mark.audio_ms)]
    reached_ms = max([now_ms or 0.0, *map(reach_ms, turns)]) if end_ms is None else end_ms
    span = f"Timeline, {clock_text((start_ms or 0.0) / 1000)} to {clock_text(reached_ms / 1000)}"
    if not turns:
        return f"{span}: no speech yet." if reached_ms > 0 else "Timeline: no speech yet."
    return f"{span}: {', '.join([_count(turns), *_pause(turns), *_finals(turns), *_marks(marks)])}."


def turns_at(transcripts: Mapping[str, Transcript], audio_ms: float) -> list[tuple[str, str, str]]:
    """The turn of each lane at ``audio_ms``, or the one whose final is awaited then: its time, its words, its delay."""
    told = []
    for label, transcript in transcripts.items():
        for turn in turns_within(transcript.turns, Window(audio_ms, audio_ms, fitted=False))[-1:]:
            before = [plain(label), clock_text(turn.start_ms / 1000), plain(turn.speaker or "")]
            delay = turn.final_delay_ms
            after = "not final yet" if delay is None else f"final {delay_text(delay)} after its last word"
            told.append((" · ".join(filter(None, before)), plain(turn.text[:_MOST_CHARS]), after))
    return told


def _count(turns: Sequence[Turn]) -> str:
    count = f"{len(turns):,} turn{'' if len(turns) == 1 else 's'}"
    last = "" if len(turns) == 1 else "the last "
    if not turns[-1].ended:
        return f"{count} ({last}still open)"
    return f"{count} ({last}not yet formatted)" if turns[-1].provisional else count


def _pause(turns: Sequence[Turn]) -> list[str]:
    longest_ms, at_ms, reached_ms = 0.0, 0.0, float(turns[0].end_ms)
    for turn in turns[1:]:
        if turn.start_ms - reached_ms > longest_ms:
            longest_ms, at_ms = turn.start_ms - reached_ms, reached_ms
        reached_ms = max(reached_ms, turn.end_ms)
    if longest_ms < _SHORTEST_PAUSE_MS:
        return []
    return [f"longest pause {_seconds(longest_ms)} at {clock_text(at_ms / 1000)}"]


def _finals(turns: Sequence[Turn]) -> list[str]:
    delays_ms = [delay for turn in turns if (delay := turn.final_delay_ms) is not None]
    if not delays_ms:
        return []
    middle = median(delays_ms)
    side = "before the end of" if middle < 0 else "after"
    if len(delays_ms) == 1:
        return [
            f"its final came {_seconds(middle)} {side} the last word"
            if len(turns) == 1
            else f"one final came, {_seconds(middle)} {side} the last word"
        ]
    return [f"finals came {_seconds(middle)} {side} the last word (median)"]


def _marks(marks: Sequence[Mark]) -> list[str]:
    simulated = [plain(mark.text) for mark in marks if mark.kind == "simulated"]
    others = [mark for mark in marks if mark.kind != "simulated"][-_MOST_MARKS:]
    return [*simulated, *(f"{plain(mark.text)} at {clock_text(mark.audio_ms / 1000)}" for mark in others)]


def _seconds(duration_ms: float) -> str:
    tenths = int(abs(duration_ms) / 100 + 0.5)
    return f"{tenths / 10:.1f} s" if tenths else "less than 0.1 s"
