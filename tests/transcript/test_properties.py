"""What holds for any sequence of messages."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from transcript.messages import TERMINATION, heard, turn, word

from ipyscribe.protocol.messages import Message, Revision, SpeakerRevision
from ipyscribe.transcript import Arrival, Transcript, reduce

TEXTS = st.sampled_from(["", " ", "yes", "yes no", "Yes, no.", "[Silence]", "a b c"])
SPEAKERS = st.none() | st.sampled_from(["A", "B"])
TURNS = st.builds(
    turn,
    st.integers(0, 4),
    TEXTS,
    words=st.none() | TEXTS,
    end=st.booleans(),
    formatted=st.booleans(),
    utterance=TEXTS,
    speaker=SPEAKERS,
)
REVISIONS = st.builds(
    lambda order, speaker: SpeakerRevision((Revision(order, speaker, (word("yes", 0, speaker=speaker),)),)),
    st.integers(0, 4),
    SPEAKERS,
)
MESSAGES = st.lists(TURNS | REVISIONS | st.just(TERMINATION), max_size=30)
STARTS = st.builds(Transcript, expects_formatting=st.booleans(), has_confidences=st.booleans())
ARRIVAL = Arrival(99.0, 99_000.0)


def is_formatted_final(message: Message, order: int) -> bool:
    return all(
        getattr(message, name, None) == value
        for name, value in (("turn_order", order), ("end_of_turn", True), ("turn_is_formatted", True))
    )


@given(STARTS, MESSAGES)
def test_each_step_keeps_its_promises(start: Transcript, messages: list[Message]) -> None:
    before = start
    for message in messages:
        after = reduce(before, message, ARRIVAL)
        assert all(one.order < other.order for one, other in pairwise(after.turns))
        assert all(one.text and one.history[-1].text == one.text for one in after.turns)
        assert all(one.final is None or one.ended for one in after.turns)
        now = {one.order: one for one in after.turns}
        for one in before.turns:
            if one.ended:
                assert now[one.order].ended
                assert now[one.order].final == one.final
                assert now[one.order].text == one.text or is_formatted_final(message, one.order)
                assert now[one.order].formatted or not one.formatted
            if one.settled:
                assert now[one.order].settled
        before = after


@given(STARTS, MESSAGES, TURNS | REVISIONS | st.just(TERMINATION))
def test_a_message_that_comes_twice_says_nothing_new(start: Transcript, messages: list[Message], last: Message) -> None:
    once = reduce(heard(*messages, start=start), last, ARRIVAL)
    assert reduce(once, last, ARRIVAL) == once


@given(STARTS, MESSAGES)
def test_after_termination_no_turn_waits(start: Transcript, messages: list[Message]) -> None:
    said = heard(*messages, TERMINATION, start=start)
    assert not any(one.provisional for one in said.turns)


@given(STARTS, MESSAGES)
def test_the_views_agree(start: Transcript, messages: list[Message]) -> None:
    said = heard(*messages, start=start)
    assert said.text == str(said) == "\n".join(one.text for one in said.turns)
    assert len(said) == len(said.to_records()) == len(said.turns)
    assert len(said.words()) == sum(record["words"] for record in said.to_records())
    assert said.settled == tuple(one for one in said.turns if one.settled)


def lines_run(transcript: Transcript, message: Message) -> int:
    """Lines of Python that one reduction runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        reduce(transcript, message, ARRIVAL)
    finally:
        sys.settrace(before)
    return count


def test_a_message_costs_no_more_after_ten_thousand_turns() -> None:
    said = [heard(turn(0, "yes", end=True)).turns[0]] * 10_000
    numbered = tuple(replace(one, order=order) for order, one in enumerate(said))
    for message in (turn(10_000, "and now"), turn(10_000, "And now.", end=True, formatted=True)):
        few = lines_run(Transcript(numbered[9_990:], expects_formatting=True), message)
        many = lines_run(Transcript(numbered, expects_formatting=True), message)
        assert many < few + 60
