"""A running session as threads share it: its records, the state that they make, and who waits for a change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from ipyscribe.audio.block import AudioBlock, AudioNotice
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.closing import NO_CLOSE_FRAME, NORMAL, closing_error
from ipyscribe.protocol.message_reader import MessageReader
from ipyscribe.protocol.secret import SecretMask
from ipyscribe.session.audio_clock import AudioClock
from ipyscribe.session.wake_signal import WakeSignal
from ipyscribe.tape import ConnectionState, Recorder, SessionSnapshot
from ipyscribe.tape.listeners import Listeners
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.settled_turns import SettledTurns
from ipyscribe.tape.status import Status
from ipyscribe.transcript import Mark, Transcript, settled_until_ms


def unforeseen_error(problem: BaseException) -> ScribeError:
    """The error of a session that ``problem`` ended, which is nobody's fault but ours or a callback's."""
    error = ScribeError(
        f"The session ended because of an unexpected {type(problem).__name__}: {problem}",
        advice="Please report it; settled turns are kept.",
    )
    error.__cause__ = problem
    return error


class LiveConnection:
    """One connection as a session uses it; its state is in the session's snapshot.

    ``mask`` takes out the credentials that it was opened with, which a server may repeat while it is being debugged.
    ``error`` is the reason for a close that was not requested.
    """

    def __init__(self, snapshot: SessionSnapshot, number: int) -> None:
        self._snapshot = snapshot  # not the session: a cycle would keep its tape's files until the next collection
        self.number = number
        self.mask = SecretMask()
        self.read_message = MessageReader().read
        self.last_received_s: float | None = None
        """``time.monotonic()`` of the newest frame."""
        self.error: ScribeError | None = None
        self.closed = False
        """Whether its socket has closed."""

    @property
    def state(self) -> ConnectionState:
        """Its state in the snapshot."""
        return self._snapshot.connection_of(self.number)


class LiveSession:
    """Records events and applies them to ``snapshot``. Written by the loop's thread and its workers, read by any.

    ``version`` grows with every change; ``wait`` sleeps until it does. ``leaving`` is true once this side closes the
    socket, which is then no loss; ``give_up_connecting`` ends a handshake that is under way.
    """

    def __init__(
        self, transcript: Transcript, recorder: Recorder, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._wake_signal = WakeSignal()
        self._numbers = count()
        self.recorder = recorder
        self.snapshot = SessionSnapshot(transcript)
        self.settled = SettledTurns()
        self.version = 0
        self.connection = self.new_connection()
        self.last_block: AudioBlock | None = None
        self.channel_levels_dbfs: Callable[[], tuple[float, ...]] = tuple
        self.audio_clock = AudioClock()
        self.began = False
        self.stopping = False
        self.failure: ScribeError | None = None
        self.leaving = False
        self._trouble_reported = False
        self.give_up_connecting: Callable[[], None] | None = None
        self.listeners = Listeners()

    @property
    def now_s(self) -> float:
        """Seconds from the beginning of the tape."""
        return self.recorder.stamp(self._clock())

    @property
    def done(self) -> bool:
        """True once the session is over."""
        return self.snapshot.done

    def new_connection(self) -> LiveConnection:
        """Another connection, which does not carry the session yet."""
        return LiveConnection(self.snapshot, next(self._numbers))

    def record(self, kind: str, *values: Any, at_s: float | None = None) -> None:
        """Record an event, now or at ``at_s`` of the session's clock, and apply it."""
        with self._lock:
            self._apply((self.recorder.stamp(self._clock() if at_s is None else at_s), kind, *values))
            self._notify()

    def _apply(self, record: tuple[Any, ...]) -> None:
        self.recorder.take(record)
        self.snapshot.apply(record)

    def write_tape(self) -> None:
        """Have the tape written; a disk that is full becomes a notice. May wait for the disk."""
        self.recorder.settle()
        trouble = self.recorder.trouble
        if trouble is not None and not self._trouble_reported:
            self._trouble_reported = True
            self.add_notice(Notice("tape", trouble.message, trouble.advice))

    def set_status(self, status: Status) -> None:
        """Go to ``status``, unless the session is over."""
        with self._lock:
            if not self.done and self.snapshot.status != status:
                self.record("status", status)

    def add_notice(self, notice: Notice) -> None:
        """Keep a notice for the rest of the session."""
        self.record("notice", notice.kind, notice.message, notice.advice)

    def add_mark(self, mark: Mark) -> None:
        """Keep an event other than words."""
        self.record("mark", mark.kind, mark.audio_ms, mark.text)

    def record_price(self, price_per_hour_usd: float, parameters: Mapping[str, Any]) -> None:
        """An open hour costs that from now on. ``parameters`` are the connection's where they were never changed."""
        with self._lock:
            changed = self.snapshot.parameters
            self.record("settings", parameters if changed is None else changed, price_per_hour_usd)

    def mark_simulated(self) -> None:
        """The words come from a recogniser of this computer under the name of another model."""
        with self._lock:
            if not self.snapshot.simulated:
                self.record("simulated")
                self.add_mark(Mark("simulated", 0.0, "simulated"))

    def set_audio_state(
        self, audio_notice: AudioNotice | None, dropped_samples: int, watchdog: Sequence[Notice]
    ) -> None:
        """Record the notices about the sound and those of the watchdog. Only the pump calls it."""
        snapshot = self.snapshot
        notice = None
        if audio_notice is not None:
            notice = Notice(audio_notice.kind, audio_notice.message, audio_notice.advice)
        values = (notice, dropped_samples, tuple(watchdog))
        if values != (snapshot.audio_notice, snapshot.dropped_samples, snapshot.watchdog):
            self.record("audio", *values)

    def lose_connection(self) -> int:
        """Drop unsettled words; returns the ms of sound up to which the transcript is settled."""
        with self._lock:
            self.connection.error = None
            self._apply((self.now_s, "connection_lost"))
            self.settled.collect(self.snapshot)
            self._notify()
            return settled_until_ms(self.snapshot.recent)

    def switch_to(
        self, connection: LiveConnection, *, from_samples: int = 0, lost_samples: int = 0, marks: Sequence[Mark] = ()
    ) -> None:
        """``connection`` carries the session from now on."""
        with self._lock:
            first_turn = self.snapshot.next_turn
            self._apply((self.now_s, "reconnected", connection.number, from_samples, first_turn, lost_samples))
            self.connection = connection
            for mark in marks:
                self.add_mark(mark)
            self._notify()

    def on_frame(self, connection: LiveConnection, data: bytes, received_s: float) -> None:
        """One text frame of one connection, on the loop's thread. Never raises."""
        data = connection.mask.data(data)
        message = connection.read_message(data)
        recorder, snapshot = self.recorder, self.snapshot
        at_s, audio_ms = received_s - recorder.began_s, self.audio_clock.at(received_s)
        record = (at_s, "received", connection.number, audio_ms, data)
        with self._lock:
            connection.last_received_s = received_s
            recorder.take(record)
            if snapshot.apply(record, message):
                self.settled.collect(snapshot)
                self._notify()

    def on_closed(self, connection: LiveConnection, code: int, reason: str) -> None:
        """The socket of one connection has closed, on the loop's thread."""
        reason = connection.mask.cut_off_text(reason)
        with self._lock:
            self._apply((self.now_s, "closed", connection.number, code, reason))
            state = connection.state
            if not state.lost and connection.error is None and not self._is_expected(state, code):
                connection.error = closing_error(code, reason, state.server_error)
            connection.closed = True
            self._notify()

    def _is_expected(self, connection: ConnectionState, code: int) -> bool:
        if connection.termination is not None or (self.leaving and code == NO_CLOSE_FRAME):
            return True
        return self.stopping and (code == NORMAL or connection.begin is None)

    def request_stop(self) -> None:
        """Request the end, from any thread at any time."""
        first, self.stopping = not self.stopping, True
        give_up = self.give_up_connecting
        if give_up is not None:
            give_up()
        if first:  # a listener may ask again
            self.wake()

    def fail(self, problem: BaseException) -> None:
        """A listener raised ``problem``: end with it, in an orderly way. From any thread at any time."""
        self.failure = self.failure or unforeseen_error(problem)
        self.request_stop()

    def finish(self, error: ScribeError | None) -> None:
        """The session is over, with ``error`` or the one that the socket closed with."""
        with self._lock:
            if self.done:
                return
            error = error or self.failure or self.connection.error
            self._apply((self.now_s, "finished", "ended" if error is None else "failed", error))
            self.recorder.complete = True
            self.settled.collect(self.snapshot)
            self._notify()

    def leave_to_parent(self) -> None:
        """Be over in a forked process, without a word to the server or on the tape, which are the parent's."""
        # Threads that are not there any more may have held the locks, and wait for nothing.
        self._lock, self._wake_signal, self.listeners = threading.RLock(), WakeSignal(), Listeners()
        self.give_up_connecting = None
        self.stopping = True
        self.snapshot.apply((self.now_s, "finished", "ended", None))
        self.version += 1

    def wait(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until ``version`` is beyond ``seen``, or for ``timeout_s``; the version then."""
        # It grows last of all, so that no lock is needed.
        self._wake_signal.wait_for(lambda: self.version > seen, timeout_s)
        return self.version

    async def changed(self, seen: int, timeout_s: float) -> int:
        """``wait`` for a task of the loop."""
        await self._wake_signal.until(lambda: self.version > seen, timeout_s)
        return self.version

    async def until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """``wait_until`` for a task of the loop."""
        return await self._wake_signal.until(holds, timeout_s)

    def wait_until(self, holds: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``holds()`` after some change, or for ``timeout_s``; whether it holds."""

        def holds_under_lock() -> bool:
            with self._lock:
                return holds()

        return self._wake_signal.wait_for(holds_under_lock, timeout_s)

    def wake(self) -> None:
        """Wake whoever waits, to check again."""
        with self._lock:
            self._notify()

    def _notify(self) -> None:
        self.version += 1
        for listener in self.listeners.all:
            listener()
        self._wake_signal.set()
