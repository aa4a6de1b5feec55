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
    one position changes, one word is removed, but it only grew. > Ice ... good.: two positions change; all
    four are removed.
    """
    counts = stability(transcript(REVISED))
    assert (counts.turns, counts.revised_turns, counts.final_words) == (1, 1, 4)
    assert (counts.shown_words, counts.changed_words) == (4, 2 + 1 + 2)
    assert (counts.erased_words, counts.unstable_words, counts.revisions) == (2 + 1 + 4, 2 + 4, 2)
    assert counts.churn == 5 / 4
    assert counts.unstable_word_ratio == 6 / 4
    assert counts.normalised_erasure == 7 / 4
    assert counts.revised_turn_share == 1
    assert counts.revisions_per_turn == 2


def test_turns_are_counted_together() -> None:
    counts = stability(transcript(REVISED, STILL))
    assert counts.churn == 5 / 6
    assert counts.unstable_word_ratio == 6 / 6
    assert counts.normalised_erasure == 7 / 6
    assert counts.revised_turn_share == 1 / 2
    assert counts.revisions_per_turn == 2 / 2


def test_formatting_can_be_ignored() -> None:
    counts = stability(transcript(REVISED), ignore_formatting=True)
    assert (counts.changed_words, counts.erased_words, counts.unstable_words, counts.revisions) == (3, 3, 2, 1)


def test_a_text_that_only_grows_is_perfectly_stable() -> None:
    counts = stability(transcript(STILL))
    assert (counts.churn, counts.unstable_word_ratio, counts.normalised_erasure, counts.revised_turn_share) == (
        0,
        0,
        0,
        0,
    )


def test_a_word_inserted_in_front_changes_all_positions_after_it() -> None:
    counts = stability(transcript(turn(0, [("b c", 1_200), ("a b c", 1_500)], SPANS)))
    assert (counts.changed_words, counts.shown_words, counts.erased_words) == (2, 3, 2)


def test_removed_words_are_erased() -> None:
    counts = stability(transcript(turn(0, [("a b c", 1_200), ("a", 1_500)], SPANS)))
    assert (counts.changed_words, counts.erased_words, counts.unstable_words, counts.final_words) == (0, 2, 2, 1)


def test_a_last_word_that_shrinks_is_a_revision() -> None:
    counts = stability(transcript(turn(0, [("something", 1_200), ("some", 1_500)], SPANS)))
    assert (counts.erased_words, counts.unstable_words) == (1, 1)


def test_open_turns_and_tags_are_left_out() -> None:
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
    # The detector reports speech until 5,000: nothing arrived from 3,900 on.
    assert dead_air_ms(transcript(REVISED), SENT, speech=[(1_000, 5_000)]) == pytest.approx(1_100)
    assert dead_air_ms(transcript(REVISED), SENT, speech=[(0, 1_500), (7_000, 9_500)]) == pytest.approx(2_500)
    assert dead_air_ms(Transcript(), SENT) == 0
    with pytest.raises(ParameterError):
        dead_air_ms(transcript(REVISED), SENT, speech=[(5, 5)])


def test_stable_commit_shows_the_common_prefix_of_two_texts() -> None:
    shown = stable_commit(transcript(REVISED, STILL), 2)
    first, second = shown.turns
    # "ice cream is" was in two texts by 3,000, and again when "good" arrived; "good" itself arrived with the final.
    # "i" of the first two texts was shown at 1,900 and stays until the final.
    assert [partial.text for partial in first.history] == ["i", "i cream is", "Ice cream is good."]
    assert [partial.arrival.audio_ms for partial in first.history] == [1_900, 3_000, 3_900]
    assert [word.text for word in first.history[1].words] == ["i", "cream", "is"]
    assert [partial.text for partial in second.history] == ["thank you"]
    assert first.text == REVISED.text
    assert ttft_onset_ms(shown, SENT)[0].value_ms == pytest.approx(900)
    assert word_emission_ms(shown, SENT)[1].value_ms == pytest.approx(3_000 - 1_900)
    assert stability(shown).churn < stability(transcript(REVISED, STILL)).churn


def test_stable_commit_of_one_text_never_removes_a_word_before_the_final() -> None:
    first, _ = stable_commit(transcript(REVISED, STILL), 1).turns
    for before, after in zip(first.history[:-1], first.history[1:-1], strict=False):
        assert after.text.startswith(before.text)
    for agreeing in (0, True, 1.5):
        with pytest.raises(ParameterError):
            stable_commit(transcript(REVISED), agreeing)  # type: ignore[arg-type]
