"""The classical recogniser: worse, quick, and clearly itself."""

from __future__ import annotations

import sys
from itertools import count
from typing import Any

import jiwer
import numpy as np
import pytest
import soundfile as sf
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.audio import sample_path, sample_reference
from ipyscribe.errors import MissingDependencyError
from ipyscribe.local.engine import Hypothesis
from ipyscribe.local.server import LocalServer
from ipyscribe.local.sphinx import Sphinx
from ipyscribe.local.stream import GREEDY, SpeechStream
from ipyscribe.local.turns import TurnSettings
from ipyscribe.local.vad import load_voice_network
from ipyscribe.protocol.models import SPHINX, SPHINX_MODEL

pytestmark = pytest.mark.recogniser
normal = EnglishTextNormalizer()


@pytest.fixture(scope="module")
def speech() -> Any:
    return sf.read(sample_path(), dtype="float32")[0][: 12 * 16_000]


def text(hypothesis: Hypothesis) -> str:
    return " ".join(word.text for word in hypothesis.words)


def test_a_hearing_goes_on_where_the_last_one_stopped(speech: Any) -> None:
    whole = Sphinx().transcribe(speech[:64_000], GREEDY)  # one after the other: each takes 90 MB
    piecewise = Sphinx()
    for end in range(8_000, 64_001, 8_000):
        grown = piecewise.transcribe(speech[:end], GREEDY)
    assert text(grown) == text(whole) != ""
    assert grown.duration_ms == 4_000
    assert [word.start_ms for word in grown.words] == sorted(word.start_ms for word in grown.words)
    assert grown.words[-1].end_ms <= 4_000


def test_another_stretch_begins_anew_and_promised_words_stay(speech: Any) -> None:
    alone = Sphinx().transcribe(speech[64_000:128_000], GREEDY)
    sphinx = Sphinx()
    first = sphinx.transcribe(speech[:48_000], GREEDY)
    other = sphinx.transcribe(speech[64_000:128_000], GREEDY)
    assert text(other) == text(alone) != ""
    assert sphinx.transcribe(np.zeros(8_000, np.float32), GREEDY).words == ()
    del sphinx
    again = Sphinx().transcribe(speech[:48_000], GREEDY, first.words[:3])
    assert again.words[:3] == first.words[:3]
    assert text(again) == text(first)


@pytest.mark.parametrize("agreeing", [2, 3])
def test_speech_becomes_turns_of_which_every_second_word_or_more_is_right(speech: Any, agreeing: int) -> None:
    settings = TurnSettings(agreeing_hypotheses=agreeing, hold_words=1, hold_ms=500)
    clock = (0.1 * tick for tick in count()).__next__  # on a slow machine too there are as many hypotheses
    stream = SpeechStream(Sphinx(), load_voice_network(), settings, clock=clock)
    turns = []
    for begin in range(0, len(speech), 800):
        turns += stream.accept(speech[begin : begin + 800])
    turns += stream.finish()
    ended = [turn for turn in turns if turn.ended]
    transcript = " ".join(turn.text for turn in ended)
    reference = " ".join(turn.text for turn in sample_reference() if turn.end_ms <= 12_500)
    assert len(ended) >= 2
    assert jiwer.wer(normal(reference), normal(transcript)) < 0.8
    assert any(word.is_final for turn in turns if not turn.ended for word in turn.words)


def test_the_server_calls_it_by_its_name() -> None:
    assert LocalServer(model_dir=SPHINX).model == SPHINX_MODEL


def test_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(MissingDependencyError, match=r"ipyscribe\[sphinx\]"):
        Sphinx()
