"""What several models made of the phone call: transcripts, waits, words and figures that vary without chance."""

from __future__ import annotations

from msgspec.structs import replace
from timeline.speech import CALL, turn

from ipyscribe.timeline import ModelPoint
from ipyscribe.transcript import Mark, Transcript

NAMES = (
    "u3-rt-pro",
    "universal-streaming-english",
    "whisper-rt",
    "local-whisper-tiny.en (patient)",
    "local-whisper-tiny.en (eager)",
    "local-pocketsphinx",
)
DIFFER_MS = [(8_300, 9_400), (18_900, 19_800), (25_400, 25_420), (40_100, 41_500)]

_BASE_MS = (310, 280, 3_100, 900, 620, 1_500)
_COUNTS = (61, 215, 18, 300, 40, 900)


def transcripts(count: int) -> dict[str, Transcript]:
    """The call as ``count`` models transcribe it: later, in lower case, in more turns, with a seam, still open."""
    return {name: _transcript_of(index) for index, name in enumerate(NAMES[:count])}


def latencies(count: int) -> dict[str, list[float]]:
    """Waits in ms: some below zero, most near one value, a few far from it."""
    values_by_model = {}
    for index, name in enumerate(NAMES[:count]):
        base = _BASE_MS[index]
        spread = [base * (0.6 + (at * 37 % 100) / 120) for at in range(_COUNTS[index])]
        values_by_model[name] = [*spread, base * 2.5, base * 6.0, -40.0 * index]
    return values_by_model


def words(count: int, *, turns: int = 3) -> dict[str, list[tuple[str, float, float, float | None, float | None]]]:
    """The words of the call's first turns; the last word of every model is not settled."""
    lanes = {}
    for index, name in enumerate(NAMES[:count]):
        rows = []
        for position, word in enumerate(word for each in _transcript_of(index).turns[:turns] for word in each.words):
            appeared = word.end_ms + _BASE_MS[index] + position * 173 % 400 - 200
            settled = appeared + (0 if position % 3 else 350) + (4_000 if position == 7 else 0)
            rows.append((word.text, word.start_ms, word.end_ms, appeared, settled))
        lanes[name] = [*rows[:-1], (*rows[-1][:4], None)]
    return lanes


def points(count: int) -> list[ModelPoint]:
    """Rates from 4 to 31 % and latencies from 280 to 3,100 ms, with intervals of which some overlap."""
    rates = (0.041, 0.068, 0.074, 0.071, 0.083, 0.31)
    return [
        ModelPoint(name, rate, base, 0.6 * rate, 1.5 * rate, 0.9 * base, 1.12 * base)
        for name, rate, base in zip(NAMES[:count], rates, _BASE_MS, strict=False)
    ]


def crowd(count: int) -> list[ModelPoint]:
    """Points so close to each other that their names do not fit beside them."""
    return [
        ModelPoint(name, 0.05 + 0.002 * index, 300 + 6.0 * index, 0.03, 0.08, 280, 330)
        for index, name in enumerate(NAMES[:count])
    ]


def _transcript_of(index: int) -> Transcript:
    turns = []
    for order, (_, text, start, end, delay) in enumerate(CALL):
        line = text if index % 2 == 0 else text.lower().rstrip(".?")
        wait = delay * (1 + 0.07 * (order + index)) + (2_400 if index == 2 else 0)
        pieces = line.split()
        if index in (1, 4) and len(pieces) > 9:
            middle = (start + end) // 2
            turns.append(turn(len(turns), " ".join(pieces[:5]), start, middle - 100, wait))
            turns.append(turn(len(turns), " ".join(pieces[5:]), middle + 100, end, wait))
        else:
            turns.append(turn(len(turns), line, start + 10 * index, end - 15 * index, wait))
    if index == 1:
        turns[-1] = replace(turns[-1], ended=False, formatted=False, final=None)
    marks = (Mark("seam", 15_200.0, "reconnected after 2 s"),) if index == 4 else ()
    return Transcript(tuple(turns), marks=marks)
