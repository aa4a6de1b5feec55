"""The connection of a session, and those after it where it was lost.

All sound goes through a ring. When a connection is lost the transcript is cut back to its settled words, a
new connection is opened in the background while listening goes on, and gets the sound from there on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

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
from ipyscribe.protocol.closing import NO_CLOSE_FRAME
from ipyscribe.protocol.messages import TERMINATE
from ipyscribe.protocol.models import LOCAL_SERVER
from ipyscribe.session.audio_ring import AudioRing
from ipyscribe.session.context import SessionContext
from ipyscribe.session.live_session import LiveConnection
from ipyscribe.session.opening_limit import MOST_REFUSALS, await_opening, count_opening
from ipyscribe.session.served_model import price_served_model
from ipyscribe.transcript import Mark, settled_until_ms

if TYPE_CHECKING:
    import tenacity

Opened: TypeAlias = tuple[Connection, LiveConnection]
"""A socket and the session's record of it."""

CONNECT_TIMEOUT_S = 10.0
BEGIN_TIMEOUT_S = 15.0
LOADING_TIMEOUT_S = 60.0
"""The same for the server of this computer, which may have to load its recogniser on few or busy processors."""
RING_S = 90.0
MOST_IN_A_ROW = 5
"""Connections that may be lost one after the other without a turn that settled."""
_REASON_S = 1.0
"""For the reader to come to the server's last words, where sending has failed before."""
_BURST = 4
_SLICE_S = 0.5
_LONGEST_WAIT_S = 8.0
_SPARE_SAMPLES = 2 * SAMPLE_RATE_HZ
"""Sound before the end of the last settled word that is kept nevertheless: its times may still move."""
_LEAST_BYTES = 2 * BLOCK_SAMPLES


class ReconnectingConnection:
    """Used by the pump's thread alone; only the first connection is opened on it."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._session = context.session
        self._socket: Connection | None = None
        self._opening: _Opening | None = None
        self._ring = AudioRing(RING_S)
        self._next_sample = 0
        self._settled_samples = 0
        self._connection = context.session.connection
        self._record_captured = context.session.recorder.take_captured
        self._record_sent = context.session.recorder.take_sent
        self._lost_in_a_row = 0
        self._settled_before = 0
        self._lost_s = 0.0

    def connect(self) -> None:
        """Open the first connection and wait for its ``Begin``. Raises ``ConnectError`` or ``SessionClosedError``."""
        session = self._session
        self._socket, self._connection = _connect(self._context, session.connection, self._keep)
        if self._connection is not session.connection:
            session.switch_to(self._connection)

    def _keep(self, socket: Connection) -> None:
        self._socket = socket

    @property
    def connected(self) -> bool:
        """False while a lost connection is being replaced."""
        return self._opening is None and self._socket is not None

    @property
    def waiting_samples(self) -> int:
        """Sound that was taken and not sent yet; none where the server has words for more than there was."""
        return max(0, self._ring.end - self._next_sample)

    def behind_s(self, block: AudioBlock | None, now_s: float) -> float:
        """How late the sound is sent; 0 while a connection is being replaced, of which the status tells."""
        if block is None or not self.connected:
            return 0.0
        return now_s - block.captured_s + self.waiting_samples / SAMPLE_RATE_HZ

    def take(self, pcm: bytes, at_s: float) -> None:
        """Take the next sound. The server wants 50 ms or more a message."""
        if len(pcm) < _LEAST_BYTES:
            pcm += bytes(_LEAST_BYTES - len(pcm))
        ring = self._ring
        self._record_captured((at_s, ring.end, pcm))
        ring.put(pcm)
        self._session.audio_clock.advance(ring.end, at_s)

    def deliver(self) -> bool:
        """Send the buffered sound: after a reconnect several chunks a call, so that it catches up.

        False where the connection is not, or no longer, there.
        """
        socket, connection, ring = self._socket, self._connection, self._ring
        if socket is None or self._opening is not None:
            return False
        try:
            for _ in range(_BURST):
                if connection.closed.is_set():
                    return False
                if self._next_sample >= ring.end:
                    return True
                pcm = ring.chunk(self._next_sample)
                samples = len(pcm) // 2
                socket.send_audio(pcm if len(pcm) >= _LEAST_BYTES else pcm + bytes(_LEAST_BYTES - len(pcm)))
                self._record_sent((connection.number, self._context.clock(), self._next_sample, samples))
                self._next_sample += samples
        except NetworkLostError as problem:
            self._lose(problem)
            return False
        return True

    def tidy(self) -> None:
        """Drop sound that no reconnect can need, and have the tape written; to be called now and then."""
        settled_samples = settled_until_ms(self._session.snapshot.recent) * SAMPLE_RATE_HZ // 1000
        self._ring.forget(min(settled_samples, self._next_sample) - _SPARE_SAMPLES)
        self._session.write_tape()

    def send(self, text: str) -> bool:
        """Send a control message; false where there is no connection just now."""
        if not self.connected or self._socket is None:
            return False
        try:
            self._socket.send_text(text)
        except NetworkLostError as problem:
            self._lose(problem)
            return False
        self._session.recorder.note("sent", self._session.connection.number, text)
        return True

    def send_terminate(self) -> None:
        """Ask for the end; where that cannot be sent, nothing more can be done."""
        if self._opening is None and self._socket is not None:
            self._session.recorder.note("sent", self._session.connection.number, TERMINATE)
            _send_terminate(self._socket)

    def tend(self) -> None:
        """Replace a lost connection, and switch to the new one once it is open. Raises where the session must end."""
        live = self._session.connection
        if self._opening is not None:
            if self._opening.done:
                opening, self._opening = self._opening, None
                self._switch_to(*opening.result())
        elif live.error is not None and live.closed.is_set():
            self._lose(live.error)
        elif self._context.commands.reconnect:
            self._lose(NetworkLostError("A new connection was requested.", code=NO_CLOSE_FRAME))

    def close(self) -> None:
        """Let go of every socket and thread."""
        if self._opening is not None:
            self._opening.cancel()
        if self._socket is not None:
            self._socket.close()

    def _lose(self, problem: ScribeError) -> None:
        """Cut back to the settled words and begin to reconnect. Raises ``problem`` where that would not help."""
        context, session = self._context, self._session
        if context.commands.reconnect and self._socket is not None:
            self._socket.close()
        context.commands.reconnect = False
        # The reader may still come to the close frame or Error message that says why.
        session.connection.closed.wait(_REASON_S)
        problem = session.connection.error or problem
        settled = len(session.settled)
        self._lost_in_a_row = 1 if settled > self._settled_before else self._lost_in_a_row + 1
        self._settled_before = settled
        hopeless = self._lost_in_a_row > MOST_IN_A_ROW or not context.reconnect_for_s
        if hopeless or not can_try_again(problem) or context.stopping:
            raise problem
        self._lost_s = context.clock()
        if self._socket is not None:
            self._socket.close()
        self._settled_samples = session.lose_connection() * SAMPLE_RATE_HZ // 1000
        self._opening = _Opening(context)
        session.set_status("reconnecting")

    def _switch_to(self, socket: Connection, connection: LiveConnection) -> None:
        self._socket, self._connection = socket, connection
        start = self._next_sample = max(self._settled_samples, self._ring.start)
        away_s = self._context.clock() - self._lost_s
        at_ms = 1000 * start / SAMPLE_RATE_HZ
        marks = [Mark("seam", at_ms, f"reconnected after {away_s:.1f} s")]
        lost_samples = start - self._settled_samples
        if lost_samples:
            marks.append(Mark("lost", at_ms, f"{lost_samples / SAMPLE_RATE_HZ:.1f} s of sound were lost"))
        self._session.switch_to(connection, from_samples=start, lost_samples=lost_samples, marks=marks)
        self._session.set_status("paused" if self._context.commands.paused else "listening")


def can_try_again(problem: BaseException) -> bool:
    """Whether a new connection at once may help."""
    return (
        isinstance(problem, ScribeError)
        and problem.retry
        and not isinstance(problem, (RateLimitError, InactivityError))
    )


class _Opening:
    """A new connection under way in a thread of its own, tried again and again."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._opened: Future[Opened] = Future()
        self._cancelled = threading.Event()
        self._socket: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="ipyscribe-reconnect", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return self._opened.done()

    def result(self) -> Opened:
        return self._opened.result(0)

    def cancel(self) -> None:
        self._cancelled.set()
        self._context.session.wake()
        if self._socket is not None and not self.done:
            self._socket.give_up()
        self._thread.join(2.0)
        if self._socket is not None:
            _send_terminate(self._socket)
            self._socket.close()

    def _run(self) -> None:
        try:
            self._opened.set_result(self._retrying()(self._try))
        except BaseException as problem:
            self._opened.set_exception(problem)
        self._context.session.wake()

    def _retrying(self) -> tenacity.Retrying:
        import tenacity

        return tenacity.Retrying(
            stop=tenacity.stop_after_delay(self._context.reconnect_for_s)
            | tenacity.stop_when_event_set(self._cancelled),
            wait=tenacity.wait_exponential(multiplier=0.5, max=_LONGEST_WAIT_S) + tenacity.wait_random(0, 0.5),
            retry=tenacity.retry_if_exception(can_try_again),
            sleep=self._sleep,
            reraise=True,
        )

    def _sleep(self, seconds: float) -> None:
        self._cancelled.wait(seconds)

    def _try(self) -> Opened:
        return _connect(self._context, self._context.session.new_connection(), self._keep, self._cancelled)

    def _keep(self, socket: Connection) -> None:
        self._socket = socket


def _connect(
    context: SessionContext,
    connection: LiveConnection,
    keep: Callable[[Connection], None],
    cancelled: threading.Event | None = None,
) -> Opened:
    """A connection that has its ``Begin``, or that nobody wants any more. ``keep`` gets its socket once it exists.

    Where a token had expired another is requested, once; where AssemblyAI refuses the session because there were too
    many new ones it is tried again as the limit allows. Each further connection has a number of its own.
    """

    def unwanted() -> bool:
        return context.stopping or (cancelled is not None and cancelled.is_set())

    token_renewed, refusals = False, 0
    while True:
        try:
            return _connect_once(context, connection, keep, unwanted), connection
        except TokenExpiredError:
            if token_renewed or not context.endpoint.can_renew_token or unwanted():
                raise
            token_renewed = True
        except RateLimitError:
            refusals += 1
            if refusals > MOST_REFUSALS or not context.endpoint.cloud or unwanted():
                raise
            connection.error = None  # a session that is stopped while it waits has not failed
            await_opening(context.endpoint, context.session, context.clock, unwanted)
            if unwanted():
                raise
        connection = context.session.new_connection()


def _connect_once(
    context: SessionContext,
    connection: LiveConnection,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    address = context.endpoint.resolve()
    count_opening(context.endpoint, context.clock())
    try:
        socket = _open(context, connection, address, keep, unwanted)
    except ConnectTimeoutError:
        raise
    except ConnectError:
        if not context.endpoint.local or unwanted():
            raise
        # The local server left, idle, between the look and the call.
        socket = _open(context, connection, context.endpoint.resolve(gone=address), keep, unwanted)
    try:
        _await_begin(context, connection, unwanted)
    except ScribeError:
        _send_terminate(socket)
        socket.close()
        raise
    return socket


def _send_terminate(socket: Connection) -> None:
    """Ask for the end: an open socket is billed, even one that never began."""
    with contextlib.suppress(NetworkLostError):
        socket.send_text(TERMINATE)


def _open(
    context: SessionContext,
    connection: LiveConnection,
    address: Address,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    session = context.session
    connection.secrets = (*address.secrets(), *context.secrets())
    session.recorder.hide(address.key, address.token)
    socket = Connection(
        address.with_query(context.query()),
        headers=address.headers(),
        on_frame=partial(session.on_frame, connection),
        on_closed=partial(session.on_closed, connection),
        name="session",
    )
    keep(socket)
    session.give_up_connecting = socket.give_up
    if unwanted():
        socket.abort()
    opened_s = context.clock()
    try:
        socket.open(CONNECT_TIMEOUT_S)
    finally:
        session.give_up_connecting = None
    session.record("opened", connection.number, at_s=opened_s)
    if socket.server == LOCAL_SERVER and not context.manifest.model.local:
        session.mark_simulated()
    return socket


def _await_begin(context: SessionContext, connection: LiveConnection, unwanted: Callable[[], bool]) -> None:
    session = context.session
    limit_s = LOADING_TIMEOUT_S if context.endpoint.local else BEGIN_TIMEOUT_S
    until_s = context.clock() + limit_s
    while connection.state.begin is None and not connection.closed.is_set() and not unwanted():
        version, left_s = session.version, until_s - context.clock()
        if left_s <= 0:
            raise ConnectTimeoutError(
                f"The server opened no session within {limit_s:g} s.", advice="Try again in a moment."
            )
        session.wait(version, min(_SLICE_S, left_s))
    begin = connection.state.begin
    if begin is not None:
        price_served_model(context, begin)
    elif connection.error is not None:
        raise connection.error
