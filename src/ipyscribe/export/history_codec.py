"""What a page needs to show a transcript as it stood at any moment, in few bytes.

The texts that a turn had are written as differences: from each to the next, how many characters stay and what
follows them. Positions are UTF-16 units, as JavaScript counts them; times are whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from ipyscribe.export.exportable import one_line
from ipyscribe.timeline.window import reach_ms
from ipyscribe.transcript import Partial, Transcript, Turn
from ipyscribe.transcript.spans import firm_length, word_spans

Change = list[int | str]


def page_data(transcripts: Sequence[Transcript], *, history: bool, words: bool) -> dict[str, Any]:
    """The times of transcripts of the same sound for ``page.js``: when the last ``end``s, and each one's own.

    Its ``turns`` are ``[start, end, final or null, when it settled or null, changes, words]``; a change is ``[when
    since the last, characters kept, text after them, characters that are firm]``; a word ``[position, length, start
    since the turn's, duration]``.
    """
    return {
        "end": round(max((_end_ms(transcript, history=history) for transcript in transcripts), default=0.0)),
        "lanes": [_lane(transcript, history=history, words=words) for transcript in transcripts],
    }


def _end_ms(transcript: Transcript, *, history: bool) -> float:
    said = _said(transcript)
    ends = [reach_ms(turn) for turn in said] + [mark.audio_ms for mark in transcript.marks]
    if history:
        ends += [past.arrival.audio_ms for turn in said for past in turn.history[-1:]]
    return max(ends, default=0.0)


def _said(transcript: Transcript) -> list[Turn]:
    return [turn for turn in transcript.turns if turn.text.strip()]


def _lane(transcript: Transcript, *, history: bool, words: bool) -> dict[str, Any]:
    said = _said(transcript)
    return {
        "turns": [
            [
                turn.start_ms,
                turn.end_ms,
                None if turn.final is None else round(turn.final.audio_ms),
                _settled_ms(turn, after, transcript.expects_formatting),
                _changes(turn) if history else [],
                _words(turn) if words else [],
            ]
            for turn, after in zip_longest(said, said[1:])
        ],
        "marks": _marks(transcript),
    }


def _marks(transcript: Transcript) -> list[list[int | str]]:
    if not transcript.marks:
        return []
    from ipyscribe.timeline.marks import WORDS

    return [[round(mark.audio_ms), WORDS.get(mark.kind, ""), mark.text] for mark in transcript.marks]


def _settled_ms(turn: Turn, after: Turn | None, expects_formatting: bool) -> int | None:
    """When its text was first not expected to change.

    With its final; where a formatted one follows, with that, or when the next turn began before it came.
    """
    if not turn.settled or turn.final is None:
        return None
    if not expects_formatting or not turn.formatted:
        return round(turn.final.audio_ms)
    formatted_ms = turn.history[-1].arrival.audio_ms if turn.history else turn.final.audio_ms
    next_ms = formatted_ms if after is None else after.first.audio_ms
    return round(max(turn.final.audio_ms, min(formatted_ms, next_ms)))


def units(text: str, at: int) -> int:
    """The position ``at`` in UTF-16 units."""
    return at if text.isascii() else len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _changes(turn: Turn) -> list[Change]:
    final_ms = float("inf") if turn.final is None else turn.final.audio_ms
    changes: list[Change] = []
    before, at_ms = "", 0
    for past in turn.history or (Partial(turn.text, turn.words, turn.final or turn.first),):
        text = one_line(past.text)
        kept = _common(before, text)
        firm = firm_length(past.words, word_spans(text, past.words)) if past.arrival.audio_ms < final_ms else len(text)
        when_ms = round(past.arrival.audio_ms)
        changes.append([when_ms - at_ms, units(text, kept), text[kept:], units(text, firm)])
        before, at_ms = text, when_ms
    return changes


def _words(turn: Turn) -> list[list[int]]:
    text = one_line(turn.text)
    return [
        [
            units(text, start),
            units(text[start:], end - start),
            word.start_ms - turn.start_ms,
            word.end_ms - word.start_ms,
        ]
        for word, (start, end) in zip(turn.words, word_spans(text, turn.words), strict=True)
        if start >= 0
    ]
