"""Error rates against jiwer, on the same words to the last digit, and by hand."""

from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics.made import UNHURRIED

from ipyscribe import metrics
from ipyscribe.errors import EmptyReferenceError, MetricError, MixedScoresError
from ipyscribe.metrics import Errors

ENGLISH = metrics.normaliser("en", name="whisper")
TRANSCRIPTS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat"]), max_size=12).map(" ".join)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@given(TRANSCRIPTS.filter(bool), TRANSCRIPTS)
@UNHURRIED
def test_all_word_rates_are_jiwers(reference: str, hypothesis: str) -> None:
    errors = metrics.word_errors(reference, hypothesis, None)
    expected = jiwer.process_words(reference, hypothesis)
    assert (errors.hits, errors.substitutions, errors.deletions, errors.insertions) == (
        expected.hits,
        expected.substitutions,
        expected.deletions,
        expected.insertions,
    )
    assert errors.rate == expected.wer
    assert errors.match_error_rate == expected.mer
    assert errors.information_lost == expected.wil


@given(TRANSCRIPTS.filter(bool), TRANSCRIPTS)
@UNHURRIED
def test_the_character_rate_is_jiwers(reference: str, hypothesis: str) -> None:
    assert (
        metrics.character_errors(reference, hypothesis, None).rate
        == jiwer.process_characters(reference, hypothesis).cer
    )


@given(st.lists(st.tuples(TRANSCRIPTS.filter(bool), TRANSCRIPTS), min_size=1, max_size=6))
@UNHURRIED
def test_the_pooled_rate_is_jiwers(utterances: list[tuple[str, str]]) -> None:
    references, hypotheses = (list(texts) for texts in zip(*utterances, strict=True))
    parts = [metrics.word_errors(*utterance, None) for utterance in utterances]
    assert metrics.pooled(parts).rate == jiwer.wer(references, hypotheses)
    assert metrics.mean_rate(parts) == pytest.approx(sum(map(jiwer.wer, references, hypotheses)) / len(parts))


@given(TEXTS, TEXTS)
@UNHURRIED
def test_normalised_rates_are_jiwers_on_the_normalised_text(reference: str, hypothesis: str) -> None:
    reference_words, hypothesis_words = " ".join(ENGLISH(reference)), " ".join(ENGLISH(hypothesis))
    if reference_words:
        assert metrics.word_errors(reference, hypothesis, ENGLISH).rate == jiwer.wer(reference_words, hypothesis_words)


@given(st.lists(TRANSCRIPTS, max_size=5), TRANSCRIPTS)
@UNHURRIED
def test_the_lines_of_a_text_add_up_to_it(lines: list[str], hypothesis: str) -> None:
    parts = metrics.errors_by_line(lines, hypothesis, ENGLISH)
    assert [part.n for part in parts] == [len(line.split()) for line in lines]
    if lines:
        assert metrics.pooled(parts) == metrics.word_errors("\n".join(lines), hypothesis, ENGLISH)


def test_an_insertion_counts_for_the_line_before_it() -> None:
    first, second = metrics.errors_by_line(["the cat", "sat down"], "the cat really sat", None)
    assert (first.insertions, first.total, second.deletions, second.total) == (1, 1, 1, 1)


def test_numbers_may_be_made_of_two_lines() -> None:
    first, second = metrics.errors_by_line(["it was thirty", "six people came"], "it was 36 people came", ENGLISH)
    assert (first.total, second.total, first.n + second.n) == (0, 0, 5)


def test_a_mean_of_rates_is_not_the_pooled_rate() -> None:
    parts = [Errors(9, 1, 0, 0, "x@1"), Errors(0, 1, 0, 0, "x@1")]
    assert metrics.pooled(parts).rate == 2 / 11
    assert metrics.mean_rate(parts) == pytest.approx((0.1 + 1) / 2)
    assert metrics.perfect_share([*parts, Errors(3, 0, 0, 0, "x@1")]) == 1 / 3
    assert metrics.perfect_share([Errors(3, 0, 0, 1, "x@1")]) == 0


def test_an_empty_hypothesis_and_one_longer_than_the_reference() -> None:
    nothing = metrics.word_errors("one two", "", None)
    assert (nothing.rate, nothing.match_error_rate, nothing.information_lost) == (1, 1, 1)
    assert metrics.word_errors("one", "one two three", None).rate == 2


def test_an_empty_reference_has_no_rate_but_counts_in_a_sum() -> None:
    hallucinated = metrics.word_errors("", "thank you", None)
    for name in ("rate", "match_error_rate", "information_lost"):
        with pytest.raises(EmptyReferenceError):
            getattr(hallucinated, name)
    assert (hallucinated + metrics.word_errors("a b", "a b", None)).rate == 1
    with pytest.raises(EmptyReferenceError):
        metrics.mean_rate([hallucinated])
    with pytest.raises(EmptyReferenceError, match="Music"):
        metrics.score_text("[Music]", "thank you")


def test_scores_of_different_normalisers_do_not_mix() -> None:
    raw, normalised = (metrics.word_errors("A b", "a b", by) for by in (None, ENGLISH))
    with pytest.raises(MixedScoresError, match=r"none, whisper-english@"):
        raw + normalised
    for mix in (metrics.pooled, metrics.mean_rate):
        with pytest.raises(MixedScoresError):
            mix([raw, normalised])
    with pytest.raises(MixedScoresError, match="one normaliser"):
        metrics.check_table([{"normaliser": "a@1"}, {"normaliser": "a@2"}])
    metrics.check_table([{"normaliser": "a@1"}, {"normaliser": None}, {}])


def test_shares_of_no_utterances_are_not_defined() -> None:
    for share in (metrics.perfect_share, metrics.transcribed_share, metrics.mean_rate):
        with pytest.raises(MetricError, match="no utterances"):
            share([])
    assert metrics.transcribed_share(["yes", "", "[Silence]", " … "]) == 1 / 4


def test_raw_normalised_and_with_fillers_stand_side_by_side() -> None:
    score = metrics.score_text(
        "Um, I won't go at all.", "i will not go [Noise] at all", language="en-GB", normaliser="whisper"
    )
    assert score.normalised.rate == 0
    assert score.normalised.stamp == ENGLISH.stamp
    assert (score.with_fillers.total, score.with_fillers.n) == (1, 7)
    assert score.with_fillers.stamp != score.normalised.stamp
    assert (score.raw.stamp, score.raw.n, score.raw.hits) == ("none", 6, 2)
    assert [(change.before, change.after) for change in score.changed_in_reference] == [
        ("Um,", ""),
        ("won't", "will not"),
    ]
    assert [(change.before, change.after, change.count) for change in score.changed_in_hypothesis] == [
        ("[Noise]", "", 1)
    ]
    assert score.characters.n == len("i will not go at all")
