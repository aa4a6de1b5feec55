"""Which words are final after which hypotheses, on words of 300 ms that follow each other."""

from __future__ import annotations

from typing import Any

from ipyscribe.local.engine import Hypothesis, HypothesisWord
from ipyscribe.local.local_agreement import LocalAgreement, agreeing_prefix
from ipyscribe.local.turns import TurnSettings

ELEVEN = "so we came to a river that no map had named"


def words(text: str, confidence: float = 0.5) -> tuple[HypothesisWord, ...]:
    return tuple(
        HypothesisWord(word, 300 * index, 300 * index + 300, confidence, (index,))
        for index, word in enumerate(text.split())
    )


def final(*hypotheses: tuple[str, str], confidence: float = 0.5, silence_ms: int = 0, **settings: Any) -> int:
    """How many words are final after these hypotheses: a text each, and "greedy", "beam" or "pause"."""
    agreement = LocalAgreement()
    for text, kind in hypotheses:
        hypothesis = Hypothesis(words(text, confidence), 300 * len(text.split()) + silence_ms, credible=True)
        agreement.add(hypothesis, TurnSettings(**settings), beam=kind != "greedy", paused=kind == "pause")
    return len(agreement.final)


def test_agreement_forgets_case_and_punctuation() -> None:
    assert agreeing_prefix(words("And so, my fellow"), words("and so my friends")) == 3
    assert agreeing_prefix([], words("and")) == 0


def test_three_hypotheses_must_agree_or_one_and_a_beam_search() -> None:
    greedy, beam = (ELEVEN, "greedy"), (ELEVEN, "beam")
    assert final(greedy, greedy) == 0
    assert final(greedy, greedy, greedy) == 5
    assert final(greedy, beam) == 5


def test_a_sure_word_is_held_less_long() -> None:
    assert final(*[(ELEVEN, "greedy")] * 3, confidence=0.95) == 7
    assert final(*[(ELEVEN, "greedy")] * 3, confidence=0.95, early_final=False) == 5


def test_in_a_pause_only_the_last_word_is_held() -> None:
    assert final((ELEVEN, "greedy"), (ELEVEN, "pause"), silence_ms=256) == 10
    assert final((ELEVEN, "greedy"), (ELEVEN.replace("map", "man"), "pause"), silence_ms=256) == 8


def test_in_a_pause_a_word_that_the_model_guesses_is_held_as_ever() -> None:
    twice = (ELEVEN, "greedy"), (ELEVEN, "pause")
    assert final(*twice, confidence=0.29, silence_ms=256) == 5
    assert final(*twice, confidence=0.29, early_final=False) == 5


def test_a_word_that_hypotheses_waver_on_is_decided_by_a_beam_search() -> None:
    longer = f"{ELEVEN} and we crossed it before the light went"
    wavering = [(longer, "greedy"), (longer.replace("we", "he"), "greedy")] * 2
    assert final(*wavering) == 1
    assert final(*wavering, (longer, "greedy")) == 1
    assert final(*wavering, (longer, "greedy"), (longer, "beam")) == 13
    assert final((longer, "beam"), (longer, "beam"), hold_words=1_000_000, early_final=False) == 0


def test_a_beam_search_is_asked_for_only_where_a_word_is_overdue() -> None:
    agreement, settings = LocalAgreement(), TurnSettings()
    assert not agreement.overdue(10_000, settings)
    agreement.add(Hypothesis(words(ELEVEN), 3300, credible=True), settings, beam=False, paused=False)
    assert not agreement.overdue(2000, settings)
    assert not agreement.overdue(3300, TurnSettings(early_final=False))
    assert agreement.overdue(2100, settings)
    agreement.add(Hypothesis(words(ELEVEN), 3300, credible=True), settings, beam=True, paused=False)
    assert not agreement.overdue(2100, settings)
    agreement.settle()
    assert agreement.final == words(ELEVEN)


def test_an_old_word_of_a_beam_search_is_final_whatever_was_there_before() -> None:
    disputed = [(ELEVEN.replace("so", "no"), "greedy"), (ELEVEN, "beam")]
    assert final(*disputed) == 1  # words that ended 3 s ago or earlier
    assert final(*disputed, confidence=0.95) == 3  # 2.3 s ago or earlier
    assert final(disputed[0], (ELEVEN, "greedy")) == 0
    assert final(*disputed, early_final=False) == 0


def test_a_phrase_that_stands_twice_is_held_for_longer() -> None:
    twice = f"hold on hold on {ELEVEN}"
    assert final(*[(twice, "greedy")] * 3, (twice, "pause"), silence_ms=256) == 2
    later = f"{twice} and we crossed it"
    assert final(*[(later, "greedy")] * 3, (later, "pause"), silence_ms=256) == 6
