"""Two recognisers of this computer on recorded speech: their word error rates are jiwer's."""

from __future__ import annotations

import csv
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile as sf
from support.waiting import wait_for

from ipyscribe import AudioArray
from ipyscribe.access import local_server as loopback
from ipyscribe.comparison import Comparison
from ipyscribe.metrics import normaliser

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
UTTERANCES = 3


@pytest.mark.recogniser
@pytest.mark.skipif(not (CORPUS / "manifest.csv").exists(), reason="the speech corpus is not on this machine")
def test_two_recognisers_on_real_speech_have_the_error_rates_of_jiwer() -> None:
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["lang"] == "en"][:UTTERANCES]
    quiet = np.zeros(16_000, np.float32)
    pieces = []
    for row in rows:
        sound, rate = sf.read(CORPUS / row["file"], dtype="float32")
        assert rate == 16_000
        pieces += [sound, quiet]
    reference = "\n".join(row["text"] for row in rows)
    both = Comparison(
        ["local-whisper-tiny.en", "local-pocketsphinx"],
        source=AudioArray(np.concatenate(pieces), 16_000, speed=1.5),
        reference=reference,
    )
    both.run()
    servers = [loopback.SERVER, *loopback._other_servers.values()]
    processes = [server._process for server in servers if server._process is not None]
    for server in servers:
        server.stop()
    wait_for(lambda: all(process.poll() is not None for process in processes))
    by = normaliser("en")
    table = both.table()
    for record, transcript in zip(table, both.transcripts.values(), strict=True):
        heard = " ".join(turn.text for turn in transcript.turns)
        assert record["wer"] == jiwer.wer(" ".join(by(reference)), " ".join(by(heard)))
    whisper, sphinx = table
    assert whisper["wer"] < sphinx["wer"]
    assert whisper["wer"] < 0.4
    assert both.disagreements()
