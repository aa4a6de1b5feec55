"""A disk that takes no more: the session goes on and says so, and its tape knows that it is incomplete.

The limit on a file's size stands for the full disk: the system refuses to write in the same way, on any machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")

SESSION = """
import json, math, resource, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from support.scripted_server import scripted
import ipyscribe as scribe

def script(client):
    client.begin()
    client.turn(0, "One two.", end=True)
    client.hear(chunks=400)
    client.turn(1, "Three four.", end=True)
    client.hear("Terminate")
    client.terminate()

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

noise = np.random.default_rng(0).normal(0, 3000, 16_000 * 30).astype(np.int16)
clip = scribe.AudioArray(noise, 16_000, speed=math.inf)
limit(200_000)
with scripted(script, unread=None) as server:
    session = scribe.Session("u3-rt-pro", source=clip, endpoint=server.url)
    with session:
        session.wait()
limit(50_000)
try:
    session.tape.save("refused.tape")
    refusal = ""
except scribe.errors.StorageError as error:
    refusal = str(error)
limit(resource.RLIM_INFINITY)
tape = scribe.Tape.load(session.tape.save("rest.tape"))
print(json.dumps({
    "status": session.status,
    "turns": len(session.transcript.turns),
    "notices": [[notice.kind, notice.message, notice.advice] for notice in session.notices],
    "refusal": refusal,
    "cut_off": [session.tape.cut_off, tape.cut_off],
    "duration_s": len(tape.audio()) / 32_000,
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("full")
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", SESSION, tests],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    result["left"] = sorted(path.name for path in folder.iterdir() if not path.name.startswith("ipyscribe-tape-"))
    return result


def test_the_session_goes_on_and_says_that_recording_has_stopped(report: dict[str, Any]) -> None:
    assert (report["status"], report["turns"]) == ("ended", 2)
    [[kind, message, advice]] = report["notices"]
    assert kind == "tape"
    assert message == "Recording has stopped: File too large."
    assert "MB free" in advice
    assert "a minute of sound takes 2 MB" in advice


def test_the_tape_is_not_taken_for_a_whole_one(report: dict[str, Any]) -> None:
    assert report["cut_off"] == [True, True]
    assert 0 < report["duration_s"] < 10


def test_a_save_that_does_not_fit_is_refused_and_leaves_nothing(report: dict[str, Any]) -> None:
    assert "cannot be written" in report["refusal"]
    assert report["left"] == ["rest.tape"]
