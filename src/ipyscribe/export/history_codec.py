"""A transcript's history in few bytes, from which a page shows it as it was at any time.

The versions of a turn's text are delta-encoded: each as the number of characters that it shares with the one before,
and the text after them. Positions are UTF-16 units, as JavaScript counts them; times are whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from ipyscribe.export.exportable import one_line
from ipyscribe.timeline.window import reach_ms
from ipyscribe.transcript import Partial, Transcript, Turn
from ipyscribe.transcript.spans import final_length, word_spans

Change = list[int | str]


def page_data(transcripts: Sequence[Transcript], *, history: bool, words: bool) -> dict[str, Any]:
    """The data of ``page.js`` for transcripts of the same audio: ``end`` of the last one, and the ``lanes``.

    A lane's ``turns`` are ``[start, end, final or null, settled or null, changes, words]``; a change is ``[time since
    the last change, characters kept, text after them, characters that are final]``; a word ``[position, length,
    start since the turn's, duration]``.
    """
    return {
        "end": round(max((_end_ms(transcript, history=history) for transcript in transcripts), default=0.0)),
        "lanes": [_lane(transcript, history=history, words=words) for transcript in transcripts],
    }


def _end_ms(transcript: Transcript, *, history: bool) -> float:
    turns = _turns_with_text(transcript)
    ends = [reach_ms(turn) for turn in turns] + [mark.audio_ms for mark in transcript.marks]
    if history:
        ends += [version.arrival.audio_ms for turn in turns for version in turn.history[-1:]]
    return max(ends, default=0.0)


def _turns_with_text(transcript: Transcript) -> list[Turn]:
    return [turn for turn in transcript.turns if turn.text.strip()]


def _lane(transcript: Transcript, *, history: bool, words: bool) -> dict[str, Any]:
    turns = _turns_with_text(transcript)
    return {
        "turns": [
            [
                turn.start_ms,
                turn.end_ms,
                None if turn.final is None else round(turn.final.audio_ms),
                _settled_ms(turn, following, transcript.expects_formatting),
                _changes(turn) if history else [],
                _words(turn) if words else [],
            ]
            for turn, following in zip_longest(turns, turns[1:])
        ],
        "marks": _marks(transcript),
    }


def _marks(transcript: Transcript) -> list[list[int | str]]:
    if not transcript.marks:
        return []
    from ipyscribe.timeline.marks import WORDS

    return [[round(mark.audio_ms), WORDS.get(mark.kind, ""), one_line(mark.text)] for mark in transcript.marks]


def _settled_ms(turn: Turn, following: Turn | None, expects_formatting: bool) -> int | None:
    """When ``turn`` settled: with its final, or with the formatted one, or when the next turn began before that."""
    if not turn.settled or turn.final is None:
        return None
    if not expects_formatting or not turn.formatted:
        return round(turn.final.audio_ms)
    formatted_ms = turn.history[-1].arrival.audio_ms if turn.history else turn.final.audio_ms
    next_ms = formatted_ms if following is None else following.first.audio_ms
    return round(max(turn.final.audio_ms, min(formatted_ms, next_ms)))


def utf16_position(text: str, position: int) -> int:
    """``position`` in UTF-16 units."""
    return position if text.isascii() else len(text[:position].encode("utf-16-le", "surrogatepass")) // 2


def _common_prefix_length(one: str, other: str) -> int:
    shorter = min(len(one), len(other))
    return next((index for index in range(shorter) if one[index] != other[index]), shorter)


def _changes(turn: Turn) -> list[Change]:
    final_ms = float("inf") if turn.final is None else turn.final.audio_ms
    changes: list[Change] = []
    previous, previous_ms = "", 0
    for version in turn.history or (Partial(turn.text, turn.words, turn.final or turn.first),):
        text = one_line(version.text)
        kept = _common_prefix_length(previous, text)
        final_chars = (
            final_length(version.words, word_spans(text, version.words))
            if version.arrival.audio_ms < final_ms
            else len(text)
        )
        arrival_ms = round(version.arrival.audio_ms)
        delta_ms = arrival_ms - previous_ms
        changes.append([delta_ms, utf16_position(text, kept), text[kept:], utf16_position(text, final_chars)])
        previous, previous_ms = text, arrival_ms
    return changes


def _words(turn: Turn) -> list[list[int]]:
    text = one_line(turn.text)
    return [
        [
            utf16_position(text, start),
            utf16_position(text[start:], end - start),
            word.start_ms - turn.start_ms,
            word.end_ms - word.start_ms,
        ]
        for word, (start, end) in zip(turn.words, word_spans(text, turn.words), strict=True)
        if start >= 0
    ]
