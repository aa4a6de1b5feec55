"""What holds for any sequence of messages."""

from __future__ import annotations

import gc
import sys
from itertools import pairwise
from random import Random
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from transcript.messages import TERMINATION, reduced, turn, word

from ipyscribe.protocol.messages import Message, Revision, SpeakerRevision, TurnMessage
from ipyscribe.transcript import Arrival, Transcript, Turn, drop_unsettled, reduce, settled_until_ms

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
def test_each_step_keeps_the_invariants(start: Transcript, messages: list[Message]) -> None:
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
def test_a_repeated_message_changes_nothing(start: Transcript, messages: list[Message], last: Message) -> None:
    once = reduce(reduced(*messages, start=start), last, ARRIVAL)
    assert reduce(once, last, ARRIVAL) == once


TRANSCRIPT = st.sampled_from(["yes", "yes no", "a b c", "Yes, no."])
PARTIALS = st.lists(
    st.builds(turn, st.just(1), TRANSCRIPT, words=st.none() | TRANSCRIPT, formatted=st.booleans()), max_size=6
)
UNFORMATTED = st.lists(st.builds(turn, st.just(1), TRANSCRIPT, end=st.just(True), utterance=TEXTS), max_size=2)
FORMATTED = st.builds(turn, st.just(1), TRANSCRIPT, end=st.just(True), formatted=st.just(True), speaker=SPEAKERS)


@given(STARTS, PARTIALS, UNFORMATTED, FORMATTED, st.randoms(use_true_random=False))
def test_the_order_of_messages_does_not_change_a_turn(
    start: Transcript, partials: list[Message], finals: list[Message], formatted: TurnMessage, chance: Random
) -> None:
    messages = [*partials, *finals, formatted]
    in_order = reduced(*messages, start=start).turns
    chance.shuffle(messages)
    for turns in (reduced(*messages, start=start).turns, reduced(*messages, *partials, *finals, start=start).turns):
        assert [(one.order, one.text) for one in turns] == [(1, formatted.transcript)]
        assert all(one.settled and one.formatted for one in turns)
        assert (turns[0].words, turns[0].speaker) == (in_order[0].words, formatted.speaker or turns[0].speaker)


@given(STARTS, MESSAGES, st.randoms(use_true_random=False))
def test_messages_of_several_turns_may_interleave(start: Transcript, messages: list[Message], chance: Random) -> None:
    """What counts is the order of the messages of each turn."""
    lanes = [[m for m in messages if isinstance(m, TurnMessage) and m.turn_order == order] for order in range(5)]
    one_by_one = reduced(*(m for lane in lanes for m in lane), TERMINATION, start=start)
    mixed = []
    while any(lanes):
        lane = chance.choice([lane for lane in lanes if lane])
        mixed.append(lane.pop(0))
    transcript = reduced(*mixed, TERMINATION, start=start)
    assert [_timeless(one) for one in transcript.turns] == [_timeless(one) for one in one_by_one.turns]


def _timeless(one: Turn) -> tuple[Any, ...]:
    return (one.order, one.text, one.words, one.ended, one.formatted, one.provisional, one.speaker)


@given(STARTS, MESSAGES)
def test_settled_text_comes_from_a_final(start: Transcript, messages: list[Message]) -> None:
    """And nothing but a formatted final replaces it: not a shorter text, a partial, or one without words."""
    shown: dict[int, str] = {}
    transcript = start
    for message in messages:
        transcript = reduce(transcript, message, ARRIVAL)
        for one in transcript.settled:
            if one.order in shown and one.text != shown[one.order]:
                assert isinstance(message, TurnMessage)
                assert is_formatted_final(message, one.order)
                words = " ".join(word.text for word in message.words)
                assert one.text in (" ".join(message.transcript.split()), message.utterance, words)
            shown[one.order] = one.text
        assert shown.keys() == {one.order for one in transcript.settled}


@given(STARTS, MESSAGES, MESSAGES)
def test_a_lost_connection_removes_no_settled_turn(
    start: Transcript, messages: list[Message], later: list[Message]
) -> None:
    before = reduced(*messages, start=start)
    kept, complete_ms = drop_unsettled(before)
    assert settled_until_ms(before) == drop_unsettled(before.with_turns(before.turns[-4:]))[1]
    assert drop_unsettled(kept)[0] == kept
    assert all(one.settled for one in kept.turns)
    texts = {one.order: one.text for one in kept.turns}
    assert {one.order: one.text for one in before.turns if one.ended}.items() <= texts.items()
    assert complete_ms == max((one.end_ms for one in kept.turns[-2:]), default=0)
    after = reduced(*later, start=kept)
    changed = {one.order for one in after.turns if texts.get(one.order, one.text) != one.text}
    assert all(any(is_formatted_final(message, order) for message in later) for order in changed)
    assert texts.keys() <= {one.order for one in after.turns}


@given(STARTS, MESSAGES)
def test_after_termination_no_turn_is_provisional(start: Transcript, messages: list[Message]) -> None:
    transcript = reduced(*messages, TERMINATION, start=start)
    assert not any(one.provisional for one in transcript.turns)


@given(STARTS, MESSAGES)
def test_the_views_agree(start: Transcript, messages: list[Message]) -> None:
    transcript = reduced(*messages, start=start)
    assert transcript.text == str(transcript) == "\n".join(one.text for one in transcript.turns)
    assert len(transcript) == len(transcript.to_records()) == len(transcript.turns)
    assert len(transcript.words) == sum(record["words"] for record in transcript.to_records())
    assert transcript.settled == tuple(one for one in transcript.turns if one.settled)


def lines_run(transcript: Transcript, message: Message) -> int:
    """Lines of Python that one reduction runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    gc.disable()  # objects that the collector frees may run lines of their own
    sys.settrace(trace)
    try:
        reduce(transcript, message, ARRIVAL)
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def test_a_message_costs_no_more_after_ten_thousand_turns() -> None:
    turns = [reduced(turn(0, "yes", end=True)).turns[0]] * 10_000
    numbered = tuple(replace(one, order=order) for order, one in enumerate(turns))
    for message in (turn(10_000, "and now"), turn(10_000, "And now.", end=True, formatted=True)):
        few = lines_run(Transcript(numbered[9_990:], expects_formatting=True), message)
        many = lines_run(Transcript(numbered, expects_formatting=True), message)
        assert many < few + 60
