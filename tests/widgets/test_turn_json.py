import pytest
from msgspec.structs import replace

from ipyscribe.transcript import Arrival, Turn, Word
from ipyscribe.widgets.transcript.turn_json import turn_json


def word(text: str, confidence: float | None = 0.9, *, final: bool = True, start_ms: int = 0) -> Word:
    return Word(text, start_ms, start_ms + 200, confidence, final)


def turn(text: str, *words: Word, ended: bool = True, provisional: bool = False) -> Turn:
    arrival = Arrival(1.0, 1500.0)
    return Turn(3, text, words, ended, False, provisional, arrival, arrival if ended else None)


def test_the_states() -> None:
    said = turn("Yes.", word("Yes."))
    assert [
        turn_json(t)["state"] for t in (said, replace(said, provisional=True), replace(said, ended=False, final=None))
    ] == [
        "settled",
        "provisional",
        "open",
    ]


def test_an_open_turn_is_firm_up_to_its_first_unfinished_word() -> None:
    said = turn("We measured mito", word("We"), word("measured"), word("mito", final=False), ended=False)
    assert turn_json(said)["final_chars"] == len("We measured")
    assert turn_json(turn("We", word("We", final=False), ended=False))["final_chars"] == 0
    assert turn_json(turn("We", word("We")))["final_chars"] == 2


def test_doubtful_words_are_found_in_the_text() -> None:
    said = turn("the the cat", word("the"), word("the", 0.31), word("cat", None))
    assert turn_json(said)["doubts"] == [[4, 7, 0.31]]


def test_words_that_were_formatted_away_are_passed_over() -> None:
    said = turn("I paid $42 yesterday.", word("i", 0.2), word("paid"), word("forty-two", 0.2), word("yesterday", 0.2))
    assert turn_json(said)["doubts"] == [[0, 1, 0.2], [11, 20, 0.2]]


@pytest.mark.parametrize("text", ["", "  ", "🎤 yes", "שלום עולם", "क्\u200dष"])
def test_any_text_has_a_row(text: str) -> None:
    assert turn_json(turn(text, word("yes", 0.1)))["text"] == text


def test_what_steers_a_page_does_not_reach_it_and_words_keep_their_places() -> None:
    said = turn("Pay \u202e001\u202c \x1bnow.", word("Pay", 0.2), word("\u202e001\u202c", 0.3), word("now.", 0.4))
    found = turn_json(replace(said, speaker="\u2066A\u202e", language="e\u200fn"))
    assert (found["text"], found["speaker"], found["language"]) == ("Pay 001  now.", "A", "en")
    assert found["doubts"] == [[0, 3, 0.2], [4, 7, 0.3], [9, 13, 0.4]]
    assert found["final_chars"] == len(found["text"])


def test_times_and_delay() -> None:
    said = turn("Yes.", word("Yes.", start_ms=700))
    found = turn_json(said)
    assert (found["start"], found["end"], found["delay"]) == (700, 900, 600)
