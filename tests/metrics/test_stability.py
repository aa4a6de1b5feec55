"""What moves on the screen, counted by hand."""

from __future__ import annotations

import pytest
from metrics.made import sent_evenly, transcript, turn
from msgspec.structs import replace

from ipyscribe.errors import MetricError, ParameterError
from ipyscribe.metrics import dead_air_ms, stability, stable_commit, ttft_onset_ms, word_emission_ms
from ipyscribe.transcript import Transcript

SENT = sent_evenly(10_000)
SPANS = tuple((1_000 + 500 * index, 1_400 + 500 * index) for index in range(5))
REVISED = turn(
    0,
    [
        ("i", 1_200),
        ("i scream", 1_900),
        ("ice cream is", 2_600),
        ("ice cream is go", 3_000),
        ("ice cream is good", 3_300),
        ("Ice cream is good.", 3_900),
    ],
    SPANS,
)
STILL = turn(1, [("thank", 5_200), ("thank you", 5_600)], ((5_000, 5_300), (5_400, 5_500)))


def test_counts_of_one_turn() -> None:
    """Six texts of 1, 2, 3, 4, 4 and 4 words.

    i > i scream: nothing changes. > ice cream is: both places change, both words go. > go: a word more. > good:
    one place changes, one word goes, but it only grew. > Ice ... good.: two places change; all four go.
    """
    found = stability(transcript(REVISED))
    assert (found.turns, found.revised_turns, found.final_words) == (1, 1, 4)
    assert (found.shown_words, found.changed_words) == (4, 2 + 1 + 2)
    assert (found.erased_words, found.unstable_words, found.revisions) == (2 + 1 + 4, 2 + 4, 2)
    assert found.churn == 5 / 4
    assert found.unstable_word_ratio == 6 / 4
    assert found.normalised_erasure == 7 / 4
    assert found.revised_turn_share == 1
    assert found.revisions_per_turn == 2


def test_turns_are_counted_together() -> None:
    found = stability(transcript(REVISED, STILL))
    assert found.churn == 5 / 6
    assert found.unstable_word_ratio == 6 / 6
    assert found.normalised_erasure == 7 / 6
    assert found.revised_turn_share == 1 / 2
    assert found.revisions_per_turn == 2 / 2


def test_formatting_can_be_ignored() -> None:
    found = stability(transcript(REVISED), ignore_formatting=True)
    assert (found.changed_words, found.erased_words, found.unstable_words, found.revisions) == (3, 3, 2, 1)


def test_a_text_that_grows_is_perfectly_still() -> None:
    found = stability(transcript(STILL))
    assert (found.churn, found.unstable_word_ratio, found.normalised_erasure, found.revised_turn_share) == (0, 0, 0, 0)


def test_a_word_put_in_front_changes_all_places_behind_it() -> None:
    found = stability(transcript(turn(0, [("b c", 1_200), ("a b c", 1_500)], SPANS)))
    assert (found.changed_words, found.shown_words, found.erased_words) == (2, 3, 2)


def test_words_that_are_taken_back_are_erased() -> None:
    found = stability(transcript(turn(0, [("a b c", 1_200), ("a", 1_500)], SPANS)))
    assert (found.changed_words, found.erased_words, found.unstable_words, found.final_words) == (0, 2, 2, 1)


def test_a_last_word_that_shrinks_is_a_revision() -> None:
    found = stability(transcript(turn(0, [("something", 1_200), ("some", 1_500)], SPANS)))
    assert (found.erased_words, found.unstable_words) == (1, 1)


def test_what_is_left_out() -> None:
    silence = turn(2, [("[Silence]", 7_000)])
    open_turn = replace(REVISED, order=3, ended=False, final=None)
    assert stability(transcript(STILL, silence, open_turn)) == stability(transcript(STILL))
    empty = stability(Transcript())
    for name in ("churn", "unstable_word_ratio", "revised_turn_share", "revisions_per_turn", "normalised_erasure"):
        with pytest.raises(MetricError, match="not defined"):
            getattr(empty, name)


def test_dead_air() -> None:
    # Speech from 1,000 to 2,900 (the end of "good."), whose chunks went out at 1,000 and 2,900; texts at 1,200,
    # 1,900 and 2,600: 200, 700, 700, 300.
    assert dead_air_ms(transcript(REVISED), SENT) == pytest.approx(700)
    # A detector heard speech until 5,000: from 3,900 to its end nothing came.
    assert dead_air_ms(transcript(REVISED), SENT, speech=[(1_000, 5_000)]) == pytest.approx(1_100)
    assert dead_air_ms(transcript(REVISED), SENT, speech=[(0, 1_500), (7_000, 9_500)]) == pytest.approx(2_500)
    assert dead_air_ms(Transcript(), SENT) == 0
    with pytest.raises(ParameterError):
        dead_air_ms(transcript(REVISED), SENT, speech=[(5, 5)])


def test_stable_commit_shows_what_two_texts_agree_on() -> None:
    shown = stable_commit(transcript(REVISED, STILL), 2)
    first, second = shown.turns
    # "ice cream is" was said twice by 3,000, and again when "good" came; "good" itself came with the final only.
    # "i" of the first two texts was shown at 1,900 and stays until the final.
    assert [partial.text for partial in first.history] == ["i", "i cream is", "Ice cream is good."]
    assert [partial.arrival.audio_ms for partial in first.history] == [1_900, 3_000, 3_900]
    assert [word.text for word in first.history[1].words] == ["i", "cream", "is"]
    assert [partial.text for partial in second.history] == ["thank you"]
    assert first.text == REVISED.text
    assert ttft_onset_ms(shown, SENT)[0].value_ms == pytest.approx(900)
    assert word_emission_ms(shown, SENT)[1].value_ms == pytest.approx(3_000 - 1_900)
    assert stability(shown).churn < stability(transcript(REVISED, STILL)).churn


def test_stable_commit_of_one_text_never_takes_a_word_back_before_the_final() -> None:
    first, _ = stable_commit(transcript(REVISED, STILL), 1).turns
    for before, after in zip(first.history[:-1], first.history[1:-1], strict=False):
        assert after.text.startswith(before.text)
    for agreeing in (0, True, 1.5):
        with pytest.raises(ParameterError):
            stable_commit(transcript(REVISED), agreeing)  # type: ignore[arg-type]
