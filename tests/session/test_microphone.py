"""From a microphone to words: a real PortAudio device, a real session, in a child process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from support.virtual_microphone import VirtualMicrophone
from support.waiting import LIMIT_S
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.audio import sample_path, sample_reference

pytestmark = [pytest.mark.microphone, pytest.mark.recogniser]
normal = EnglishTextNormalizer()
PLAYED_TURNS = 3

LISTEN = """
import sys, threading
import ipyscribe as scribe
import ipyscribe.session.pump
ipyscribe.session.pump.FINISH_TIMEOUT_S = 50
session = scribe.Session("local-whisper-tiny.en", source=scribe.Microphone("vmic"))
with session:
    seen = 0
    while session.audio_ms < 100:
        seen = session.wait_for_change(seen, 0.05)
    print("listening", flush=True)
    threading.Thread(target=lambda: (sys.stdin.readline(), session.stop(60)), daemon=True).start()
    for turn in session.iter_turns():
        print(turn.text, flush=True)
busy = ("behind", "dropped", "late")  # notices of a machine that stood still
print(session.status, session.error, [notice for notice in session.notices if notice.kind not in busy], flush=True)
"""


def test_what_is_spoken_into_a_microphone_arrives_as_words(tmp_path: Path) -> None:
    spoken = sample_reference()[:PLAYED_TURNS]
    samples, rate = soundfile.read(sample_path(), dtype="int16", frames=16 * (spoken[-1].end_ms + 400))
    quiet = np.zeros(3 * rate, np.int16)  # played sound may still be on its way when paplay ends
    soundfile.write(tmp_path / "speech.wav", np.concatenate([samples, quiet]), rate)
    with (
        VirtualMicrophone(tmp_path) as microphone,
        subprocess.Popen(
            [sys.executable, "-c", LISTEN],
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
    *turns, last = out.splitlines()
    assert last == "ended None []"
    reference = " ".join(turn.text for turn in spoken)
    assert jiwer.wer(normal(reference), normal(" ".join(turns))) <= 0.25


GONE = """
import ipyscribe as scribe
import ipyscribe.session.pump
ipyscribe.session.pump.FINISH_TIMEOUT_S = 50
session = scribe.Session("local-whisper-tiny.en", source=scribe.Microphone("vmic"))
try:
    with session:
        print("listening", flush=True)
        for turn in session.iter_turns():
            pass
except scribe.errors.DeviceLostError as error:
    terminated = '"Termination"' in str(list(session.tape.lane.records()))
    print(error, session.status, terminated, flush=True)
"""


def test_a_microphone_that_is_unplugged_ends_the_session_in_the_orderly_way(tmp_path: Path) -> None:
    with (
        VirtualMicrophone(tmp_path) as microphone,
        subprocess.Popen(
            [sys.executable, "-c", GONE],
            env={**microphone.env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as child,
    ):
        assert child.stdout is not None
        assert child.stdout.readline() == "listening\n"
        microphone.unplug()
        out, _ = child.communicate(timeout=LIMIT_S)
    assert "'vmic, ALSA' was disconnected." in out
    assert out.endswith(" failed True\n")
