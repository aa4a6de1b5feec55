"""Stretches of recorded sound for the browser: which one was asked for, and how it is answered."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.export.sound import wav_of
from ipyscribe.protocol.messages import Word
from ipyscribe.tape import Tape
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.transcript.spans import word_spans
from ipyscribe.widgets.shared.view import View

Json = dict[str, Any]
MOST_MS = 30_000.0
"""The longest stretch that is sent at once; a view that plays on asks for the next one in time."""
_AROUND_WORD_MS = 80.0
_AROUND_TURN_MS = 250.0
_NEAR_MS = 1_000.0
_SHORTEST_MS = 160.0


class SoundRequests:
    """What the views of a widget ask to hear. ``ask`` on any thread, ``answer`` on the one that publishes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._asked: queue.SimpleQueue[Json] = queue.SimpleQueue()

    def ask(self, message: Json) -> None:
        """Note a wish, of the kind ``listen``; by its ``ask`` the view that asks will know the answer.

        A word is ``{"order": 3, "at": 17}``, by a character of its turn; a turn ``{"order": 3}`` or
        ``{"near": ms}``; what follows a moment ``{"from": ms}``.
        """
        if message.get("kind") == "listen" and isinstance(message.get("ask"), str):
            self._asked.put(message)

    def answer(self, transcript: Transcript, tape: Tape) -> None:
        """Send what was asked for out of ``tape``."""
        while not self._asked.empty():
            wish = self._asked.get_nowait()
            stretch = stretch_of(transcript, wish)
            if stretch is None:
                self._view.tell("sound", ask=wish["ask"], problem="There are no words.")
                continue
            problem = "" if tape.sound is not None else "This was recorded without its sound."
            tell_sound(self._view, tape.audio, wish["ask"], *stretch, problem=problem)


def tell_sound(
    view: View,
    audio: Callable[[float, float], bytes],
    ask: str,
    start_ms: float,
    end_ms: float,
    *,
    problem: str = "",
) -> None:
    """Send ``audio(start_ms, end_ms)`` as WAV, ``MOST_MS`` of it at most, or say why there is none.

    With the sound come ``start`` and ``end`` in ms on the audio clock, and ``more`` where it was not all.
    """
    last_ms = min(end_ms, start_ms + MOST_MS)
    try:
        sound = b"" if problem else audio(start_ms, last_ms)
    except ScribeError as error:
        sound, problem = b"", str(error)
    if not sound:
        view.tell("sound", ask=ask, problem=problem or "The sound of that moment was not kept.")
        return
    heard_ms = min(last_ms, start_ms + len(sound) / 32)
    wav = wav_of(sound)
    view.tell("sound", [wav], ask=ask, start=start_ms, end=heard_ms, more=heard_ms == last_ms < end_ms)


def stretch_of(transcript: Transcript, wish: Json) -> tuple[float, float] | None:
    """From where to where, in ms on the audio clock, a wish is to be heard; None where no words lie there."""
    match wish:
        case {"from": int() | float() as from_ms}:
            return max(0.0, float(from_ms)), float("inf")
        case {"near": int() | float() as near_ms}:
            return _turn_stretch(_turn_near(transcript, near_ms))
        case {"order": int(order), **rest}:
            turn = next((turn for turn in reversed(transcript.turns) if turn.order == order), None)
            at = rest.get("at")
            return _word_stretch(turn, at) if turn is not None and isinstance(at, int) else _turn_stretch(turn)
    return None


def _turn_near(transcript: Transcript, near_ms: float) -> Turn | None:
    def away(turn: Turn) -> float:
        return max(turn.start_ms - near_ms, near_ms - turn.end_ms, 0.0)

    nearest = min(transcript.turns, key=away, default=None)
    return nearest if nearest is not None and away(nearest) <= _NEAR_MS else None


def _turn_stretch(turn: Turn | None) -> tuple[float, float] | None:
    if turn is None or not turn.words:
        return None
    return max(0.0, turn.start_ms - _AROUND_TURN_MS), turn.end_ms + _AROUND_TURN_MS


def _word_stretch(turn: Turn, at: int) -> tuple[float, float] | None:
    """The word with character ``at``. What has no word of its own, as a number that was formatted, lies between its
    neighbours."""
    before: Word | None = None
    for word, (start, end) in zip(turn.words, word_spans(turn.text, turn.words), strict=True):
        if start <= at < end:
            return _around(word.start_ms, word.end_ms)
        if start > at:
            if before is None or word.start_ms - before.end_ms >= _SHORTEST_MS:
                return _around(turn.start_ms if before is None else before.end_ms, word.start_ms)
            break
        if start >= 0:
            before = word
    if before is None:
        return _turn_stretch(turn)
    return _around(before.start_ms, before.end_ms)


def _around(start_ms: float, end_ms: float) -> tuple[float, float]:
    return max(0.0, start_ms - _AROUND_WORD_MS), end_ms + _AROUND_WORD_MS
