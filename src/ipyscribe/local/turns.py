"""When a turn begins, when it is over, and which of its words are settled. No audio, no model, no clock.

The silence rules are those that AssemblyAI documents for its Universal-3 models: after ``min_turn_silence``
the turn ends if its text looks complete (ends in ``.``, ``?`` or ``!``), after ``max_turn_silence`` it ends
whatever its text looks like. With a ``confidence_threshold`` they are those of the universal-streaming models:
what counts is whether the confidence that the turn is over lies above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from ipyscribe.local.word_times import FRAME_MS

if TYPE_CHECKING:
    from ipyscribe.local.engine import HypothesisWord

ONSET_FRAMES = 2
PAUSE_MS = 288
LONGEST_TURN_MS = 25_000

_HYSTERESIS = 0.15


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """When turns end and how often they are transcribed. A client may change some of it while it streams.

    With the defaults a hesitation of 0.65 s stays inside a turn, and turns that are 0.8 s apart stay apart.
    ``first_partial_ms`` of speech bring the first partial (None: there are none), ``interval_ms`` the next.
    A word is settled when ``agreeing_hypotheses`` in a row had it, ``hold_words`` words follow it and it is
    ``hold_ms`` old, or, with ``early_final``, sooner, as ``local_agreement`` says, or, with ``settle_in_pauses``, when
    a pause follows. ``silence_every_ms`` asks for events about silence between turns. With ``manual`` no silence ends
    a turn: only ``ForceEndpoint`` and the longest turn do.
    A multilingual model takes each turn for one of ``languages`` (codes), or for any that it knows if there are none.
    """

    min_turn_silence_ms: int = 680
    max_turn_silence_ms: int = 760
    vad_threshold: float = 0.5
    confidence_threshold: float | None = None
    longest_turn_ms: int = LONGEST_TURN_MS
    first_partial_ms: int | None = 320
    interval_ms: int = 300
    agreeing_hypotheses: int = 3
    hold_words: int = 3
    hold_ms: int = 1800
    early_final: bool = True
    settle_in_pauses: bool = False
    silence_every_ms: int | None = None
    manual: bool = False
    languages: tuple[str, ...] = ()


class Step(Enum):
    """What the last frame calls for."""

    NOTHING = auto()
    BEGIN = auto()
    """Speech has begun at ``onset_ms``."""
    SETTLE = auto()
    """Whether the turn is over depends on its text: transcribe it, then call ``settle``."""
    END = auto()
    """The turn is over; its text is the one that was settled."""
    CUT = auto()
    """The turn is as long as a turn may be: end it at a word boundary and go on from there."""


@dataclass(slots=True)
class TurnDetector:
    """The life of one turn after another, fed with one speech probability for each 32 ms."""

    settings: TurnSettings = field(default_factory=TurnSettings)
    now_ms: int = 0
    onset_ms: int | None = None
    """Begin of the first frame of speech of the open turn; None between turns."""
    speech_end_ms: int = 0
    """End of the last frame of speech."""
    _run: int = 0
    _settled: bool = False
    _complete: bool = False

    def frame(self, probability: float) -> Step:
        """Take the next frame; gives what to do now."""
        self.now_ms += FRAME_MS
        if self.onset_ms is None:
            return self._between(probability)
        threshold = max(self.settings.vad_threshold - _HYSTERESIS, 0.5 * self.settings.vad_threshold)
        if probability >= threshold:
            self.speech_end_ms = self.now_ms
            self._settled = False
        if self.now_ms - self.onset_ms >= self.settings.longest_turn_ms:
            return Step.CUT
        return self._pause()

    def settle(self, text: str) -> Step:
        """Take the text of the turn up to this pause; END where the silence already suffices."""
        self._settled = True
        threshold = self.settings.confidence_threshold
        self._complete = looks_complete(text) if threshold is None else end_confidence(text) > threshold
        return self._pause()

    def close(self) -> None:
        """The turn is over."""
        self.onset_ms = None
        self._run = 0
        self._settled = False

    def cut(self, at_ms: int) -> None:
        """The turn ended at ``at_ms`` and speech goes on: the next one is open already."""
        self.onset_ms = at_ms
        self._settled = False

    @property
    def silence_ms(self) -> int:
        """Silence since the last frame of speech."""
        return self.now_ms - self.speech_end_ms

    @property
    def pausing(self) -> bool:
        """Whether the open turn pauses, so that its text may soon have to be known."""
        return self.onset_ms is not None and self.silence_ms >= PAUSE_MS

    @property
    def settled(self) -> bool:
        """Whether the text of all speech so far is known."""
        return self._settled

    def _between(self, probability: float) -> Step:
        self._run = self._run + 1 if probability >= self.settings.vad_threshold else 0
        if self._run < ONSET_FRAMES:
            return Step.NOTHING
        self.onset_ms = self.now_ms - self._run * FRAME_MS
        self.speech_end_ms = self.now_ms
        self._settled = False
        return Step.BEGIN

    def _pause(self) -> Step:
        shortest = self.settings.min_turn_silence_ms
        longest = max(shortest, self.settings.max_turn_silence_ms)
        if self.settings.manual or self.silence_ms < max(shortest, FRAME_MS):
            return Step.NOTHING
        if not self._settled:
            return Step.SETTLE
        return Step.END if self._complete or self.silence_ms >= longest else Step.NOTHING


def looks_complete(text: str) -> bool:
    """Whether ``text`` ends like a sentence; a trailing ``...`` is a sentence left open."""
    stripped = text.rstrip("\"'\u201d\u2019) ")
    return stripped.endswith((".", "?", "!")) and not stripped.endswith("..")


def end_confidence(text: str) -> float:
    """How likely a turn is over that pauses after ``text``, 0 to 1: a stand-in for a model's own estimate."""
    if looks_complete(text):
        return 0.92
    return 0.06 if text.rstrip().endswith((",", ";", ":", "-", "...")) else 0.21


def cut_index(words: Sequence[HypothesisWord], promised: int, now_ms: int, margin_ms: int = 1000) -> int:
    """After how many words to end a turn that is too long.

    Among the words that are committed at least, and over ``margin_ms`` ago at most, the position with the best
    mark: a sentence's end, a comma, the longest gap. Times are in ms from the start of the segment.
    """
    allowed = [
        count
        for count in range(max(promised, len(words) // 2, 1), len(words))
        if words[count].start_ms <= now_ms - margin_ms
    ]
    if not allowed:
        return max(promised, len(words) - 1, 1)

    def mark(count: int) -> tuple[bool, bool, int]:
        text = words[count - 1].text
        return (
            looks_complete(text),
            text.endswith((",", ";", ":")),
            words[count].start_ms - words[count - 1].end_ms,
        )

    return max(allowed, key=mark)
