"""The figures of a session that was recorded on a clock of this test's own, worked by hand.

Chunks of 50 ms go out as their last sample is spoken; the clock stops for them while it is moved on before
a message. The words of ``frame`` are 360 ms long, 400 ms apart, from 0.
"""

from __future__ import annotations

import pytest
from tape.making import Recording, frame

from ipyscribe import metrics
from ipyscribe.metrics import Measured
from ipyscribe.tape import Tape


def recorded() -> Tape:
    recording = Recording()
    recording.recorder.note("status", "listening")
    recording.hear(0.6)
    recording.now_s += 0.03
    recording.receive(frame(0, "one"))  # at 0.63
    recording.hear(0.4)
    recording.now_s += 0.02
    recording.receive(frame(0, "one tool"))  # at 1.05, with 1,000 ms sent
    recording.hear(0.2)
    recording.now_s += 0.01
    recording.receive(frame(0, "one two three"))  # at 1.26, with 1,200 ms sent
    recording.hear(0.5)
    recording.receive(frame(0, "One two three.", end=True))  # at 1.76, with 1,700 ms sent
    return recording.finish()


def values(latencies: tuple[Measured, ...]) -> list[float]:
    return [pytest.approx(value.value_ms, abs=0.1) for value in latencies]


def test_every_figure_of_a_tape_follows_from_its_timestamps() -> None:
    tape = recorded()
    transcript, sent = tape.transcript, tape.sent
    # The chunk with 360 ms went out at 0.40; that with 760 ms at 0.63 + 4 x 0.05 = 0.83; that with 1,160 ms, at
    # 1.05 + 4 x 0.05 = 1.25, before "three" came at 1.26.
    assert values(metrics.word_emission_ms(transcript, sent)) == [230, 430, 10]
    assert values(metrics.word_commit_ms(transcript, sent)) == [230, 430, 10]
    assert values(metrics.ttft_onset_ms(transcript, sent)) == [580]
    assert values(metrics.transcript_lag_ms(transcript, sent)) == [600 - 360, 1_000 - 760, 1_200 - 1_160]
    for measure in (metrics.eot_ms, metrics.ttct_ms, metrics.ttfs_ms):
        assert values(measure(transcript, sent)) == [510]
    assert values(metrics.endpoint_wait_ms(transcript, sent)) == [500]
    # Texts at 0.63, 1.05 and 1.26; speech went out from 0.05 to 1.25.
    assert metrics.dead_air_ms(transcript, sent) == pytest.approx(580, abs=0.1)
    # "tool" became "two", then "one" and "three" were rewritten: 3 changes, 1 + 3 words removed, of 3.
    counted = metrics.stability(transcript)
    assert (counted.churn, counted.normalised_erasure, counted.revisions_per_turn) == (1, 4 / 3, 2)
    assert metrics.stability(transcript, ignore_formatting=True).normalised_erasure == 1 / 3


def test_a_tape_makes_a_record() -> None:
    tape = recorded()
    row = metrics.score(
        metrics.Run(
            "u3-rt-pro", tape.transcript, sent=tape.sent, reference="One two tree.", open_s=2.0, price_per_hour_usd=0.45
        )
    )
    assert row["word_emission_ms"] == pytest.approx(230, abs=0.1)
    assert row["usd_per_1000_audio_minutes"] == pytest.approx(0.45 * 2 / 3600 / (1.7 / 60) * 1000)
    assert row["substitutions"] + row["hits"] + row["deletions"] == row["reference_words"]
