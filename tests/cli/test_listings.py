"""What there is: models, and the microphones of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.shell import run
from support.waiting import LIMIT_S

import ipyscribe.audio
from ipyscribe.audio import InputDevice
from ipyscribe.cli import main
from ipyscribe.protocol import models

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX shells")


def test_models() -> None:
    done = run("models")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{models()!r}\n"


def test_models_fit_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "70")
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [model.name for model in models()]
    assert max(map(len, lines)) <= 70


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_error(unbuffered: str) -> None:
    script = f"{sys.executable} -m ipyscribe models | true"
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(script, shell=True, env=environment, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.stderr == b""


def test_devices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    devices = [
        InputDevice(0, "Built-in", "ALSA", 2, 44_100, False),
        InputDevice(12, "USB\x1b[2J", "ALSA", 1, 48_000, True),
    ]
    monkeypatch.setattr(ipyscribe.audio, "input_devices", lambda: devices)
    assert main(["devices"]) == 0
    assert capsys.readouterr().out == "    0  Built-in, ALSA\n*  12  USB [2J, ALSA\n"


def test_devices_without_a_device(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ipyscribe.audio, "input_devices", list)
    assert main(["devices"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("ipyscribe: PortAudio sees no microphone on this machine.")


def test_devices_without_portaudio(tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    done = run("devices", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ipyscribe: The microphone of this machine needs PortAudio")
