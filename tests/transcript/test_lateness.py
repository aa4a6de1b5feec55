"""Whether words keep up with the sound, by made-up arrivals and by the records of a session."""

from __future__ import annotations

import pytest
from support.turns import turn_message

from ipyscribe.protocol import find_model
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin
from ipyscribe.tape.session_notices import late_by_s, notices_of
from ipyscribe.tape.snapshot import SessionSnapshot
from ipyscribe.transcript import Arrival, Transcript
from ipyscribe.transcript.lateness import Lateness, latency_warning


def lateness(*words: tuple[float, float, int]) -> Lateness:
    """After words that came at (s) with so much sound (ms) sent, and end at (ms) of it."""
    state = Lateness()
    state.add(Arrival(0.0, 0.0))
    for at_s, audio_ms, newest_ms in words:
        state.add(Arrival(at_s, audio_ms), newest_ms)
    return state


def test_the_delay_is_the_median_of_the_newest_words() -> None:
    late = lateness((6.0, 6000, 1000), (7.0, 7000, 2000), (8.0, 8000, 2500))
    assert late.delay_ms(8.0) == late.worst_ms == 5000
    assert late.delay_ms(30.0) == 0.0  # nothing has come for long: nobody speaks
    for at_s, newest_ms in ((9.0, 8500), (9.2, 8800), (9.9, 9500)):
        late.add(Arrival(at_s, 1000 * at_s), newest_ms)
    assert late.delay_ms(9.9) == pytest.approx(500)
    assert late.worst_ms == 5000


def test_what_is_no_delay() -> None:
    assert lateness((6.0, 6000, 1000), (7.0, 7000, 2000)).delay_ms(7.0) == 0.0  # too few to tell
    assert lateness((6.0, 6000, 5500), (7.0, 7000, 2000), (9.0, 9000, 5500)).delays_ms == (500,)  # corrected later
    fast = lateness((1.0, 20_000, 1000), (1.5, 30_000, 2000), (2.0, 40_000, 2500))
    assert (fast.delay_ms(2.0), fast.worst_ms) == (0.0, 0.0)  # sent at twenty times its pace


def test_time_that_goes_by_after_the_end_of_a_file_is_part_of_the_delay() -> None:
    late = lateness((5.0, 5000, 1000), (15.0, 5000, 2000), (25.0, 5000, 4000))
    assert late.delays_ms == (4000, 13_000, 21_000)


@pytest.mark.parametrize(("model", "who"), [("local-whisper-tiny.en", "This computer"), ("u3-rt-pro", "The server")])
def test_a_session_says_it_while_it_is_so_and_afterwards_how_late_it_was(model: str, who: str) -> None:
    snapshot = SessionSnapshot(Transcript())
    snapshot.apply((0.0, "received", 0, 0.0, encode_message(Begin("id", 1, {}))))

    def say(at_s: float, words: int) -> None:
        message = turn_message(0, ["word"] * words)
        snapshot.apply((at_s, "received", 0, 1000 * at_s, encode_message(message)))

    def notices(now_s: float) -> list[str]:
        late_s = late_by_s(snapshot, {}, None if snapshot.done else now_s)
        return [notice.message for notice in notices_of(snapshot, find_model(model), late_s=late_s)]

    for count in (1, 2, 3):
        say(5 + 0.4 * count, count)
    [message] = notices(6.2)
    assert message.startswith(who)
    assert message.endswith("words are 5 s late.")
    assert late_by_s(snapshot, {"max_turn_silence": 4000}, 6.2) == 0.0  # that long it has to wait
    for count in (20, 22, 24, 26):
        say(0.4 * count, count)
    assert notices(10.4) == []
    snapshot.apply((11.0, "finished", "ended", None))
    [message] = notices(11.0)
    assert message.endswith("could not keep up: words were up to 5 s late.")


def test_the_warning_names_all_whose_latencies_are_not_their_own() -> None:
    assert latency_warning([], {"a": 0.0}) == ""
    assert latency_warning(["a", "b", "c"], {}).startswith("Simulated: the latencies of a, b and c are this computer's")
    assert latency_warning([], {"a": 0.0, "b": 26.7}).endswith("for reasons other than the model: b up to 27 s.")


def test_an_empty_final_leaves_no_turn_whose_words_could_be_late() -> None:
    snapshot = SessionSnapshot(Transcript())
    snapshot.apply((1.0, "received", 0, 1000.0, encode_message(turn_message(0, ["word"]))))
    assert snapshot.apply((2.0, "received", 0, 2000.0, encode_message(turn_message(0, [], end=True))))
    assert snapshot.transcript.turns == ()
