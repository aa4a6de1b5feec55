"""Every pair of docs/scores.md: texts that say the same score 0, all others do not."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from metrics.score_pairs import LANGUAGES, PAGE, PAIRS, Pair, equal, pairs, table

from ipyscribe.comparison.disagreement_spans import disagreements_among
from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import ParameterError
from ipyscribe.metrics import normaliser, score_text, wer_difference, word_errors
from ipyscribe.metrics.alignment import Alignment
from ipyscribe.metrics.characters import characters
from ipyscribe.metrics.equivalents import read_equivalents
from ipyscribe.metrics.letters import plain

ALL = pairs()


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_score_by_their_meaning(language: str) -> None:
    wrong = [pair for pair in ALL if pair.language == language and equal(pair, "ipyscribe") != pair.same]
    assert wrong == []


def test_there_are_enough_pairs() -> None:
    counts = Counter(pair.language for pair in ALL)
    assert len(ALL) >= 300
    assert set(counts) == set(LANGUAGES)
    assert all(counts[language] >= 20 for language in ("en", "de", "fr", "es", "pt", "it", "nl"))
    assert PAIRS.read_text(encoding="utf-8").count("\n") == len(ALL) + 1


def test_the_page_has_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(table()), "run python tests/metrics/score_pairs.py"


def listed(pair: Pair) -> bool:
    """Whether a difference of the two is among the differences to review."""
    by = normaliser(pair.language)
    alignment = Alignment(2, key=partial(plain, language=pair.language))
    for lane, text in enumerate((pair.first, pair.second)):
        alignment.add(lane, text.split() if by.unit == "words" else characters(text))
        alignment.close(lane)
    slots = [(slot, alignment.state(index)) for index, slot in enumerate(alignment.slots)]
    return bool(disagreements_among(slots, by=by))


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_models_that_differ_are_reported_as_different(language: str) -> None:
    assert [pair for pair in ALL if pair.language == language and listed(pair) == pair.same] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_copies_of_one_model_do_not_differ(language: str) -> None:
    texts = [pair.first for pair in ALL if pair.language == language]
    by = normaliser(language)
    parts = [word_errors(text, text, by) for text in texts if by(text)]
    assert all(part.total == 0 for part in parts)
    if len(parts) >= 6:
        difference = wer_difference(parts, parts)
        assert (difference.value, difference.shown) == (0, False)
    alignment = Alignment(2)
    for lane in (0, 1):
        alignment.add(lane, " ".join(texts).split())
        alignment.close(lane)
    assert all(alignment.state(index) == "agree" for index in range(len(alignment.slots)))
    assert score_text(texts[0], texts[0], language=language).normalised.total == 0


def test_one_of_twenty_characters_is_one_of_twenty() -> None:
    reference = "今日はとても天気がいいので公園へ行きます"
    assert len(reference) == 20
    for language in ("ja", "zh", "yue"):
        by = normaliser(language)
        assert by.unit == "characters"
        assert word_errors(reference, reference.replace("園", "圓"), by).rate == 1 / 20
        assert word_errors(reference, " ".join(reference), by).rate == 0
        assert word_errors(reference, f"{reference[:3]}、{reference[3:]}。", by).rate == 0


def test_equivalents_of_the_user_are_equal_and_in_the_stamp() -> None:
    own = normaliser("en", equivalents=[["alright", "all right"], ["ipyscribe", "i py scribe"]])
    assert word_errors("It's alright with ipyscribe.", "it is all right with I Py Scribe", own).total == 0
    assert own.stamp.startswith(normaliser("en").stamp + "+equivalents-")
    assert own.stamp != normaliser("en", equivalents={"alright": "all right"}).stamp
    assert score_text("alright", "all right", equivalents={"alright": "all right"}).normalised.total == 0


def test_equivalents_out_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "equal.txt"
    path.write_text("# names\nalright = all right = all-right\n\nKatherine=Catherine\n", encoding="utf-8-sig")
    assert read_equivalents(path) == (("alright", "all right", "all-right"), ("Katherine", "Catherine"))
    path.write_text("alright\n")
    with pytest.raises(ParameterError, match="alright"):
        read_equivalents(path)
    with pytest.raises(ParameterError, match="cannot be read"):
        read_equivalents(tmp_path / "gone.txt")


@pytest.mark.parametrize("language", ["tr", "ja", "ko", "en", "de"])
def test_that_number_words_are_not_folded_is_noted(language: str) -> None:
    notes = Reference("21", language=language).notes
    assert (notes == []) == (language in ("en", "de"))
    assert all(f'not folded in "{language}"' in note for note in notes)
    assert ("text2num" in normaliser(language).stamp) == (language in ("en", "de"))
