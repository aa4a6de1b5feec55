"""Text without spaces between words: Chinese, Japanese, Thai and their like, with a word per character."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
import webvtt
from msgspec.structs import replace
from praatio import textgrid
from timeline.speech import turn
from wcwidth import wcswidth

from ipyscribe.export import CueStyle, cues, to_srt, to_textgrid, to_vtt
from ipyscribe.export.line_breaks import may_break
from ipyscribe.export.timed_words import timed_words
from ipyscribe.transcript import Arrival, Transcript, Turn, Word
from ipyscribe.transcript.spans import word_spans

TEXTS = {
    "ja": "今日の会議では、来年の予算について話し合います。まず「昨年の結果」を見てから、"
    "それぞれの部門の計画を確認しましょう。最後に質問の時間があります。",
    "zh": "今天的会议我们讨论明年的预算。首先看一下去年的结果\uff0c然后确认各个部门的计划\uff0c最后有提问的时间。",
    "th": "วันนี้เราจะประชุมเรื่องงบประมาณของปีหน้าก่อนอื่นเราจะดูผลลัพธ์ของปีที่แล้วแล้วจึงยืนยันแผนของแต่ละแผนก",
    "km": "ថ្ងៃនេះយើងនឹងពិភាក្សាអំពីថវិកាសម្រាប់ឆ្នាំក្រោយហើយយើងនឹងមើលលទ្ធផលកាលពីឆ្នាំមុន",
}


def spoken(text: str, parts: Sequence[str], length_ms: int = 16_000) -> Turn:
    """A turn of ``text`` whose recognised words are ``parts``, evenly spread."""
    step_ms = length_ms / len(parts)
    words = tuple(
        Word(part, round(index * step_ms), round((index + 1) * step_ms), 0.9, True) for index, part in enumerate(parts)
    )
    return replace(turn(0, "x", 0, length_ms), text=text, words=words, final=Arrival(17.0, 17_000.0))


def per_character(text: str) -> list[str]:
    return [character for character in text if unicodedata.category(character)[0] != "P"]


@pytest.mark.parametrize("language", TEXTS)
def test_cues_keep_to_the_style_by_the_words_own_times(language: str) -> None:
    text = TEXTS[language]
    made = cues(Transcript((spoken(text, per_character(text)),)), CueStyle())
    assert "".join(line for cue in made for line in cue.lines) == text
    assert len(made) >= 3
    for cue in made:
        assert cue.end_ms - cue.start_ms <= 7_000
        assert len(cue.lines) <= 2
        assert max(map(wcswidth, cue.lines)) <= 42
        for line in cue.lines:
            assert unicodedata.category(line[0])[0] != "M"
            assert line[0] not in "、。」\uff0c"
            assert line[-1] != "「"


@pytest.mark.parametrize("language", TEXTS)
def test_there_are_as_many_intervals_as_words(language: str, tmp_path: Path) -> None:
    parts = per_character(TEXTS[language])
    path = tmp_path / "talk.TextGrid"
    path.write_text(to_textgrid(Transcript((spoken(TEXTS[language], parts),))), encoding="utf-8")
    entries = textgrid.openTextgrid(str(path), includeEmptyIntervals=False).getTier("words").entries
    assert len(entries) == len(parts)
    assert "".join(entry.label for entry in entries) == TEXTS[language]
    step_s = 16 / len(parts)
    for index, entry in enumerate(entries):
        assert entry.start == pytest.approx(index * step_s, abs=0.001)


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_that_is_one_word_is_cut_too(language: str) -> None:
    made = cues(Transcript((spoken(TEXTS[language], [TEXTS[language]]),)), CueStyle())
    assert "".join(line for cue in made for line in cue.lines) == TEXTS[language]
    assert all(len(cue.lines) <= 2 and cue.end_ms - cue.start_ms <= 7_000 for cue in made)


def test_words_of_several_characters_are_found_in_the_text() -> None:
    text = "今日は東京で会議です。"
    words = spoken(text, ["今日", "は", "東京", "で", "会議", "です"])
    assert [text[start:end] for start, end in word_spans(text, words.words)] == [
        "今日",
        "は",
        "東京",
        "で",
        "会議",
        "です",
    ]
    assert [word.text for word in timed_words(words)] == ["今日", "は", "東京", "で", "会議", "です。"]


def test_latin_words_in_japanese_text_are_not_cut() -> None:
    text = "これはipyscribeのtestです"
    assert [word.text for word in timed_words(spoken(text, ["これ", "は", "ipyscribe", "の", "test", "です"]))] == [
        "これ", "は", "ipyscribe", "の", "test", "です"
    ]  # fmt: skip
    assert [word.text for word in timed_words(spoken("well-known", ["well", "known"]))] == ["well-known"]


def test_characters_that_are_parted_by_spaces_stay_so() -> None:
    parts = per_character(TEXTS["zh"])
    transcript = Transcript((spoken(" ".join(parts), parts),))
    made = cues(transcript, CueStyle())
    assert " ".join(line for cue in made for line in cue.lines).split() == parts


def test_korean_is_cut_between_its_words() -> None:
    text = "오늘 회의에서는 내년 예산에 대해 논의하겠습니다 먼저 작년 결과를 살펴보고 각 부서의 계획을 확인합시다"
    made = cues(Transcript((spoken(text, text.split()),)), CueStyle())
    assert {word for cue in made for line in cue.lines for word in line.split()} == set(text.split())
    assert all(wcswidth(line) <= 42 for cue in made for line in cue.lines)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("会", "議", True),
        ("会", "。", False),
        ("「", "会", False),
        ("ท", "ี่", False),
        ("เ", "ร", False),
        ("ッ", "ト", True),
    ],
)
def test_where_a_line_may_end(before: str, after: str, allowed: bool) -> None:
    assert may_break(before, after) is allowed


def test_other_readers_agree() -> None:
    transcript = Transcript((spoken(TEXTS["ja"], per_character(TEXTS["ja"])),))
    captions = webvtt.WebVTT.from_string(to_vtt(transcript)).captions
    assert "".join(caption.text.replace("\n", "") for caption in captions) == TEXTS["ja"]
    assert to_srt(transcript).count("-->") == len(captions)
