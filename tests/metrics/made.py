"""Turns and send times from a script with explicit times."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, settings

from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Arrival, Partial, Transcript, Turn, Word

UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHUNK_MS = 100
FIRST_SENT_S = 1000.0


def sent_evenly(audio_ms: int, *, late_ms: float = 0.0) -> SendTimes:
    """Chunks of 100 ms, each sent once its last sample was captured, from 1000 s on.

    So the chunk that ends at ``n`` ms went out at 1000 s + ``n`` ms, plus ``late_ms``.
    """
    ends = range(CHUNK_MS, audio_ms + 1, CHUNK_MS)
    return SendTimes(tuple(map(float, ends)), tuple(FIRST_SENT_S + (end + late_ms) / 1000 for end in ends))


def at(ms: float) -> Arrival:
    """An arrival ``ms`` after the start of the audio."""
    return Arrival(FIRST_SENT_S + ms / 1000, ms)


def words(text: str, *spans: tuple[int, int]) -> tuple[Word, ...]:
    """The words of ``text`` at those times; without any, 300 ms each, 400 ms apart, from 0."""
    texts = text.split()
    times = spans or tuple((400 * index, 400 * index + 300) for index in range(len(texts)))
    return tuple(Word(word, start, end, None, True) for word, (start, end) in zip(texts, times, strict=True))


def turn(
    order: int,
    texts: Sequence[tuple[str, float]],
    spans: Sequence[tuple[int, int]] = (),
    *,
    ended_ms: float | None = None,
    provisional: bool = False,
) -> Turn:
    """A turn that had ``texts``, each with the ms of its arrival; the words of each are at the first of ``spans``.

    It ended with its last text unless ``ended_ms`` is the time of the first ``end_of_turn``.
    """
    history = tuple(Partial(text, _at_spans(text, spans), at(ms)) for text, ms in texts)
    return Turn(
        order=order,
        text=history[-1].text,
        words=history[-1].words,
        ended=True,
        formatted=True,
        provisional=provisional,
        first=history[0].arrival,
        final=at(ended_ms) if ended_ms is not None else history[-1].arrival,
        history=history,
    )


def _at_spans(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Word, ...]:
    return words(text, *spans[: len(text.split())])


def transcript(*turns: Turn) -> Transcript:
    return Transcript(turns)
