"""A reader that keeps the words of the Turn before gives what a parser without a memory gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.protocol.message_reader import MessageReader
from ipyscribe.protocol.messages import TurnMessage, Unknown
from ipyscribe.protocol.parse import parse_message

TEXTS = st.text(st.sampled_from("ab {}[],:\"\\'é\n") | st.characters(exclude_categories=["Cs"]), max_size=8)
MORE = st.sampled_from(
    [{}, {"alternatives": [{"text": "a"}, {"text": "b"}]}, {"note": '},{"text":"a'}, {"note": "},{"}, {"{": "}"}]
)
WORDS = st.builds(
    lambda text, start, final, more: {"text": text, "start": start, "end": start, "word_is_final": final, **more},
    TEXTS,
    st.integers(0, 3),
    st.booleans(),
    MORE,
)


@st.composite
def growing_turns(draw: st.DrawFn) -> list[bytes]:
    """Frames of a turn whose words are added, changed and dropped, most often at its end."""
    words: list[dict[str, Any]] = []
    frames = []
    for _ in range(draw(st.integers(1, 8))):
        kept = draw(st.integers(0, len(words)) | st.integers(max(0, len(words) - 1), len(words)))
        words = words[:kept] + draw(st.lists(WORDS, max_size=3))
        spaced, escaped = draw(st.booleans()), draw(st.booleans())
        fields = {"turn_order": draw(st.integers(0, 2)), "transcript": draw(TEXTS), "words": words, "type": "Turn"}
        separators = (", ", ": ") if spaced else (",", ":")
        frames.append(json.dumps(fields, separators=separators, ensure_ascii=escaped).encode())
    return frames


@given(growing_turns())
def test_turns_are_read_as_without_a_memory(frames: list[bytes]) -> None:
    reader = MessageReader()
    assert [reader.read(frame) for frame in frames] == [parse_message(frame) for frame in frames]


@given(growing_turns(), st.integers(0, 200), st.binary(max_size=3))
def test_a_broken_frame_changes_nothing_for_those_after_it(frames: list[bytes], at: int, noise: bytes) -> None:
    broken = frames[-1][:at] + noise + frames[-1][at + 1 :]
    frames = [frames[0], broken, b"not JSON", b'{"type":"Begin","id":"a"}', *frames]
    reader = MessageReader()
    assert [reader.read(frame) for frame in frames] == [parse_message(frame) for frame in frames]


def turn(*texts: str, **changes: Any) -> bytes:
    words = [{"text": text, "start": 0, "end": 1} for text in texts]
    return json.dumps({"turn_order": 0, "words": words, **changes, "type": "Turn"}, separators=(",", ":")).encode()


def test_words_that_are_written_as_before_are_the_same_objects() -> None:
    reader = MessageReader()
    first, second = (reader.read(turn(*texts)) for texts in (["one", "two", "th"], ["one", "two", "three", "fo"]))
    assert isinstance(first, TurnMessage)
    assert isinstance(second, TurnMessage)
    assert [word.text for word in second.words] == ["one", "two", "three", "fo"]
    assert [old is new for old, new in zip(first.words, second.words, strict=False)] == [True, True, False]


@pytest.mark.parametrize("words", [None, [], [3], "one", [{"text": "one"}], [{"text": 1, "start": 0, "end": 1}]])
def test_words_of_another_shape_are_judged_as_without_a_memory(words: Any) -> None:
    reader = MessageReader()
    reader.read(turn("one", "two"))
    frame = turn(words=words)
    assert reader.read(frame) == parse_message(frame)
    assert isinstance(reader.read(frame), Unknown | TurnMessage)


def test_a_brace_within_a_text_begins_no_word() -> None:
    frames = [turn("a", text) for text in ("},{", '"},{"text":"b","start":0,"end":1}', "{")]
    reader = MessageReader()
    for frame in [*frames, *frames[::-1], turn("a", "},{", "b"), turn("a", '},{","x":1,"text":"c')]:
        assert reader.read(frame) == parse_message(frame)
