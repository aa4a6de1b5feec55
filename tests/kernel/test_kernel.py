"""What a kernel leaves behind when it ends, however it ends: nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.kernels import Kernel
from support.processes import gone
from support.waiting import LIMIT_S, wait_for

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.skipif(sys.platform == "win32", reason="POSIX")]

START = """
import threading
import ipyscribe as scribe
from ipyscribe.access.local_server import SERVER
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample()).start()
assert session.wait_until_open(60)
print(SERVER.pid, flush=True)
"""


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    with Kernel() as started:
        yield started


WITHOUT_HOME = """
from pathlib import Path
from ipyscribe.audio import sample_path
t = scribe.Transcriber("local-whisper-tiny.en", source=scribe.AudioFile(sample_path(), stop_s=6, speed=3))
t.start()
t.wait(50)
t.update_saved_copy()
png = t.plot_timeline()._repr_png_()
size = t.session.tape.save("home.tape").stat().st_size
print(Path.home(), len(scribe.models()) > 5, len(t.transcript) > 0, len(png) > 9000, size > 9000, t.session.error)
"""


def test_shutdown_where_the_home_cannot_be_written(tmp_path: Path) -> None:
    """As of a service's user, and of a container that runs under another one."""
    with Kernel(HOME=os.devnull) as kernel:
        pid, server = kernel.pid, int(kernel.run(START))
        done = kernel.run(f"import os; os.chdir({str(tmp_path)!r})\n{WITHOUT_HOME}").splitlines()
        assert done[-1] == f"{os.devnull} True True True True None", done
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


STAYING = """
from ipyscribe.access.local_server import SERVER
SERVER._idle_exit_s = 60.0  # a busy machine may take long to come to the next session; users have no use for it
"""

INTERRUPTED = """
with scribe.Session("local-whisper-tiny.en", source=scribe.sample()) as session:
    print("listening", flush=True)
    for turn in session.iter_turns():
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
print(session.status, '"Termination"' in str(list(session.tape.lane.records())), names(), connected)
"""


def test_an_interrupt_in_the_middle_of_the_turns(kernel: Kernel) -> None:
    server = int(kernel.run(STAYING + START + "session.stop()\nport = int(SERVER.address()[0].rsplit(':', 1)[1])\n"))
    request = kernel.begin(INTERRUPTED, until="listening")
    kernel.manager.interrupt_kernel()
    assert kernel.reply(request)["ename"] == "KeyboardInterrupt"
    assert not gone(server)
    assert kernel.run(AFTERWARDS) == "ended True [] []\n"
    assert gone(server)


AGAIN = """
t = scribe.Transcriber("local-whisper-tiny.en", source=scribe.sample())
t.start()
started.append(t.session)
print("started", flush=True)
"""
ENDED = """
started[-1].wait_until_open(60)
for session in started[:-1]:
    session.wait(60)
print([session.status for session in started], [session.error for session in started])
"""


def test_a_cell_that_is_run_again_ends_the_session_before(kernel: Kernel) -> None:
    kernel.run(START)
    cell = """
old = session._live  # not the session, which the cell lets go of
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample()).start()
session.wait_until_open(60)
import gc, time; gc.collect()
until = time.monotonic() + 30
while not old.done and time.monotonic() < until:
    time.sleep(0.05)
print(old.snapshot.status, old.snapshot.error, old.connection.state.termination is not None, session.status)
"""
    assert kernel.run(cell) == "ended None True listening\n"
    kernel.run("session.stop(); started = []")
    for _ in range(3):  # each is run while the session of the one before is connecting
        kernel.reply(kernel.begin(AGAIN, until="started", cell="the same"))
    assert kernel.run(ENDED) == "['ended', 'ended', 'listening'] [None, None, None]\n"
