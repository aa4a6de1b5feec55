"""praatio and pympi write; each one's file is read by the other, or by a reader of XML."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from export.speech import HOSTILE, hostile
from msgspec.structs import replace
from praatio import textgrid
from pympi.Elan import Eaf
from pympi.Praat import TextGrid
from timeline.speech import call, turn

from ipyscribe.errors import MissingDependencyError
from ipyscribe.export import to_eaf, to_textgrid
from ipyscribe.transcript import Transcript, Word

CALL = call()


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "call.TextGrid"
    path.write_text(to_textgrid(CALL), encoding="utf-8")
    return path


def test_a_textgrid_has_turns_and_words_of_each_speaker(grid: Path) -> None:
    read = textgrid.openTextgrid(str(grid), includeEmptyIntervals=False)
    assert list(read.tierNames) == ["A turns", "A words", "B turns", "B words"]
    turns = [(round(1000 * e.start), round(1000 * e.end), e.label) for e in read.getTier("A turns").entries]
    assert turns == [(t.start_ms, t.end_ms, t.text) for t in CALL.turns if t.speaker == "A"]
    words = [entry.label for entry in read.getTier("B words").entries]
    assert words == " ".join(t.text for t in CALL.turns if t.speaker == "B").split()


def test_another_reader_of_textgrids_agrees(grid: Path) -> None:
    tiers = {tier.name: tier for tier in TextGrid(str(grid), codec="utf-8").get_tiers()}
    labels = [text for _, _, text in tiers["B turns"].get_intervals(sort=True) if text]
    assert labels == [t.text for t in CALL.turns if t.speaker == "B"]


def test_an_elan_document_has_them_too(tmp_path: Path) -> None:
    path = tmp_path / "call.eaf"
    path.write_text(to_eaf(CALL, media="call.wav"), encoding="utf-8")
    read = Eaf(str(path))
    assert list(read.get_tier_names()) == ["A turns", "A words", "B turns", "B words"]
    turns = sorted(read.get_annotation_data_for_tier("B turns"))
    assert turns == [(t.start_ms, t.end_ms, t.text) for t in CALL.turns if t.speaker == "B"]
    assert read.media_descriptors[0]["RELATIVE_MEDIA_URL"] == "call.wav"


def test_untrusted_words_stay_words(tmp_path: Path) -> None:
    printable = [text for text in HOSTILE if text.isprintable()]
    page = to_eaf(hostile())
    values = [value.text for value in ElementTree.fromstring(page).iter("ANNOTATION_VALUE")]
    assert set(printable) <= set(values)
    path = tmp_path / "hostile.TextGrid"
    path.write_text(to_textgrid(hostile()), encoding="utf-8")
    read = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    labels = {entry.label for tier in read.tiers for entry in tier.entries}
    assert set(printable) <= labels


def test_words_that_overlap_or_have_no_length_are_put_apart(tmp_path: Path) -> None:
    words = (Word("one", 0, 500, None, True), Word("two", 400, 400, None, True), Word("three", 300, 900, None, True))
    path = tmp_path / "odd.TextGrid"
    path.write_text(
        to_textgrid(Transcript((replace(turn(0, "one two three", 0, 900), words=words),))), encoding="utf-8"
    )
    entries = textgrid.openTextgrid(str(path), includeEmptyIntervals=False).getTier("words").entries
    assert [entry.label for entry in entries] == ["one", "two", "three"]
    assert all(before.end <= after.start for before, after in pairwise(entries))


def test_a_textgrid_ends_where_the_audio_ends(tmp_path: Path) -> None:
    tape = SimpleNamespace(
        transcript=CALL, audio=lambda start_ms, end_ms: b"", sound=SimpleNamespace(start=0, end=16 * 60_000)
    )
    session = SimpleNamespace(transcript=call(2), audio_ms=20_500.0)
    for exportable, offset_s, end_s in (
        (tape, 0, 60.0), (session, 0, 20.5), (session, 10, 30.5), (call(2), 0, 9.8), (Transcript(), 0, 1.0)
    ):  # fmt: skip
        path = tmp_path / "end.TextGrid"
        path.write_text(to_textgrid(exportable, offset_s=offset_s), encoding="utf-8")
        assert textgrid.openTextgrid(str(path), includeEmptyIntervals=True).maxTimestamp == pytest.approx(end_s)


def test_an_empty_transcript(tmp_path: Path) -> None:
    path = tmp_path / "nothing.TextGrid"
    path.write_text(to_textgrid(Transcript()), encoding="utf-8")
    assert list(textgrid.openTextgrid(str(path), includeEmptyIntervals=True).tierNames) == ["turns", "words"]
    assert "<ANNOTATION>" not in to_eaf(Transcript())


@pytest.mark.parametrize(("package", "make"), [("praatio", to_textgrid), ("pympi-ling", to_eaf)])
def test_without_the_package_the_error_names_it(package: str, make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("praatio.data_classes.interval_tier", "pympi.Elan"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingDependencyError, match=rf"'{package}'.*ipyscribe\[export\]"):
        make(CALL)  # type: ignore[operator]
