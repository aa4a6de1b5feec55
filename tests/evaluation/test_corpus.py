"""Recorded speech through a recogniser of this computer: its pooled word error rate is jiwer's."""

from __future__ import annotations

from pathlib import Path

import jiwer
import pytest
import soundfile
from support.processes import gone
from support.speech import BEST, CORPUS, RATE_HZ, sample_utterances
from support.waiting import wait_for

from ipyscribe.access import local_server as loopback
from ipyscribe.evaluation import Evaluation, read_corpus
from ipyscribe.metrics import normaliser
from ipyscribe.tape import Tape


@pytest.mark.recogniser
@pytest.mark.parametrize("speech", BEST)
def test_real_speech(speech: str, tmp_path: Path) -> None:
    if speech == "corpus":
        shipped = read_corpus(CORPUS / "manifest.csv").recordings
        some = [recording for recording in shipped if recording.name.startswith("lso-1688")]
    else:
        folder = tmp_path / "recordings"
        folder.mkdir()
        for utterance in sample_utterances()[:3]:
            soundfile.write(folder / f"{utterance.name}.wav", utterance.samples, RATE_HZ)
            (folder / f"{utterance.name}.txt").write_text(utterance.text, encoding="utf-8")
        some = list(read_corpus(folder).recordings)
    assert len(some) >= 3
    alone = Evaluation(["local-whisper-tiny.en"], some, folder=tmp_path, speed=4, silence_s=1).run()
    pid = loopback.SERVER.pid
    loopback.SERVER.stop()
    wait_for(lambda: pid is None or gone(pid))
    by = normaliser("en")
    hypotheses = [
        " ".join(turn.text for turn in Tape.load(next(tmp_path.glob(f"{recording.name}-*.tape"))).transcript.turns)
        for recording in some
    ]
    [record] = alone.table()
    assert record["wer"] == jiwer.wer(
        [" ".join(by(recording.reference)) for recording in some], [" ".join(by(text)) for text in hypotheses]
    )
    assert record["wer"] < 0.3
    assert (record["recordings"], record["transcribed_share"], record["cost_usd"]) == (len(some), 1, 0)
