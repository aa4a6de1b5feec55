"""The code that a widget gives runs, in a process of its own, against the command that plays AssemblyAI's server."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from local.scripts import SCRIPT, TEXTS

import ipyscribe as scribe
from ipyscribe.audio import AudioArray, AudioFile, Microphone, sample_path
from ipyscribe.protocol import find_model
from ipyscribe.widgets.transcriber.code import Setup, plain_code, scribe_code

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``ipyscribe serve --simulate`` with words that are known; its address. It wants the key."""
    script = tmp_path_factory.mktemp("script") / "script.json"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "ipyscribe", "serve", "--token", "-", "--exit-with-stdin", "--simulate", "--script",
         str(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{KEY}\n")
        process.stdin.flush()
        yield process.stdout.readline().split()[-1]
    finally:
        process.communicate("", timeout=60)
    assert process.returncode == 0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> AudioFile:
    """Eight seconds in stereo at another rate than the server's, eight times as fast as they were spoken."""
    path = tmp_path_factory.mktemp("clip") / 'it\'s a "talk".wav'
    sound, _ = soundfile.read(sample_path(), stop=16_000 * 8, dtype="int16")
    soundfile.write(path, [[sample, sample] for sample in sound[::2]], 8_000)
    return AudioFile(path, speed=8.0)


def setup_for(model: str = "u3-rt-pro", source: Any = None, **changes: Any) -> Setup:
    values: dict[str, Any] = {"endpoint": None, "own_key": False, "token": False, "limits": {}, "parameters": {}}
    return Setup(find_model(model), source, **(values | changes))


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert KEY not in code
    (folder / "script.py").write_text(code, encoding="utf-8")
    env = os.environ | {"ASSEMBLYAI_API_KEY": KEY, "WEBHOOK_AUTH_HEADER_VALUE": "secret", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False
    )


def plain(text: str) -> str:
    return re.sub(r"[^\w ]", "", text.lower())


CASES = {
    "u3-rt-pro": {
        "prompt": "A talk.\n'quoted'",
        "keyterms_prompt": ["Ann", 'O"Neil'],
        "webhook_auth_header_value": "secret",
    },
    "universal-streaming-english": {"format_turns": True, "end_of_turn_confidence_threshold": 0.4},
    "whisper-rt": {"language_detection": False},
}


@pytest.mark.parametrize("make", [scribe_code, plain_code])
@pytest.mark.parametrize("model", CASES)
def test_it_runs_and_hears_the_words(make: Any, model: str, server: str, clip: AudioFile, tmp_path: Path) -> None:
    code = make(setup_for(model, clip, endpoint=server, own_key=True, parameters=CASES[model]))
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for text in TEXTS:
        assert plain(text) in plain(done.stdout), done.stdout


@pytest.mark.parametrize("make", [scribe_code, plain_code])
def test_what_goes_wrong_is_said(make: Any, server: str, clip: AudioFile, tmp_path: Path) -> None:
    code = make(setup_for(source=clip, endpoint=server, own_key=True))
    (tmp_path / "script.py").write_text(code, encoding="utf-8")
    env = os.environ | {"ASSEMBLYAI_API_KEY": "another" * 4}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 1
    assert "1008" in done.stderr or "Unauthorized" in done.stderr or "AuthenticationError" in done.stderr


@pytest.mark.parametrize("make", [scribe_code, plain_code])
@pytest.mark.parametrize("model", ["u3-rt-pro", "local-whisper-tiny.en"])
@pytest.mark.parametrize("endpoint", [None, "eu", "local", "wss://example.org:8443/own/path"])
@pytest.mark.parametrize(
    "source", [None, Microphone(), Microphone("USB"), scribe.sample(speed=2), AudioArray([0.0, 0.1], 8000)]
)
def test_it_is_python_for_whatever_was_chosen(make: Any, model: str, endpoint: str | None, source: Any) -> None:
    code = make(setup_for(model, source, endpoint=endpoint, own_key=True, limits={"max_cost_usd": 0.5}))
    compile(code, "code", "exec")
    assert ("ASSEMBLYAI_API_KEY" in code) == (model == "u3-rt-pro" and endpoint != "local")
    assert max(map(len, code.splitlines())) <= 120


def test_names_cannot_become_code() -> None:
    odd = "x\nimport antigravity\n'\"$os"
    for make in (scribe_code, plain_code):
        tree = ast.parse(make(setup_for(odd.replace("\n", ";"), Microphone(odd))))
        imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        assert "antigravity" not in imported


def test_a_token_and_a_secret_come_from_the_environment() -> None:
    setup = setup_for(source=Microphone(), token=True, parameters={"webhook_auth_header_value": "hidden words"})
    for make in (scribe_code, plain_code):
        code = make(setup)
        assert "hidden" not in code
        assert 'os.environ["WEBHOOK_AUTH_HEADER_VALUE"]' in code
    assert 'token=os.environ["ASSEMBLYAI_TOKEN"]' in scribe_code(setup)


def test_unknown_settings_stand_beside_the_others_in_the_query() -> None:
    setup = setup_for(parameters={"extra": {"turn_left_pad_ms": 1024, "later": ["a"]}})
    assert '"turn_left_pad_ms": 1024,' in plain_code(setup)
    assert '"later": json.dumps(["a"]),' in plain_code(setup)
    assert 'extra={"turn_left_pad_ms": 1024, "later": ["a"]}' in scribe_code(setup)


def test_ipyscribes_code_is_short_and_names_what_was_chosen() -> None:
    code = scribe_code(
        setup_for(source=scribe.AudioFile(sample_path(), start_s=1, stop_s=3), parameters={"max_turn_silence": 900})
    )
    assert code == (
        "import ipyscribe as scribe\n\n"
        "# The key is taken from ASSEMBLYAI_API_KEY, or from scribe.login().\n"
        "session = scribe.Session(\n"
        '    "u3-rt-pro",\n'
        f'    source=scribe.AudioFile("{sample_path()}", start_s=1, stop_s=3),\n'
        "    max_turn_silence=900,\n"
        ")\n"
        "with session:\n"
        "    for turn in session.iter_turns():\n"
        '        print(f"{turn.start_ms / 1000:7.2f} s  {turn.text}")\n'
    )


def test_the_widget_gives_the_code_of_what_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    clip = scribe.sample(speed=2.0)
    with contextlib.closing(
        scribe.Transcriber("u3-rt-pro", source=clip, api_key=KEY, max_duration_s=60, prompt="A talk.")
    ) as t:
        code = t.to_code()
        assert "scribe.sample(speed=2.0)" in code
        assert 'prompt="A talk."' in code
        assert "max_duration_s=60" in code
        t.model = "local-whisper-tiny.en"
        assert '"local-whisper-tiny.en"' in t.to_code()
        assert "ipyscribe serve" in t.to_code(plain=True)
        assert KEY not in code + t.to_code(plain=True)
