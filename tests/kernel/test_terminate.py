"""However a session in a kernel ends, the server was told: its own log is the judge.

The server is a process of its own that says scripted words as long as it hears sound, so that a turn is open
whenever the end comes, and its final is among the last words.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import pytest
from kernel.judge import IN_ORDER, PATIENCE_S, SETUP, TOLD, Log
from support.kernels import Kernel
from support.processes import gone
from support.waiting import LIMIT_S, wait_for

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


@pytest.fixture(scope="module")
def shared(server: Log) -> Iterator[Kernel]:
    """One kernel for all that it outlives."""
    with Kernel() as kernel:
        assert kernel.run(SETUP.format(url=server.url)) == ""
        yield kernel


@pytest.fixture
def own(server: Log) -> Iterator[Kernel]:
    with Kernel() as kernel:
        kernel.manager.shutdown_wait_time = PATIENCE_S
        assert kernel.run(SETUP.format(url=server.url)) == ""
        yield kernel


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


@pytest.mark.parametrize("waits", ["for turn in s.iter_turns(): pass", "s.wait()", "while True: pass"])
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
import gc, psutil, threading, time
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
until = time.monotonic() + 30  # a thread that has done its work may need a moment to go
while any(after > first for after, first in zip(held(), before)) and time.monotonic() < until:
    gc.collect()  # a session in a cycle holds its tape's lock until then
    time.sleep(0.1)
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
