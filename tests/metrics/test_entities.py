"""Key terms, numbers, times, dates and names, counted by hand."""

from __future__ import annotations

import pytest

from ipyscribe.errors import EmptyReferenceError
from ipyscribe.metrics import KeytermScore, Recall, entity_recall, keyterm_score, normaliser

ENGLISH = normaliser("en")


def test_keyterms_count_where_the_reference_has_them() -> None:
    score = keyterm_score(
        ["Kelly Byrne", "Mr. Oduya", "Zagreb"],
        "Kelly Byrne met mister Oduya. Is that Kelly Byrne?",
        "kelly burn met Mr Oduya is that Kelly Byrne",
        ENGLISH,
    )
    assert (score.found, score.spoken, score.missed, score.false_positives) == (2, 3, ("Kelly Byrne",), 0)
    assert (score.recall, score.precision) == (2 / 3, 1)
    assert score.f1 == pytest.approx(0.8)
    assert keyterm_score(["...", "Paris", "Paris"], "Paris", "Paris", ENGLISH).spoken == 1


def test_a_term_that_a_boosted_model_makes_up_is_a_false_positive() -> None:
    reference = "We met Kelly on the way to the zoo grip shop"
    boosted = keyterm_score(["Zagreb", "Kelly"], reference, "we met kelly on the way to the Zagreb shop", ENGLISH)
    assert boosted == KeytermScore(1, 1, 1, (), ("Zagreb",))
    assert (boosted.recall, boosted.precision, boosted.f1) == (1, 1 / 2, 2 / 3)
    other = keyterm_score(["zoo"], reference, "we met kelly on the way to the Zagreb shop", ENGLISH)
    assert (other.recall, other.missed) == (0, ("zoo",))
    assert boosted + other == KeytermScore(1, 2, 1, ("zoo",), ("Zagreb",))


def test_undefined_scores() -> None:
    nothing = keyterm_score(["Zagreb"], "Paris", "Paris", ENGLISH)
    for name in ("recall", "precision", "f1"):
        with pytest.raises(EmptyReferenceError, match="key term"):
            getattr(nothing, name)
    with pytest.raises(EmptyReferenceError, match="Recall"):
        _ = Recall(0, 0).rate


def test_entities_of_a_reference_are_found_however_they_are_written() -> None:
    reference = (
        "We met Anna Kowalski on May ninth at 7:30 p.m. and paid $20 for 14 tickets to New York. "
        "The train leaves on Monday at six o'clock."
    )
    hypothesis = (
        "we met anna kowalsky on may 9th at seven thirty PM and paid twenty dollars for forty tickets to new york "
        "the train leaves on monday at six o'clock"
    )
    recalls = entity_recall(reference, hypothesis, ENGLISH)
    assert recalls["numbers"] == Recall(1, 2, ("14",))
    assert recalls["times"] == Recall(2, 2)
    assert recalls["dates"] == Recall(2, 2)
    assert recalls["names"] == Recall(1, 2, ("anna kowalski",))
    assert (recalls["names"] + recalls["numbers"]).rate == 0.5


def test_names_are_left_out_where_casing_does_not_mark_them() -> None:
    assert entity_recall("WE MET ANNA", "we met anna", ENGLISH)["names"].spoken == 0
    assert entity_recall("wir trafen Anna im Haus", "", normaliser("de"))["names"].spoken == 0
    assert entity_recall("nous avons vu Anna", "nous avons vu anna", normaliser("fr"))["names"] == Recall(1, 1)


def test_a_number_in_a_language_of_characters_is_all_of_its_digits() -> None:
    recalls = entity_recall("他有35个苹果和120个梨", "他有36个苹果和120个梨", normaliser("zh"))
    assert recalls["numbers"] == Recall(1, 2, ("35",))
