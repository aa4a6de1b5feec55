"""Transcripts as a session would have built them, from a script of lines."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ipyscribe.transcript import Arrival, Transcript, Turn, Word

CALL = (
    ("A", "Hello, thank you for calling. How can I help you today?", 800, 4_800, 350),
    ("B", "Hi. I would like to change my flight.", 6_000, 9_400, 400),
    ("A", "Of course. Could you give me the booking reference?", 10_300, 14_100, 500),
    ("B", "Yes, it is one seven two, B as in Bravo.", 16_100, 19_800, 620),
    ("A", "Thank you.", 20_900, 21_600, 310),
    ("A", "Which day would suit you better?", 21_900, 24_000, 480),
    ("B", "Friday, if there is still a seat by the window.", 25_400, 29_100, 1_130),
    ("A", "One moment, please.", 30_600, 31_900, 290),
    ("A", "There is one at nine forty and one at a quarter past two in the afternoon.", 38_200, 43_300, 700),
)


def turn(
    order: int,
    text: str,
    start_ms: int,
    end_ms: int,
    delay_ms: float | None = 400.0,
    *,
    speaker: str | None = None,
    provisional: bool = False,
) -> Turn:
    """A turn whose words share its time evenly; open where ``delay_ms`` is None."""
    pieces = text.split()
    step_ms = (end_ms - start_ms) / max(len(pieces), 1)
    words = tuple(
        Word(piece, round(start_ms + index * step_ms), round(start_ms + (index + 1) * step_ms), 0.9, True)
        for index, piece in enumerate(pieces)
    )
    return Turn(
        order=order,
        text=text,
        words=words,
        ended=delay_ms is not None,
        formatted=delay_ms is not None and not provisional,
        provisional=provisional,
        first=Arrival(start_ms / 1000, start_ms),
        final=None if delay_ms is None else Arrival(end_ms / 1000, end_ms + delay_ms),
        speaker=speaker,
    )


def call(turns: int = len(CALL), *, speakers: bool = True) -> Transcript:
    """The first turns of a phone call."""
    return Transcript(
        tuple(
            turn(order, text, start, end, delay, speaker=speaker if speakers else None)
            for order, (speaker, text, start, end, delay) in enumerate(CALL[:turns])
        )
    )


def live_call(turns: int = 4) -> Transcript:
    """The call while its last turn is being spoken."""
    transcript = call(turns)
    return replace(
        transcript,
        turns=(*transcript.turns[:-1], replace(transcript.turns[-1], ended=False, formatted=False, final=None)),
    )


def talk(turns: int) -> Transcript:
    """A long session of the call's lines, with pauses and waits that vary without chance."""
    spoken: list[Turn] = []
    at_ms = 500
    for order in range(turns):
        speaker, text, start, end, delay = CALL[order * 7 % len(CALL)]
        pause_ms = 300 + order * 1_237 % 2_400 + (45_000 if order % 97 == 96 else 0)
        spoken.append(turn(order, text, at_ms, at_ms + end - start, delay + order * 173 % 300, speaker=speaker))
        at_ms += end - start + pause_ms
    return Transcript(tuple(spoken))


def spoken(texts: Sequence[str], *, length_ms: int = 3_000) -> Transcript:
    """One turn for each text, a second apart."""
    every_ms = length_ms + 1_000
    return Transcript(
        tuple(turn(order, text, order * every_ms, order * every_ms + length_ms) for order, text in enumerate(texts))
    )
