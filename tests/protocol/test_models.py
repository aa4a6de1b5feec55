"""The catalogue: what a person sees before choosing."""

from __future__ import annotations

from pathlib import Path

import pytest

import ipyscribe
from ipyscribe.errors import ParameterError
from ipyscribe.protocol import LOCAL_MODEL, find_model, models
from ipyscribe.protocol.languages import STREAMING_CODES, WHISPER, language_name
from ipyscribe.protocol.models import SPHINX_MODEL, Catalogue
from ipyscribe.protocol.pricing import hourly_price

NEWEST = ("assemblyai-stt-3-7-realtime", "assemblyai-stt-3-7-realtime-agent")
FOUR = ("u3-rt-pro", "universal-streaming-english", "universal-streaming-multilingual", "whisper-rt")


def test_the_four_models_their_successors_and_the_local_ones() -> None:
    names = [model.name for model in models()]
    assert names[0] == LOCAL_MODEL
    assert set(names) == {LOCAL_MODEL, SPHINX_MODEL, *FOUR, *NEWEST, "universal-3-5-pro", "universal-3-6-pro"}
    assert len(models()) == len(names) == 10


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
    assert [model.name for model in catalogue[1:3]] == ["universal-3-6-pro", NEWEST[1]]
    assert first in catalogue
    assert "whisper-rt" in catalogue
    assert "whisper" not in catalogue
    with pytest.raises(KeyError, match="whisper"):
        catalogue["whisper"]
    with pytest.raises(IndexError):
        catalogue[10]


def test_the_catalogue_as_text_and_table() -> None:
    lines = repr(models()).splitlines()
    assert len(lines) == 10
    assert all(line.startswith(model.name) and model.price in line for line, model in zip(lines, models(), strict=True))
    page = models()._repr_html_()
    assert page.count("<tr>") == 11
    assert "each row says since when" in page
    assert "2026-10-07" in page
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
    assert (model.name, model.family, model.price) == (name, family, "price unknown")
    assert model not in models()


@pytest.mark.parametrize("name", ["", " ", " whisper-rt", "whisper-rt\n", None, 7, b"whisper-rt"])
def test_a_name_that_cannot_be_one(name: object) -> None:
    with pytest.raises(ParameterError, match="is not a model's name"):
        find_model(name)  # type: ignore[arg-type]


def test_a_local_name_is_not_sent_to_anybody() -> None:
    with pytest.raises(ParameterError, match=r"There is no local model 'local-parakeet'\. .*'local-whisper-tiny\.en'"):
        find_model("local-parakeet")


def test_another_whisper_model_runs_on_this_computer() -> None:
    model = find_model("local-whisper-base.en")
    assert (model.local, model.price, model.family) == (True, "free", "local")


@pytest.mark.parametrize("name", NEWEST)
def test_what_is_not_published_of_the_newest_models_is_not_invented(name: str) -> None:
    model = find_model(name)
    assert (model.family, model.price_per_hour_usd, model.language_codes) == ("u3", None, None)
    assert model.languages == "languages not published"
    assert "not published" in model.note


@pytest.mark.parametrize("name", ["assemblyai-stt-3-7", "universal-2"])
def test_the_models_for_recordings_are_refused(name: str) -> None:
    with pytest.raises(
        ParameterError, match=f"{name} is AssemblyAI's model for recordings, not for streaming"
    ) as caught:
        find_model(name)
    assert "For streaming choose" in caught.value.advice


def test_languages_are_data() -> None:
    counts = {model.name: len(model.language_codes or ()) for model in models() if not model.local}
    assert counts == {
        "universal-3-6-pro": 32,
        NEWEST[0]: 0,
        NEWEST[1]: 0,
        "universal-3-5-pro": 19,
        "u3-rt-pro": 6,
        "universal-streaming-english": 1,
        "universal-streaming-multilingual": 6,
        "whisper-rt": 100,
    }
    assert find_model("u3-rt-pro").languages == "English, Spanish, French, German, Italian, Portuguese"
    assert all(language_name(code) != code for code in (*STREAMING_CODES, *WHISPER))
    assert (language_name("en-IN"), language_name("yue"), language_name("tlh")) == ("English (IN)", "Cantonese", "tlh")


def test_every_row_says_where_it_was_read_and_when() -> None:
    assert all(model.source for model in models())
    assert all(model.as_of.startswith("2026-") for model in models() if not model.local)


def test_the_catalogue_is_its_own_call() -> None:
    assert ipyscribe.models() is ipyscribe.models is models


def test_a_model_is_added_and_one_corrected(tmp_path: Path) -> None:
    catalogue = Catalogue(file=tmp_path / "models.toml")
    new = catalogue.add("universal-4", family="u3", price_per_hour_usd=0.5, languages=["en", "de"])
    assert new is catalogue["universal-4"] is catalogue[-1]
    assert (new.price, new.languages) == ("$0.50/h while open (corrected)", "English, German")
    assert new.known
    old = catalogue["whisper-rt"]
    corrected = catalogue.add("whisper-rt", price_per_hour_usd=0.2, add_ons={"domain": 0.05}, note="My contract.")
    assert [model.name for model in catalogue][:10] == [model.name for model in models()]
    assert (corrected.language_codes, corrected.note) == (old.language_codes, "My contract.")
    assert corrected.to_record()["source"] == "given by you"
    assert str(hourly_price(corrected, {"domain": "medical-v1"})) == (
        "$0.25/h while open ($0.20 + medical domain $0.05), corrected"
    )
    catalogue.remove("whisper-rt")
    assert catalogue["whisper-rt"] == old
    with pytest.raises(KeyError):
        catalogue.remove("whisper-rt")


def test_an_added_model_is_found_by_name() -> None:
    models.add("assemblyai-stt-3-7", family="u3", price_per_hour_usd=0.5)
    try:
        assert find_model("assemblyai-stt-3-7").price_per_hour_usd == 0.5
    finally:
        models.remove("assemblyai-stt-3-7")


def test_models_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(
        '["universal-3-6-pro"]\nprice_per_hour_usd = 0.40\nadd_ons = { speaker_labels = 0.0 }\n'
        '[universal-4]\nfamily = "u3"\nlanguages = ["en"]\n',
        encoding="utf-8",
    )
    catalogue = Catalogue(file=file)
    assert len(catalogue) == 11
    assert catalogue["universal-3-6-pro"].price == "$0.40/h while open (corrected)"
    assert catalogue["universal-3-6-pro"].add_on_prices == (("speaker_labels", 0.0),)
    assert catalogue["universal-4"].price == "price unknown"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[x", "cannot be read"),
        ("x = 1", r"\[x\] is not a model"),
        ("[x]\nprize = 1", r"\[x\] is not a model"),
        ("[x]\nprice_per_hour_usd = -1", r"\[x\]: price_per_hour_usd=-1 cannot be used"),
        ("[x]\nfamily = 'u4'", r"\[x\]: family='u4' cannot be used"),
        ("[x]\nlanguages = 'en'", r"\[x\]: languages='en' cannot be used"),
        ("[x]\nlanguages = ['en-IN']", r"\[x\]: languages=\['en-IN'\] cannot be used"),
        ("[x]\nadd_ons = 1", r"\[x\]: add_ons=1 cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "models.toml"
    file.write_text(text, encoding="utf-8")
    catalogue = Catalogue(file=file)
    for _ in range(2):
        with pytest.raises(ParameterError, match=problem) as caught:
            list(catalogue)
        assert str(file) in str(caught.value)
        assert caught.value.advice


def test_a_home_that_is_none_has_no_models_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(Catalogue(file=tmp_path / "file" / "ipyscribe" / "models.toml")) == len(Catalogue(file=tmp_path / "no"))


def test_a_name_that_is_nearly_one_of_the_catalogue_gets_a_suggestion() -> None:
    assert find_model("u3-rt-prp").note.startswith("Did you mean 'u3-rt-pro'? ")
    assert "Did you mean" not in find_model("an-entirely-new-model").note
    with pytest.raises(ParameterError, match="Did you mean 'local-pocketsphinx'") as caught:
        find_model("local-pocketsphynx")
    assert "local-whisper-NAME" in str(caught.value)
