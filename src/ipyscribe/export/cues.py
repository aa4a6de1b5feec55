"""Subtitle cues from word times: how much stands on the screen, and for how long."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from ipyscribe.errors import ParameterError
from ipyscribe.export.timed_words import Piece, pieces
from ipyscribe.transcript import Transcript

Speakers = Literal["change", "always", "never"]
_SENTENCE_END = (".", "?", "!", "\u2026", "\u3002", "\uff1f", "\uff01")  # the last three as in Chinese and Japanese
_CLAUSE_END = (",", ";", ":", "\u2013", "\uff0c", "\u3001")
_LEAST_FULL = 0.4
_SHORTEST_MS = 40


@dataclass(frozen=True, slots=True)
class CueStyle:
    """How cues are cut.

    At most ``lines`` lines of ``line_length`` characters; longer than ``longest_s`` seconds, or over a pause of
    ``pause_s``, no cue goes on. A cue stays until it can be read at ``reading_speed`` characters per second and
    for at least ``shortest_s``, where the next one leaves that much room: cues never overlap, and none begins
    before its first word is spoken. ``speakers`` says when the speaker is named: when it changes, in every cue,
    or never.
    """

    line_length: int = 42
    lines: int = 2
    reading_speed: float = 17.0
    shortest_s: float = 1.0
    longest_s: float = 7.0
    pause_s: float = 1.5
    speakers: Speakers = "change"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("line_length", 10, 1000), ("lines", 1, 10), ("reading_speed", 1, 1000), ("shortest_s", 0, 60),
            ("longest_s", 0.5, 600), ("pause_s", 0.1, 600),
        ):  # fmt: skip
            value = getattr(self, name)
            whole = name in ("line_length", "lines")
            usable = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
            if not (usable and low <= value <= high):
                kind = "a whole number" if whole else "a number"
                raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Give {kind} from {low} to {high}.")
        if self.speakers not in get_args(Speakers):
            raise ParameterError(
                f"speakers={self.speakers!r} cannot be used.", advice="Use 'change', 'always' or 'never'."
            )


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: lines of text from ``start_ms`` to ``end_ms``, both on the audio clock.

    ``speaker`` is who says it, ``named`` whether the style wants that to be written.
    """

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None
    named: bool = False


def cues(transcript: Transcript, style: CueStyle, *, label: str = "{}: ") -> list[Cue]:
    """The cues of ``transcript`` in order, without overlap.

    Turns without words (whisper-rt's ``[Silence]``) have no time and are left out. ``label`` is what stands before
    the text of a cue that names its speaker and takes room in its first line; "" where the format has another
    place for it.
    """
    made: list[Cue] = []
    last: str | None = None
    for run in _runs(transcript):
        speaker = run[0].speaker
        named = speaker is not None and (style.speakers == "always" or (style.speakers == "change" and speaker != last))
        last = speaker
        room = min(len(label.format(speaker)), style.line_length // 2) if named and label else 0
        for part in _parts(run, style, room):
            text = " ".join(piece.text for piece in part)
            lines = _wrapped(text, style.line_length, "x" * room)
            made.append(Cue(part[0].start_ms, part[-1].end_ms, lines, speaker, named))
            if style.speakers == "change":
                named, room = False, 0
    return _timed(made, style)


def _runs(transcript: Transcript) -> Iterator[list[Piece]]:
    """Stretches of one turn and one speaker."""
    for turn in transcript.turns:
        run: list[Piece] = []
        for piece in pieces(turn):
            if run and piece.speaker != run[-1].speaker:
                yield run
                run = []
            run.append(piece)
        if run:
            yield run


def _parts(run: list[Piece], style: CueStyle, room: int) -> Iterator[list[Piece]]:
    """``run`` in parts that fit into a cue each, cut at the end of a sentence where one is near."""
    rest = run
    while rest:
        count = _most(rest, style, room)
        if count < len(rest):
            count = _better(rest, count)
        yield rest[:count]
        rest = rest[count:]
        room = room if style.speakers == "always" else 0


def _most(run: list[Piece], style: CueStyle, room: int) -> int:
    """How many pieces from the first one may stand in one cue; at least one."""
    text = run[0].text
    for index, (before, piece) in enumerate(pairwise(run), 1):
        text = f"{text} {piece.text}"
        if (
            piece.start_ms - before.end_ms >= 1000 * style.pause_s
            or piece.end_ms - run[0].start_ms > 1000 * style.longest_s
            or len(_folded(text, style.line_length, "x" * room)) > style.lines
        ):
            return index
    return len(run)


def _better(run: list[Piece], count: int) -> int:
    """A cut at a sentence's end, else at a clause's, if that does not leave the cue too empty."""
    size = sum(len(piece.text) + 1 for piece in run[:count])
    for ends in (_SENTENCE_END, _CLAUSE_END):
        filled = size
        for index in range(count, 0, -1):
            if filled < _LEAST_FULL * size:
                break
            if run[index - 1].text.endswith(ends):
                return index
            filled -= len(run[index - 1].text) + 1
    return count


def _folded(text: str, width: int, before: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=before, break_on_hyphens=False)


def _wrapped(text: str, width: int, before: str) -> tuple[str, ...]:
    """``text`` in as few lines as ``width`` allows, and these about equally long."""
    count = len(_folded(text, width, before))
    narrow, wide = max(len(text) // max(count, 1), len(before) + 1, 1), width
    while narrow < wide:
        middle = (narrow + wide) // 2
        if len(_folded(text, middle, before)) <= count:
            wide = middle
        else:
            narrow = middle + 1
    first, *rest = _folded(text, wide, before)
    return (first[len(before) :], *rest)


def _timed(made: list[Cue], style: CueStyle) -> list[Cue]:
    """Each cue stays as long as it takes to read, and is gone when the next one comes."""
    ordered: list[Cue] = []
    for cue in sorted(made, key=lambda cue: cue.start_ms):
        least_ms = 0 if not ordered else ordered[-1].start_ms + _SHORTEST_MS
        start_ms = max(cue.start_ms, least_ms)
        ordered.append(replace(cue, start_ms=start_ms, end_ms=max(cue.end_ms, start_ms + _SHORTEST_MS)))
    timed = []
    for index, cue in enumerate(ordered):
        after = ordered[index + 1] if index + 1 < len(ordered) else None
        characters = sum(map(len, cue.lines))
        wanted_ms = max(1000 * style.shortest_s, 1000 * characters / style.reading_speed)
        end_ms = max(cue.end_ms, cue.start_ms + round(wanted_ms))
        timed.append(replace(cue, end_ms=end_ms if after is None else min(end_ms, after.start_ms)))
    return timed
