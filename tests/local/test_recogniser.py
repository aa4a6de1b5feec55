"""Real speech through the real model, on a scripted clock: hearings fall on the same samples each time."""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
import soundfile as sf
from faster_whisper.feature_extractor import FeatureExtractor
from local.harness import MODEL, Client, running
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.local.engine import DecodingOptions
from ipyscribe.local.features import log_mel
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.stream import SpeechStream, Turn
from ipyscribe.local.turns import LONGEST_TURN_MS, TurnSettings

pytestmark = pytest.mark.recogniser
normal = EnglishTextNormalizer()


def costing(seconds: float) -> Callable[[], float]:
    """A clock on which every hearing takes that long."""
    ticks: Iterator[int] = itertools.count()
    return lambda: seconds * next(ticks)


def transcribe(
    offline: OfflineRecognition, samples: Any, *, cost_s: float = 0.25, settings: TurnSettings | None = None
) -> list[Turn]:
    stream = SpeechStream(offline.recogniser, offline.network, settings, clock=costing(cost_s))
    turns: list[Turn] = []
    for begin in range(0, len(samples), 800):
        turns += stream.accept(samples[begin : begin + 800])
        partial = stream.revise()
        if partial:
            turns.append(partial)
    turns += stream.finish()
    return turns


def word_error_rate(said: str, turns: list[Turn]) -> float:
    heard = " ".join(turn.text for turn in turns if turn.ended)
    return float(jiwer.wer(normal(said), normal(heard)))


def check_turns(turns: list[Turn], duration_ms: int) -> None:
    """Order, clock, and the promise of settled words."""
    settled: dict[int, list[str]] = {}
    ended: list[int] = []
    for turn in turns:
        assert turn.order == len(ended)
        assert all(word.start_ms <= word.end_ms for word in turn.words)
        assert all(left.start_ms <= right.start_ms for left, right in pairwise(turn.words))
        if turn.words:
            assert turn.words[0].start_ms >= 0
            assert turn.words[-1].end_ms <= duration_ms
        final = [word.text for word in turn.words if word.is_final]
        assert [word.text for word in turn.words[: len(final)]] == final
        before = settled.get(turn.order, [])
        assert final[: len(before)] == before
        settled[turn.order] = final
        if turn.ended:
            ended.append(turn.order)
            assert len(final) == len(turn.words)


def test_features_are_whispers(corpus: Path) -> None:
    samples, _ = sf.read(corpus / "jfk.flac", dtype="float32")
    expected = FeatureExtractor()(samples, padding=0)
    features = log_mel(samples)
    np.testing.assert_allclose(features, expected[:, : features.shape[1]], atol=1e-5)


WORK_OF_OTHERS = """
import time
import numpy as np
from ipyscribe.local.features import log_mel

def others():
    return time.process_time() - time.thread_time()

log_mel(np.ones(80_000, "f"))
before = -1.0
while others() > before + 0.001:  # threads of the library spin after its import too, and are let come to rest
    before = others()
    time.sleep(0.3)
own = time.thread_time()
log_mel(np.ones(80_000, "f"))
own = time.thread_time() - own
time.sleep(0.2)
print((others() - before) / own)
"""


def test_features_leave_no_thread_at_work() -> None:
    done = subprocess.run([sys.executable, "-c", WORK_OF_OTHERS], stdout=subprocess.PIPE, text=True, check=True)
    assert float(done.stdout) < 1, "threads of a numerical library go on after they are needed"


def test_a_forced_prefix_stays_as_it_is(corpus: Path, offline: OfflineRecognition) -> None:
    samples, _ = sf.read(corpus / "jfk.flac", dtype="float32")
    decoding = DecodingOptions(pad_s=2, min_s=5, beam=1)
    first = offline.recogniser.transcribe(samples[:48_000], decoding)
    prefix = first.words[:2]
    longer = offline.recogniser.transcribe(samples, decoding, prefix)
    assert [word.text for word in longer.words[:2]] == [word.text for word in prefix]
    assert len(longer.words) > 15
    assert all(0 <= word.confidence <= 1 for word in longer.words)


@pytest.mark.parametrize(("name", "limit"), [("dialogue_real", 0.08), ("dialogue_espeak", 0.2)])
def test_the_turns_of_a_dialogue(corpus: Path, offline: OfflineRecognition, name: str, limit: float) -> None:
    samples, _ = sf.read(corpus / f"{name}.flac", dtype="float32")
    truth = json.loads((corpus / f"{name}.json").read_text())
    turns = transcribe(offline, samples)
    check_turns(turns, 1000 * len(samples) // 16_000)
    ended = [turn for turn in turns if turn.ended]
    assert len(ended) == len(truth) == 8
    for turn, true in zip(ended, truth, strict=True):
        assert abs(turn.words[0].start_ms - 1000 * true["start"]) < 800
        assert abs(turn.words[-1].end_ms - 1000 * true["end"]) < 500
    assert word_error_rate(" ".join(true["text"] for true in truth), turns) < limit


def test_speech_without_a_pause_is_cut_and_nothing_is_lost(corpus: Path, offline: OfflineRecognition) -> None:
    names = ["lj-LJ001-0001", "lj-LJ001-0005", "lj-LJ001-0003", "lj-LJ001-0004", "lj-LJ001-0002"]
    with (corpus / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        texts = {row["file"]: row["text"] for row in csv.DictReader(stream)}
    clips = [sf.read(corpus / f"{name}.flac", dtype="float32")[0] for name in names]
    samples = np.concatenate([clip[1600:-3200] for clip in clips])
    said = " ".join(texts[f"{name}.flac"] for name in names)
    turns = transcribe(
        offline,
        samples,
        cost_s=0.9,
        settings=TurnSettings(min_turn_silence_ms=5000, max_turn_silence_ms=5000),
    )
    check_turns(turns, 1000 * len(samples) // 16_000)
    ended = [turn for turn in turns if turn.ended]
    assert len(ended) == 2
    for turn in ended:
        assert turn.words[-1].end_ms - turn.words[0].start_ms <= LONGEST_TURN_MS
    assert ended[0].words[-1].end_ms <= ended[1].words[0].start_ms + 100
    assert word_error_rate(said, turns) < 0.08


def test_noise_is_not_speech(offline: OfflineRecognition) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 160_000).astype(np.float32)
    assert transcribe(offline, noise) == []


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_session_over_a_socket(corpus: Path, offline: OfflineRecognition, rate: int) -> None:
    samples, _ = sf.read(corpus / "jfk.flac", dtype="int16")
    pcm = np.repeat(samples, rate // 16_000).astype("<i2").tobytes()
    with running(lambda: offline) as url, Client(url, f"speech_model={MODEL}&sample_rate={rate}") as client:
        client.audio(pcm, chunk_bytes=rate // 5)
        client.send(type="Terminate")
        frames = client.rest()
    finals = [frame for frame in frames if frame.get("end_of_turn")]
    text = normal(" ".join(frame["transcript"] for frame in finals))
    assert "ask what you can do for your country" in text
    assert frames[-1]["audio_duration_seconds"] == 11
