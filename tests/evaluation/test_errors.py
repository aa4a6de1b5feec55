"""Why the models are wrong: errors by kind, by word, as differences, each with its places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluation.test_evaluation import QUICK, serving

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.word_errors import word_times_ms

TEXTS = {"a": "so we meet and meet", "b": "so we meet and meet", "c": "See you there."}
SAID = (
    ("so we meat and meat", "so we meat and meet", "see you there now"),
    ("so we meat and meet", "so we and meet", "see you there"),
)


@pytest.fixture
def both(recordings: Path) -> Iterator[Evaluation]:
    for name, text in TEXTS.items():
        (recordings / f"{name}.txt").write_text(text)
    with serving(*SAID) as (models, _):
        yield Evaluation(models, recordings, **QUICK).run()


def test_the_most_frequent_errors_lead_to_their_places(both: Evaluation) -> None:
    errors = both.errors()
    assert [tuple(record.values())[:6] for record in errors] == [
        ("model 1", "substitution", "meet", "meat", 3, 4),
        ("model 1", "insertion", "", "now", 1, None),
        ("model 2", "deletion", "meet", "", 1, 4),
        ("model 2", "substitution", "meet", "meat", 1, 4),
    ]
    assert errors[0]["places"] == (("a.wav", 0.4), ("a.wav", 0.8), ("b.wav", 0.4))
    assert errors[1]["places"] == (("c.wav", 0.6),)
    assert errors[2]["places"] == (("b.wav", 0.4),)  # where the transcript goes on without it
    text = str(errors)
    assert "meet → meat" in text
    assert "a.wav 0:00" in text
    assert "left out: meet" in errors._repr_html_()


def test_words_against_how_often_they_occur_and_as_differences(both: Evaluation) -> None:
    errors = both.errors()
    assert [tuple(record.values())[:6] for record in errors.words()] == [
        ("model 1", "meet", 3, 4, 0.75, {"meat": 3}),
        ("model 2", "meet", 2, 4, 0.5, {"": 1, "meat": 1}),
    ]
    [difference] = errors.differences()
    assert tuple(difference.values())[:5] == ("meet", 4, -1, 3, 2)
    assert len(difference["places"]) == 5
    assert errors.differences("model 2", "model 1")[0]["difference"] == 1
    for pair in (("model 3",), ("model 1", "model 1")):
        with pytest.raises(ParameterError, match="Give two of: model 1, model 2"):
            errors.differences(*pair)


def test_how_much_the_models_differ(both: Evaluation) -> None:
    assert [both.row(name).disagreement for name in ("a.wav", "b.wav", "c.wav")] == [0.2, 0.2, 0.25]


def test_normalised_words_have_the_times_of_those_as_written() -> None:
    written, starts_ms = ["twenty", "one", "Lamps,", "burn"], [100, 200, 400, 600]
    assert word_times_ms(["21", "lamps", "burn"], written, starts_ms) == [250, 400, 600]
    assert word_times_ms(["lamps"], [], []) == [0]
    assert word_times_ms([], written, starts_ms) == []
