"""What each model sends becomes the same kind of transcript (the sequences are those of the protocol sheet)."""

from __future__ import annotations

import pytest
from transcript.messages import TERMINATION, reduced, turn, word

from ipyscribe.protocol import find_model
from ipyscribe.protocol.messages import (
    Begin,
    Heartbeat,
    LLMGatewayResponse,
    Message,
    Revision,
    ServerError,
    ServerWarning,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    TurnMessage,
    Unknown,
)
from ipyscribe.transcript import Arrival, Transcript, Turn, reduce

EN = find_model("universal-streaming-english")
WH = find_model("whisper-rt")
FORMATTING = Transcript.of(EN, {"format_turns": True})


def texts(transcript: Transcript) -> list[tuple[str, bool, bool]]:
    """Text, ended, settled of each turn."""
    return [(one.text, one.ended, one.settled) for one in transcript.turns]


def only(transcript: Transcript) -> Turn:
    (turn,) = transcript.turns
    return turn


# universal-streaming, formatted in a second step


def test_the_live_line_has_the_unfinished_word() -> None:
    assert texts(reduced(turn(0, "", words="we~"))) == [("we", False, False)]
    assert texts(reduced(turn(0, "we", words="we mea~"))) == [("we mea", False, False)]
    assert texts(reduced(turn(0, "we measured", words="we measured"))) == [("we measured", False, False)]


def test_two_finals_where_formatting_was_requested() -> None:
    messages = [turn(0, "we measured mito"), turn(0, "we measured mitochondria", end=True)]
    assert texts(reduced(*messages, start=FORMATTING)) == [("we measured mitochondria", True, False)]
    messages.append(turn(0, "We measured mitochondria.", end=True, formatted=True))
    one = only(reduced(*messages, start=FORMATTING))
    assert (one.text, one.settled, one.formatted) == ("We measured mitochondria.", True, True)
    assert one.final == Arrival(2.0, 2000.0)
    assert one.first == Arrival(1.0, 1000.0)
    assert [partial.text for partial in one.history] == [
        "we measured mito",
        "we measured mitochondria",
        "We measured mitochondria.",
    ]


@pytest.mark.parametrize("after", [turn(1, "", words="now~"), TERMINATION], ids=["next turn", "Termination"])
def test_a_formatted_final_that_never_comes_is_not_awaited(after: Message) -> None:
    assert texts(reduced(turn(0, "yes", end=True), after, start=FORMATTING))[0] == ("yes", True, True)


def test_a_formatted_final_may_come_late() -> None:
    transcript = reduced(
        turn(0, "yes", end=True), turn(1, "and"), turn(0, "Yes.", end=True, formatted=True), start=FORMATTING
    )
    assert texts(transcript) == [("Yes.", True, True), ("and", False, False)]


def test_a_formatted_final_without_words_keeps_them() -> None:
    transcript = reduced(turn(0, "yes now", end=True), turn(0, "Yes, now.", words=(), end=True, formatted=True))
    assert [one.text for one in only(transcript).words] == ["yes", "now"]


# universal-streaming, formatted by the model; and without formatting


def test_one_final_that_is_formatted_from_the_start() -> None:
    transcript = reduced(
        turn(0, "We measured", words="We measured mi~", formatted=True),
        turn(0, "We measured mitochondria.", end=True, formatted=True),
        start=FORMATTING,
    )
    assert texts(transcript) == [("We measured mitochondria.", True, True)]


def test_without_formatting_the_first_final_settles() -> None:
    transcript = reduced(
        turn(0, "we"), turn(0, "we measured", utterance="we measured"), turn(0, "we measured", end=True)
    )
    assert texts(transcript) == [("we measured", True, True)]


def test_an_utterance_before_the_end_does_not_end_the_turn() -> None:
    transcript = reduced(turn(0, "we", words="we measured~", utterance="we measured"))
    assert texts(transcript) == [("we measured", False, False)]


def test_text_never_goes_back_to_its_unformatted_form() -> None:
    transcript = reduced(turn(0, "Yes.", end=True, formatted=True), turn(0, "yes", end=True), turn(0, "yes"))
    assert texts(transcript) == [("Yes.", True, True)]
    assert len(only(transcript).history) == 1


def test_the_same_final_twice_is_one_turn() -> None:
    transcript = reduced(
        turn(0, "yes", end=True), turn(0, "yes", end=True), turn(1, "no", end=True), turn(1, "no", end=True)
    )
    assert texts(transcript) == [("yes", True, True), ("no", True, True)]
    assert [len(one.history) for one in transcript.turns] == [1, 1]


def test_partials_after_the_end_are_ignored() -> None:
    before = reduced(turn(0, "yes indeed", end=True))
    assert reduce(before, turn(0, "yes"), Arrival(9.0, 9.0)) is before
    assert reduce(before, turn(0, "", words=()), Arrival(9.0, 9.0)) is before


def test_an_empty_final_leaves_no_turn() -> None:
    before = reduced(turn(0, "yes", end=True))
    assert reduce(before, turn(1, "", end=True), Arrival(9.0, 9.0)) is before
    assert reduce(before, turn(0, "", end=True, formatted=True), Arrival(9.0, 9.0)) is before
    assert texts(reduced(turn(0, "yes", end=True), turn(1, "hm"), turn(1, "", end=True))) == [("yes", True, True)]
    assert reduced(turn(0, "", words=())) == Transcript()


def test_an_empty_partial_keeps_the_shown_text() -> None:
    assert texts(reduced(turn(0, "yes"), turn(0, "", words=()))) == [("yes", False, False)]


# u3-rt-pro and its successors


def test_partials_that_revise_earlier_words() -> None:
    transcript = reduced(
        SpeechStarted(100, 0.9),
        turn(0, "We can see our", words="We~ can~ see~ our~"),
        turn(0, "Weakens the hour —", words="Weakens~ the~ hour~ —~"),
        turn(0, "We consider—", words="We~ consider—~", formatted=True),
        turn(0, "We consider the hour.", end=True, formatted=True, utterance="We consider the hour."),
    )
    one = only(transcript)
    assert (one.text, one.settled) == ("We consider the hour.", True)
    assert [partial.text for partial in one.history] == [
        "We can see our",
        "Weakens the hour —",
        "We consider—",
        "We consider the hour.",
    ]
    assert [partial.arrival.monotonic_s for partial in one.history] == [2.0, 3.0, 4.0, 5.0]


def test_a_partial_that_repeats_the_text_adds_no_history() -> None:
    one = only(reduced(turn(0, "so", words="so~"), turn(0, "so", words="so~"), turn(0, "so", words="so")))
    assert len(one.history) == 1
    assert one.words[0].is_final


def test_delay_and_times() -> None:
    one = only(reduced(turn(3, "one two"), turn(3, "One two.", end=True, formatted=True)))
    assert (one.order, one.start_ms, one.end_ms) == (3, 0, 760)
    assert one.final_delay_ms == 2000 - 760
    assert one.confidence == pytest.approx(0.9)
    assert only(reduced(turn(0, "one", words=()))).start_ms == 1000
    assert only(reduced(turn(0, "one"))).final_delay_ms is None


# whisper-rt


def wh(text: str, utterance: str, *, formatted: bool = False) -> Turn:
    words = tuple(word(token, position, confidence=0.0) for position, token in enumerate([*text.split(), ""]))
    message = turn(0, text, words=words, end=True, utterance=utterance, formatted=formatted, language="hu")
    return only(reduced(message, start=Transcript.of(WH, {"format_turns": formatted})))


def test_finals_without_partials_have_no_confidences() -> None:
    one = wh(" jó  napot", "Jó napot.")
    assert (one.text, one.settled, one.is_speech, one.language) == ("Jó napot.", True, True, "hu")
    assert [word.confidence for word in one.words] == [None, None]
    assert one.history[0].words == one.words
    assert one.confidence is None
    assert wh("Jó napot.", "Jó napot.", formatted=True).text == "Jó napot."


def test_another_models_zero_is_a_confidence() -> None:
    assert only(reduced(turn(0, "hm", words=(word("hm", 0, confidence=0.0),)))).confidence == 0.0


@pytest.mark.parametrize("formatted", [False, True])
def test_tags_are_not_speech(formatted: bool) -> None:
    one = wh(" silence  silence", "[ Silence] [ Silence]", formatted=formatted)
    assert (one.text, one.is_speech) == ("[Silence] [Silence]", False)
    one = wh(" música hola", "[Música] Hola.")
    assert (one.text, one.is_speech) == ("[Música] Hola.", True)


def test_matching_tags_takes_linear_time() -> None:
    assert wh("x", "[a] " * 5000 + "x").is_speech


def test_a_turn_of_empty_words_is_left_out() -> None:
    assert reduced(turn(0, " ", words=(word("", 0), word(" ", 1)), end=True)) == Transcript()


@pytest.mark.parametrize("second", ["Hello.", None])
def test_one_final_or_two_where_formatting_was_requested(second: str | None) -> None:
    start = Transcript.of(WH, {"format_turns": True})
    messages = [turn(0, " hello ", end=True, utterance="Hello.")]
    if second:
        assert texts(reduced(*messages, start=start)) == [("Hello.", True, False)]
        messages.append(turn(0, second, end=True, formatted=True))
    assert texts(reduced(*messages, TERMINATION, start=start)) == [("Hello.", True, True)]


# speakers


def test_speakers_are_revised() -> None:
    transcript = reduced(
        turn(0, "yes", end=True, speaker="A", words=(word("yes", 0, speaker="A"),)),
        turn(1, "no no", end=True, speaker="A"),
        SpeakerRevision(
            (
                Revision(0, "B", (word("yes", 0, speaker="B"),)),
                Revision(1, None, (word("no", 1, speaker="C"),)),
                Revision(7, "D", ()),
            )
        ),
    )
    assert [one.speaker for one in transcript.turns] == ["B", "A"]
    assert [[one.speaker for one in each.words] for each in transcript.turns] == [["B"], [None, "C"]]
    assert [one.text for one in transcript.turns] == ["yes", "no no"]
    assert [row["speaker"] for row in transcript.to_word_records()] == ["B", "A", "C"]


def test_a_revision_of_turns_that_are_not_there_changes_nothing() -> None:
    before = reduced(turn(0, "yes", end=True))
    assert reduce(before, SpeakerRevision((Revision(5, "B", ()),)), Arrival(1.0, 1.0)) is before


def test_a_speaker_is_kept_when_a_later_message_names_none() -> None:
    transcript = reduced(turn(0, "yes", speaker="A", language="en", language_confidence=0.5), turn(0, "yes yes"))
    one = only(transcript)
    assert (one.speaker, one.language, one.language_confidence) == ("A", "en", 0.5)


# everything else


@pytest.mark.parametrize(
    "message",
    [
        Begin("", 0, {}),
        SpeechStarted(0, None),
        LLMGatewayResponse(0, "", {}),
        Heartbeat(0, 0, None, None),
        Silence(0, 1),
        ServerWarning(1, ""),
        ServerError(1, ""),
        Unknown(None, "", ""),
        TERMINATION,
    ],
    ids=lambda message: type(message).__name__,
)
def test_messages_without_words_give_back_the_same_transcript(message: Message) -> None:
    before = reduced(turn(0, "yes", end=True), turn(1, "no"))
    assert reduce(before, message, Arrival(1.0, 1.0)) is before


def test_which_models_send_two_finals_or_no_confidences() -> None:
    for name, formats, confident in [
        ("universal-streaming-english", True, True),
        ("universal-streaming-multilingual", True, True),
        ("whisper-rt", True, False),
        ("u3-rt-pro", False, True),
        ("local-whisper-tiny.en", False, True),
    ]:
        transcript = Transcript.of(find_model(name), {"format_turns": True})
        assert (transcript.expects_formatting, transcript.has_confidences) == (formats, confident)
        assert not Transcript.of(find_model(name), {}).expects_formatting


def test_an_utterance_that_holds_only_the_last_words_removes_nothing() -> None:
    message = TurnMessage(0, "sure how many people", "how many people", True, False, None, (), None, None, None)
    [turn] = reduce(Transcript(), message, Arrival(0.0, 0.0)).turns
    assert turn.text == "sure how many people"


def test_unchanged_words_are_the_same_objects() -> None:
    first, second = only(reduced(turn(0, "we measured mi~"), turn(0, "we measured mito~"))).history
    assert first.words[:2] == second.words[:2]
    assert all(old is new for old, new in zip(first.words[:2], second.words[:2], strict=True))
    assert second.words[2].text == "mito"
