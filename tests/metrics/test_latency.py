"""Every latency against values worked by hand.

The script: chunks of 100 ms, sent as their last sample was spoken. "one two three" is spoken from 1,000 to
2,450 ms of the audio clock. The word that ends at 2,450 ms lies in the chunk that went out at 2,500 ms.
"""

from __future__ import annotations

import pytest
from metrics.made import at, sent_evenly, transcript, turn, words
from msgspec.structs import replace

from ipyscribe import metrics
from ipyscribe.errors import MetricError, ParameterError
from ipyscribe.metrics import Measured, SendTimes
from ipyscribe.transcript import Transcript, Turn

SENT = sent_evenly(10_000)
SPANS = ((1_000, 1_300), (1_500, 1_800), (2_000, 2_450))
ONE_TWO_THREE = turn(
    0,
    [("one", 1_520), ("one too", 2_010), ("one two", 2_250), ("one two three", 2_640), ("One two, three.", 3_400)],
    SPANS,
    ended_ms=3_100,
)
SPOKEN = transcript(ONE_TWO_THREE)


def values(latencies: tuple[Measured, ...]) -> list[float]:
    return [pytest.approx(value.value_ms, abs=0.001) for value in latencies]


def test_connection() -> None:
    assert metrics.connect_ms(12.25, 12.75) == 500.0
    with pytest.raises(ParameterError):
        metrics.connect_ms(12.75, 12.25)


def test_first_token_from_onset() -> None:
    # First text at 1,520; the chunk with the onset, 1,000, went out at 1,000.
    assert values(metrics.ttft_onset_ms(SPOKEN, SENT)) == [520.0]
    # The detector reports the onset at 950, also in the chunk sent at 1,000; at 880 in that of 900.
    assert values(metrics.ttft_onset_ms(SPOKEN, SENT, speech=[(950, 2_400)])) == [520.0]
    assert values(metrics.ttft_onset_ms(SPOKEN, SENT, speech=[(880, 2_400)])) == [620.0]


def test_a_tag_is_not_a_first_token() -> None:
    with_tag = turn(0, [("[Silence]", 900), ("one", 1_700)], SPANS)
    assert values(metrics.ttft_onset_ms(transcript(with_tag), SENT)) == [700.0]


def test_word_emission() -> None:
    # "one" ends at 1,300 and came at 1,520; "two" ends at 1,800 and came at 2,250, when "too" was gone;
    # "three" ends at 2,450, went out at 2,500 and came at 2,640.
    latencies = metrics.word_emission_ms(SPOKEN, SENT)
    assert values(latencies) == [220.0, 450.0, 140.0]
    assert [(value.at_ms, value.turn_order, value.word) for value in latencies] == [
        (1_300, 0, 0),
        (1_800, 0, 1),
        (2_450, 0, 2),
    ]


def test_word_commit() -> None:
    changing = turn(0, [("one", 1_520), ("won", 1_900), ("one two", 2_250), ("one two three", 2_640)], SPANS)
    # "one" was there, went, and stayed from 2,250 on: 950 ms after its sound.
    assert values(metrics.word_commit_ms(transcript(changing), SENT)) == [950.0, 450.0, 140.0]
    assert values(metrics.word_emission_ms(transcript(changing), SENT)) == [220.0, 450.0, 140.0]


def test_a_word_that_arrives_before_its_audio_was_sent_has_a_negative_latency() -> None:
    early = turn(0, [("one two three", 1_250)], SPANS)
    assert values(metrics.word_emission_ms(transcript(early), SENT)) == [-50.0, -550.0, -1_250.0]
    assert (
        metrics.Distribution.of([v.value_ms for v in metrics.word_emission_ms(transcript(early), SENT)]).negative_share
        == 1
    )


def test_a_repeated_word_is_matched_by_its_time() -> None:
    spans = ((0, 300), (400, 700), (3_000, 3_300))
    repeated = turn(0, [("no", 500), ("no yes", 900), ("no yes no", 3_600)], spans)
    assert values(metrics.word_emission_ms(transcript(repeated), SENT)) == [200.0, 200.0, 300.0]


def test_the_same_letters_far_away_are_another_word() -> None:
    last_only = turn(0, [("no", 500), ("yes no", 3_600)], ((0, 300), (3_000, 3_300)))
    partial = replace(last_only.history[0], words=words("no", (0, 300)))
    final = replace(last_only.history[1], words=words("yes no", (2_000, 2_300), (3_000, 3_300)))
    revised = replace(last_only, words=final.words, history=(partial, final))
    assert values(metrics.word_emission_ms(transcript(revised), SENT)) == [1_300.0, 300.0]


def test_trusted_times_replace_the_models_own() -> None:
    spoken = words("one two four three", (900, 1_100), (1_500, 1_700), (1_800, 1_900), (2_000, 2_400))
    latencies = metrics.word_emission_ms(SPOKEN, SENT, spoken=spoken)
    assert values(latencies) == [420.0, 550.0, 240.0]
    assert [value.at_ms for value in latencies] == [1_100, 1_700, 2_400]
    wrong = words("one blue three", *SPANS)
    assert [value.word for value in metrics.word_commit_ms(SPOKEN, SENT, spoken=wrong)] == [0, 2]


def test_transcript_lag() -> None:
    # Sound sent when each interim text came, less the end of its last word; the final at 3,400 is no interim.
    assert values(metrics.transcript_lag_ms(SPOKEN, SENT)) == [
        1_500 - 1_300,
        2_000 - 1_800,
        2_200 - 1_800,
        2_600 - 2_450,
    ]


def test_end_of_turn() -> None:
    # end_of_turn at 3,100; the end of the last word, 2,450, went out at 2,500.
    assert values(metrics.eot_ms(SPOKEN, SENT)) == [600.0]
    assert values(metrics.eot_ms(SPOKEN, SENT, speech=[(1_000, 2_300)])) == [800.0]


def test_complete_transcript_includes_formatting() -> None:
    assert values(metrics.ttct_ms(SPOKEN, SENT)) == [900.0]
    still_unformatted = replace(ONE_TWO_THREE, provisional=True, history=ONE_TWO_THREE.history[:-1])
    assert metrics.ttct_ms(transcript(still_unformatted), SENT) == ()
    assert values(metrics.eot_ms(transcript(still_unformatted), SENT)) == [600.0]


def test_final_segment() -> None:
    assert values(metrics.ttfs_ms(SPOKEN, SENT)) == [900.0]
    second = turn(1, [("four", 4_000), ("four", 4_700)], ((3_500, 3_800),))
    both = transcript(ONE_TWO_THREE, second)
    # One clip, pinned from 1,000 to 3,900: its last final came at 4,700.
    assert values(metrics.ttfs_ms(both, SENT, speech=[(1_000, 3_900)])) == [800.0]
    # Two time ranges, a turn each.
    assert values(metrics.ttfs_ms(both, SENT, speech=[(1_000, 2_400), (3_500, 3_900)])) == [1_000.0, 800.0]
    # A pause inside the first turn does not end the utterance.
    assert values(metrics.ttfs_ms(both, SENT, speech=[(1_000, 1_300), (1_500, 2_400), (3_500, 3_900)])) == [
        1_000.0,
        800.0,
    ]


def test_endpoint_wait() -> None:
    # end_of_turn 600 ms after the last word's sound, which had stayed since 140 ms after it.
    assert values(metrics.endpoint_wait_ms(SPOKEN, SENT)) == [460.0]


def test_paint_times_of_a_view() -> None:
    texts = [partial.arrival.monotonic_s for partial in ONE_TWO_THREE.history]
    first, third, last = texts[0], texts[2], texts[-1]
    paints = [(first, first + 0.04), (first, first + 0.09), (third, third + 0.1), (last, last + 0.02)]
    latencies = metrics.paint_times(SPOKEN, reversed(paints))
    assert latencies == {(0, 0): first + 0.04, (0, 2): third + 0.1, (0, len(texts) - 1): last + 0.02}
    assert metrics.paint_times(SPOKEN, []) == {}


def test_user_perceived_latency() -> None:
    captured = sent_evenly(10_000, late_ms=-30)
    paint_times = {(0, 0): at(1_540).monotonic_s, (0, 2): at(2_300).monotonic_s, (0, 4): at(3_420).monotonic_s}
    # "one" was painted at 1,540, its end left the device at 1,270; "two" 2,300 - 1,770; "three" was replaced
    # before it was drawn, and seen with the final: 3,420 - 2,470.
    assert values(metrics.upl_ms(SPOKEN, captured, paint_times)) == [270.0, 530.0, 950.0]


def test_an_onset_in_the_previous_turn_is_ignored() -> None:
    second = turn(1, [("four", 3_300), ("Four.", 4_000)], ((2_600, 3_000),))
    one_breath = [(900.0, 3_100.0)]
    assert values(metrics.ttft_onset_ms(transcript(ONE_TWO_THREE, second), SENT, speech=one_breath)) == [620.0, 700.0]


def test_tags_and_open_turns_are_left_out() -> None:
    silence = turn(1, [("[Silence]", 5_000)], ((4_000, 4_900),))
    open_turn = replace(turn(2, [("five", 6_200)], ((5_500, 5_900),)), ended=False, final=None)
    unfinished = transcript(silence, open_turn)
    for measure in (metrics.word_emission_ms, metrics.word_commit_ms, metrics.ttct_ms, metrics.ttfs_ms, metrics.eot_ms):
        assert measure(unfinished, SENT) == ()
    assert values(metrics.ttft_onset_ms(unfinished, SENT)) == [700.0]
    assert values(metrics.transcript_lag_ms(unfinished, SENT)) == [300.0]


def test_appearances_are_in_the_order_of_the_words() -> None:
    latencies = metrics.appearances(transcript(ONE_TWO_THREE, turn(1, [("four", 4_000)], ((3_500, 3_800),))))
    assert [word.word.text for word in latencies] == ["One", "two,", "three.", "four"]
    assert [word.seen for word in latencies] == [(0, 1, 2, 3, 4), (2, 3, 4), (3, 4), (0,)]


def test_an_unwritten_history_falls_back_on_the_final() -> None:
    bare: Turn = replace(ONE_TWO_THREE, history=())
    assert values(metrics.word_emission_ms(transcript(bare), SENT)) == [1_800.0, 1_300.0, 600.0]
    assert values(metrics.ttct_ms(transcript(bare), SENT)) == [600.0]


def test_nothing_sent_and_malformed_time_ranges() -> None:
    with pytest.raises(MetricError, match="No sound was sent"):
        metrics.eot_ms(SPOKEN, SendTimes((), ()))
    assert metrics.eot_ms(Transcript(), SendTimes((), ())) == ()
    for speech in ([(200.0, 100.0)], [(0.0, 500.0), (400.0, 900.0)]):
        for measure in (metrics.ttft_onset_ms, metrics.eot_ms, metrics.ttfs_ms, metrics.endpoint_wait_ms):
            with pytest.raises(ParameterError, match="speech"):
                measure(SPOKEN, SENT, speech=speech)
