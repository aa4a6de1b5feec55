"""``ipyscribe evaluate`` asks before it opens more new sessions at once than the account may."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from support.scripted_server import ScriptedServer, polite, scripted

from ipyscribe.access.endpoint import HOSTS
from ipyscribe.cli.main import main
from ipyscribe.session import opening_limit

ASKED = "2 new sessions at once are more than the 1 that your account is taken to open in a minute."


class Terminal(io.StringIO):
    """Somebody is there."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A server that stands for AssemblyAI's, of an account that has opened no session yet."""
    monkeypatch.setattr(opening_limit, "_limits", {})  # it outlives a session, and so a test
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "0123456789abcdef")
    with scripted(polite) as server:
        monkeypatch.setitem(HOSTS, "edge", server.url)
        yield server


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    for name in ("a", "b"):
        sf.write(tmp_path / f"{name}.wav", np.zeros(3200, np.int16), 16_000)
        (tmp_path / f"{name}.txt").write_text("red evil")
    limit = ["--at-once", "2", "--sessions-per-minute", "1"]
    return ["evaluate", str(tmp_path), "--model", "u3-rt-pro", "--speed", "50", *limit]


def test_where_nobody_can_answer_it_says_which_flags_go_on(
    edge: ScriptedServer, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    errors = capsys.readouterr().err
    assert ASKED in errors
    assert "--yes" in errors
    assert "--sessions-per-minute" in errors
    assert edge.clients == []
    assert main([*command, "--yes"]) == 0
    assert len(edge.clients) == 2


@pytest.mark.parametrize(("answer", "status", "opened"), [("y\n", 0, 2), ("\n", 130, 0), ("n\n", 130, 0)])
def test_at_a_terminal_it_asks(
    edge: ScriptedServer,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    status: int,
    opened: int,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", terminal)
    assert main(command) == status
    assert ASKED in terminal.getvalue()
    assert len(edge.clients) == opened


def test_the_price_of_a_model_that_has_none_can_be_given(
    command: list[str], capsys: pytest.CaptureFixture[str], edge: ScriptedServer
) -> None:
    command[command.index("u3-rt-pro")] = "assemblyai-stt-3-7-realtime"
    assert main([*command, "--max-cost-usd", "0.000001", "--yes"]) == 1
    assert "Give price_per_hour_usd" in capsys.readouterr().err
    assert main([*command, "--max-cost-usd", "0.000001", "--price-per-hour-usd", "0.5", "--yes"]) == 0
    assert "0 of 2 recordings were played." in capsys.readouterr().out
    assert edge.clients == []
