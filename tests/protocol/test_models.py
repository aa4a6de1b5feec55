"""The catalogue: what a person sees before choosing."""

from __future__ import annotations

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.protocol import LOCAL_MODEL, find_model, models
from ipyscribe.protocol.models import SPHINX_MODEL

FOUR = ("u3-rt-pro", "universal-streaming-english", "universal-streaming-multilingual", "whisper-rt")


def test_the_four_models_their_successors_and_the_local_ones() -> None:
    names = [model.name for model in models()]
    assert names[0] == LOCAL_MODEL
    assert set(names) == {LOCAL_MODEL, SPHINX_MODEL, *FOUR, "universal-3-5-pro", "universal-3-6-pro"}
    assert len(models()) == len(names) == 8


@pytest.mark.parametrize(
    ("name", "family", "price"),
    [
        (LOCAL_MODEL, "local", 0.0),
        ("u3-rt-pro", "u3", 0.45),
        ("universal-3-6-pro", "u3", 0.45),
        ("universal-streaming-english", "english", 0.15),
        ("universal-streaming-multilingual", "multilingual", 0.15),
        ("whisper-rt", "whisper", 0.30),
    ],
)
def test_families_and_prices(name: str, family: str, price: float) -> None:
    model = find_model(name)
    assert (model.family, model.price_per_hour_usd) == (family, price)
    assert model.local is (name == LOCAL_MODEL)
    assert model.price == ("free" if model.local else f"${price:.2f}/h while open")
    assert model.price in model.summary


def test_looking_in_the_catalogue() -> None:
    catalogue = models()
    first = catalogue[0]
    assert first.name == LOCAL_MODEL
    assert catalogue["whisper-rt"] is find_model("whisper-rt")
    assert catalogue[-1] is catalogue[SPHINX_MODEL]
    assert [model.name for model in catalogue[1:3]] == ["u3-rt-pro", "universal-3-6-pro"]
    assert first in catalogue
    assert "whisper-rt" in catalogue
    assert "whisper" not in catalogue
    with pytest.raises(KeyError, match="whisper"):
        catalogue["whisper"]
    with pytest.raises(IndexError):
        catalogue[8]


def test_the_catalogue_as_text_and_table() -> None:
    lines = repr(models()).splitlines()
    assert len(lines) == 8
    assert all(line.startswith(model.name) and model.price in line for line, model in zip(lines, models(), strict=True))
    page = models()._repr_html_()
    assert page.count("<tr>") == 9
    assert "Prices as of 2026-10" in page
    records = models().to_records()
    assert [record["model"] for record in records] == [model.name for model in models()]
    assert all(value is not None for record in records for value in record.values())


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("universal-3-7-preview", "u3"),
        ("universal-streaming-multilingual-2", "multilingual"),
        ("universal-streaming-english-2", "english"),
        ("whisper-rt-2", "whisper"),
        ("<b>new</b>", "u3"),
    ],
)
def test_a_new_name_is_passed_on(name: str, family: str) -> None:
    model = find_model(name)
    assert (model.name, model.family, model.price) == (name, family, "price not known")
    assert model not in models()


@pytest.mark.parametrize("name", ["", " ", " whisper-rt", "whisper-rt\n", None, 7, b"whisper-rt"])
def test_what_is_no_name(name: object) -> None:
    with pytest.raises(ParameterError, match="is not a model's name"):
        find_model(name)  # type: ignore[arg-type]


def test_a_local_name_is_not_sent_to_anybody() -> None:
    with pytest.raises(ParameterError, match=r"There is no local model 'local-parakeet'\. .*'local-whisper-tiny\.en'"):
        find_model("local-parakeet")


def test_another_whisper_model_runs_on_this_computer() -> None:
    model = find_model("local-whisper-base.en")
    assert (model.local, model.price, model.family) == (True, "free", "local")
