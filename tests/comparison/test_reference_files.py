"""References out of files: a transcript scored against its own export has no error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from export.speech import hostile, talk_with_past
from msgspec.structs import replace
from timeline.speech import turn

from ipyscribe import export
from ipyscribe.comparison.alternatives import best_reference, first_choices
from ipyscribe.comparison.reference import Reference, marked_text, reference_text, transcript_text
from ipyscribe.comparison.timed_text import read_timed_text
from ipyscribe.errors import ParameterError
from ipyscribe.metrics import normaliser
from ipyscribe.transcript import Transcript, Turn, Word

NORMALISE = normaliser("en")


def of_characters(order: int, text: str, start_ms: int, speaker: str | None) -> Turn:
    """A turn with a word for each character."""
    words = tuple(
        Word(each, start_ms + 200 * index, start_ms + 200 * index + 200, 0.9, True) for index, each in enumerate(text)
    )
    return replace(turn(order, text, start_ms, words[-1].end_ms, speaker=speaker), words=words)


def transcripts() -> dict[str, tuple[str, Transcript]]:
    """Language and transcript by name: of one and several speakers, at once, named in odd ways, in other scripts."""
    english = [
        "It's -5 °C; that is 50 % of $1,234.56, isn't it?", "7:30 a.m. on May 9th (probably).",
        'I said: "No -- never!" [laughter] & more', "#1 fan @ home = fun", "- a dash", "1984", "12:30", "Note: a text",
    ]  # fmt: skip
    names = ["Dr. Jane Smith: MD", "speaker (two)", "Ann-Marie", "UNKNOWN", "B"]
    others = {
        "ja": ["今日の気温は3.5度です。", "「はい」、そうです。明日は雨でしょう。" * 4],
        "th": ["สวัสดีครับ", "วันนี้อากาศดีมาก"],
    }  # fmt: skip
    at_once = [
        turn(0, "one two three four five six seven eight", 0, 8_000, speaker="A"),
        turn(1, "well yes I do think so too", 1_000, 4_000, speaker="Ben"),
        turn(2, "nine ten eleven", 8_500, 10_000, speaker="A"),
    ]
    sides = [turn(order, text, 4_000 * order, 4_000 * order + 3_000) for order, text in enumerate(english)]
    named = [replace(one, speaker=names[one.order % len(names)]) for one in sides]
    wide = [turn(0, "안녕" * 30 + " https://example.org/" + "x" * 90, 0, 3_000, speaker="Kim Min-jun")]
    return {
        "talk": ("en", talk_with_past(12)),
        "hostile": ("en", hostile()),
        "nobody": ("en", Transcript(tuple(sides))),
        "named": ("en", Transcript(tuple(named))),
        "at once": ("en", Transcript(tuple(at_once))),
        "wide words": ("ko", Transcript(tuple(wide))),
        **{
            language: (
                language,
                Transcript(tuple(of_characters(order, text, 20_000 * order, "Yu") for order, text in enumerate(texts))),
            )
            for language, texts in others.items()
        },
    }


TRANSCRIPTS = transcripts()
WRITTEN = [suffix for suffix, written in export.FORMATS.items() if not written.needs_audio and suffix != "rttm"]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "txt": [{"times": True}, {"speakers": False}],
    "md": [{"title": "A talk"}, {"times": False}],
    "csv": [{"rows": "words"}, {"excel": True}, {"formulas": True}],
    "json": [{"history": False}],
    "srt": [{"speakers": "always"}, {"line_length": 12}],
    "vtt": [{"speakers": "always"}, {"line_length": 12}],
}


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_has_no_error_against_its_own_export(tmp_path: Path, name: str, suffix: str) -> None:
    language, transcript = TRANSCRIPTS[name]
    normalise = normaliser(language)
    for options in ({}, *OPTIONS.get(suffix, [])):
        path = export.save(transcript, tmp_path / f"own.{suffix}", **options)
        text = reference_text(str(path))
        assert text is not None
        assert normalise(text) == normalise(transcript_text(transcript)), options
        assert Reference(text, language=language).score(transcript).normalised.total == 0


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("name", ["talk", "named"])
def test_a_last_newline_and_those_of_windows_make_no_difference(tmp_path: Path, name: str, suffix: str) -> None:
    path = export.save(TRANSCRIPTS[name][1], tmp_path / f"own.{suffix}")
    content, text = path.read_bytes(), reference_text(path)
    for other in (content.rstrip(b"\n"), content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
        path.write_bytes(other)
        assert reference_text(path) == text


def test_formats_without_words_are_refused_by_name(tmp_path: Path) -> None:
    path = export.save(TRANSCRIPTS["talk"][1], tmp_path / "own.rttm")
    with pytest.raises(ParameterError, match=r"'own\.rttm' is a \.rttm file, which holds times and speakers, but no"):
        reference_text(path)
    for name in ("a.wav", "a.docx"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ParameterError, match=rf"is a \.{name[2:]} file, which cannot be read"):
            reference_text(tmp_path / name)


def test_several_transcripts_in_one_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    path.write_text("quick:\none two\n\npatient:\none two\n")
    with pytest.raises(ParameterError, match="several models"):
        reference_text(path)


def test_words_and_frozen_pages_too(tmp_path: Path) -> None:
    transcript = TRANSCRIPTS["talk"][1]
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
TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

0
3
<exists>
2
"IntervalTier"
"A"
0
3
2
0
1
"so we"
1
3
""
"IntervalTier"
"B"
0
3
1
1
2
"meet" """.rstrip()
SEGLST = [
    {"session_id": "s", "speaker": "b", "start_time": "2.0", "end_time": 3, "words": "see you"},
    {"session_id": "s", "speaker": "a", "start_time": "0.5", "end_time": 2, "words": "so we meet"},
]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.vtt", VTT, "We are in New York & it is\nthe year 1984"),
        ("a.srt", SRT, "Hello there\nThe year 1984"),
        ("a.TextGrid", TEXTGRID, "so we\nmeet"),
        ("a.TextGrid", TEXTGRID + "\n", "so we\nmeet"),
        ("a.ctm", CTM, "so we meet"),
        ("a.json", json.dumps(SEGLST), "so we meet\nsee you"),
        ("a.json", '{"id": 1, "text": "so we meet"}', "so we meet"),
        ("a.stm", "r 1 s 0 1 <o,f0,m> so {um / @} we (uh) meet\n", "so um we uh meet"),
        ("a.txt", "A: so we meet\nSpeaker 2: see you\nRemember: noon\n", "so we meet\nsee you\nRemember: noon"),
        ("a.txt", "Anna Bell: so we\nTom : yes\nAnna Bell: meet\n", "so we\nyes\nmeet"),
        ("a.txt", "Remember: noon\nNote: lamps\n", "Remember: noon\nNote: lamps"),
        ("a.trn", "so we (talk-1)\nmeet (talk-2)\n", "so we\nmeet"),
        ("a.stm", "t 1 s 0 1 <o> {NOISE} it 's the(2) (%hes) { a / { b / c } d }\nt 1 s 1 2 end\n", "it 's the a\nend"),
        ("a.ctm", "r A 0 0.3 so\nr A 0.3 0.3 we\nr A 5 0.3 meet\nr B 1 0.3 yes\n", "so we yes meet"),
    ],
)
def test_foreign_files(tmp_path: Path, name: str, content: str, text: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8-sig" if name == "a.txt" else "utf-8")
    assert reference_text(tmp_path / name) == text


def test_files_in_utf_16(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Gr\u00fc\u00dfe\r\nan alle", encoding="utf-16", newline="")
    assert reference_text(tmp_path / "a.txt") == "Gr\u00fc\u00dfe\nan alle"
    grid = export.to_textgrid(Transcript((turn(0, 'He said "no" \u2013 \u00fcber', 0, 900),)))
    (tmp_path / "a.TextGrid").write_text(grid, encoding="utf-16")  # as Praat does
    assert reference_text(tmp_path / "a.TextGrid") == 'He said "no" \u2013 \u00fcber'


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


def test_alternatives_within_alternatives_and_lines() -> None:
    markup = "so { a / { b / c } d / @ } we\n{ meet / met }\n{ at / by } noon"
    for hypothesis in ("so c d we met by noon", "so we meet at noon", "so a we met at noon"):
        assert best_reference(markup, hypothesis, NORMALISE).split() == hypothesis.split()
    assert first_choices(markup) == "so a we\nmeet\nat noon"
    assert best_reference("{ 今 / 明 }日", "明日", normaliser("zh")).replace(" ", "") == "明日"


def test_the_reference_of_a_comparison_has_alternatives(tmp_path: Path) -> None:
    (tmp_path / "a.stm").write_text(
        "r 1 s 0 1 so { um / @ } { we are / we're } here\nr 1 s 1 2 (uh) { now / at once }\n"
    )
    text, alternatives = marked_text(tmp_path / "a.stm")
    transcript = Transcript((turn(0, "So we're here, at once.", 0, 2_000),))
    reference = Reference(text, alternatives=alternatives)
    assert reference.score(transcript).normalised.total == 0
    assert [each.n for each in reference.errors(transcript)] == [4, 2]
    assert marked_text("9.30") == ("9.30", False)


def test_braces_and_brackets_that_are_no_alternatives_are_text() -> None:
    assert first_choices("a {b} c (d e) f(g)") == "a {b} c (d e) f(g)"
