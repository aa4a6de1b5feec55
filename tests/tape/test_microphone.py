"""A microphone's session on a tape: another process plays it at two speeds and comes to the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile
from support.virtual_microphone import VirtualMicrophone
from support.waiting import LIMIT_S, no_new_threads
from tape.test_recording import digest, picture

from ipyscribe import Tape, metrics
from ipyscribe.audio import sample_path, sample_reference
from ipyscribe.replay import Replay
from ipyscribe.transcript import Transcript

pytestmark = [pytest.mark.microphone, pytest.mark.recogniser]

RECORD = """
import hashlib, sys, threading
import ipyscribe as scribe
session = scribe.Session("local-whisper-tiny.en", source=scribe.Microphone("vmic"))
with session:
    seen = 0
    while session.audio_ms < 100:
        seen = session.wait_for_change(seen, 0.05)
    print("listening", flush=True)
    def stop():
        sys.stdin.readline()
        seen = 0
        while session.audio_ms <= float(sys.argv[3]):  # played sound may not be captured yet
            seen = session.wait_for_change(seen, 0.05)
        session.stop(60)
    threading.Thread(target=stop, daemon=True).start()
    session.wait()
session.tape.save(sys.argv[1])
run = scribe.metrics.Run(
    "spoken", session.transcript, sent=session.tape.sent, captured=session.tape.lane.captured, reference=sys.argv[2]
)
figure = scribe.plot_timeline(session.transcript)
figure.canvas.draw()
for value in (
    repr(session.transcript).encode(),
    repr([turn.history for turn in session.transcript.turns]).encode(),
    bytes(figure.canvas.buffer_rgba()),
    repr((session.status, session.notices, session.audio_ms, session.tape.sent)).encode(),
    repr(scribe.metrics.score(run)).encode(),
):
    print(hashlib.sha256(value).hexdigest(), flush=True)
"""


def metrics_of(transcript: Transcript, tape: Tape, reference: str) -> dict[str, Any]:
    """All that is measured of a transcript and the times on a tape."""
    run = metrics.Run("spoken", transcript, sent=tape.sent, captured=tape.lane.captured, reference=reference)
    return metrics.score(run)


def test_a_microphone_session_is_replayed_elsewhere(tmp_path: Path) -> None:
    (spoken,) = sample_reference()[:1]
    samples, rate = soundfile.read(sample_path(), dtype="int16", frames=16 * (spoken.end_ms + 400))
    soundfile.write(tmp_path / "speech.wav", samples, rate)
    path = tmp_path / "spoken.tape"
    with (
        VirtualMicrophone(tmp_path) as microphone,
        subprocess.Popen(
            [sys.executable, "-c", RECORD, path, spoken.text, str(spoken.end_ms)],
            env={**microphone.env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as child,
    ):
        assert child.stdout is not None
        assert child.stdout.readline() == "listening\n"
        assert microphone.play(tmp_path / "speech.wav").wait(LIMIT_S) == 0
        out, _ = child.communicate("stop\n", timeout=LIMIT_S)
    tape = Tape.load(path)
    assert tape.transcript.text
    assert len(tape.audio()) > 2 * 16 * spoken.end_ms
    assert any(tape.audio())
    assert metrics_of(tape.transcript, tape, spoken.text)["wer"] < 0.5
    with no_new_threads(), Replay(tape, speed=1.0) as slow, Replay(tape, speed=50.0) as fast:
        for replay in (fast, slow):
            assert replay.wait(LIMIT_S)
            assert [
                digest(replay.transcript),
                digest([turn.history for turn in replay.transcript.turns]),
                digest(picture(replay.transcript)),
                digest((replay.status, replay.notices, replay.audio_ms, tape.sent)),
                digest(metrics_of(replay.transcript, tape, spoken.text)),
            ] == out.splitlines()
