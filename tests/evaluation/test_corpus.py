"""Recorded speech through a recogniser of this computer: its pooled word error rate is jiwer's."""

from __future__ import annotations

from pathlib import Path

import jiwer
import pytest
from support.waiting import wait_for

from ipyscribe.access import local_server as loopback
from ipyscribe.evaluation import Evaluation, read_corpus
from ipyscribe.metrics import normaliser
from ipyscribe.tape import Tape

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.mark.recogniser
@pytest.mark.skipif(not (CORPUS / "manifest.csv").exists(), reason="the speech corpus is not on this machine")
def test_real_speech(tmp_path: Path) -> None:
    some = [
        recording
        for recording in read_corpus(CORPUS / "manifest.csv").recordings
        if recording.name.startswith("lso-1688")
    ]
    alone = Evaluation(["local-whisper-tiny.en"], some, folder=tmp_path, speed=2, silence_s=1).run()
    process = loopback.SERVER._process
    loopback.SERVER.stop()
    wait_for(lambda: process is None or process.poll() is not None)
    by = normaliser("en")
    heard = [
        " ".join(turn.text for turn in Tape.load(next(tmp_path.glob(f"{recording.name}-*.tape"))).transcript.turns)
        for recording in some
    ]
    [record] = alone.table()
    assert record["wer"] == jiwer.wer(
        [" ".join(by(recording.reference)) for recording in some], [" ".join(by(text)) for text in heard]
    )
    assert record["wer"] < 0.3
    assert (record["recordings"], record["transcribed_share"], record["cost_usd"]) == (len(some), 1, 0)
