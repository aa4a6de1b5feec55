"""The connection of a session, and those after it where it was lost.

All sound goes through a ring. When a connection is lost the transcript is cut back to what will not change, a
new connection is opened in the background while listening goes on, and gets the sound from there on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from ipyscribe.access.endpoint import Address
from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock
from ipyscribe.connection import Connection
from ipyscribe.errors import (
    ConnectError,
    ConnectTimeoutError,
    InactivityError,
    NetworkLostError,
    RateLimitError,
    ScribeError,
    TokenExpiredError,
)
from ipyscribe.protocol.messages import TERMINATE
from ipyscribe.protocol.models import LOCAL_SERVER
from ipyscribe.session.audio_ring import AudioRing
from ipyscribe.session.connection_state import ConnectionState
from ipyscribe.session.context import SessionContext
from ipyscribe.transcript import Mark, told_ms

CONNECT_TIMEOUT_S = 10.0
BEGIN_TIMEOUT_S = 15.0
LOADING_TIMEOUT_S = 60.0
"""The same for the server of this computer, which may have to load its recogniser on few or busy processors."""
RING_S = 90.0
MOST_IN_A_ROW = 5
"""Connections that may be lost one after the other without a turn that settled."""
_REASON_S = 1.0
"""For the reader to come to what the server said last, where sending has failed before."""
_BURST = 4
_SLICE_S = 0.5
_LONGEST_WAIT_S = 8.0
_SPARE = 2 * SAMPLE_RATE_HZ
"""Sound before the end of the last word that is told and kept nevertheless: its times may still move."""
_LEAST_BYTES = 2 * BLOCK_SAMPLES


class ReconnectingConnection:
    """Used by the pump's thread alone; only the first connection is opened on it."""

    def __init__(self, plan: SessionContext) -> None:
        self._plan = plan
        self._connection: Connection | None = None
        self._opening: _Opening | None = None
        self._ring = AudioRing(RING_S)
        self._next = 0
        self._told = 0
        self._leg = plan.state.leg
        self._note_heard, self._note_sent = plan.state.tape.take_heard, plan.state.tape.take_sent
        self._lost_in_a_row = 0
        self._settled_before = 0
        self._lost_s = 0.0

    def connect(self) -> None:
        """Open the first connection and wait for its ``Begin``. Raises ``ConnectError`` or ``SessionClosedError``."""
        state = self._plan.state
        self._connection, self._leg = _connect(self._plan, state.leg, self._keep)
        if self._leg is not state.leg:
            state.go_on(self._leg, [], lost_samples=0)

    def _keep(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connected(self) -> bool:
        """False while a lost connection is being replaced."""
        return self._opening is None and self._connection is not None

    @property
    def waiting_samples(self) -> int:
        """Sound that was heard and not sent yet; none where the server has told of more than was heard."""
        return max(0, self._ring.end - self._next)

    def behind_s(self, block: AudioBlock | None, now_s: float) -> float:
        """How late the sound is sent; 0 while a connection is being replaced, which is said otherwise."""
        if block is None or not self.connected:
            return 0.0
        return now_s - block.captured_s + self.waiting_samples / SAMPLE_RATE_HZ

    def hear(self, pcm: bytes, at_s: float) -> None:
        """Take the next sound. The server wants 50 ms or more a message."""
        if len(pcm) < _LEAST_BYTES:
            pcm += bytes(_LEAST_BYTES - len(pcm))
        ring = self._ring
        self._note_heard((at_s, ring.end, pcm))
        ring.put(pcm)
        self._plan.state.audio_clock.heard(ring.end, at_s)

    def deliver(self) -> bool:
        """Send what was heard: after a reconnect several chunks a call, so that it catches up.

        False where the connection is not, or no longer, there.
        """
        connection, leg, ring = self._connection, self._leg, self._ring
        if connection is None or self._opening is not None:
            return False
        try:
            for _ in range(_BURST):
                if leg.closed_s is not None:
                    return False
                if self._next >= ring.end:
                    return True
                pcm = ring.chunk(self._next)
                samples = len(pcm) // 2
                connection.send_audio(pcm if len(pcm) >= _LEAST_BYTES else pcm + bytes(_LEAST_BYTES - len(pcm)))
                self._note_sent((leg.number, self._plan.clock(), self._next, samples))
                self._next += samples
        except NetworkLostError as problem:
            self._lose(problem)
            return False
        return True

    def tidy(self) -> None:
        """Let go of what nobody will want again, and have the tape written down; to be called now and then."""
        told = told_ms(self._plan.state.transcript) * SAMPLE_RATE_HZ // 1000
        self._ring.forget(min(told, self._next) - _SPARE)
        self._plan.state.tape.tidy()

    def say(self, text: str) -> bool:
        """Send a control message; false where there is no connection just now."""
        if not self.connected or self._connection is None:
            return False
        try:
            self._connection.send_text(text)
        except NetworkLostError as problem:
            self._lose(problem)
            return False
        self._plan.state.tape.note("out", self._plan.state.leg.number, text)
        return True

    def say_goodbye(self) -> None:
        """Ask for the end; where that cannot be sent, nothing more can be done."""
        if self._opening is None and self._connection is not None:
            self._plan.state.tape.note("out", self._plan.state.leg.number, TERMINATE)
            _say_goodbye(self._connection)

    def tend(self) -> None:
        """Replace a connection that was lost, and take the new one when it is there. Raises what ended it all."""
        if self._opening is not None:
            if self._opening.done:
                opening, self._opening = self._opening, None
                self._take(*opening.result())
        elif self._plan.state.leg.error is not None and self._plan.state.leg.closed.is_set():
            self._lose(self._plan.state.leg.error)
        elif self._plan.orders.reconnect:
            self._lose(NetworkLostError("A new connection was asked for.", code=1006))

    def close(self) -> None:
        """Let go of every socket and thread."""
        if self._opening is not None:
            self._opening.cancel()
        if self._connection is not None:
            self._connection.close()

    def _lose(self, problem: ScribeError) -> None:
        """Cut back to what will not change and begin to reconnect. Raises ``problem`` where that would not help."""
        plan, state = self._plan, self._plan.state
        if plan.orders.reconnect and self._connection is not None:
            self._connection.close()
        plan.orders.reconnect = False
        # The reader may still find the close frame or Error message that says why.
        state.leg.closed.wait(_REASON_S)
        problem = state.leg.error or problem
        settled = len(state.settled)
        self._lost_in_a_row = 1 if settled > self._settled_before else self._lost_in_a_row + 1
        self._settled_before = settled
        hopeless = self._lost_in_a_row > MOST_IN_A_ROW or not plan.reconnect_for_s
        if hopeless or not can_try_again(problem) or plan.stopping:
            raise problem
        self._lost_s = plan.clock()
        if self._connection is not None:
            self._connection.close()
        self._told = state.cut() * SAMPLE_RATE_HZ // 1000
        self._opening = _Opening(plan, first_turn=state.turns_so_far)
        state.change("reconnecting")

    def _take(self, connection: Connection, leg: ConnectionState) -> None:
        state = self._plan.state
        self._connection, self._leg = connection, leg
        start = max(self._told, self._ring.start)
        leg.from_samples = self._next = start
        away_s = self._plan.clock() - self._lost_s
        at_ms = 1000 * start / SAMPLE_RATE_HZ
        marks = [Mark("seam", at_ms, f"reconnected after {away_s:.1f} s")]
        if start > self._told:
            lost_s = (start - self._told) / SAMPLE_RATE_HZ
            marks.append(Mark("lost", at_ms, f"{lost_s:.1f} s of sound were lost"))
        state.go_on(leg, marks, lost_samples=start - self._told)
        state.change("paused" if self._plan.orders.paused else "listening")


def can_try_again(problem: BaseException) -> bool:
    """Whether a new connection at once may help."""
    return (
        isinstance(problem, ScribeError)
        and problem.retry
        and not isinstance(problem, (RateLimitError, InactivityError))
    )


class _Opening:
    """A new connection under way in a thread of its own, tried again and again."""

    def __init__(self, plan: SessionContext, *, first_turn: int) -> None:
        self._plan = plan
        self._first_turn = first_turn
        self._found: Future[tuple[Connection, ConnectionState]] = Future()
        self._cancelled = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="ipyscribe-reconnect", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return self._found.done()

    def result(self) -> tuple[Connection, ConnectionState]:
        return self._found.result(0)

    def cancel(self) -> None:
        self._cancelled.set()
        self._plan.state.wake()
        if self._connection is not None and not self.done:
            self._connection.give_up()
        self._thread.join(2.0)
        if self._connection is not None:
            _say_goodbye(self._connection)
            self._connection.close()

    def _run(self) -> None:
        try:
            self._found.set_result(self._tries()(self._try))
        except BaseException as problem:
            self._found.set_exception(problem)
        self._plan.state.wake()

    def _tries(self) -> Any:
        import tenacity

        return tenacity.Retrying(
            stop=tenacity.stop_after_delay(self._plan.reconnect_for_s) | tenacity.stop_when_event_set(self._cancelled),
            wait=tenacity.wait_exponential(multiplier=0.5, max=_LONGEST_WAIT_S) + tenacity.wait_random(0, 0.5),
            retry=tenacity.retry_if_exception(can_try_again),
            sleep=self._sleep,
            reraise=True,
        )

    def _sleep(self, seconds: float) -> None:
        self._cancelled.wait(seconds)

    def _try(self) -> tuple[Connection, ConnectionState]:
        leg = self._plan.state.new_leg(first_turn=self._first_turn)
        return _connect(self._plan, leg, self._keep, self._cancelled)

    def _keep(self, connection: Connection) -> None:
        self._connection = connection


def _connect(
    plan: SessionContext,
    leg: ConnectionState,
    keep: Callable[[Connection], None],
    cancelled: threading.Event | None = None,
) -> tuple[Connection, ConnectionState]:
    """A connection that has its ``Begin``, or that nobody wants any more. ``keep`` gets it as soon as it exists.

    A token that came too late is asked for once more, and the connection then has a leg of its own.
    """

    def unwanted() -> bool:
        return plan.stopping or (cancelled is not None and cancelled.is_set())

    try:
        return _connect_once(plan, leg, keep, unwanted), leg
    except TokenExpiredError:
        if not plan.endpoint.mints or unwanted():
            raise
        leg = plan.state.new_leg(first_turn=leg.first_turn)
        return _connect_once(plan, leg, keep, unwanted), leg


def _connect_once(
    plan: SessionContext, leg: ConnectionState, keep: Callable[[Connection], None], unwanted: Callable[[], bool]
) -> Connection:
    address = plan.endpoint.resolve()
    try:
        connection = _open(plan, leg, address, keep, unwanted)
    except ConnectTimeoutError:
        raise
    except ConnectError:
        if not plan.endpoint.local or unwanted():
            raise
        # The local server left, idle, between the look and the call.
        connection = _open(plan, leg, plan.endpoint.resolve(gone=address), keep, unwanted)
    try:
        _await_begin(plan, leg, unwanted)
    except ScribeError:
        _say_goodbye(connection)
        connection.close()
        raise
    return connection


def _say_goodbye(connection: Connection) -> None:
    """An open socket is billed, so that even one that never began is told."""
    with contextlib.suppress(NetworkLostError):
        connection.send_text(TERMINATE)


def _open(
    plan: SessionContext,
    leg: ConnectionState,
    address: Address,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    state = plan.state
    leg.secrets = (*address.secrets(), *plan.secrets())
    state.tape.hide(address.key, address.token)
    connection = Connection(
        address.with_query(plan.query()),
        headers=address.headers(),
        on_frame=partial(state.on_frame, leg),
        on_closed=partial(state.on_closed, leg),
        name="session",
    )
    keep(connection)
    state.give_up_connecting = connection.give_up
    if unwanted():
        connection.abort()
    leg.opened_s = plan.clock()
    try:
        connection.open(CONNECT_TIMEOUT_S)
    except ConnectError:
        leg.opened_s = None
        raise
    finally:
        state.give_up_connecting = None
    state.tape.note("opened", leg.number, at_s=leg.opened_s)
    if connection.server == LOCAL_SERVER and not plan.model.local:
        state.mark_simulated()
    return connection


def _await_begin(plan: SessionContext, leg: ConnectionState, unwanted: Callable[[], bool]) -> None:
    state = plan.state
    limit_s = LOADING_TIMEOUT_S if plan.endpoint.local else BEGIN_TIMEOUT_S
    until = plan.clock() + limit_s
    while leg.begin is None and not leg.closed.is_set() and not unwanted():
        left_s = until - plan.clock()
        if left_s <= 0:
            raise ConnectTimeoutError(
                f"The server opened no session within {limit_s:g} s.", advice="Try again in a moment."
            )
        state.wait(state.version, min(_SLICE_S, left_s))
    if leg.begin is None and leg.error is not None:
        raise leg.error
