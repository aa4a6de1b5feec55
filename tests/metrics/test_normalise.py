"""What texts are brought to, and under which name."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.metrics import align, changes, normalise, normaliser, word_errors
from ipyscribe.metrics.changes import together
from ipyscribe.metrics.letters import plain, says_something

RELEASE = version("whisper-normalizer")


def test_the_whisper_normaliser_is_unchanged() -> None:
    text = "Mr. Smith didn't pay £20, um, for colour [Music]"
    assert normaliser(name="whisper")(text) == EnglishTextNormalizer()(text).split()
    assert normaliser("en-US", name="whisper").stamp == f"whisper-english@{RELEASE}"
    assert normaliser("de", name="whisper")("-5 % in Köln") == ["5", "in", "köln"]


def test_the_stamp_names_this_package_and_the_libraries() -> None:
    release = version("text2num")
    assert normaliser("en-US").stamp == f"ipyscribe-1+whisper-english@{RELEASE}+text2num-{release}"
    assert normaliser("nl").stamp == f"ipyscribe-1+whisper-basic-marks@{RELEASE}+text2num-{release}"
    assert normaliser("ru").stamp == f"ipyscribe-1+whisper-basic-marks@{RELEASE}"


def test_fillers_are_kept_on_request_and_named_in_the_stamp() -> None:
    kept = normaliser("en", fillers="kept")
    assert kept("Um, well, uh, yes.") == ["um", "well", "uh", "yes"]
    assert normaliser("en")("Um, well, uh, yes.") == ["well", "yes"]
    assert f"+whisper-english-with-fillers@{RELEASE}" in kept.stamp
    assert normaliser("en").with_fillers() == kept
    assert normaliser("de")("Äh, ja, ähm, nein") == ["ja", "nein"]
    assert normaliser("de", fillers="kept")("Äh, ja") == ["äh", "ja"]
    assert normaliser("de").stamp != normaliser("de", fillers="kept").stamp
    assert normaliser("nl").stamp == normaliser("nl", fillers="kept").stamp


def test_accents_and_vowel_signs_are_kept() -> None:
    assert normaliser("de")("die größte Straße") == ["die", "größte", "straße"]
    assert normaliser("es")("¿Qué pasó, señor?") == ["qué", "pasó", "señor"]
    assert normaliser("hi")("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]


def test_tags_of_sounds_are_not_words() -> None:
    for language in ("en", "de"):
        assert normaliser(language)("[Silence] ja [Music]") == ["ja"]
    assert not says_something("[Silence] —")
    assert says_something("[Silence] yes")


def test_changes_are_counted_without_case_and_punctuation() -> None:
    listed = changes("It's twenty, he said. It's YES, Colour me", normaliser("en"))
    assert [(change.before, change.after, change.count) for change in listed] == [
        ("It's twenty,", "it is 20", 1),
        ("It's", "it is", 1),
        ("Colour", "color", 1),
    ]
    (twice,) = changes("I won't. You won't.", normaliser("en"))
    parts = [changes(text, normaliser("en")) for text in ("It's me.", "I won't.", "You won't.")]
    assert together(*parts)[0] == twice
    assert len(together(*parts)) == 2
    assert (twice.before, twice.after, twice.count) == ("won't.", "will not", 2)
    assert changes("Yes, no.", normaliser("en")) == ()


def test_a_rewritten_sign_is_a_change() -> None:
    whisper = normaliser("de", name="whisper")
    assert [(change.before, change.after) for change in changes("-5 und 50 % und 5 €", whisper)] == [
        ("-5", "5"),
        ("%", ""),
        ("€", ""),
    ]
    assert [(change.before, change.after) for change in changes("minus fünf", normaliser("de"))] == [
        ("minus fünf", "-5")
    ]


def test_plain_words() -> None:
    assert [plain(word) for word in ("“Hello,”", "don't", "50%.", "£20", "—", "दुनिया,", "Straße")] == [
        "hello",
        "don't",
        "50%",
        "£20",
        "",
        "दुनिया",
        "strasse",
    ]


@pytest.mark.parametrize("language", ["", "12", None, 5])
def test_malformed_languages(language: object) -> None:
    with pytest.raises(ParameterError, match="language"):
        normaliser(language)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="fillers"):
        normaliser("en", fillers="some")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="normaliser='nist'"):
        normaliser("en", name="nist")  # type: ignore[arg-type]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # A program does not lose a package while it runs.
    normalise._made.cache_clear()  # a cached normaliser would not import its package again
    monkeypatch.setitem(sys.modules, "whisper_normalizer", None)
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    for use in (normaliser, lambda: word_errors("a", "b", None), lambda: align([["a"], ["b"]])):
        with pytest.raises(MissingDependencyError, match=r"ipyscribe\[metrics\]"):
            use()
