"""The type of a session's settings says what the table of parameters says, to editors and to mypy."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from ipyscribe.protocol import PARAMETERS, SessionSettings, session_settings

ROOT = Path(__file__).parents[2]
SNIPPET = """
from typing import Unpack

from session_settings import SessionSettings


def open_session(**settings: Unpack[SessionSettings]) -> None: ...


open_session({call})
"""


def test_the_type_is_what_the_command_makes_of_the_table() -> None:
    spec = importlib.util.spec_from_file_location("tools_session_settings", ROOT / "tools" / "session_settings.py")
    assert spec is not None
    assert spec.loader is not None
    command = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(command)
    assert inspect.getsource(session_settings) == command.source(), "run: python tools/session_settings.py"
    assert list(SessionSettings.__annotations__) == [*PARAMETERS, "preset"]
    assert SessionSettings.__total__ is False


def test_mypy_knows_names_types_and_choices(tmp_path: Path) -> None:
    calls = {
        "accepted": 'prompt="A lecture", max_turn_silence=2400, vad_threshold=1, speaker_labels=None, '
        'keyterms_prompt=["NADH"], redact_pii_policies=("name",), mode="balanced", llm_gateway={"model": "x"}',
        "name": "speaker_lables=True",
        "flag": 'speaker_labels="yes"',
        "number": 'max_turn_silence="2400"',
        "list": 'keyterms_prompt="NADH"',
        "choice": 'mode="slow"',
    }
    # The module alone: it needs the standard library only, which mypy reads in a second.
    (tmp_path / "session_settings.py").write_text(inspect.getsource(session_settings), encoding="utf-8")
    for name, call in calls.items():
        (tmp_path / f"{name}_.py").write_text(SNIPPET.replace("{call}", call), encoding="utf-8")
    # In a process of its own, as a worker would keep what mypy takes.
    options = ("--strict", "--no-site-packages", "--config-file=", "--cache-dir=cache")
    command = [sys.executable, "-m", "mypy", *options, "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.stderr
    refused = {
        Path(line.partition(":")[0]).stem.rstrip("_"): line for line in done.stdout.splitlines() if "error:" in line
    }
    assert refused.keys() == calls.keys() - {"accepted"}, done.stdout
    assert 'Unexpected keyword argument "speaker_lables"' in refused["name"]
    assert all("incompatible type" in line for name, line in refused.items() if name != "name")


@pytest.mark.parametrize("name", ["speech_model", "sample_rate", "token"])
def test_what_the_session_decides_is_no_setting(name: str) -> None:
    assert name not in SessionSettings.__annotations__
