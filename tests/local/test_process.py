"""The server as a process: how it says where it is, and that it always goes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import psutil
import pytest
from local.harness import Client, wait_for

from ipyscribe.errors import LocalServerError, MissingDependencyError
from ipyscribe.local import serve

SERVE = """
import sys
from ipyscribe.local import serve
sys.exit(serve(announce=lambda line: print(line, flush=True){options}))
"""

WITHOUT_WEIGHTS = ", load=lambda: None"
"""For servers that no session comes to."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@contextlib.contextmanager
def server(options: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE.format(options=options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on ws://127.0.0.1:")
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.communicate()


def ends_cleanly(process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_without_noise(number: int) -> None:
    with server() as (process, _):
        process.send_signal(number)
        ends_cleanly(process)


def test_a_signal_ends_it_while_a_session_is_open() -> None:
    with server() as (process, url), Client(url) as client:
        client.until("Begin")
        process.terminate()
        ends_cleanly(process)


def test_the_end_of_standard_input_ends_it() -> None:
    with server(f", exit_with_stdin=True{WITHOUT_WEIGHTS}") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
        ends_cleanly(process)


def test_standard_input_does_not_matter_unless_asked() -> None:
    with server() as (process, url):
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
        with Client(url) as client:
            client.until("Begin")
        assert process.poll() is None


def test_it_goes_when_its_parent_is_killed_and_a_sibling_holds_the_pipe() -> None:
    parent = textwrap.dedent(
        """
        import subprocess, sys
        server = subprocess.Popen(
            [sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = server.stdout.readline()
        held = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=sys.stdin, pass_fds=[server.stdin.fileno()]
        )
        print(server.pid, held.pid, flush=True)
        input()
        """
    )
    script = SERVE.format(options=f", exit_with_stdin=True{WITHOUT_WEIGHTS}")
    process = subprocess.Popen(
        [sys.executable, "-c", parent, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    served, sibling = (psutil.Process(int(pid)) for pid in process.stdout.readline().split())
    try:
        process.kill()
        wait_for(lambda: not alive(served))
        assert alive(sibling)
    finally:
        for left in (served, sibling):
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        process.communicate()


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_goes_after_the_last_connection() -> None:
    with server(", idle_exit_s=0.3") as (process, url):
        with Client(url) as first, Client(url) as second:
            first.until("Begin")
            first.send(type="Terminate")
            first.rest()
            second.until("Begin")
            assert process.poll() is None
        ends_cleanly(process)


def test_a_port_in_use_is_named() -> None:
    with server(WITHOUT_WEIGHTS) as (_, url):
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(LocalServerError, match=f"port {port}"):
            serve(port=port, announce=lambda _: None)


def test_only_loopback_addresses() -> None:
    with pytest.raises(LocalServerError, match=r"'0\.0\.0\.0' is not a loopback address"):
        serve(host="0.0.0.0", announce=lambda _: None)


def test_missing_weights_are_reported_before_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipyscribe.local.weights.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"ipyscribe\[local\]"):
        serve(announce=lambda _: pytest.fail("it must not listen"))


def test_listening_comes_before_the_heavy_imports() -> None:
    script = textwrap.dedent(
        """
        import sys
        import ipyscribe.local
        heavy = {"numpy", "ctranslate2", "onnxruntime", "tokenizers", "faster_whisper"} & set(sys.modules)
        sys.exit(", ".join(heavy) or 0)
        """
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
