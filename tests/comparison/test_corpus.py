"""Two recognisers of this computer on recorded speech: their word error rates are jiwer's."""

from __future__ import annotations

import jiwer
import numpy as np
import pytest
from support.processes import gone
from support.speech import BEST, RATE_HZ, corpus_utterances, sample_utterances
from support.waiting import wait_for

from ipyscribe import AudioArray
from ipyscribe.access import local_server as loopback
from ipyscribe.comparison import Comparison
from ipyscribe.metrics import normaliser

UTTERANCES = 3


@pytest.mark.recogniser
@pytest.mark.parametrize("speech", BEST)
def test_two_recognisers_on_real_speech_have_the_error_rates_of_jiwer(speech: str) -> None:
    utterances = (sample_utterances() if speech == "sample" else corpus_utterances(""))[:UTTERANCES]
    quiet = np.zeros(RATE_HZ, np.float32)
    pieces = [piece for utterance in utterances for piece in (utterance.samples, quiet)]
    reference = "\n".join(utterance.text for utterance in utterances)
    both = Comparison(
        ["local-whisper-tiny.en", "local-pocketsphinx"],
        source=AudioArray(np.concatenate(pieces), RATE_HZ, speed=4),
        reference=reference,
    )
    both.run()
    servers = [loopback.SERVER, loopback.server_of("local-pocketsphinx")]
    pids = [server.pid for server in servers if server.pid is not None]
    for server in servers:
        server.stop()
    wait_for(lambda: all(gone(pid) for pid in pids))
    by = normaliser("en")
    table = both.table()
    for record, transcript in zip(table, both.transcripts.values(), strict=True):
        hypothesis = " ".join(turn.text for turn in transcript.turns)
        assert record["wer"] == jiwer.wer(" ".join(by(reference)), " ".join(by(hypothesis)))
    whisper, sphinx = table
    assert whisper["wer"] < sphinx["wer"]
    assert whisper["wer"] < 0.4
    assert both.disagreements()
