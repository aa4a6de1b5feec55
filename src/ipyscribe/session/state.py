"""What a session is doing and has heard: written by its two threads, read by any, under one lock."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ipyscribe.audio.block import AudioBlock, AudioNotice
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.closing import NO_CLOSE_FRAME, NORMAL, closing_error
from ipyscribe.protocol.messages import (
    Begin,
    Message,
    ServerError,
    ServerWarning,
    Termination,
    Unknown,
    parse_message,
)
from ipyscribe.session.clock import AudioClock
from ipyscribe.transcript import Arrival, Transcript, Turn, reduce

Status = Literal["ready", "connecting", "listening", "paused", "finishing", "ended", "failed"]
DONE: frozenset[Status] = frozenset(("ended", "failed"))
_KEPT_UNKNOWN = 100
_SLICE_S = 1.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that does not end the session."""

    kind: str
    message: str
    advice: str = ""


class SessionState:
    """One session's state. ``version`` grows with every change; ``wait`` sleeps until it does.

    ``leaving`` is true once this side closes the socket, which is then no loss; ``give_up_connecting`` ends a
    handshake that is under way.
    """

    def __init__(self, transcript: Transcript, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self.version = 0
        self.status: Status = "ready"
        self.transcript = transcript
        self.settled: list[Turn] = []
        self.error: ScribeError | None = None
        self.begin: Begin | None = None
        self.termination: Termination | None = None
        self.unknown: list[Unknown] = []
        self.warnings: list[ServerWarning] = []
        self.audio_notice: AudioNotice | None = None
        self.late: Notice | None = None
        self.last_block: AudioBlock | None = None
        self.dropped_samples = 0
        self.audio_clock = AudioClock()
        self.opened_s: float | None = None
        self.closed_s: float | None = None
        self.last_received_s: float | None = None
        self.stop_requested = threading.Event()
        self.socket_closed = threading.Event()
        self.leaving = False
        self.give_up_connecting: Callable[[], None] | None = None
        self._server_error: ServerError | None = None
        self._settled_orders: set[int] = set()
        self._scan_from = 0
        self._listeners: tuple[Callable[[], None], ...] = ()

    def change(self, status: Status) -> None:
        """Go to ``status``, unless the session is over."""
        with self._changed:
            if self.status not in DONE and self.status != status:
                self.status = status
                self._notify()

    def request_stop(self) -> None:
        """Ask for the end, from any thread at any moment."""
        self.stop_requested.set()
        give_up = self.give_up_connecting
        if give_up is not None:
            give_up()
        self.wake()

    def finish(self, error: ScribeError | None) -> None:
        """The session is over, with ``error`` or the one that the socket closed with."""
        with self._changed:
            if self.status in DONE:
                return
            self.error = error or self.error
            self.status = "ended" if self.error is None else "failed"
            if self.opened_s is not None and self.closed_s is None:
                self.closed_s = self._clock()
            self._settle_rest()
            self._notify()

    def heard(self, block: AudioBlock | None, notice: AudioNotice | None, dropped: int) -> None:
        """Note the sound that came, or that none did. Only the sending thread calls it."""
        self.last_block = block
        if notice == self.audio_notice and dropped == self.dropped_samples:
            return
        with self._changed:
            self.audio_notice, self.dropped_samples = notice, dropped
            self._notify()

    def on_frame(self, data: bytes, received_s: float) -> None:
        """One text frame, on the reader thread. Never raises."""
        message = parse_message(data)
        arrival = Arrival(received_s, self.audio_clock.at(received_s))
        with self._changed:
            self.last_received_s = received_s
            after = reduce(self.transcript, message, arrival)
            if after is not self.transcript:
                self.transcript = after
                self._collect_settled()
            elif not self._note(message):
                return
            self._notify()

    def on_closed(self, code: int, reason: str) -> None:
        """The socket has closed, on the reader thread."""
        with self._changed:
            self.closed_s = self.closed_s or self._clock()
            if not self._expected(code) and self.error is None:
                self.error = closing_error(code, reason, self._server_error)
            self.socket_closed.set()
            self._notify()

    def _expected(self, code: int) -> bool:
        if self.termination is not None or (self.leaving and code == NO_CLOSE_FRAME):
            return True
        return self.stop_requested.is_set() and (code == NORMAL or self.begin is None)

    def wait(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until ``version`` is beyond ``seen``, or for ``timeout_s``; the version then."""
        self.wait_until(lambda: self.version > seen, timeout_s)
        return self.version

    def wait_until(self, true: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``true()`` holds after some change, or for ``timeout_s``."""
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            # In slices: where a wait cannot be interrupted, as on Windows, Ctrl-C is heard between two.
            while not self._changed.wait_for(true, min(_SLICE_S, max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until:
                    return False
            return True

    def wake(self) -> None:
        """Wake whoever waits, to look again."""
        with self._changed:
            self._notify()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` at every change; the call that ends this."""
        with self._changed:
            self._listeners = (*self._listeners, listener)

        def forget() -> None:
            with self._changed:
                self._listeners = tuple(known for known in self._listeners if known is not listener)

        return forget

    def _notify(self) -> None:
        self.version += 1
        self._changed.notify_all()
        for listener in self._listeners:
            listener()

    def _note(self, message: Message) -> bool:
        match message:
            case Begin():
                self.begin = message
            case Termination():
                self.termination = message
                self._settle_rest()
            case ServerError():
                self._server_error = message
            case ServerWarning():
                self.warnings.append(message)
            case Unknown() if len(self.unknown) < _KEPT_UNKNOWN:
                self.unknown.append(message)
            case _:
                return False
        return True

    def _settle_rest(self) -> None:
        now = self._clock()
        end = Termination(None, None)
        self.transcript = reduce(self.transcript, end, Arrival(now, self.audio_clock.at(now)))
        self._collect_settled()

    def _collect_settled(self) -> None:
        turns = self.transcript.turns
        self._scan_from = min(self._scan_from, max(0, len(turns) - 2))
        for turn in turns[self._scan_from :]:
            if turn.settled and turn.order not in self._settled_orders:
                self._settled_orders.add(turn.order)
                self.settled.append(turn)
        while self._scan_from < len(turns) and turns[self._scan_from].settled:
            self._scan_from += 1
