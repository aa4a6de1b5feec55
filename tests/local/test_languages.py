"""Which language a turn is taken for, and how long that may change."""

from __future__ import annotations

from typing import Any

import numpy as np
from local.harness import LevelNetwork

from ipyscribe.local.engine import Hypothesis, HypothesisWord, Language, likeliest_language
from ipyscribe.local.stream import SpeechStream
from ipyscribe.local.turns import TurnSettings

PROBABILITIES = {"en": 0.5, "de": 0.3, "nl": 0.1, "fr": 0.1}


def test_the_likeliest_of_all_languages_or_of_those_that_are_expected() -> None:
    assert likeliest_language(PROBABILITIES, ()) == Language("en", 0.5)
    assert likeliest_language(PROBABILITIES, ["nl", "de"]) == Language("de", 0.75)
    assert likeliest_language(PROBABILITIES, ["cy", "gl"]) == Language("cy", 0.0)


class UndecidedRecogniser:
    """One more word each 400 ms, in another language each time unless it is told which."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, tuple[str, ...]]] = []

    def transcribe(
        self, samples: Any, decoding: Any, prefix: tuple[HypothesisWord, ...] = (), languages: Any = ()
    ) -> Hypothesis:
        self.asked.append((len(prefix), tuple(languages)))
        code = languages[0] if len(languages) == 1 else ("de", "nl")[len(self.asked) % 2]
        words = tuple(HypothesisWord(f"w{i}", 400 * i, 400 * i + 400, 0.9, (i,)) for i in range(len(samples) // 6400))
        return Hypothesis(words, len(samples) // 16, credible=True, language=Language(code, 0.6))


def test_a_turn_keeps_its_language_once_a_word_is_settled_and_the_next_is_open_again() -> None:
    recogniser = UndecidedRecogniser()
    stream = SpeechStream(recogniser, LevelNetwork(), TurnSettings(languages=("de", "nl")), clock=lambda: 0.0)
    speech, pause = np.full(6 * 16_000, 0.3, np.float32), np.zeros(16_000, np.float32)
    languages: list[set[str | None]] = []
    for samples in (speech, pause, speech, pause):
        for begin in range(0, len(samples), 800):
            for turn in stream.accept(samples[begin : begin + 800]):
                languages += [set()] if len(languages) <= turn.order else []
                if any(word.is_final for word in turn.words):
                    languages[turn.order].add(turn.language)
    assert [len(codes) for codes in languages] == [1, 1]
    assert all(codes == ("de", "nl") if prefix == 0 else len(codes) == 1 for prefix, codes in recogniser.asked)
