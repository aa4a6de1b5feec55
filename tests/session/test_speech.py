"""Speech through the real recogniser, in the lines that the README shows."""

from __future__ import annotations

import math
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from session.sources import MODEL
from support.connections import last_connection
from support.waiting import LIMIT_S, wait_for
from whisper_normalizer.english import EnglishTextNormalizer

import ipyscribe as scribe
from ipyscribe.access.local_server import LoopbackServer
from ipyscribe.audio import sample_path, sample_reference

pytestmark = pytest.mark.recogniser
normal = EnglishTextNormalizer()
REFERENCE = " ".join(turn.text for turn in sample_reference())
OPENING_S = 5.0
"""The sample's first turns end before this."""


def word_error_rate(reference: str, hypothesis: str) -> float:
    return float(jiwer.wer(normal(reference), normal(hypothesis)))


def test_the_sample_with_the_embedded_server(embedded: LoopbackServer) -> None:
    session = scribe.Session(MODEL, source=scribe.sample(speed=math.inf))
    hypothesis = []
    with session:
        for turn in session.iter_turns():
            hypothesis.append(turn.text)
    assert word_error_rate(REFERENCE, " ".join(hypothesis)) <= 0.2
    assert session.transcript.text == "\n".join(hypothesis)
    assert all(turn.settled for turn in session.transcript.turns)
    assert [turn.order for turn in session.transcript.turns] == list(range(len(hypothesis)))
    assert session.status == "ended"
    assert session.error is None
    assert session.notices == ()
    assert session.cost_usd == 0.0
    duration_s = scribe.sample().duration_s
    assert duration_s is not None
    assert session.audio_ms == pytest.approx(1000 * duration_s, abs=50)
    starts = [turn.start_ms for turn in session.transcript.turns]
    assert starts == sorted(starts)
    assert session.transcript.turns[-1].end_ms <= session.audio_ms


def opening(tmp_path: Path, name: str, rate: int = 16_000) -> Path:
    samples, _ = soundfile.read(sample_path(), dtype="int16", frames=round(OPENING_S * 16_000))
    path = tmp_path / name
    soundfile.write(path, np.repeat(samples, rate // 16_000), rate)
    return path


@pytest.mark.parametrize(
    ("name", "rate"), [("a.wav", 16_000), ("a.flac", 48_000), ("a.mp3", 16_000), ("a.ogg", 16_000)]
)
def test_files_of_every_format(speech: str, tmp_path: Path, name: str, rate: int) -> None:
    source = scribe.AudioFile(opening(tmp_path, name, rate), speed=math.inf)
    session = scribe.Session(MODEL, source=source, endpoint=speech)
    with session:
        assert session.wait(LIMIT_S)
    assert "do you have a minute" in normal(session.transcript.text)


def test_an_array(speech: str) -> None:
    samples, rate = soundfile.read(sample_path(), dtype="float32", frames=round(OPENING_S * 16_000))
    stereo = np.stack([samples, samples], axis=1)
    with scribe.Session(MODEL, source=scribe.AudioArray(stereo, rate, speed=math.inf), endpoint=speech) as session:
        hypothesis = " ".join(turn.text for turn in session.iter_turns())
    assert "do you have a minute" in normal(hypothesis)


def test_stopping_in_the_middle_keeps_the_open_turn(speech: str) -> None:
    with scribe.Session(MODEL, source=scribe.sample(), endpoint=speech) as session:
        shown = wait_for(lambda: (turn := session.transcript.open_turn) and len(turn.words) >= 3 and turn)
        assert session.stop(LIMIT_S)
    assert session.status == "ended"
    assert last_connection(session).termination is not None
    assert [
        notice for notice in session.notices if notice.kind not in ("behind", "late")
    ] == []  # that is how busy the machine was
    turns = session.transcript.turns
    assert all(turn.settled for turn in turns)
    (turn,) = [turn for turn in turns if turn.order == shown.order]
    assert turn.history[: len(shown.history)] == shown.history
    assert len(turn.words) >= 3
    assert "hi sam" in normal(turns[0].text)
    assert list(session.iter_turns()) == list(turns)


def test_unformatted_turns(speech: str, tmp_path: Path) -> None:
    source = scribe.AudioFile(opening(tmp_path, "a.wav"), speed=math.inf)
    with scribe.Session(MODEL, source=source, endpoint=speech, format_turns=False) as session:
        session.wait(LIMIT_S)
    text = session.transcript.text
    assert "do you have a minute" in text
    assert text == text.lower()
