"""Many sessions at once: one thread serves them all, and what happens to one is no matter of the others."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from session.sources import MODEL, Endless, tone
from support.scripted_server import Client, polite, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe.errors import DeviceLostError, ScribeError, SessionStateError
from ipyscribe.session import Session
from ipyscribe.session.guarded_listener import SLOW_S

MANY = 30


def one_turn(client: Client) -> None:
    client.begin()
    client.hear(chunks=1)
    client.turn(0, "All is well.", end=True)
    client.hear("Terminate")
    client.terminate()


def lost_once() -> Callable[[Client], None]:
    """The first connection breaks off after it has begun."""
    first = threading.Lock()

    def script(client: Client) -> None:
        if first.acquire(blocking=False):
            client.begin()
            client.hear(chunks=1)
            client.vanish()
        else:
            one_turn(client)

    return script


def our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ipyscribe")]


def test_many_sessions_share_a_few_threads() -> None:
    most: list[int] = []
    with scripted(one_turn) as server:
        sessions = [Session(MODEL, source=tone(0.5, 1.0), endpoint=server.url) for _ in range(MANY)]
        for session in sessions:
            session.on_change(lambda: most.append(len(our_threads())))
            session.start()
        assert all(session.wait(LIMIT_S) for session in sessions)
    assert {session.transcript.text for session in sessions} == {"All is well."}
    assert max(most) <= 18


def test_what_happens_to_one_is_no_matter_of_the_others() -> None:
    def failing(client: Client) -> None:
        client.begin()
        client.fail(3006, "Invalid Message")

    def listener() -> None:
        if raising.transcript.turns:
            raise LookupError("nothing here")

    torn = Endless(every_s=0.05)
    with scripted(one_turn) as well, scripted(failing) as bad, scripted(lost_once()) as breaking:
        others = [Session(MODEL, source=Endless(every_s=0.05), endpoint=well.url) for _ in range(6)]
        failed = Session(MODEL, source=Endless(every_s=0.05), endpoint=bad.url)
        reconnected = Session(MODEL, source=Endless(every_s=0.05), endpoint=breaking.url)
        raising = Session(MODEL, source=Endless(every_s=0.05), endpoint=well.url)
        unplugged = Session(MODEL, source=torn, endpoint=well.url)
        stopped = Session(MODEL, source=Endless(every_s=0.05), endpoint=well.url)
        raising.on_change(listener)
        for session in (*others, failed, reconnected, raising, unplugged, stopped):
            session.start()
        wait_for(lambda: all(session.transcript.turns for session in others))
        assert stopped.stop(LIMIT_S)
        wait_for(lambda: torn.streams)
        torn.lose(DeviceLostError("It is gone."))
        with pytest.raises(ScribeError, match="Invalid Message"):
            failed.wait(LIMIT_S)
        with pytest.raises(ScribeError, match="unexpected LookupError: nothing here"):
            raising.wait(LIMIT_S)
        with pytest.raises(DeviceLostError):
            unplugged.wait(LIMIT_S)
        wait_for(lambda: reconnected.transcript.text == "All is well.")
        assert [mark.kind for mark in reconnected.transcript.marks] == ["seam"]
        for session in (*others, reconnected):
            assert not session.done
            assert session.stop(LIMIT_S)
            assert (session.error, session.transcript.text) == (None, "All is well.")


def test_a_server_that_reads_nothing_does_not_hold_up_the_others() -> None:
    over = threading.Event()

    def deaf(client: Client) -> None:
        client.begin()
        over.wait(LIMIT_S)

    loud = Endless(pcm=bytes(range(250)) * 1000, every_s=0.001)
    with scripted(deaf, unread=1) as stuck, scripted(one_turn) as well:
        held = Session(MODEL, source=loud, endpoint=stuck.url, record_audio=False)
        held.start()
        wait_for(lambda: held.audio_ms > 30_000)
        with Session(MODEL, source=tone(0.5), endpoint=well.url) as other:
            assert other.wait(LIMIT_S)
        assert other.transcript.text == "All is well."
        assert not held.done
        over.set()
        assert held.stop(LIMIT_S)


def test_a_callback_that_waits_holds_up_the_others_once() -> None:
    over = threading.Event()
    calls: list[bool] = []

    def listener() -> None:
        calls.append(over.wait(SLOW_S if not calls else LIMIT_S))

    with scripted(one_turn) as server:
        slow = Session(MODEL, source=Endless(every_s=0.05), endpoint=server.url)
        slow.on_change(listener)
        slow.start()
        wait_for(lambda: len(calls) == 1)
        with Session(MODEL, source=tone(0.5), endpoint=server.url) as other:
            assert other.wait(LIMIT_S)
        assert other.transcript.text == "All is well."
        wait_for(lambda: slow.transcript.turns)
        over.set()
        assert slow.stop(LIMIT_S)
    assert slow.error is None
    wait_for(lambda: calls[-1])


def test_a_callback_asks_for_the_end_and_cannot_wait_for_it() -> None:
    refused: list[SessionStateError] = []

    def listener() -> None:
        if session.transcript.turns and not refused:
            session.stop(LIMIT_S)
            try:
                session.wait(LIMIT_S)
            except SessionStateError as error:
                refused.append(error)

    with scripted(one_turn) as server:
        session = Session(MODEL, source=Endless(every_s=0.05), endpoint=server.url)
        session.on_change(listener)
        with session:
            assert session.wait(LIMIT_S)
    assert "callback of on_change" in refused[0].message
    assert session.error is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_ends_all_in_the_orderly_way() -> None:
    code = """
import os, signal, sys
sys.path.insert(0, "tests")
from session.sources import MODEL, Endless
from ipyscribe.session import Session
sessions = [Session(MODEL, source=Endless(every_s=0.05), endpoint=sys.argv[1]).start() for _ in range(8)]
for session in sessions:
    session.wait_until_open()
os.kill(os.getpid(), signal.SIGINT)
sessions[0].wait()
"""
    with scripted(polite) as server:
        command = [sys.executable, "-c", code, server.url]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
        assert ended.stderr.rstrip().endswith("KeyboardInterrupt")
        assert [client.messages for client in server.clients] == 8 * [[{"type": "Terminate"}]]
