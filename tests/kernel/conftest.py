from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
from kernel.judge import SCRIPT, Log
from support.processes import rest
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ASSEMBLYAI_API_KEY", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)}
    with no_new_threads():
        yield
    left = [process for process in psutil.Process(os.getpid()).children(recursive=True) if process.pid not in before]
    assert left == []


SERVE = """
from ipyscribe.cli.main import main
from ipyscribe.local import server
server._CLOSE_S = 5.0  # a client that is held up may answer the close frame late
raise SystemExit(main())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    folder = tmp_path_factory.mktemp("server")
    script, log = folder / "script.json", folder / "log"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", "--no-token", "--script", script, "--log", log],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Log(log, process.stdout.readline().split()[-1])
    finally:
        process.terminate()
        rest(process)


@pytest.fixture
def log(server: Log) -> Log:
    server.forget()
    return server
