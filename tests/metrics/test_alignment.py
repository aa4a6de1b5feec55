"""Transcripts side by side: nothing lost, nothing twice, and the same words in the same slots."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics.made import UNHURRIED, words

from ipyscribe.errors import ParameterError
from ipyscribe.metrics import Alignment, Slot, align, disagreements, ranked
from ipyscribe.transcript import Word

TEXT = st.lists(st.sampled_from(["the", "The", "cat", "sat", "sat.", "mat", "—"]), max_size=12)
GAPS = st.integers(0, 4_000)


@st.composite
def timed(draw: st.DrawFn) -> list[Word]:
    spoken, at_ms = [], 0
    for text in draw(TEXT):
        at_ms += draw(GAPS)
        spoken.append(Word(text, at_ms, at_ms + 300, None, True))
    return spoken


TRANSCRIPTS = st.lists(timed() | TEXT, min_size=1, max_size=4)


def lane(slots: Sequence[Slot], number: int) -> list[str]:
    return [cell.text for slot in slots if (cell := slot.cells[number]) is not None]


def texts(spoken: Sequence[Word | str]) -> list[str]:
    return [word if isinstance(word, str) else word.text for word in spoken]


def table(slots: Sequence[Slot]) -> list[tuple[str, ...]]:
    return [tuple("-" if cell is None else cell.text for cell in slot.cells) for slot in slots]


def check_whole(slots: Sequence[Slot], transcripts: Sequence[Sequence[Word | str]]) -> None:
    for number, spoken in enumerate(transcripts):
        assert lane(slots, number) == texts(spoken)
        indexes = [cell.index for slot in slots if (cell := slot.cells[number]) is not None]
        assert indexes == list(range(len(spoken)))
    assert all(len(slot.cells) == len(transcripts) and slot.words for slot in slots)


@given(TRANSCRIPTS)
@UNHURRIED
def test_each_word_is_in_one_slot_and_in_its_order(transcripts: list[list[Word | str]]) -> None:
    check_whole(align(transcripts), transcripts)


@given(timed(), st.integers(1, 4))
@UNHURRIED
def test_equal_transcripts_agree_everywhere(spoken: list[Word], lanes: int) -> None:
    slots = align([spoken] * lanes)
    assert len(slots) == len(spoken)
    assert all(slot.agree for slot in slots)
    assert disagreements(slots) == []


@given(TRANSCRIPTS, st.randoms(use_true_random=False))
@UNHURRIED
def test_growing_word_by_word_changes_only_the_reported_slots(
    transcripts: list[list[Word | str]], chance: random.Random
) -> None:
    grown = Alignment(len(transcripts))
    left = [list(spoken) for spoken in transcripts]
    while any(left):
        number = chance.choice([number for number, rest in enumerate(left) if rest])
        size = chance.randint(1, 3)
        before = list(grown.slots)
        first = grown.add(number, left[number][:size])
        assert grown.slots[:first] == before[:first]
        left[number] = left[number][size:]
    check_whole(grown.slots, transcripts)


def test_substitutions_gaps_and_insertions() -> None:
    spoken = ["the quick brown fox", "the quick brawn fox", "the brown fox"]
    slots = align([text.split() for text in spoken])
    assert table(slots) == [
        ("the", "the", "the"),
        ("quick", "quick", "-"),
        ("brown", "brawn", "brown"),
        ("fox", "fox", "fox"),
    ]
    assert [slot.agree for slot in slots] == [True, False, False, True]
    assert slots[2].key == "brown"
    assert table(align([["a", "b"], ["x", "a", "b", "y"]])) == [("-", "x"), ("a", "a"), ("b", "b"), ("-", "y")]


def test_case_and_punctuation_are_not_a_difference_and_words_stay_as_written() -> None:
    slots = align([["Hello,", "World."], ["hello", "world"]])
    assert all(slot.agree for slot in slots)
    assert table(slots) == [("Hello,", "hello"), ("World.", "world")]


def test_time_decides_where_words_repeat() -> None:
    three = words("no no no", (0, 300), (1_000, 1_300), (2_000, 2_300))
    for at_ms, row in ((0, 0), (1_000, 1), (2_000, 2)):
        slots = align([three, words("no", (at_ms + 50, at_ms + 350))])
        assert [slot.cells[1] is not None for slot in slots] == [index == row for index in range(3)]


def test_the_same_word_much_later_is_another_one() -> None:
    slots = align([words("yes", (0, 300)), words("yes", (30_000, 30_300))])
    assert table(slots) == [("yes", "-"), ("-", "yes")]
    assert (slots[0].start_ms, slots[1].end_ms) == (0, 30_300)


def test_a_model_that_missed_a_minute_is_aligned_again_after_it() -> None:
    chance = random.Random(5)
    spoken = [chance.choice(["the", "cat", "sat", "on", "a", "mat", "and", "so", "did", "I"]) for _ in range(300)]
    full = words(" ".join(spoken))
    holey = [word for word in full if not 30_000 <= word.start_ms < 90_000]
    slots = align([full, holey])
    assert len(slots) == 300
    assert all((slot.cells[1] is None) == (30_000 <= (slot.start_ms or 0) < 90_000) for slot in slots)


def test_transcripts_without_a_common_word_are_aligned_by_time() -> None:
    first = words(" ".join(f"a{number}" for number in range(120)))
    second = words(" ".join(f"b{number}" for number in range(120)))
    slots = align([first, second])
    assert len(slots) == 120
    assert not any(slot.agree for slot in slots)


def turns(spoken: list[Word], chance: random.Random) -> list[list[Word]]:
    cut = sorted(chance.sample(range(1, len(spoken)), len(spoken) // 12))
    return [spoken[start:end] for start, end in zip([0, *cut], [*cut, len(spoken)], strict=True)]


def test_a_live_alignment_ends_like_one_of_complete_transcripts() -> None:
    chance = random.Random(3)
    vocabulary = [f"w{number}" for number in range(200)]
    spoken = [chance.choice(vocabulary) for _ in range(400)]
    full = words(" ".join(spoken))
    lanes = [
        [
            Word(
                chance.choice(vocabulary) if chance.random() < 0.08 else word.text,
                word.start_ms,
                word.end_ms,
                None,
                True,
            )
            for word in full
            if chance.random() > 0.03
        ]
        for _ in range(4)
    ]
    at_once, live = align(lanes), Alignment(4)
    queue = sorted(
        (piece[-1].end_ms + 200 * number, number, piece)
        for number, lane_words in enumerate(lanes)
        for piece in turns(lane_words, chance)
    )
    for _, number, piece in queue:
        live.add(number, piece)
    check_whole(live.slots, lanes)
    agreeing = sum(slot.agree for slot in live.slots)
    assert agreeing >= 0.98 * sum(slot.agree for slot in at_once)


def test_a_gap_of_a_transcript_that_lags_waits() -> None:
    alignment = Alignment(3)
    alignment.add(0, words("one two three"))
    assert [alignment.state(index) for index in range(3)] == ["waiting"] * 3
    alignment.add(1, words("one too three"))
    assert [alignment.state(index) for index in range(3)] == ["waiting", "differ", "waiting"]
    assert alignment.add(2, words("one")) == 0
    assert [alignment.state(index) for index in range(3)] == ["agree", "differ", "waiting"]
    assert alignment.close(2) == 1
    assert [alignment.state(index) for index in range(3)] == ["agree", "differ", "differ"]
    assert alignment.add(0, []) == 3


def test_a_word_that_a_transcript_skipped_is_missing_not_awaited() -> None:
    alignment = Alignment(2)
    alignment.add(0, words("one two three"))
    alignment.add(1, words("one three", (0, 300), (800, 1_100)))
    assert [alignment.state(index) for index in range(3)] == ["agree", "differ", "agree"]


def test_a_transcript_that_resumes_after_an_hour_is_aligned_by_time() -> None:
    spoken = words(" ".join(f"w{number % 50}" for number in range(9_000)))
    alignment = Alignment(2)
    for start in range(0, 9_000, 100):
        alignment.add(0, spoken[start : start + 100])
    first = alignment.add(1, spoken[8_990:])
    assert first == 0
    assert [slot.cells[1] is not None for slot in alignment.slots] == [index >= 8_990 for index in range(9_000)]


def test_another_key() -> None:
    slots = align([["colour"], ["color"]], key=lambda word: word.replace("ou", "o"))
    assert slots[0].agree
    with pytest.raises(ParameterError, match="lanes"):
        Alignment(0)


def test_disagreements_are_time_ranges_with_the_text_of_each() -> None:
    slots = align(
        [words("we meet every day at nine"), words("we meat every day at night"), words("we meet every day at nine")]
    )
    disagreeing = disagreements(slots)
    assert [(each.texts, each.versions, each.start_ms, each.end_ms) for each in disagreeing] == [
        (("meet", "meat", "meet"), 2, 400, 700),
        (("nine", "night", "nine"), 2, 2_000, 2_300),
    ]


def test_the_same_letters_in_other_words_are_not_a_disagreement() -> None:
    assert disagreements(align([["every", "day", "counts"], ["everyday", "counts"]])) == []


def test_the_disagreement_of_the_greatest_weight_comes_first() -> None:
    slots = align([["a", "b", "c", "d", "e"], ["a", "x", "c", "y", "z"], ["a", "w", "c", "y", "z"]])
    disagreeing = disagreements(slots)
    assert [each.texts[0] for each in ranked(disagreeing)] == ["b", "d e"]
    assert [each.weight for each in disagreeing] == [2, 2]
