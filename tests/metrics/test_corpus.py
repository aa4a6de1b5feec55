"""References, of the sample and of the speech corpus, with known errors."""

from __future__ import annotations

import random

import jiwer
import pytest
from support.speech import BOTH, corpus_texts, sample_utterances

from ipyscribe import metrics

PANGRAMS = {
    "de": "Franz jagt im völlig verwahrlosten Taxi quer durch das schöne Österreich",
    "es": "El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia y frío",
    "fr": "Portez ce vieux whisky au juge blond qui fume là, déjà très gâté ce Noël",
}


def references(speech: str, language: str = "en") -> list[str]:
    """The texts of the corpus in that language, or such as are always there."""
    if speech == "corpus":
        return [text for _, text in corpus_texts(language)]
    return [utterance.text for utterance in sample_utterances()] if language == "en" else [PANGRAMS[language]]


def misheard(text: str, chance: random.Random) -> str:
    """A tenth of the words as another of them, some left out, some doubled, one in five in capitals."""
    words = text.split()
    misheard = []
    for word in words:
        kind = chance.random()
        if kind > 0.04:
            misheard.append(chance.choice(words) if kind < 0.14 else word.upper() if kind < 0.3 else word)
        if kind > 0.97:
            misheard.append(word)
    return " ".join(misheard)


@pytest.mark.parametrize("speech", BOTH)
def test_english_scores_as_jiwer_does(speech: str) -> None:
    chance = random.Random(11)
    pairs = [(text, misheard(text, chance)) for text in references(speech)]
    assert len(pairs) > (40 if speech == "corpus" else 7)
    by = metrics.normaliser("en", name="whisper")
    reference_texts, hypothesis_texts = ([" ".join(by(text)) for text in texts] for texts in zip(*pairs, strict=True))
    parts = [metrics.word_errors(*pair, by) for pair in pairs]
    expected = jiwer.process_words(reference_texts, hypothesis_texts)
    errors = metrics.pooled(parts)
    assert (errors.rate, errors.match_error_rate, errors.information_lost) == (expected.wer, expected.mer, expected.wil)
    assert metrics.pooled([metrics.character_errors(*pair, by) for pair in pairs]).rate == jiwer.cer(
        reference_texts, hypothesis_texts
    )
    lines = metrics.errors_by_line([text for text, _ in pairs], " ".join(text for _, text in pairs), by)
    assert abs(metrics.pooled(lines).rate - errors.rate) < 0.01
    assert 0.05 < metrics.wer_interval(parts).low < errors.rate < metrics.wer_interval(parts).high < 0.35


@pytest.mark.parametrize("speech", BOTH)
@pytest.mark.parametrize("language", list(PANGRAMS))
def test_other_languages_keep_their_letters(language: str, speech: str) -> None:
    texts = references(speech, language)
    assert texts
    by = metrics.normaliser(language)
    for text in texts:
        assert list("".join(by(text))) == [letter for letter in text.lower() if letter.isalnum()]
        assert metrics.word_errors(text, text.upper(), by).rate == 0


@pytest.mark.parametrize("speech", BOTH)
def test_texts_with_errors_are_aligned_word_by_word(speech: str) -> None:
    chance = random.Random(4)
    agreed = total = 0
    for text in references(speech):
        lanes = [text.split(), misheard(text, chance).split(), misheard(text, chance).split()]
        slots = metrics.align(lanes)
        for number, words in enumerate(lanes):
            assert [cell.text for slot in slots if (cell := slot.cells[number]) is not None] == words
        agreed += sum(slot.agree for slot in slots)
        total += len(lanes[0])
    assert agreed >= 0.65 * total
