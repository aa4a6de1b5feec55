"""Other people's clients, each in a process of its own: they bring many packages, threads and log lines.

A Python client runs in the first interpreter that has it: this one, or that of ``.venv-foreign``, which
``tools/setup test`` makes of the dependency groups ``foreign`` and ``foreign-plugins``; a JavaScript one in node.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import soundfile as sf

CLIENTS = Path(__file__).parent / "clients"
ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "src" / "ipyscribe" / "audio" / "sample" / "sample.flac"
SECONDS = 10
SILENCE_MS = 6500
LIMIT_S = 240

Run = Callable[[str, str, Mapping[str, str]], dict[str, list[dict[str, Any]]]]
RunPlugin = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``run(package, client, {model: url})``: of each model, what the client reported of the sample's first seconds.

    One process has a session of each model after the other, as most clients take seconds to be imported.
    """
    samples, rate = sf.read(SAMPLE, dtype="int16", stop=SECONDS * 16_000)
    assert rate == 16_000
    audio = tmp_path_factory.mktemp("foreign") / "speech.pcm"
    audio.write_bytes(samples.tobytes())

    def client(package: str, script: str, urls: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        sessions = [argument for model, url in urls.items() for argument in (url, model)]
        events = report_of([interpreter(package), str(CLIENTS / f"{script}.py"), str(audio), *sessions])
        return {model: [event for event in events if event["model"] == model] for model in urls}

    return client


@pytest.fixture
def run_on_silence(tmp_path: Path) -> RunPlugin:
    """``run_on_silence(package, client, *arguments, url=, environment=)``: its report of a few seconds of silence.

    The server has the words of a script, which come at their times whatever is sent.
    """
    audio = tmp_path / "silence.pcm"
    audio.write_bytes(bytes(32 * SILENCE_MS))

    def client(
        package: str | None, script: str, *arguments: str, url: str, environment: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        program = "node" if package is None else interpreter(package)
        return report_of([program, str(CLIENTS / script), url, str(audio), *arguments], environment)

    return client


def report_of(command: list[str], environment: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """What a client reported, a JSON object a line."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False, env={**os.environ, **(environment or {})}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@cache
def interpreter(package: str) -> str:
    """An interpreter that has ``package``."""
    looking = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    for python in (sys.executable, ROOT / ".venv-foreign" / "bin" / "python"):
        if Path(python).exists() and not subprocess.run([python, "-c", looking], timeout=60).returncode:
            return str(python)
    pytest.fail(f"{package} is not installed: tools/setup test")
