"""Real speech through the real model, on a scripted clock: hypotheses fall on the same samples each time."""

from __future__ import annotations

import ctypes
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import jiwer
import numpy as np
import pytest
import soundfile as sf
from local.harness import MODEL, Client, running
from support.speech import (
    BEST,
    CORPUS,
    HAS_CORPUS,
    RATE_HZ,
    corpus_utterances,
    sample_speech,
    sample_utterances,
)
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.audio import sample_path, sample_reference
from ipyscribe.local.engine import MAX_WINDOW_S, DecodingOptions, Hypothesis, HypothesisWord, Recogniser
from ipyscribe.local.features import Floats, log_mel
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.local_agreement import BEAM_DECIDES_MS
from ipyscribe.local.stream import BEAM_FULL_WINDOW, BEAM_SHORT_WINDOW, LONGEST_WORD_MS, SpeechStream, Turn
from ipyscribe.local.turns import LONGEST_TURN_MS, TurnSettings
from ipyscribe.local.vad import FRAME_SAMPLES, VoiceDetector
from ipyscribe.local.weights import find_weights

pytestmark = pytest.mark.recogniser
normal = EnglishTextNormalizer()


def costing(seconds: float) -> Callable[[], float]:
    """A clock on which every hypothesis takes that long."""
    ticks: Iterator[int] = itertools.count()
    return lambda: seconds * next(ticks)


def transcribe(
    offline: OfflineRecognition, samples: Any, *, cost_s: float = 0.0, settings: TurnSettings | None = None
) -> list[Turn]:
    stream = SpeechStream(offline.recogniser, offline.network, settings, clock=costing(cost_s))
    turns: list[Turn] = []
    for begin in range(0, len(samples), 800):
        turns += stream.accept(samples[begin : begin + 800])
    turns += stream.finish()
    return turns


def word_error_rate(reference: str, turns: list[Turn]) -> float:
    transcript = " ".join(turn.text for turn in turns if turn.ended)
    return float(jiwer.wer(normal(reference), normal(transcript)))


def check_turns(turns: list[Turn], duration_ms: int) -> None:
    """Order, clock, and the promise of settled words."""
    settled: dict[int, list[str]] = {}
    ended: list[int] = []
    for turn in turns:
        assert turn.order == len(ended)
        assert all(word.start_ms < word.end_ms for word in turn.words)
        assert all(left.end_ms <= right.start_ms for left, right in pairwise(turn.words))
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


def test_features_are_whispers() -> None:
    from faster_whisper.feature_extractor import FeatureExtractor  # here, as every worker loads this file

    samples = sample_speech()[: 11 * RATE_HZ]
    expected = FeatureExtractor()(samples, padding=0)
    features = log_mel(samples)
    np.testing.assert_allclose(features, expected[:, : features.shape[1]], atol=1e-5)
    silence = np.zeros(2 * RATE_HZ, np.float32)
    for count in (1, 200, 31_999, 80_000):
        padded = np.concatenate([samples[:count], silence])
        assert np.array_equal(log_mel(samples[:count], length=len(padded)), log_mel(padded))


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


def test_a_hypothesis_is_finished_before_another_takes_its_core(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = Recogniser(find_weights(), threads=1)
    both = threading.Barrier(2)
    met: list[bool] = []

    def transcribe_together(*_: object) -> None:
        try:
            both.wait(0.5)  # that of the other thread is never there meanwhile
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)

    # What the model does may not be seen from outside.
    monkeypatch.setattr(recogniser, "_transcribe", transcribe_together)
    threads = [threading.Thread(target=recogniser.transcribe, args=(None, None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [False, False]


def test_a_forced_prefix_stays_as_it_is(offline: OfflineRecognition) -> None:
    samples = sample_speech()[: 9 * RATE_HZ]
    decoding = DecodingOptions(pad_s=2, min_s=5, beam=1)
    first = offline.recogniser.transcribe(samples[:48_000], decoding)
    prefix = first.words[:2]
    longer = offline.recogniser.transcribe(samples, decoding, prefix)
    assert [word.text for word in longer.words[:2]] == [word.text for word in prefix]
    assert len(longer.words) > 15
    assert all(0 <= word.confidence <= 1 for word in longer.words)


class AlteredRecogniser:
    """The recogniser, whose hypotheses of beam searches are altered."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,
        prefix: tuple[HypothesisWord, ...] = (),
        languages: Sequence[str] = (),
    ) -> Hypothesis:
        hypothesis = self._recogniser.transcribe(samples, decoding, prefix, languages)
        return hypothesis if decoding.beam == 1 else self.altered(hypothesis, decoding, prefix)

    def altered(
        self, hypothesis: Hypothesis, decoding: DecodingOptions, prefix: tuple[HypothesisWord, ...]
    ) -> Hypothesis:
        raise NotImplementedError


class StopsTooSoon(AlteredRecogniser):
    """The recogniser, whose beam searches lose the second half of what they have not been given."""

    def altered(
        self, hypothesis: Hypothesis, decoding: DecodingOptions, prefix: tuple[HypothesisWord, ...]
    ) -> Hypothesis:
        return replace(hypothesis, words=hypothesis.words[: (len(prefix) + len(hypothesis.words)) // 2])


def test_a_beam_search_that_stops_too_soon_loses_no_words(offline: OfflineRecognition) -> None:
    speech, text = next((each.samples, each.text) for each in sample_utterances() if len(each.samples) > 4 * RATE_HZ)
    stream = SpeechStream(StopsTooSoon(offline.recogniser), offline.network)
    turns = [event for event in [*stream.accept(speech), *stream.finish()] if isinstance(event, Turn)]
    assert word_error_rate(text, turns) < 0.2


class RepeatsItself(AlteredRecogniser):
    """The recogniser, whose short windows take the third and fourth word for the first two again."""

    def altered(
        self, hypothesis: Hypothesis, decoding: DecodingOptions, prefix: tuple[HypothesisWord, ...]
    ) -> Hypothesis:
        if decoding.min_s == MAX_WINDOW_S:
            return hypothesis
        texts = [word.text for word in hypothesis.words]
        texts[2:4] = texts[:2]
        words = tuple(replace(word, text=text) for word, text in zip(hypothesis.words, texts, strict=True))
        return replace(hypothesis, words=words)


class SkipsSpeech(AlteredRecogniser):
    """The recogniser, whose short beam searches take the second to the last word but one for the first."""

    def altered(
        self, hypothesis: Hypothesis, decoding: DecodingOptions, prefix: tuple[HypothesisWord, ...]
    ) -> Hypothesis:
        if decoding.min_s == MAX_WINDOW_S or len(hypothesis.words) < 3:
            return hypothesis
        first, *_, before, last = hypothesis.words
        return replace(hypothesis, words=(replace(first, end_ms=before.end_ms), last))


def test_a_beam_search_that_passes_over_speech_loses_no_words(offline: OfflineRecognition) -> None:
    speech, text = next((each.samples, each.text) for each in sample_utterances() if len(each.samples) > 4 * RATE_HZ)
    stream = SpeechStream(SkipsSpeech(offline.recogniser), offline.network, TurnSettings(early_final=False))
    turns = [event for event in [*stream.accept(speech), *stream.finish()] if isinstance(event, Turn)]
    last = normal(turns[-1].text)  # the turn before it is too short for its one word to be too long
    assert normal(text).endswith(last)
    assert len(last.split()) > 8


class SkipsOldSpeech(AlteredRecogniser):
    """The recogniser, whose quick hypotheses waver, and whose beam searches instead take one word for many."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__(recogniser)
        self.asked: list[DecodingOptions | None] = []

    def transcribe(
        self,
        samples: Floats,
        decoding: DecodingOptions,
        prefix: tuple[HypothesisWord, ...] = (),
        languages: Sequence[str] = (),
    ) -> Hypothesis:
        self.asked.append(decoding)
        hypothesis = super().transcribe(samples, decoding, prefix, languages)
        if decoding.beam > 1:
            return hypothesis
        final, new = hypothesis.words[: len(prefix)], hypothesis.words[len(prefix) :]
        wavering = (replace(word, text=f"{word.text}{len(self.asked)}") for word in new)
        return replace(hypothesis, words=(*final, *wavering))

    def altered(
        self, hypothesis: Hypothesis, decoding: DecodingOptions, prefix: tuple[HypothesisWord, ...]
    ) -> Hypothesis:
        final, new = hypothesis.words[: len(prefix)], hypothesis.words[len(prefix) :]
        old = [word for word in new if word.end_ms <= hypothesis.duration_ms - BEAM_DECIDES_MS]
        if decoding is not BEAM_SHORT_WINDOW or not old or old[-1].end_ms - old[0].start_ms < 1.5 * LONGEST_WORD_MS:
            return hypothesis
        self.asked[-1] = None
        return replace(hypothesis, words=(*final, replace(old[0], end_ms=old[-1].end_ms), *new[len(old) :]))


def test_a_beam_search_amid_speech_that_passes_over_words_is_done_again(offline: OfflineRecognition) -> None:
    without_pauses = np.concatenate([each.samples[3200:-4000] for each in sample_utterances()])
    recogniser = SkipsOldSpeech(offline.recogniser)
    stream = SpeechStream(recogniser, offline.network, clock=costing(0.0))
    list(stream.accept(without_pauses))
    assert recogniser.asked[recogniser.asked.index(None) + 1] is BEAM_FULL_WINDOW


def test_what_is_recognised_follows_from_the_sound_alone(offline: OfflineRecognition) -> None:
    """Not from how it is cut into chunks, how late they come or how long a busy machine takes."""
    samples = sample_speech()[: 9 * RATE_HZ]
    results = []
    for chunk, waiting_s, took_s in ((800, 0.0, 0.0), (4_321, 0.9, 0.3)):
        stream = SpeechStream(offline.recogniser, offline.network, clock=costing(took_s))
        events = []
        for begin in range(0, len(samples), chunk):
            events += stream.accept(samples[begin : begin + chunk], waiting_s=waiting_s)
        results.append([*events, *stream.finish()])
    assert len(results[0]) > 5
    assert results[0] == results[1]


def test_a_phrase_counts_twice_only_if_the_full_window_has_it_twice(offline: OfflineRecognition) -> None:
    speech, text = next((each.samples, each.text) for each in sample_utterances() if len(each.samples) > 4 * RATE_HZ)
    stream = SpeechStream(RepeatsItself(offline.recogniser), offline.network)
    turns = [event for event in [*stream.accept(speech), *stream.finish()] if isinstance(event, Turn)]
    assert word_error_rate(text, turns) < 0.1


def test_frames_at_once_are_as_likely_speech_as_one_by_one(offline: OfflineRecognition) -> None:
    speech = sample_speech()[: 100 * FRAME_SAMPLES]
    detector, other = VoiceDetector(offline.network), VoiceDetector(offline.network)
    each = [detector.probabilities(frame)[0] for frame in np.split(speech, 100)]
    pieces = np.split(speech, [0, FRAME_SAMPLES, 3 * FRAME_SAMPLES, 40 * FRAME_SAMPLES])
    together = [probability for piece in pieces for probability in other.probabilities(piece)]
    np.testing.assert_allclose(together, each, atol=1e-6)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="needs glibc")
def test_large_buffers_go_back_to_the_system() -> None:
    """glibc maps a large block by itself, two words from the start of a page, until one was freed that was larger.

    In a process of its own, as glibc first gives out again what other tests have freed.
    """
    script = """
import ctypes
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.weights import find_weights
recognition = OfflineRecognition(find_weights())
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
libc.free(libc.malloc(24 * 2**20))
print([libc.malloc(5 * 2**20) % 4096 for _ in range(3)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout, done.returncode) == ("[16, 16, 16]\n", 0), done.stderr


def dialogue(name: str) -> tuple[Any, list[tuple[float, float, str]]]:
    """The sound, and of each turn its beginning and end in ms and its text."""
    if name == "sample":
        return sample_speech(), [(turn.start_ms, turn.end_ms, turn.text) for turn in sample_reference()]
    samples, _ = sf.read(CORPUS / f"{name}.flac", dtype="float32")
    turns = json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))
    return samples, [(1000 * turn["start"], 1000 * turn["end"], turn["text"]) for turn in turns]


@pytest.mark.parametrize(
    ("name", "limit", "pauses"),
    [("dialogue_real", 0.08, 0), ("dialogue_espeak", 0.2, 0)] if HAS_CORPUS else [("sample", 0.1, 2)],
)
def test_the_turns_of_a_dialogue(offline: OfflineRecognition, name: str, limit: float, pauses: int) -> None:
    """``pauses``: where a speaker stops for so long that the turn ends and goes on as another."""
    samples, reference = dialogue(name)
    turns = transcribe(offline, samples)
    check_turns(turns, 1000 * len(samples) // RATE_HZ)
    ended = [turn for turn in turns if turn.ended]
    assert len(ended) - pauses == len(reference) >= 8
    for start_ms, end_ms, _ in reference:
        assert min(abs(turn.words[0].start_ms - start_ms) for turn in ended) < 800
        assert min(abs(turn.words[-1].end_ms - end_ms) for turn in ended) < 500
    assert word_error_rate(" ".join(text for _, _, text in reference), turns) < limit


@pytest.mark.parametrize("speech", BEST)
def test_speech_without_a_pause_is_cut_and_nothing_is_lost(offline: OfflineRecognition, speech: str) -> None:
    if speech == "sample":
        utterances = sample_utterances()
    else:
        numbers = ("0001", "0005", "0003", "0004", "0002")
        utterances = corpus_utterances(*(f"lj-LJ001-{number}" for number in numbers))
    trimmed = slice(None) if speech == "sample" else slice(1600, -3200)
    samples = np.concatenate([utterance.samples[trimmed] for utterance in utterances])
    turns = transcribe(
        offline,
        samples,
        cost_s=2.7,
        settings=TurnSettings(min_turn_silence_ms=5000, max_turn_silence_ms=5000),
    )
    check_turns(turns, 1000 * len(samples) // RATE_HZ)
    ended = [turn for turn in turns if turn.ended]
    assert len(ended) == 2
    for turn in ended:
        assert turn.words[-1].end_ms - turn.words[0].start_ms <= LONGEST_TURN_MS
    assert ended[0].words[-1].end_ms <= ended[1].words[0].start_ms
    assert word_error_rate(" ".join(utterance.text for utterance in utterances), turns) < 0.1


def test_noise_is_not_speech(offline: OfflineRecognition) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 160_000).astype(np.float32)
    assert transcribe(offline, noise) == []


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_session_over_a_socket(offline: OfflineRecognition, rate: int) -> None:
    samples, _ = sf.read(sample_path(), dtype="int16", stop=9 * RATE_HZ)
    pcm = np.repeat(samples, rate // 16_000).astype("<i2").tobytes()
    with running(lambda: offline) as url, Client(url, f"speech_model={MODEL}&sample_rate={rate}") as client:
        client.audio(pcm, chunk_bytes=rate // 5)
        client.send(type="Terminate")
        frames = client.rest()
    finals = [frame for frame in frames if frame.get("end_of_turn")]
    text = normal(" ".join(frame["transcript"] for frame in finals))
    assert "how many people are coming this time" in text
    assert frames[-1]["audio_duration_seconds"] == 9
