"""The connection of a session, and those after it where it was lost.

All sound goes through a ring. When a connection is lost the transcript is cut back to its settled words, a
new connection is opened in the background while listening goes on, and gets the sound from there on. A first
connection that could not be opened is replaced in the same way.
"""

from __future__ import annotations

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock
from ipyscribe.connection import Connection
from ipyscribe.connection.io_loop import shared_loop
from ipyscribe.errors import NetworkLostError, ScribeError
from ipyscribe.protocol.closing import NO_CLOSE_FRAME
from ipyscribe.protocol.messages import TERMINATE
from ipyscribe.session.audio_ring import AudioRing
from ipyscribe.session.context import SessionContext
from ipyscribe.session.handshake import LOADING_TIMEOUT_S, connect, send_terminate
from ipyscribe.session.live_session import LiveConnection
from ipyscribe.session.opening import Opening, can_open_later, can_replace
from ipyscribe.session.opening_limit import is_refusal
from ipyscribe.session.watchdog import Watchdog
from ipyscribe.tape.notice import Notice
from ipyscribe.transcript import Mark, settled_until_ms

RING_S = 90.0
MOST_IN_A_ROW = 5
"""Connections that may be lost one after the other without a turn that settled."""
_REASON_S = 1.0
"""For the server's last words to be read, where sending has failed before."""
_BURST = 4
_SLICE_S = 0.5
_SPARE_SAMPLES = 2 * SAMPLE_RATE_HZ
"""Sound before the end of the last settled word that is kept nevertheless: its times may still move."""
_LEAST_BYTES = 2 * BLOCK_SAMPLES
_MOST_WAITING_SAMPLES = SAMPLE_RATE_HZ
_MOST_UNSENT_SAMPLES = int(RING_S / 2 * SAMPLE_RATE_HZ)
"""While there is no connection."""


class ReconnectingConnection:
    """Used by the pump alone, which waits for the first attempt to connect, but for none of the others."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._session = context.session
        self._socket: Connection | None = None
        self._opening: Opening | None = None
        self._loss: ScribeError | None = None
        """Why the connection was lost, until another is being opened."""
        self._loss_counts = True
        self._ring = AudioRing(RING_S)
        self._next_sample = 0
        self._held_up = False
        """Whether the server had yet to take the last chunk when it was sent."""
        self._settled_samples = 0
        self._connection = context.session.connection
        self._advance_clock = context.session.audio_clock.advance
        self._clock = context.clock
        self._record_captured = context.session.recorder.take_captured
        self._record_sent = context.session.recorder.take_sent
        self._lost_in_a_row = 0
        self._settled_before = 0
        self._lost_s = 0.0
        self._watchdog = Watchdog(_silent_server_s(context))

    async def connect(self) -> None:
        """Open the first connection and wait for its ``Begin``, or go on trying in the background.

        Raises ``ConnectError`` or ``SessionClosedError`` where that would not help.
        """
        context, session = self._context, self._session
        try:
            self._socket, self._connection = await connect(context, session.connection, self._keep)
        except ScribeError as problem:
            if not can_open_later(problem, context):
                raise
            self._socket, session.connection.error = None, None
            self._opening = Opening(context, context.connect_for_s, failed_with=problem)
            return
        if self._connection is not session.connection:
            session.switch_to(self._connection)

    async def await_opening(self) -> None:
        """Wait for the first connection without taking sound. Raises the error of the last attempt."""
        session = self._session
        while not self.connected and not self._context.stopping:
            session.set_audio_state(None, 0, self.notices())
            version = session.version
            if self._opening is None or not self._opening.done:
                await session.changed(version, _SLICE_S)
            await self.tend()
        session.set_audio_state(None, 0, [])

    def _keep(self, socket: Connection) -> None:
        self._socket = socket

    @property
    def connected(self) -> bool:
        """False while the first connection, or another in place of a lost one, is being opened."""
        return self._opening is None and self._loss is None and self._socket is not None

    @property
    def is_lost(self) -> bool:
        """Whether the connection was lost and nothing was done about it yet."""
        return self._loss is not None

    @property
    def is_held_up(self) -> bool:
        """Whether the server has yet to take what was sent."""
        return self.connected and not self._is_clear()

    @property
    def is_full(self) -> bool:
        """Whether so much sound waits to be sent that a source that can wait should."""
        if self.connected:
            return self.waiting_samples > _MOST_WAITING_SAMPLES and self.is_held_up
        return self.waiting_samples > _MOST_UNSENT_SAMPLES

    def _is_clear(self) -> bool:
        """Whether the server takes what is sent; where it has not for long, the connection is lost."""
        try:
            return self._socket is None or self._socket.is_clear()
        except NetworkLostError as problem:
            self._lose(problem)
            return False

    @property
    def waiting_samples(self) -> int:
        """Sound that was taken and not sent yet; none where the server has words for more than there was."""
        return max(0, self._ring.end - self._next_sample)

    def _behind_s(self, block: AudioBlock | None, now_s: float) -> float:
        """How late the sound is sent; 0 while a connection is being replaced, of which the status tells."""
        if block is None or not self.connected:
            return 0.0
        return now_s - block.captured_s + self.waiting_samples / SAMPLE_RATE_HZ

    def notices(self) -> list[Notice]:
        """The notice of a session that is not open yet, where it is tried again."""
        opening = self._opening
        if opening is None or opening.problem is None or self._session.snapshot.was_open:
            return []
        if is_refusal(opening.problem) and self._context.endpoint.cloud:
            return []  # the notice of the refusal says when it is tried again
        tries = f"{opening.attempts} {'try' if opening.attempts == 1 else 'tries'}"
        kept = f" The newest {RING_S:.0f} s of the sound are kept meanwhile." if self._context.source.live else ""
        return [
            Notice(
                "connecting",
                f"Not open after {tries}: {opening.problem.message}",
                f"Trying again for up to {self._context.connect_for_s:g} s, or until Stop.{kept}",
            )
        ]

    def watch(self, block: AudioBlock | None, *, ended: bool = False) -> list[Notice]:
        """Replace the connection where the server has fallen silent; the notices that hold now.

        ``block`` was just captured; ``ended`` says that all sound was sent and only answers are awaited. To be called
        once for each ``CHECK_EVERY`` blocks.
        """
        now_s = self._context.clock()
        socket, watchdog = self._socket, self._watchdog
        if socket is None or not self.connected:
            return self.notices()
        notices = watchdog.check(
            block,
            now_s=now_s,
            message_s=self._session.connection.last_received_s,
            read_s=socket.last_read_s,
            behind_s=self._behind_s(block, now_s),
            ended=ended,
        )
        if watchdog.ping_due:
            socket.ping()
        if self._context.stopping:
            return notices
        if watchdog.unreachable:
            self._replace_silent(f"The server has not even answered pings for {watchdog.limit_s:g} s.")
        elif watchdog.silent and self._context.reconnect_for_s:
            send_terminate(socket)  # it may read on, and bill
            self._replace_silent(f"Speech was sent, but the server has sent nothing back for {watchdog.limit_s:g} s.")
        return notices

    def _replace_silent(self, message: str) -> None:
        problem = NetworkLostError(message, code=NO_CLOSE_FRAME, advice="Check the network and start again.")
        live = self._session.connection
        live.error = live.error or problem
        self._watchdog.replaced()
        self._lose(problem, close_first=True, counted=False)  # the growing limit of the watchdog is in place of a count

    def forward(self, pcm: bytes, at_s: float) -> bool:
        """Take the next sound and send what waits; as ``deliver``. The server wants 50 ms or more a message."""
        if len(pcm) < _LEAST_BYTES:
            pcm += bytes(_LEAST_BYTES - len(pcm))
        ring = self._ring
        start = ring.end
        self._record_captured((at_s, start, pcm))
        ring.put(pcm)
        self._advance_clock(ring.end, at_s)
        return self.deliver()

    def deliver(self) -> bool:
        """Send the buffered sound: after a reconnect several chunks a call, so that it catches up.

        False where some of it still waits, or the connection is not, or no longer, there: ``tend`` has to see to it.
        """
        socket, connection, ring = self._socket, self._connection, self._ring
        if socket is None or self._opening is not None or self._loss is not None:
            return False
        start = self._next_sample
        try:
            for _ in range(_BURST):
                if connection.closed or (self._held_up and not socket.is_clear()):
                    return False
                if start >= ring.end:
                    return True
                pcm = ring.newest if start == ring.newest_start else ring.chunk(start)
                samples = len(pcm) // 2
                if len(pcm) < _LEAST_BYTES:
                    pcm += bytes(_LEAST_BYTES - len(pcm))
                self._held_up = not socket.send(pcm)
                self._record_sent((connection.number, self._clock(), start, samples))
                start = self._next_sample = start + samples
                if start >= ring.end:
                    return True
        except NetworkLostError as problem:
            self._lose(problem)
        return False

    def tidy(self) -> None:
        """Drop sound that no reconnect can need, and have the tape written; to be called now and then."""
        settled_samples = settled_until_ms(self._session.snapshot.recent) * SAMPLE_RATE_HZ // 1000
        self._ring.forget(min(settled_samples, self._next_sample) - _SPARE_SAMPLES)
        if self._session.recorder.is_write_due:
            shared_loop().files.submit(self._session.write_tape)

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
        if self.connected and self._socket is not None:
            self._session.recorder.note("sent", self._session.connection.number, TERMINATE)
            send_terminate(self._socket)

    async def tend(self) -> None:
        """Replace a lost connection, and switch to the new one once it is open. Raises where the session must end."""
        live = self._session.connection
        if self._loss is not None:
            await self._replace(self._loss)
        elif self._opening is not None:
            if self._opening.done:
                opening, self._opening = self._opening, None
                self._switch_to(*opening.result())
        elif live.error is not None and live.closed:
            await self._replace(live.error)
        elif self._context.commands.reconnect:
            self._lose(NetworkLostError("A new connection was requested.", code=NO_CLOSE_FRAME), close_first=True)
            await self.tend()

    async def close(self) -> None:
        """Let go of every socket."""
        if self._opening is not None:
            await self._opening.cancel()
        if self._socket is not None:
            self._socket.close()

    def _lose(self, problem: ScribeError, *, close_first: bool = False, counted: bool = True) -> None:
        """The connection is lost; ``tend`` replaces it.

        ``close_first`` where it is open still; ``counted`` as one of those that are lost in a row.
        """
        if close_first and self._socket is not None:
            self._socket.close()
        self._loss, self._loss_counts = problem, counted

    async def _replace(self, problem: ScribeError) -> None:
        """Cut back to the settled words and begin to reconnect. Raises ``problem`` where that would not help."""
        context, session = self._context, self._session
        context.commands.reconnect = False
        # The close frame or Error message that says why may still come.
        await session.until(lambda: session.connection.closed, _REASON_S)
        counted, self._loss, self._loss_counts = self._loss_counts, None, True
        problem = session.connection.error or problem
        if counted:
            settled = len(session.settled)
            self._lost_in_a_row = 1 if settled > self._settled_before else self._lost_in_a_row + 1
            self._settled_before = settled
        hopeless = self._lost_in_a_row > MOST_IN_A_ROW or not context.reconnect_for_s
        if hopeless or not can_replace(problem) or context.stopping:
            raise problem
        self._lost_s = context.clock()
        if self._socket is not None:
            self._socket.close()
        self._settled_samples = session.lose_connection() * SAMPLE_RATE_HZ // 1000
        self._opening = Opening(context, context.reconnect_for_s)
        session.set_status("reconnecting")

    def _switch_to(self, socket: Connection, connection: LiveConnection) -> None:
        self._socket, self._connection = socket, connection
        self._context.commands.reconnect = False
        self._watchdog.opened(connection.last_received_s)
        start = self._next_sample = max(self._settled_samples, self._ring.start)
        away_s = self._context.clock() - self._lost_s
        at_ms = 1000 * start / SAMPLE_RATE_HZ
        marks = [Mark("seam", at_ms, f"reconnected after {away_s:.1f} s")] if self._session.snapshot.was_open else []
        lost_samples = start - self._settled_samples
        if lost_samples:
            marks.append(Mark("lost", at_ms, f"{lost_samples / SAMPLE_RATE_HZ:.1f} s of sound were lost"))
        self._session.switch_to(connection, from_samples=start, lost_samples=lost_samples, marks=marks)
        snapshot = self._session.snapshot
        if snapshot.watchdog:
            self._session.record("audio", snapshot.audio_notice, snapshot.dropped_samples, ())
        self._session.set_status("paused" if self._context.commands.paused else "listening")


def _silent_server_s(context: SessionContext) -> float:
    """A recogniser of this computer may be slow where the processors are busy, and another would not be faster."""
    limit_s = context.silent_server_s
    return max(limit_s, LOADING_TIMEOUT_S) if limit_s and context.endpoint.local else limit_s
