"""The sending thread of a session: open, listen, end. It always ends the session, whatever happens."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ipyscribe.audio.block import BLOCK_MS, BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioSource, AudioStream
from ipyscribe.connection import Connection
from ipyscribe.errors import (
    ConnectError,
    ConnectTimeoutError,
    NetworkLostError,
    ScribeError,
)
from ipyscribe.protocol.messages import TERMINATE
from ipyscribe.protocol.models import Model
from ipyscribe.session.endpoint import Address, Endpoint
from ipyscribe.session.state import Notice, SessionState

CONNECT_TIMEOUT_S = 10.0
BEGIN_TIMEOUT_S = 15.0
FINISH_TIMEOUT_S = 5.0
BACKLOG_TIMEOUT_S = 30.0
_SLICE_S = 0.5
_SILENCE = bytes(2 * BLOCK_SAMPLES)


@dataclass
class Orders:
    """What other threads have asked a pump to do.

    ``forgotten`` is set by the collector, which may run inside any call and so must take no lock.
    """

    messages: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    paused: bool = False
    forgotten: bool = False


@dataclass(frozen=True)
class Plan:
    """What a pump needs to know; nothing here refers to the session that a person holds."""

    model: Model
    source: AudioSource
    endpoint: Endpoint
    query: str
    state: SessionState
    orders: Orders
    clock: Callable[[], float] = time.monotonic


def pump(plan: Plan) -> None:
    """Run one session from connect to close."""
    error: ScribeError | None = None
    connection: Connection | None = None
    state = plan.state
    try:
        connection = _connect(plan)
        _await_begin(plan)
        if not _stopping(plan):
            with _Opened(plan.source.open()) as stream:
                state.change("listening")
                _listen(plan, connection, stream)
        _end(plan, connection)
    except NetworkLostError as problem:
        # The reader may still find the close frame or Error message that says why.
        state.socket_closed.wait(1.0)
        error = state.error or problem
    except ScribeError as problem:
        error = problem
        _end_after(plan, connection)
    except BaseException as problem:
        error = ScribeError(
            f"The session broke off because of an unforeseen {type(problem).__name__}: {problem}",
            advice="Please report it; what had settled is kept.",
        )
        error.__cause__ = problem
        _end_after(plan, connection)
    finally:
        state.leaving = True
        if connection is not None:
            connection.close()
        state.finish(None if state.stop_requested.is_set() and state.begin is None else error)


def _stopping(plan: Plan) -> bool:
    if plan.orders.forgotten:
        plan.state.stop_requested.set()
    return plan.state.stop_requested.is_set()


class _Opened:
    """Closes an audio stream at the end of a with block."""

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream

    def __enter__(self) -> AudioStream:
        return self._stream

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def _connect(plan: Plan) -> Connection:
    plan.state.change("connecting")
    address = plan.endpoint.resolve()
    try:
        return _open(plan, address)
    except ConnectTimeoutError:
        raise
    except ConnectError:
        if not plan.endpoint.local or _stopping(plan):
            raise
    # The local server left, idle, between the look and the call.
    return _open(plan, plan.endpoint.resolve(gone=address))


def _open(plan: Plan, address: Address) -> Connection:
    state = plan.state
    connection = Connection(
        f"{address.url}?{plan.query}",
        headers=address.headers(),
        on_frame=state.on_frame,
        on_closed=state.on_closed,
        name="session",
    )
    state.give_up_connecting = connection.abort
    if _stopping(plan):
        connection.abort()
    try:
        connection.open(CONNECT_TIMEOUT_S)
    finally:
        state.give_up_connecting = None
    state.opened_s = plan.clock()
    return connection


def _await_begin(plan: Plan) -> None:
    state = plan.state
    until = plan.clock() + BEGIN_TIMEOUT_S
    while state.begin is None and not state.socket_closed.is_set() and not _stopping(plan):
        left_s = until - plan.clock()
        if left_s <= 0:
            raise ConnectTimeoutError(
                f"The server opened no session within {BEGIN_TIMEOUT_S:g} s.", advice="Try again in a moment."
            )
        state.wait(state.version, min(_SLICE_S, left_s))
    if state.begin is None and state.error is not None:
        raise state.error


def _listen(plan: Plan, connection: Connection, stream: AudioStream) -> None:
    state, orders = plan.state, plan.orders
    pause: _Silence | None = None
    while not _stopping(plan) and not state.socket_closed.is_set():
        for _ in range(orders.messages.qsize()):
            connection.send_text(orders.messages.get_nowait())
        if orders.paused != (pause is not None):
            pause = _toggle(plan, stream, pause)
        block = stream.read(BLOCK_MS / 1000) if pause is None else pause.read()
        state.heard(block if pause is None else None, stream.notice, stream.dropped_samples)
        if block is not None:
            connection.send_audio(_at_least_one_chunk(block.pcm))
            state.audio_clock.sent(max(block.samples, BLOCK_SAMPLES), plan.clock())
        elif pause is None and stream.ended:
            return


def _toggle(plan: Plan, stream: AudioStream, pause: _Silence | None) -> _Silence | None:
    if pause is None:
        stream.pause()
        plan.state.change("paused")
        return _Silence(plan)
    stream.resume()
    plan.state.change("listening")
    return None


class _Silence:
    """What is sent while a session is paused: zeros at the pace of time, so that turns end and the clock runs."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._due_s = plan.clock()

    def read(self) -> AudioBlock | None:
        """The next silent block when it is due; None if there was something to do before."""
        self._due_s += BLOCK_SAMPLES / SAMPLE_RATE_HZ
        self._plan.state.stop_requested.wait(max(0.0, self._due_s - self._plan.clock()))
        return AudioBlock(_SILENCE, self._plan.state.audio_clock.samples, self._due_s)


def _at_least_one_chunk(pcm: bytes) -> bytes:
    """The server wants 50 ms or more a message: a short tail is filled up with silence."""
    return pcm if len(pcm) >= len(_SILENCE) else pcm + _SILENCE[len(pcm) :]


def _end(plan: Plan, connection: Connection, *, hurry: bool = False) -> None:
    """Terminate, and read to the Termination: the last words come after it is asked for."""
    state = plan.state
    if state.socket_closed.is_set():
        if state.error is not None:
            raise state.error
        return
    state.change("finishing")
    connection.send_text(TERMINATE)
    asked_s = plan.clock()
    stopped_s: float | None = None
    while state.termination is None and not state.socket_closed.is_set():
        version, now = state.version, plan.clock()
        if hurry or _stopping(plan):
            stopped_s = stopped_s or now
            limit, since_s = FINISH_TIMEOUT_S, stopped_s
        else:
            limit, since_s = BACKLOG_TIMEOUT_S, max(asked_s, state.last_received_s or 0.0)
        left_s = since_s + limit - now
        if left_s <= 0:
            state.late = Notice(
                "unconfirmed",
                f"The server did not confirm the end within {limit:g} s.",
                "The last words may be missing.",
            )
            return
        state.wait(version, min(_SLICE_S, left_s))
    if state.termination is None and state.error is not None:
        raise state.error


def _end_after(plan: Plan, connection: Connection | None) -> None:
    """End in the orderly way after a failure: an open socket is billed, and the last words may still come."""
    if connection is None:
        return
    with contextlib.suppress(ScribeError):
        if plan.state.begin is None:
            connection.send_text(TERMINATE)
        else:
            _end(plan, connection, hurry=True)
