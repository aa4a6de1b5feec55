"""Which words of a growing turn are final: LocalAgreement-n (Liu et al. 2020) with five additions. No audio, no model.

A word is final once ``agreeing_hypotheses`` in a row agree on it and on all words before it, ``hold_words`` follow it
and it is ``hold_ms`` old. A hypothesis of a beam search counts as two. Besides, unless the settings switch it off:

- A word of which the model is sure (``SURE``) is held less long: ``SURE_HOLD_MS`` and ``SURE_HOLD_WORDS``.
- In a pause all words but the last are whole: they are held for ``PAUSE_HOLD_MS`` only, unless the model is
  ``UNSURE`` of them.
- A phrase that stands twice in a row may be the decoder's doing: the second one is held for ``REPEAT_HOLD_MS``.
- Where greedy hypotheses waver until a word is ``OVERDUE_MS`` old, ``overdue`` asks for a beam search, which wavers
  less and counts as two.
- A word of a beam search that is ``BEAM_DECIDES_MS`` old (``BEAM_DECIDES_SURE_MS`` if the model is sure of it) and
  that ``BEAM_DECIDES_WORDS`` follow is final whatever the hypothesis before had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipyscribe.local.word_times import normalised_word

if TYPE_CHECKING:
    from ipyscribe.local.engine import Hypothesis, HypothesisWord
    from ipyscribe.local.turns import TurnSettings

SURE = 0.8
"""A word's mean token probability from which on the model counts as sure of it."""
SURE_HOLD_MS = 1200
SURE_HOLD_WORDS = 2
UNSURE = 0.3
"""Below it the model counts as guessing."""
PAUSE_HOLD_MS = 200
PAUSE_HOLD_WORDS = 1
OVERDUE_MS = 1800
BEAM_DECIDES_MS = 3000
BEAM_DECIDES_SURE_MS = 2300
BEAM_DECIDES_WORDS = 2
REPEAT_HOLD_MS = 4000


class LocalAgreement:
    """The hypotheses of one turn, and the words that are final by them."""

    def __init__(self) -> None:
        self.final: tuple[HypothesisWord, ...] = ()
        self._latest: Sequence[HypothesisWord] = ()
        self._agreements: tuple[int, ...] = ()

    def overdue(self, duration_ms: int, settings: TurnSettings) -> bool:
        """Whether a word that is not final has become so old that a beam search should help.

        ``duration_ms`` is the length of the turn's sound by now.
        """
        index = len(self.final)
        return (
            settings.early_final
            and index + settings.hold_words < len(self._latest)
            and duration_ms - self._latest[index].end_ms >= OVERDUE_MS
        )

    def add(self, hypothesis: Hypothesis, settings: TurnSettings, *, beam: bool, paused: bool) -> None:
        """Take the next hypothesis. It begins with the words that are final already."""
        words, pairs = hypothesis.words, settings.agreeing_hypotheses - 1
        agreement = agreeing_prefix(self._latest, words)
        self._agreements = (*self._agreements, *[agreement] * (2 if beam else 1))[-pairs:]
        self._latest = words
        agreed = min(self._agreements) if len(self._agreements) == pairs else 0
        count, repeat = len(self.final), _first_repeat(words) if settings.early_final else len(words)
        while count < len(words):
            following, age_ms = len(words) - count - 1, hypothesis.duration_ms - words[count].end_ms
            held_words, held_ms = _hold(words[count], settings, paused=paused)
            held_ms = held_ms if count < repeat else REPEAT_HOLD_MS
            decided = (
                settings.early_final and beam and count < repeat and _beam_decides(words[count], following, age_ms)
            )
            if not decided and (count >= agreed or following < held_words or age_ms < held_ms):
                break
            count += 1
        if count > len(self.final):
            self.final = words[:count]

    def settle(self) -> None:
        """All words of the latest hypothesis are final."""
        self.final = tuple(self._latest)


def _beam_decides(word: HypothesisWord, following: int, age_ms: int) -> bool:
    held_ms = BEAM_DECIDES_SURE_MS if word.confidence >= SURE else BEAM_DECIDES_MS
    return following >= BEAM_DECIDES_WORDS and age_ms >= held_ms


def _hold(word: HypothesisWord, settings: TurnSettings, *, paused: bool) -> tuple[int, int]:
    """How many words must follow ``word`` and how old it must be in ms before it may be final."""
    if settings.early_final and paused and word.confidence >= UNSURE:
        return min(PAUSE_HOLD_WORDS, settings.hold_words), min(PAUSE_HOLD_MS, settings.hold_ms)
    if settings.early_final and word.confidence >= SURE:
        return min(SURE_HOLD_WORDS, settings.hold_words), min(SURE_HOLD_MS, settings.hold_ms)
    return settings.hold_words, settings.hold_ms


def _first_repeat(words: Sequence[HypothesisWord]) -> int:
    """Where a phrase of two words or more begins that has just been said; the number of words if there is none."""
    texts = [normalised_word(word.text) for word in words]
    for index in range(2, len(texts) - 1):
        for length in range(2, min(index, len(texts) - index) + 1):
            if texts[index - length : index] == texts[index : index + length]:
                return index
    return len(texts)


def repeats_phrase(words: Sequence[HypothesisWord]) -> bool:
    """Whether a phrase of two words or more stands twice in a row."""
    return _first_repeat(words) < len(words)


def agreeing_prefix(before: Sequence[HypothesisWord], now: Sequence[HypothesisWord]) -> int:
    """How many words from the start two hypotheses have in common."""
    count = 0
    for earlier, later in zip(before, now, strict=False):
        if normalised_word(earlier.text) != normalised_word(later.text):
            break
        count += 1
    return count
