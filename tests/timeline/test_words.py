from msgspec.structs import replace
from timeline.speech import call, live_call, talk, turn

from ipyscribe.timeline import describe
from ipyscribe.transcript import Transcript


def test_a_call_in_one_sentence():
    assert describe(call()) == (
        "Timeline, 0:00 to 0:44: 9 turns, longest pause 6.3 s at 0:31, finals came 0.5 s after the last word (median)."
    )


def test_nothing_yet():
    assert describe(Transcript()) == "Timeline: no speech yet."
    assert describe(Transcript(), now_ms=7_000) == "Timeline, 0:00 to 0:07: no speech yet."


def test_the_open_turn_is_named():
    assert "4 turns (the last still open)" in describe(live_call(), now_ms=21_000)
    assert describe(live_call(), now_ms=21_000).startswith("Timeline, 0:00 to 0:21:")
    assert "1 turn (still open)." in describe(live_call(1))


def test_the_turn_that_awaits_its_format_is_named():
    transcript = call(2)
    waiting = replace(transcript, turns=(transcript.turns[0], replace(transcript.turns[1], provisional=True)))
    assert "(the last not yet formatted)" in describe(waiting)


def test_one_turn():
    assert describe(call(1)) == "Timeline, 0:00 to 0:05: 1 turn, its final came 0.4 s after the last word."


def test_one_final_among_open_turns():
    assert "one final came, 0.4 s after the last word" in describe(live_call(2))


def test_finals_before_the_end_of_the_words():
    early = Transcript((turn(0, "one", 0, 900, -600), turn(1, "two", 930, 1_800, -200)))
    assert describe(early).endswith(": 2 turns, finals came 0.4 s before the end of the last word (median).")


def test_a_final_at_once():
    assert "less than 0.1 s after" in describe(Transcript((turn(0, "one", 0, 900, 20),)))


def test_a_long_session_and_no_words_of_it():
    text = describe(talk(3_000))
    assert "0:00 to 4:11:48: 3,000 turns" in text
    assert "flight" not in text


def test_a_part_of_a_long_session_is_described_by_itself() -> None:
    transcript = talk(3_000)
    turns = transcript.turns[1_000:1_003]
    text = describe(transcript, start_ms=float(turns[0].start_ms), end_ms=float(turns[-1].end_ms))
    assert ": 3 turns, " in text or ": 4 turns, " in text
    assert "0:00 to" not in text
    assert describe(transcript, start_ms=1e9, end_ms=1e9 + 1).endswith(": no speech yet.")
