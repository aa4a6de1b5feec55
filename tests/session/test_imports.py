"""What importing the package costs, and that it needs no audio library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.waiting import LIMIT_S

import ipyscribe

HEAVY = (
    "IPython", "anywidget", "faster_whisper", "ctranslate2", "ipywidgets", "keyring", "matplotlib", "numpy", "pandas",
    "sounddevice", "soundfile", "soxr", "websocket", "websockets",
)  # fmt: skip


def run(code: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, ipyscribe; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run(code) == "[]\n"


def test_a_session_needs_no_plots_no_audio_library_and_no_widgets() -> None:
    names = ("anywidget", "ipywidgets", "matplotlib", "pandas", "sounddevice", "faster_whisper", "IPython")
    code = f"""
import sys, ipyscribe
session = ipyscribe.Session("local-whisper-tiny.en", source=ipyscribe.AudioArray([0.0] * 1600, 16000))
with session:
    session.wait()
print(session.status, [m for m in {names!r} if m in sys.modules])
"""
    assert run(code) == "ended []\n"


@pytest.mark.parametrize("missing", [ImportError("no"), OSError("PortAudio library not found")], ids=repr)
def test_it_works_where_audio_libraries_do_not(tmp_path: Path, missing: Exception) -> None:
    for name in ("sounddevice", "soxr", "soundfile"):
        (tmp_path / f"{name}.py").write_text(f"raise {missing!r}")
    code = """
import ipyscribe as scribe
print(len(scribe.models()), scribe.Microphone("x").label[-3:])
for name in scribe.__all__:
    getattr(scribe, name)
with scribe.Session("local-whisper-tiny.en", source=scribe.AudioArray([0.0] * 1600, 16000)) as session:
    session.wait()
print(session.status)
for call in (scribe.input_devices, scribe.Microphone().open):
    try:
        call()
    except scribe.errors.PortAudioMissingError as error:
        print("told")
"""
    assert run(code, {**os.environ, "PYTHONPATH": str(tmp_path)}) == "10 (x)\nended\ntold\ntold\n"


def test_every_public_name_is_there_and_documented() -> None:
    assert list(ipyscribe.__all__) == sorted(ipyscribe.__all__)
    for name in ipyscribe.__all__:
        assert getattr(ipyscribe, name).__doc__, name
        assert name in dir(ipyscribe)
    with pytest.raises(AttributeError, match="has no attribute 'Bogus'"):
        ipyscribe.Bogus  # noqa: B018


def test_every_error_is_in_one_tree() -> None:
    errors = [
        value for value in vars(ipyscribe.errors).values() if isinstance(value, type) and not issubclass(value, Warning)
    ]
    assert all(issubclass(error, ipyscribe.errors.ScribeError) for error in errors)
    drawn = ipyscribe.errors.__doc__ or ""
    assert all(error.__name__ in drawn for error in errors)
