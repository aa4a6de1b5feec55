from __future__ import annotations

import pytest

from ipyscribe.local.engine import HypothesisWord
from ipyscribe.local.turns import (
    FRAME_MS,
    LONGEST_TURN_MS,
    PAUSE_MS,
    Step,
    TurnDetector,
    TurnSettings,
    cut_index,
    end_confidence,
    looks_complete,
)


def feed(detector: TurnDetector, probability: float, duration_ms: int) -> list[Step]:
    steps = [detector.frame(probability) for _ in range(duration_ms // FRAME_MS)]
    return [step for step in steps if step is not Step.NOTHING]


def words(text: str) -> list[HypothesisWord]:
    return [
        HypothesisWord(word, 300 * index, 300 * index + 300, 1.0, (index,)) for index, word in enumerate(text.split())
    ]


def spoken(settings: TurnSettings | None = None) -> TurnDetector:
    detector = TurnDetector(settings or TurnSettings())
    feed(detector, 0.0, 320)
    assert feed(detector, 0.9, 960) == [Step.BEGIN]
    return detector


def test_a_click_begins_no_turn() -> None:
    detector = TurnDetector()
    assert detector.frame(0.9) is Step.NOTHING
    assert feed(detector, 0.0, 3200) == []


def test_onset_is_where_speech_began() -> None:
    assert spoken().onset_ms == 320


def test_the_text_is_asked_for_once_and_again_after_more_speech() -> None:
    detector = spoken(TurnSettings(min_turn_silence_ms=320, max_turn_silence_ms=5000))
    assert feed(detector, 0.0, 320) == [Step.SETTLE]
    assert detector.settle("I would like") is Step.NOTHING
    assert feed(detector, 0.0, 128) == []
    assert feed(detector, 0.9, 320) == []
    assert feed(detector, 0.0, 320) == [Step.SETTLE]


def test_text_that_came_early_is_not_asked_for() -> None:
    detector = spoken(TurnSettings(min_turn_silence_ms=320, max_turn_silence_ms=5000))
    assert not detector.pausing
    assert feed(detector, 0.0, PAUSE_MS) == []
    assert detector.pausing
    assert detector.settle("Yes.") is Step.NOTHING
    assert feed(detector, 0.0, 320 - PAUSE_MS) == [Step.END]


@pytest.mark.parametrize(("text", "silence_ms"), [("Yes.", 400), ("and then", 1280), ("and then...", 1280)])
def test_min_silence_ends_a_complete_text_and_max_silence_any(text: str, silence_ms: int) -> None:
    detector = spoken(TurnSettings(min_turn_silence_ms=400, max_turn_silence_ms=1280))
    while detector.frame(0.0) is not Step.SETTLE:
        pass
    step = detector.settle(text)
    while step is Step.NOTHING:
        step = detector.frame(0.0)
    assert step is Step.END
    assert silence_ms <= detector.silence_ms < silence_ms + FRAME_MS


def test_text_that_comes_late_ends_the_turn_at_once() -> None:
    detector = spoken(TurnSettings(min_turn_silence_ms=64, max_turn_silence_ms=64))
    while detector.frame(0.0) is not Step.SETTLE:
        pass
    assert detector.settle("Yes") is Step.END


def test_settings_act_in_the_middle_of_a_silence() -> None:
    detector = spoken(TurnSettings(min_turn_silence_ms=400, max_turn_silence_ms=5000))
    while detector.frame(0.0) is not Step.SETTLE:
        pass
    detector.settle("and then")
    assert feed(detector, 0.0, 1600) == []
    detector.settings = TurnSettings(min_turn_silence_ms=400, max_turn_silence_ms=800)
    assert detector.frame(0.0) is Step.END


def test_the_threshold_decides_what_speech_is() -> None:
    detector = TurnDetector(TurnSettings(vad_threshold=0.95))
    assert feed(detector, 0.9, 960) == []
    detector.settings = TurnSettings(vad_threshold=0.8)
    assert feed(detector, 0.9, 960) == [Step.BEGIN]


def test_an_endless_turn_is_cut() -> None:
    detector = spoken()
    steps = feed(detector, 0.9, LONGEST_TURN_MS - 960 + FRAME_MS)
    assert steps == [Step.CUT]
    detector.cut(20_000)
    assert detector.onset_ms == 20_000
    assert detector.frame(0.9) is Step.NOTHING


def test_turns_follow_each_other() -> None:
    detector = spoken()
    detector.close()
    assert feed(detector, 0.0, 320) == []
    assert feed(detector, 0.9, 96) == [Step.BEGIN]


@pytest.mark.parametrize(
    ("text", "complete"),
    [("Yes.", True), ("Why?", True), ('"Stop!"', True), ("and", False), ("so...", False), ("", False)],
)
def test_a_complete_text(text: str, complete: bool) -> None:
    assert looks_complete(text) is complete


def test_a_turn_is_likelier_over_after_a_sentence_than_after_a_word_and_least_after_a_comma() -> None:
    sentence, word, comma = map(end_confidence, ("So we meet at noon.", "So we meet", "So we meet,"))
    assert 0 <= comma < word < 0.5 < sentence <= 1


def test_a_cut_prefers_a_sentence_and_keeps_promises() -> None:
    hypothesis = words("one two three four. five six seven, eight nine ten")
    assert cut_index(hypothesis, 2, 4000) == 7
    assert cut_index(words("a b c d e f. g h i j"), 2, 4000) == 6
    assert cut_index(hypothesis, 8, 4000) >= 8
    assert cut_index(words("one"), 0, 400) == 1
