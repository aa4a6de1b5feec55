"""Python programs that end while a session runs."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from support.processes import gone, rest
from support.waiting import wait_for

pytestmark = [pytest.mark.recogniser, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]

START = """
import sys
import ipyscribe as scribe
from ipyscribe.access.local_server import SERVER
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample()).start()
assert session.wait_until_open(60)
print(SERVER.pid, flush=True)
"""
PATIENT = "from ipyscribe.session import running\nrunning.end_all.__defaults__ = (15.0,)\n"
LAST_WORDS = """
import atexit
# Not what its tape says: that is removed by then, as nobody has saved it.
atexit.register(lambda: print(session.status, session._live.connection.state.termination is not None, flush=True))
"""

FORK = """
import os
pid = os.fork()
if not pid:
    session.tape.transcript
    print("child:", session.stop(60), session.status, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print("parent:", session.status, end=" ")
session.stop()
print(session.status, session.tape.cut_off)
"""


def child(code: str) -> subprocess.Popen[str]:
    # -X dev shows resources that were not closed.
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "session.pause()", "session.stop()", "del session"])
def test_a_program_that_ends(end: str) -> None:
    process = child(START + end)
    server = first_line(process)
    out, err = rest(process)
    assert (process.returncode, out, err) == (0, "", "")
    wait_for(lambda: gone(server))


def test_the_session_is_ended_in_the_orderly_way() -> None:
    # Registered before ipyscribe's own hooks, and so called after them.
    process = child(LAST_WORDS + START + PATIENT)
    server = first_line(process)
    out, err = rest(process)
    assert (process.returncode, out, err) == (0, "ended True\n", "")
    wait_for(lambda: gone(server))


def test_an_error_that_nobody_catches() -> None:
    process = child(START + "1 / 0")
    server = first_line(process)
    _, err = rest(process)
    assert process.returncode == 1
    assert err.endswith("ZeroDivisionError: division by zero\n")
    assert err.count("Traceback") == 1
    wait_for(lambda: gone(server))


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_that_is_killed(kill: int) -> None:
    process = child(START + "session.wait()")
    server = first_line(process)
    process.send_signal(kill)
    rest(process)
    assert process.returncode == -kill
    wait_for(lambda: gone(server))


BLOCK = """
import sys
import ipyscribe as scribe
from ipyscribe.access.local_server import SERVER
session = scribe.Session("local-whisper-tiny.en", source=scribe.sample())
try:
    with session:
        print(SERVER.pid, flush=True)
        for turn in session.iter_turns():
            pass
except KeyboardInterrupt:
    terminated = '"Termination"' in str(list(session.tape.lane.records()))
    print(session.status, session.error, terminated, SERVER.pid is not None)
"""


def test_ctrl_c_in_the_middle_of_the_turns() -> None:
    process = child(BLOCK)
    server = first_line(process)
    process.send_signal(signal.SIGINT)
    out, err = rest(process)
    assert (process.returncode, out, err) == (0, "ended None True True\n", "")
    wait_for(lambda: gone(server))


def test_a_session_in_a_program_that_forks() -> None:
    code = START + FORK
    # Python 3.12 and later warn of a fork with threads.
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, text=True)
    server = first_line(process)
    out, _ = rest(process)
    assert (process.returncode, out) == (0, "child: True ended\nparent: listening ended False\n")
    wait_for(lambda: gone(server))
