"""However a session in a kernel ends, the server was told: its own log is the judge.

The server is a process of its own that says scripted words as long as it hears sound, so that a turn is open
whenever the end comes, and its final is among the last words.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from support.kernels import Kernel
from support.processes import gone, rest
from support.waiting import LIMIT_S, wait_for

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]

SCRIPT = {
    "duration_ms": 60_000,
    "repeat": True,
    "turns": [{"start_ms": 100, "end_ms": 59_000, "text": " ".join(f"word{number}" for number in range(300))}],
}
SETUP = """
import numpy as np
import ipyscribe as scribe

class Quiet:
    label, duration_s = "quiet", None
    def __init__(self, live=False):
        self.live = live
    def open(self):
        return scribe.AudioArray(np.zeros(16_000 * 600, "int16"), 16_000).open()

def session(live=False, endpoint={url!r}, **parameters):
    return scribe.Session("local-whisper-tiny.en", source=Quiet(live), endpoint=endpoint, **parameters)

def hearing(session):
    "The session, once words have come."
    seen = 0
    while len(session.transcript.words()) < 3:
        assert not session.done, session.error
        seen = session.wait_for_change(seen, 1)
    print("hearing", flush=True)
    return session

def transcriber():
    made = scribe.Transcriber("local-whisper-tiny.en", source=Quiet(), endpoint={url!r})
    hearing(made.start())
    return made

def told(session):
    return session.status, session.error, [turn.settled for turn in session.transcript.turns]
"""
IN_ORDER = ["in Terminate", "out Turn", "out Termination", "end 1000"]
"""How a connection ends in the orderly way: the open turn's final is sent, then the server's last message."""


class Log:
    """What the server wrote down."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self.url = url
        self.seen = 0

    def connections(self) -> dict[int, list[str]]:
        """The events of each connection that came since ``forget``, such as ``in Terminate`` and ``end 1000``."""
        found: dict[int, list[str]] = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            what = event["code"] if event["event"] == "end" else event.get("type", "")
            found.setdefault(event["connection"], []).append(f"{event['event']} {what}")
        return {number: events for number, events in found.items() if number > self.seen}

    def forget(self) -> None:
        """Look at later connections only."""
        self.seen = max(self.connections(), default=self.seen)

    def ended(self) -> list[list[str]]:
        """How each connection ended, from Terminate or Error on, once all have."""
        wait_for(lambda: all(events[-1].startswith("end") for events in self.connections().values()))
        return [_from_the_end_on(events) for _, events in sorted(self.connections().items())]

    def is_open(self) -> bool:
        """Whether the newest connection is open and nobody has asked for its end."""
        newest = self.connections()[max(self.connections())]
        return "in Terminate" not in newest and not newest[-1].startswith("end")


def _from_the_end_on(events: list[str]) -> list[str]:
    begin = next(at for at, event in enumerate(events) if event in ("in Terminate", "out Error", events[-1]))
    return [event for event, _ in groupby(events[begin:])]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    folder = tmp_path_factory.mktemp("server")
    script, log = folder / "script.json", folder / "log"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "ipyscribe", "serve", "--no-token", "--script", script, "--log", log],
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


@pytest.fixture(scope="module")
def shared(server: Log) -> Iterator[Kernel]:
    """One kernel for all that it outlives."""
    with Kernel() as kernel:
        assert kernel.run(SETUP.format(url=server.url)) == ""
        yield kernel


@pytest.fixture
def own(server: Log) -> Iterator[Kernel]:
    with Kernel() as kernel:
        assert kernel.run(SETUP.format(url=server.url)) == ""
        yield kernel


TOLD = "('ended', None, [True])"
"""A session that went well, with its turn settled."""

CALLS = {
    "stop": "s = hearing(session().start())\ns.stop()",
    "the block is left": "with session() as s:\n    hearing(s)",
    "the widget is closed": "t = transcriber()\ns = t.session\nt.close()",
    "all widgets are closed": "import ipywidgets\ns = transcriber().session\nipywidgets.Widget.close_all()",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call(shared: Kernel, log: Log, call: str) -> None:
    assert shared.run(f"{CALLS[call]}\nprint(told(s))") == f"hearing\n{TOLD}\n"
    assert log.ended() == [IN_ORDER]


@pytest.mark.parametrize("error", ["ValueError", "KeyboardInterrupt", "SystemExit"])
def test_an_exception_in_the_block(shared: Kernel, log: Log, error: str) -> None:
    printed = shared.run(f"s = session()\nwith s:\n    hearing(s)\n    raise {error}('mine')")
    assert printed.startswith("hearing\n")
    assert error in printed
    assert shared.run("print(told(s))") == f"{TOLD}\n"
    assert log.ended() == [IN_ORDER]


@pytest.mark.parametrize("waits", ["for turn in s.turns(): pass", "s.wait()", "while True: pass"])
def test_an_interrupt_of_the_kernel(shared: Kernel, log: Log, waits: str) -> None:
    request = shared.begin(f"s = session()\nwith s:\n    hearing(s)\n    {waits}", until="hearing")
    shared.manager.interrupt_kernel()
    assert shared.reply(request)["ename"] == "KeyboardInterrupt"
    assert shared.run("print(told(s))") == f"{TOLD}\n"
    assert log.ended() == [IN_ORDER]


def test_another_live_session(shared: Kernel, log: Log) -> None:
    printed = shared.run(
        "s = hearing(session(live=True).start())\nother = session().start()\nsecond = session(live=True).start()\n"
        "s.wait(); hearing(second); hearing(other); print(told(s), second.status, other.status)"
    )
    assert printed == 3 * "hearing\n" + f"{TOLD} listening listening\n"
    assert shared.run("second.stop(), other.stop()") == ""
    assert log.ended() == [IN_ORDER] * 3


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("s = hearing(session().start())", id="its session is forgotten"),
        pytest.param("s = hearing(session().start())\ns", id="its session was shown"),
        pytest.param("s = transcriber().session", id="its widget"),
    ],
)
def test_the_cell_is_run_again(shared: Kernel, log: Log, cell: str) -> None:
    shared.reply(shared.begin(cell, until="hearing", cell="a-cell"))
    shared.reply(shared.begin(cell, until="hearing", cell="a-cell"))
    wait_for(lambda: log.connections()[min(log.connections())][-1] == "end 1000")
    assert log.is_open(), "the new one goes on"
    assert shared.run("s.stop()") == ""
    assert log.ended() == [IN_ORDER, IN_ORDER]


FIFTY = """
import psutil, threading
here = psutil.Process()
def once():
    with scribe.Session("local-whisper-tiny.en", source=scribe.AudioArray([0.0] * 1600, 16_000), endpoint={url!r}) as s:
        s.wait()
def held():
    return threading.active_count(), here.num_fds(), len(here.children(recursive=True))
once()
before = held()
for _ in range(50):
    once()
print([max(0, after - first) for after, first in zip(held(), before)])  # earlier cells' may have gone meanwhile
"""


def test_fifty_sessions_in_one_kernel_leave_nothing(shared: Kernel, log: Log) -> None:
    assert shared.run(FIFTY.format(url=log.url)) == "[0, 0, 0]\n"
    assert log.ended() == [["in Terminate", "out Termination", "end 1000"]] * 51


@pytest.mark.parametrize("busy", ["", "s.wait()"])
def test_a_restart_and_a_shutdown_of_the_kernel(own: Kernel, log: Log, busy: str) -> None:
    own.begin(f"s = hearing(session().start())\n{busy}", until="hearing")
    own.manager.restart_kernel()
    own.client.wait_for_ready(timeout=LIMIT_S)
    assert log.ended() == [IN_ORDER]
    assert own.run(SETUP.format(url=log.url)) == ""
    own.begin(f"s = hearing(session().start())\n{busy}", until="hearing")
    own.manager.shutdown_kernel()
    assert log.ended() == [IN_ORDER, IN_ORDER]


@contextlib.contextmanager
def careless_network(url: str) -> Iterator[str]:
    """A way to the server that does not tell it when a client has gone; its address."""
    stop = threading.Event()
    host, port = url.removeprefix("ws://").split(":")

    def carry(source: socket.socket, sink: socket.socket) -> None:
        source.settimeout(0.05)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                try:
                    data = source.recv(65536)
                    sink.sendall(data)
                except ConnectionError:
                    data = b""
                if not data:
                    stop.wait()

    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as ends:

        def serve() -> None:
            near = ends.enter_context(listening.accept()[0])
            far = ends.enter_context(socket.create_connection((host, int(port))))
            carriers = [threading.Thread(target=carry, args=way) for way in ((near, far), (far, near))]
            for carrier in carriers:
                carrier.start()
            for carrier in carriers:
                carrier.join()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(LIMIT_S)


def test_a_kernel_that_is_killed_leaves_at_most_the_inactivity_timeout(own: Kernel, log: Log) -> None:
    with careless_network(log.url) as url:
        near = own.begin("near = hearing(session().start())", until="hearing")
        own.reply(near)
        own.reply(own.begin(f"far = hearing(session(endpoint={url!r}, inactivity_timeout=5).start())", until="hearing"))
        os.kill(own.pid, signal.SIGKILL)
        wait_for(lambda: gone(own.pid))
        assert log.ended() == [["end 1006"], ["out Error", "end 1006"]]
