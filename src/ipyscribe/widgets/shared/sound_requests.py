"""Recorded sound for the browser: which part of it was asked for, and the answer."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.export.sound import wav_of
from ipyscribe.plain_text import plain
from ipyscribe.protocol.messages import Word
from ipyscribe.tape import Tape
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.transcript.spans import word_spans
from ipyscribe.widgets.shared.view import View

Json = dict[str, Any]
Range = tuple[float, float]
MOST_MS = 30_000.0
"""The longest part that is sent at once; a view that plays on asks for the next one in time."""
_AROUND_WORD_MS = 80.0
_AROUND_TURN_MS = 250.0
_NEAR_MS = 1_000.0
_SHORTEST_MS = 160.0


class SoundRequests:
    """What the views of a widget ask to hear. ``queue`` on any thread, ``answer`` on the one that publishes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._requests: queue.SimpleQueue[Json] = queue.SimpleQueue()

    def queue(self, message: Json) -> None:
        """Keep a message of the kind ``play_audio``; by its ``request`` the view that sent it will know the answer.

        A word is ``{"order": 3, "at": 17}``, by a character of its turn; a turn ``{"order": 3}`` or
        ``{"near_ms": ms}``; what follows a moment ``{"from_ms": ms}``.
        """
        if message.get("kind") == "play_audio" and isinstance(message.get("request"), str):
            self._requests.put(message)

    def answer(self, transcripts: Sequence[Transcript], open_tape: Callable[[], Tape]) -> None:
        """Send what was asked for out of the tape; words are looked up in the first transcript that has them."""
        if self._requests.empty():
            return
        tape = open_tape()
        while not self._requests.empty():
            request = self._requests.get_nowait()
            ranges = (range_of(transcript, request) for transcript in transcripts)
            range_ms = next((each for each in ranges if each is not None), None)
            if range_ms is None:
                self._view.post("audio", request=request["request"], problem="There are no words.")
                continue
            problem = "" if tape.sound is not None else "This was recorded without sound."
            words = spoken_words(transcripts[0], *range_ms)
            send_sound(self._view, tape.audio, request["request"], *range_ms, problem=problem, words=words)


def send_sound(
    view: View,
    audio: Callable[[float, float], bytes],
    request: str,
    start_ms: float,
    end_ms: float,
    *,
    problem: str = "",
    words: Sequence[Sequence[int]] = (),
) -> None:
    """Send ``audio(start_ms, end_ms)`` as WAV, ``MOST_MS`` of it at most, or say why there is none.

    With the sound come ``start`` and ``end`` in ms on the audio clock, ``more`` where it was not all, and those of
    ``words`` that are spoken in it.
    """
    last_ms = min(end_ms, start_ms + MOST_MS)
    try:
        pcm = b"" if problem else audio(start_ms, last_ms)
    except ScribeError as error:
        pcm, problem = b"", str(error)
    if not pcm:
        view.post("audio", request=request, problem=problem or "The sound at that moment was not kept.")
        return
    sent_ms = min(last_ms, start_ms + len(pcm) / 32)
    wav = wav_of(pcm)
    spoken = [word for word in words if word[0] < sent_ms]
    view.post(
        "audio", [wav], request=request, start=start_ms, end=sent_ms, more=sent_ms == last_ms < end_ms, words=spoken
    )


def spoken_words(transcript: Transcript, start_ms: float, end_ms: float) -> list[list[int]]:
    """The words within ``MOST_MS`` from ``start_ms``, as ``[start, end, order, from, to]``.

    Times are ms; the last two are its place in the turn's plain text, in characters.
    """
    last_ms = min(end_ms, start_ms + MOST_MS)
    words: list[list[int]] = []
    for turn in transcript.turns:
        if turn.end_ms <= start_ms or turn.start_ms >= last_ms:
            continue
        for word, (start, end) in zip(turn.words, word_spans(turn.text, turn.words), strict=True):
            if start >= 0 and word.end_ms > start_ms and word.start_ms < last_ms:
                places = [len(plain(turn.text[:at])) for at in (start, end)]
                words.append([round(word.start_ms), round(word.end_ms), turn.order, *places])
    return words


def range_of(transcript: Transcript, request: Json) -> Range | None:
    """From where to where, in ms on the audio clock, a request is to be played; None where no words lie there."""
    match request:
        case {"from_ms": int() | float() as from_ms}:
            return max(0.0, float(from_ms)), float("inf")
        case {"near_ms": int() | float() as near_ms}:
            return _turn_range(_turn_near(transcript, near_ms))
        case {"order": int(order), **rest}:
            turn = next((turn for turn in reversed(transcript.turns) if turn.order == order), None)
            at = rest.get("at")
            return _word_range(turn, at) if turn is not None and isinstance(at, int) else _turn_range(turn)
    return None


def _turn_near(transcript: Transcript, near_ms: float) -> Turn | None:
    def distance_ms(turn: Turn) -> float:
        return max(turn.start_ms - near_ms, near_ms - turn.end_ms, 0.0)

    nearest = min(transcript.turns, key=distance_ms, default=None)
    return nearest if nearest is not None and distance_ms(nearest) <= _NEAR_MS else None


def _turn_range(turn: Turn | None) -> Range | None:
    if turn is None or not turn.words:
        return None
    return max(0.0, turn.start_ms - _AROUND_TURN_MS), turn.end_ms + _AROUND_TURN_MS


def _word_range(turn: Turn, at: int) -> Range | None:
    """The word with character ``at``. A word of the text that was not recognised as one, such as a number that was
    formatted, lies between its neighbours."""
    before: Word | None = None
    for word, (start, end) in zip(turn.words, word_spans(turn.text, turn.words), strict=True):
        if start <= at < end:
            return _padded(word.start_ms, word.end_ms)
        if start > at:
            if before is None or word.start_ms - before.end_ms >= _SHORTEST_MS:
                return _padded(turn.start_ms if before is None else before.end_ms, word.start_ms)
            break
        if start >= 0:
            before = word
    if before is None:
        return _turn_range(turn)
    return _padded(before.start_ms, before.end_ms)


def _padded(start_ms: float, end_ms: float) -> Range:
    return max(0.0, start_ms - _AROUND_WORD_MS), end_ms + _AROUND_WORD_MS
