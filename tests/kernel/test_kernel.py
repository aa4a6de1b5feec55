"""What a kernel leaves behind when it ends, however it ends: nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager
from support.processes import gone
from support.waiting import LIMIT_S, wait_for

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.skipif(sys.platform == "win32", reason="POSIX")]

START = """
import threading
import ipyscribe as scribe
from ipyscribe.session.loopback import SERVER
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample()).start()
assert session.wait_until_open(60)
print(SERVER._process.pid, flush=True)
"""


class Kernel:
    """A real ipykernel."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT_S)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def run(self, code: str) -> str:
        """What the cell prints; its error as text if it fails."""
        printed: list[str] = []

        def output(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append(content.get("text", "") + "\n".join(content.get("traceback", ())))

        self.client.execute_interactive(code, timeout=LIMIT_S, output_hook=output)
        return "".join(printed)

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.manager.shutdown_kernel(now=True)
        self.client.stop_channels()
        self.manager.cleanup_resources()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    started = Kernel()
    try:
        yield started
    finally:
        started.close()


def test_shutdown(kernel: Kernel) -> None:
    pid, server = kernel.pid, int(kernel.run(START))
    kernel.manager.shutdown_kernel()
    wait_for(lambda: gone(pid) and gone(server))


def test_restart(kernel: Kernel) -> None:
    pid, server = kernel.pid, int(kernel.run(START))
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=LIMIT_S)
    wait_for(lambda: gone(pid) and gone(server))
    assert int(kernel.run(START)) != server


def test_a_kernel_that_is_killed(kernel: Kernel) -> None:
    server = int(kernel.run(START))
    psutil.Process(kernel.pid).kill()
    wait_for(lambda: gone(server))


INTERRUPTED = """
with scribe.Session("local-whisper-tiny.en", source=scribe.sample()) as session:
    print("listening", flush=True)
    for turn in session.turns():
        pass
"""
AFTERWARDS = """
SERVER.stop()
import time, psutil
until = time.monotonic() + 30
names = lambda: [t.name for t in threading.enumerate() if t.name.startswith("ipyscribe")]
while names() and time.monotonic() < until:
    time.sleep(0.05)
connected = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == port]
print(session.status, session._state.leg.termination is not None, names(), connected)
"""


def test_an_interrupt_in_the_middle_of_the_turns(kernel: Kernel) -> None:
    server = int(kernel.run(START + "session.stop()\nport = int(SERVER.address()[0].rsplit(':', 1)[1])\n"))
    request = kernel.client.execute(INTERRUPTED)
    while True:
        message = kernel.client.get_iopub_msg(timeout=LIMIT_S)
        if message["parent_header"].get("msg_id") == request and message["content"].get("text", "") == "listening\n":
            break
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=LIMIT_S)
    assert reply["parent_header"]["msg_id"] == request
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert not gone(server)
    assert kernel.run(AFTERWARDS) == "ended True [] []\n"
    assert gone(server)


def test_a_cell_that_is_run_again_ends_the_session_before(kernel: Kernel) -> None:
    kernel.run(START)
    cell = """
old = session._state
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample()).start()
session.wait_until_open(60)
import gc, time; gc.collect()
until = time.monotonic() + 30
while old.status not in ("ended", "failed") and time.monotonic() < until:
    time.sleep(0.05)
print(old.status, old.error, old.leg.termination is not None, session.status)
"""
    assert kernel.run(cell) == "ended None True listening\n"
