"""References out of files: a transcript scored against its own export has no error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from export.speech import hostile, talk_with_past
from msgspec.structs import replace

from ipyscribe import export
from ipyscribe.comparison.alternatives import best_reference, first_choices
from ipyscribe.comparison.reference import Reference, reference_text, transcript_text
from ipyscribe.comparison.timed_text import read_timed_text
from ipyscribe.errors import ParameterError
from ipyscribe.export.exportable import one_line
from ipyscribe.metrics import normaliser
from ipyscribe.transcript import Transcript

WRITTEN = ["txt", "md", "html", "srt", "vtt", "json", "csv", "TextGrid", "eaf"]
NORMALISE = normaliser("en")
NAMELESS = tuple(replace(turn, text=one_line(turn.text), speaker=None) for turn in hostile().turns)
TRANSCRIPTS = {"talk": talk_with_past(12), "hostile": Transcript(NAMELESS)}


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("transcript", TRANSCRIPTS.values(), ids=TRANSCRIPTS)
def test_a_transcript_has_no_error_against_its_own_export(tmp_path: Path, transcript: Transcript, suffix: str) -> None:
    path = export.save(transcript, tmp_path / f"own.{suffix}")
    text = reference_text(path)
    assert text is not None
    assert NORMALISE(text) == NORMALISE(transcript_text(transcript))
    score = Reference(text).score(transcript)
    assert score.normalised.rate == 0
    assert Reference(reference_text(str(path))) == Reference(text)


def test_words_and_frozen_pages_too(tmp_path: Path) -> None:
    transcript = TRANSCRIPTS["talk"]
    words = export.save(transcript, tmp_path / "words.csv", rows="words")
    page = export.freeze(transcript).save(tmp_path / "frozen.html")
    for path in (words, page):
        assert Reference(reference_text(path)).score(transcript).normalised.rate == 0


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.tsv", "a.xml", "a.ass"])
def test_other_formats_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("anything")
    with pytest.raises(ParameterError, match=rf"{name}' is a \.{name[2:]} file, which cannot be read") as caught:
        reference_text(str(path))
    assert ".TextGrid".lower() in caught.value.advice


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", "[1]", "neither a transcript nor a text"),
        ("a.json", "{", "Expecting property name"),
        ("a.json", '{"format": "ipyscribe-transcripts", "lanes": []}', "several models"),
        ("a.html", "<p>any page</p>", "not a page that ipyscribe wrote"),
        ("a.csv", "file,words\n", "no column 'text'"),
        ("a.csv", "model,text\n", "several models"),
        ("a.md", "## quick\n\none\n\n## patient\n\none\n", "several models"),
        ("a.ctm", "x 1 0.5\n", "line 1 has 3 fields"),
        ("a.vtt", "no subtitles", "cannot be read as .vtt"),
        ("a.eaf", "no xml", "cannot be read as .eaf"),
        ("a.TextGrid", "no grid", "cannot be read as .TextGrid"),
    ],
)
def test_files_that_hold_no_reference_are_named(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ParameterError, match=reason) as caught:
        reference_text(tmp_path / name)
    assert caught.value.advice


@pytest.mark.parametrize("text", ["9.30", "U.S.A", "今日の気温は3.5度です", "e.g.", "v2.0", "...", "Mr.Smith", "", " "])
def test_texts_with_dots_are_texts(text: str) -> None:
    assert reference_text(text) == text


def test_a_file_that_exists_is_read_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my talk.txt").write_text("so we meet")
    assert reference_text("my talk.txt") == "so we meet"
    with pytest.raises(ParameterError, match=r"cannot be read \(No such file"):
        reference_text("gone.srt")


VTT = """WEBVTT

NOTE a remark that
nobody says

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start
<v Roger Bingham>We are in <b>New York</b> &amp; it is

2
00:02.000 --> 00:03.000
the year
1984
"""
SRT = (
    "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> {\\an8}there\n\n2\n00:00:02,500 --> 00:00:03,000\nThe year\n1984\n"
)
CTM = ";; a comment\nrec 1 0.50 0.30 so 0.9\nrec 1 0.80 0.20 <ALT_BEGIN>\nrec 1 0.80 0.20 we 0.9\n\
rec 1 0.80 0.20 <ALT>\nrec 1 0.80 0.20 he 0.1\nrec 1 0.80 0.20 <ALT_END>\nrec 1 1.00 0.25 meet\n"
SEGLST = [
    {"session_id": "s", "speaker": "b", "start_time": "2.0", "end_time": 3, "words": "see you"},
    {"session_id": "s", "speaker": "a", "start_time": "0.5", "end_time": 2, "words": "so we meet"},
]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.vtt", VTT, "We are in New York & it is\nthe year 1984"),
        ("a.srt", SRT, "Hello there\nThe year 1984"),
        ("a.ctm", CTM, "so we meet"),
        ("a.json", json.dumps(SEGLST), "so we meet\nsee you"),
        ("a.json", '{"id": 1, "text": "so we meet"}', "so we meet"),
        ("a.stm", "r 1 s 0 1 <o,f0,m> so {um / @} we (uh) meet\n", "so um we uh meet"),
        ("a.txt", "A: so we meet\nSpeaker 2: see you\nRemember: noon\n", "so we meet\nsee you\nRemember: noon"),
    ],
)
def test_foreign_files(tmp_path: Path, name: str, content: str, text: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8-sig" if name == "a.txt" else "utf-8")
    assert reference_text(tmp_path / name) == text


def test_times_and_speakers_of_timed_text(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(VTT)
    first = read_timed_text(tmp_path / "a.vtt")[0]
    assert (first.start_ms, first.end_ms, first.speaker) == (1000, 2000, "Roger Bingham")
    with pytest.raises(ParameterError, match="no timed text"):
        read_timed_text(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("hypothesis", "reference"),
    [
        ("so well we are near home now", "so well we are near home now"),
        ("so we are close to home now", "so we are close to home now"),
        ("so we are home now", "so we are home now"),
        ("so we", "so we are home now"),
    ],
)
def test_alternatives_are_chosen_for_the_hypothesis(hypothesis: str, reference: str) -> None:
    markup = "so (well) we are { near / close to / @ } home now"
    assert first_choices(markup) == "so well we are near home now"
    assert best_reference(markup, hypothesis, NORMALISE) == reference


def test_braces_and_brackets_that_are_no_alternatives_are_text() -> None:
    assert first_choices("a {b} c (d e) f(g)") == "a {b} c (d e) f(g)"
