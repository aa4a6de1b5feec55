from msgspec.structs import replace

from ipyscribe.protocol.messages import TurnMessage
from ipyscribe.protocol.shift import shifted
from ipyscribe.transcript import Arrival, Mark, Transcript, Word, drop_unsettled, reduce, with_mark


def words(text: str, start_ms: int = 0, final: int | None = None) -> tuple[Word, ...]:
    parts = text.split()
    finals = len(parts) if final is None else final
    return tuple(Word(t, start_ms + 300 * i, start_ms + 300 * i + 250, 0.9, i < finals) for i, t in enumerate(parts))


def message(order: int, text: str, start_ms: int = 0, *, ended: bool = True, final: int | None = None) -> TurnMessage:
    timed_words = words(text, start_ms, final)
    return TurnMessage(order, text, "", ended, False, None, timed_words, None, None, None)


def reduced(*messages: TurnMessage, transcript: Transcript | None = None) -> Transcript:
    transcript = Transcript() if transcript is None else transcript
    for number, each in enumerate(messages):
        transcript = reduce(transcript, each, Arrival(float(number), 1000.0 * number))
    return transcript


def test_ended_turns_stay() -> None:
    transcript = reduced(message(0, "one two"), message(1, "three", 2000))
    assert drop_unsettled(transcript) == (transcript, 2250)


def test_an_open_turn_keeps_its_final_words() -> None:
    transcript, complete_ms = drop_unsettled(
        reduced(message(0, "one two"), message(1, "we measured mito", 2000, ended=False, final=2))
    )
    assert [turn.text for turn in transcript.turns] == ["one two", "we measured"]
    assert transcript.turns[1].settled
    assert complete_ms == 2550


def test_an_open_turn_without_final_words_is_dropped() -> None:
    transcript, complete_ms = drop_unsettled(
        reduced(message(0, "one two"), message(1, "three four", 2000, ended=False, final=0))
    )
    assert [turn.text for turn in transcript.turns] == ["one two"]
    assert complete_ms == 550


def test_a_provisional_final_becomes_settled() -> None:
    waiting = reduced(message(0, "one two"), transcript=Transcript(expects_formatting=True))
    assert not waiting.turns[0].settled
    assert drop_unsettled(waiting)[0].turns[0].settled


def test_an_empty_transcript() -> None:
    assert drop_unsettled(Transcript()) == (Transcript(), 0)


def test_marks_are_kept_by_the_reducer() -> None:
    mark = Mark("seam", 1200.0, "reconnected")
    transcript = reduced(message(0, "one"), transcript=with_mark(Transcript(), mark))
    assert transcript.marks == (mark,)


def test_a_later_connection_goes_on_in_order_and_time() -> None:
    transcript, complete_ms = drop_unsettled(
        reduced(message(0, "one two"), message(1, "three", 2000, ended=False, final=0))
    )
    again = shifted(message(0, "three four", 100), by_ms=complete_ms, by_turns=len(transcript))
    after = reduce(transcript, again, Arrival(9.0, 9000.0))
    assert [(turn.order, turn.text, turn.start_ms) for turn in after.turns] == [
        (0, "one two", 0),
        (1, "three four", 650),
    ]


def test_shifting_changes_only_times_and_orders() -> None:
    one = message(3, "yes")
    assert shifted(shifted(one, by_ms=100, by_turns=2), by_ms=-100, by_turns=-2) == one
    assert replace(shifted(one, by_ms=5, by_turns=1), turn_order=3, words=one.words) == one
