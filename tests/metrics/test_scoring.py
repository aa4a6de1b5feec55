"""The table's row, and that importing costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from metrics.made import at, sent_evenly, transcript, turn

import ipyscribe as scribe
from ipyscribe import metrics
from ipyscribe.errors import EmptyReferenceError
from ipyscribe.transcript import Transcript

SENT = sent_evenly(10_000)
SPANS = ((1_000, 1_300), (1_500, 1_800), (2_000, 2_450))
HEARD = transcript(
    turn(0, [("we", 1_520), ("we sea them", 2_640), ("We see, them.", 3_400)], SPANS, ended_ms=3_100),
    turn(1, [("fore", 4_400), ("For?", 4_700)], ((4_000, 4_300),)),
)


def test_a_record_holds_the_values_of_the_functions() -> None:
    row = metrics.score(
        metrics.Run(
            "a",
            HEARD,
            sent=SENT,
            reference="We see them.\nFor lives?",
            keyterms=("See", "lives"),
            captured=SENT,
            paint_times={(0, 0): at(1_600).monotonic_s},
            connect_ms=321.0,
            open_s=20.0,
            price_per_hour_usd=0.45,
        )
    )
    assert (row["model"], row["turns"], row["words"], row["connect_ms"]) == ("a", 2, 4, 321.0)
    assert (row["wer"], row["reference_words"], row["hits"], row["deletions"]) == (1 / 5, 5, 4, 1)
    assert (row["wer_low"], row["wer_high"]) == (None, None)
    assert row["normaliser"] == metrics.normaliser("en").stamp
    assert (row["keyterm_recall"], row["keyterm_precision"], row["keyterm_false_positives"]) == (0.5, 1, 0)
    assert row["unit"] == "words"
    assert row["punctuation_error_rate"] == 0
    assert row["casing_error_rate"] == 0
    assert (row["eot_ms"], row["eot_ms_n"], row["eot_ms_negative"]) == (pytest.approx(500), 2, 0)
    assert row["ttft_onset_ms"] == pytest.approx((520 + 400) / 2)
    assert (row["upl_ms"], row["upl_ms_n"]) == (pytest.approx(300), 1)
    assert row["word_emission_ms_p99"] is None
    assert row["churn"] == metrics.stability(HEARD).churn
    assert row["dead_air_ms"] == pytest.approx(980)
    assert row["cost_usd"] == pytest.approx(20 / 3600 * 0.45)
    assert row["usd_per_1000_audio_minutes"] == pytest.approx(15)
    assert (row["timeline"], row["anchors"]) == ("the model's own", "the turns' words")


def test_every_record_has_the_same_columns() -> None:
    full = metrics.score(metrics.Run("a", HEARD, sent=SENT, reference="We see them. For?", speech=[(900, 4_500)]))
    bare = metrics.score(metrics.Run("b", Transcript()))
    assert list(full) == list(bare)
    defined = {name for name, value in bare.items() if value is not None and not name.endswith("_n")}
    assert defined == {"model", "simulated", "late_s", "turns", "words", "timeline", "anchors"}
    assert full["anchors"] == "provided"
    assert full["keyterm_recall"] is None
    metrics.check_table([full, bare])


def test_an_interval_needs_six_lines_or_sentences() -> None:
    sentences = ["We saw.", "Them for.", "We saw.", "Them for.", "We saw.", "Them for."]
    few, one_line, lines = (
        metrics.score(metrics.Run("a", HEARD, reference=text))
        for text in ("We saw. Them for.", " ".join(sentences), "\n".join(sentences))
    )
    assert (few["wer"], few["wer_low"], few["wer_high"]) == (1 / 4, None, None)
    assert one_line["wer_low"] < one_line["wer"] < one_line["wer_high"]
    assert (lines["wer_low"], lines["wer_high"]) == (one_line["wer_low"], one_line["wer_high"])


def test_a_reference_without_words_is_rejected() -> None:
    with pytest.raises(EmptyReferenceError):
        metrics.score(metrics.Run("a", HEARD, reference="[Music]"))


def test_all_public_names_exist_and_are_documented() -> None:
    assert scribe.metrics is metrics
    for name in metrics.__all__:
        assert getattr(metrics, name).__doc__


def test_importing_loads_no_large_library() -> None:
    code = (
        "import sys, ipyscribe.metrics; "
        "print({'rapidfuzz', 'whisper_normalizer', 'jiwer', 'pandas', 'IPython', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=90)
    assert done.stdout.strip() == "set()"
