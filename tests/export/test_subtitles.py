"""pysubs2 writes; webvtt-py and srt, which share nothing with it, read."""

import html
import io
from itertools import pairwise
from typing import Any

import pytest
import srt
import webvtt
from export.speech import HOSTILE, hostile, talk_with_past
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from timeline.speech import call, spoken, talk, turn

from ipyscribe.errors import ParameterError
from ipyscribe.export import CueStyle, cues, to_srt, to_vtt
from ipyscribe.transcript import Transcript, Turn, Word

TALK = talk(120)


def read_vtt(text: str) -> list[Any]:
    return list(webvtt.WebVTT.from_string(text, strict=True).captions)


def read_srt(text: str) -> list[srt.Subtitle]:
    return list(srt.parse(text, ignore_errors=False))


def words_of(transcript: Transcript) -> list[str]:
    return " ".join(turn.text for turn in transcript.turns).split()


def test_every_word_is_there_once_in_order_in_both() -> None:
    assert " ".join(c.text.replace("\n", " ") for c in read_vtt(to_vtt(TALK))).split() == words_of(TALK)
    captions = read_srt(to_srt(TALK, speakers="never"))
    assert " ".join(cue.content.replace("\n", " ") for cue in captions).split() == words_of(TALK)
    assert [cue.index for cue in captions] == list(range(1, len(captions) + 1))
    assert srt.compose(captions) == to_srt(TALK, speakers="never")


def test_another_reader_of_srt_agrees() -> None:
    again = webvtt.WebVTT.from_buffer(io.StringIO(to_srt(TALK, speakers="never")), format="srt")
    assert " ".join(c.text.replace("\n", " ") for c in again.captions).split() == words_of(TALK)


@pytest.mark.parametrize(
    "style", [{}, {"line_length": 20, "lines": 1}, {"line_length": 32, "lines": 3, "longest_s": 3.0}]
)
def test_lines_have_the_length_and_number_of_the_style(style: dict[str, Any]) -> None:
    length, lines = style.get("line_length", 42), style.get("lines", 2)
    for cue in read_srt(to_srt(TALK, **style)):
        assert len(cue.content.splitlines()) <= lines
        assert max(map(len, cue.content.splitlines())) <= length
    longest_s = style.get("longest_s", 7.0)
    for made in cues(TALK, CueStyle(reading_speed=1000, shortest_s=0, **style)):
        assert made.end_ms - made.start_ms <= 1000 * longest_s or len(" ".join(made.lines).split()) == 1


def test_cues_begin_with_their_first_word_and_never_overlap() -> None:
    starts = {word.start_ms for turn in TALK.turns for word in turn.words}
    made = cues(TALK, CueStyle())
    assert {cue.start_ms for cue in made} <= starts
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(made))
    assert all(cue.start_ms < cue.end_ms for cue in made)


@pytest.mark.parametrize("speed", [10.0, 17.0, 25.0])
def test_a_cue_stays_until_it_can_be_read_where_there_is_room(speed: float) -> None:
    made = cues(TALK, CueStyle(reading_speed=speed))
    for cue, after in pairwise(made):
        characters = sum(map(len, cue.lines))
        assert cue.end_ms == after.start_ms or (cue.end_ms - cue.start_ms) / 1000 >= characters / speed - 0.001


def test_long_sentences_are_cut_where_a_sentence_ends() -> None:
    text = "This is the first sentence of it all. And here follows a second one that does not fit into the same cue."
    first, *_ = cues(spoken([text], length_ms=6000), CueStyle(line_length=36))
    assert " ".join(first.lines) == "This is the first sentence of it all."


def test_lines_of_a_cue_are_about_equally_long() -> None:
    [cue] = cues(spoken(["There is one at nine forty and one at a quarter past two."]), CueStyle())
    assert cue.lines == ("There is one at nine forty and", "one at a quarter past two.")


def test_a_pause_inside_a_turn_ends_a_cue() -> None:
    words = (Word("Well", 0, 300, 0.9, True), Word("yes.", 4000, 4300, 0.9, True))
    spoken = replace(turn(0, "Well yes.", 0, 4300), words=words)
    assert [(cue.start_ms, cue.lines) for cue in cues(Transcript((spoken,)), CueStyle())] == [
        (0, ("Well",)),
        (4000, ("yes.",)),
    ]


def test_speakers_are_named_when_they_change_or_always_or_never() -> None:
    assert [cue.content.split(":")[0] for cue in read_srt(to_srt(call(6), speakers="always"))] == [
        "A",
        "B",
        "A",
        "B",
        "A",
        "A",
    ]
    assert [cue.content[:3] == "A: " for cue in read_srt(to_srt(call(6)))] == [True, False, True, False, True, False]
    assert ": " not in to_srt(call(), speakers="never")
    assert [caption.voice for caption in read_vtt(to_vtt(call(6)))] == ["A", "B", "A", "B", "A", "A"]
    assert [caption.voice for caption in read_vtt(to_vtt(call(6), speakers="never"))] == [None] * 6


def test_two_speakers_in_one_turn_have_cues_of_their_own() -> None:
    spoken = turn(0, "Yes. No.", 0, 2000)
    spoken = replace(spoken, words=(replace(spoken.words[0], speaker="A"), replace(spoken.words[1], speaker="B")))
    assert [cue.speaker for cue in cues(Transcript((spoken,)), CueStyle())] == ["A", "B"]


def test_formatted_numbers_get_a_time_between_their_neighbours() -> None:
    words = [
        ("i", 0, 200),
        ("paid", 200, 500),
        ("forty", 500, 900),
        ("two", 900, 1200),
        ("dollars", 1200, 1600),
        ("twice", 1700, 2000),
    ]
    spoken = replace(turn(0, "I paid $42 twice.", 0, 2000), words=tuple(Word(*word, 0.9, True) for word in words))
    made = cues(Transcript((spoken,)), CueStyle(line_length=10, lines=1))
    assert [(cue.lines[0], cue.start_ms) for cue in made] == [("I paid $42", 0), ("twice.", 1700)]


def test_each_of_two_people_at_once_keeps_its_cue_as_long_as_its_words() -> None:
    transcript = Transcript(
        (
            turn(0, "I have been saying this for years.", 0, 4_000, speaker="A"),
            turn(1, "Yes, yes.", 1_000, 2_000, speaker="B"),
            turn(2, "Well.", 3_900, 4_500, speaker="A"),
        )
    )
    made = cues(transcript, CueStyle())
    assert [(cue.speaker, cue.start_ms, cue.end_ms) for cue in made] == [
        ("A", 0, 3_900),
        ("B", 1_000, 2_000),
        ("A", 3_900, 4_900),
    ]


def test_an_offset_moves_every_time() -> None:
    for plain, moved in zip(read_vtt(to_vtt(TALK)), read_vtt(to_vtt(TALK, offset_s=600.5)), strict=True):
        assert moved.text == plain.text
        assert moved.start_in_seconds - plain.start_in_seconds == pytest.approx(600.5, abs=1)
    assert read_srt(to_srt(call(), offset_s=3600))[0].start.total_seconds() == pytest.approx(3600.8)
    for offset_s, message in ((float("nan"), "not a time"), (-2, "before 0.*at least -0.8 s"), ("1", "not a time")):
        with pytest.raises(ParameterError, match=message):
            to_srt(call(), offset_s=offset_s)  # type: ignore[arg-type]


def test_turns_without_words_are_left_out() -> None:
    silence = replace(turn(0, "[Silence]", 0, 1000), words=())
    assert to_srt(Transcript((silence,))) == ""
    assert to_vtt(Transcript()).strip() == "WEBVTT"


def test_untrusted_words_stay_words() -> None:
    made = hostile()
    captions = read_vtt(to_vtt(made, speakers="never", line_length=200, longest_s=60))
    assert len(captions) == len(HOSTILE)
    for caption, wanted in zip(captions, HOSTILE, strict=True):
        if wanted.isprintable():
            assert html.unescape(caption.text).replace("\u2060", "") == wanted
    page = to_vtt(made)
    assert page.count("-->") == len(read_vtt(page))
    for line in page.splitlines():
        assert "<" not in line.removeprefix("<v ")
    text = to_srt(made, line_length=200, longest_s=60)
    assert len(read_srt(text)) == len(HOSTILE)
    for tag, shown in (("<b>", "<\u2060b>"), ("</script>", "<\u2060/script>"), ("{\\an8}", "{\\\u2060an8}")):
        assert tag not in text
        assert shown in text


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({"line_length": 3}, "line_length=3 .* from 10 to 1000"),
        ({"line_length": 40.5}, "an integer"),
        ({"lines": True}, "lines=True"),
        ({"reading_speed": float("nan")}, "reading_speed=nan"),
        ({"speakers": "all"}, "'change', 'always' or 'never'"),
    ],
)
def test_unusable_styles_are_refused(style: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        to_srt(call(), **style)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Words at times as no server should send them: overlapping, going back, without length."""
    texts = draw(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=12))
    times = draw(
        st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 2000)), min_size=len(texts), max_size=len(texts))
    )
    words = tuple(Word(text, at, at + lasts, None, True) for text, (at, lasts) in zip(texts, times, strict=True))
    text = draw(st.one_of(st.just(" ".join(texts)), st.text(max_size=60)))
    return replace(turn(0, "x", 0, 1), text=text, words=words, speaker=draw(st.one_of(st.none(), st.text(max_size=5))))


@settings(max_examples=60, deadline=None)
@given(st.lists(turns(), max_size=4), st.sampled_from(["change", "always", "never"]))
def test_other_readers_read_the_cues_of_any_transcript(generated: list[Turn], speakers: str) -> None:
    transcript = Transcript(tuple(generated))
    style: dict[str, Any] = {"line_length": 12, "speakers": speakers}
    made = cues(transcript, CueStyle(**style))
    for speaker in {cue.speaker for cue in made}:
        cues_of_speaker = [cue for cue in made if cue.speaker == speaker]
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues_of_speaker))
    assert all(before.start_ms <= after.start_ms for before, after in pairwise(made))
    assert len(read_srt(to_srt(transcript, **style))) == len(made)
    assert len(read_vtt(to_vtt(transcript, **style))) == len(cues(transcript, CueStyle(**style), label=None))


def test_an_hour_is_written() -> None:
    assert len(read_srt(to_srt(talk_with_past(700)))) >= 700
