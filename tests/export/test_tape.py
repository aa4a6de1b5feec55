"""Exports of a real tape: a session, its tape, and a replay of it give the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from local.harness import CountingRecognition, running
from support.waiting import no_new_threads

import ipyscribe as scribe

LOUD = (np.sin(np.arange(16_000 * 2) * 0.3) * 8000).astype(np.int16)
SOURCE = scribe.AudioArray(np.concatenate([LOUD, np.zeros(16_000, np.int16)] * 2), 16_000, speed=8, label="a tone")


@pytest.fixture(scope="module")
def session() -> Iterator[scribe.Session]:
    """A session that is over."""
    with no_new_threads(), running(CountingRecognition) as url:
        with scribe.Session("local-whisper-tiny.en", source=SOURCE, endpoint=url) as listening:
            listening.wait()
        yield listening


def test_a_session_its_tape_and_a_replay_are_saved_alike(session: scribe.Session, tmp_path: Path) -> None:
    tape = scribe.Tape.load(session.tape.save(tmp_path / "a.tape"))
    with scribe.Replay(tape, speed=math.inf) as replay:
        replay.wait()
    for extension in ("srt", "json", "wav", "TextGrid"):
        made = scribe.export.content(session, extension)
        assert scribe.export.content(tape, extension) == made
        assert scribe.export.content(replay, extension) == made
    for page in (scribe.export.to_html(tape), scribe.export.freeze(tape).html):
        assert "local-whisper-tiny.en (127.0.0.1" in page
        assert "a tone" in page


def test_the_path_of_a_tape_does_where_the_tape_does(session: scribe.Session, tmp_path: Path) -> None:
    path = session.tape.save(tmp_path / "a.tape")
    tape = scribe.Tape.load(path)
    for given in (path, str(path)):
        for extension in ("srt", "json", "wav", "html"):
            assert scribe.export.content(given, extension) == scribe.export.content(tape, extension)
        assert scribe.export.freeze(given).html == scribe.export.freeze(tape).html
        assert scribe.Replay(given).model == tape.lane.manifest.model
        assert scribe.Tape.together(given, tape).lanes[0].transcript == tape.transcript


def test_a_turn_is_cut_out_of_the_sound(session: scribe.Session) -> None:
    second = session.transcript.turns[1]
    sound = scribe.export.to_wav(session, turn=second.order)[44:]
    assert len(sound) == 32 * (second.end_ms - second.start_ms)
    assert sound == scribe.export.to_wav(session, start_ms=second.start_ms, end_ms=second.end_ms)[44:]
