"""Where words get their times: each has sound of its own, and one that has none is not a word."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.local.engine import HypothesisWord
from ipyscribe.local.word_times import FRAME_MS, SHORTEST_WORD_MS, count_with_sound, voiced_spans


def timed(text: str, *edges_ms: int) -> list[HypothesisWord]:
    """The words of ``text`` one after the other, between these times."""
    texts = text.split()
    assert len(edges_ms) == len(texts) + 1
    return [
        HypothesisWord(word, start_ms, end_ms, 1.0, ())
        for word, (start_ms, end_ms) in zip(texts, pairwise(edges_ms), strict=True)
    ]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        # As tiny.en aligned 2, 2.3 and 3 s of jfk.flac, of which it made the phrase again.
        (timed("And so my fellow American... And so my fellow American... And", *(0, 740, 1020, 1400, 1740),
               *[1980] * 7), 5),
        (timed("And so my fellow Americans. And so my fellow Americans. And so my", *(0, 760, 1020, 1380, 1720),
               *[2100] * 5, *[2280] * 4), 5),
        (timed("And so my fellow Americans. And so my fellow Americans. And so my fellow Americans.",
               *(0, 780, 1020, 1400, 1740), *[2060] * 5, *[2100] * 5, 2980), 5),
        (timed("my fellow Americans. my fellow Americans.", 0, 400, 1000, 1600, 1640, 1680, 1720), 3),
        (timed("tear down the fence tear down the fence", 0, 400, 700, 800, 1300, 1700, 2000, 2100, 2700), 8),
        (timed("No, no, no.", 0, 300, 500, 800), 3),
        (timed("when Mr. Thornton made his", 0, 200, 576, 576, 800, 1000), 5),
        (timed("He could wait no", 0, 200, 400, 900, 900), 4),
        (timed("He could wait no longer", 0, 200, 400, 900, 900, 900), 3),
    ],
)  # fmt: skip
def test_a_phrase_that_the_decoder_made_again_is_left_out(words: list[HypothesisWord], count: int) -> None:
    assert count_with_sound(words, 0) == count


def test_what_is_committed_stays() -> None:
    assert count_with_sound(timed("And so my and so my", 0, 300, 600, 900, 900, 900, 900), 6) == 6


def test_a_word_between_two_others_gets_its_part_of_their_time() -> None:
    words = timed("when Mr. Thornton made", 0, 320, 960, 960, 1280)
    spans = voiced_spans(words, [True] * 40)
    assert spans[0] == (0, 320)
    assert spans[3] == (960, 1280)
    assert spans[1][1] == spans[2][0]
    assert 320 + SHORTEST_WORD_MS <= spans[2][0] < 640
    assert spans[2][1] == 960


def test_a_word_in_silence_gets_the_sound_beside_it() -> None:
    voiced = [True] * 10 + [False] * 10 + [True] * 10
    assert voiced_spans(timed("one two three", 0, 340, 600, 960), voiced) == [(0, 160), (160, 320), (640, 960)]


def test_a_turn_that_goes_on_after_a_cut_begins_after_it() -> None:
    assert voiced_spans(timed("on it", 0, 300, 600), [True] * 20, 20)[0] == (20, 300)


@given(st.data())
def test_each_word_has_voice_in_it_and_none_overlap(data: st.DataObject) -> None:
    voiced = data.draw(st.lists(st.booleans(), min_size=2, max_size=60))
    speech_ms = FRAME_MS * (sum(voiced) or len(voiced))
    texts = data.draw(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=max(1, speech_ms // 40)))
    lengths = data.draw(st.lists(st.sampled_from([0, 0, 20, 100, 400]), min_size=len(texts), max_size=len(texts)))
    edges = [min(edge, FRAME_MS * len(voiced)) for edge in accumulate([0, *lengths])]
    spans = voiced_spans(timed(" ".join(texts), *edges), voiced)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert spans[0][0] >= 0
    assert spans[-1][1] <= FRAME_MS * len(voiced)
    for start_ms, end_ms in spans:
        assert start_ms < end_ms
        covered = voiced[start_ms // FRAME_MS : -(-end_ms // FRAME_MS)]
        assert any(covered) or not any(voiced)
