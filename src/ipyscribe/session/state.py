"""What a session is doing and has heard: written by its two threads, read by any, under one lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count

from ipyscribe.audio.block import AudioBlock, AudioNotice
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.closing import NO_CLOSE_FRAME, NORMAL, closing_error
from ipyscribe.protocol.messages import (
    Begin,
    Heartbeat,
    LLMGatewayResponse,
    Message,
    ServerError,
    ServerWarning,
    Silence,
    SpeechStarted,
    Termination,
    Unknown,
)
from ipyscribe.protocol.parse import parse_message
from ipyscribe.protocol.shift import shifted
from ipyscribe.session.audio_clock import AudioClock
from ipyscribe.session.connection_state import ConnectionState
from ipyscribe.session.wake_signal import WakeSignal
from ipyscribe.tape import Recorder
from ipyscribe.tape.listeners import Listeners
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Arrival, Mark, Transcript, cut, marked, reduce
from ipyscribe.transcript.settled_turns import SettledTurns

_KEPT = 100


class SessionState:
    """One session's state. ``version`` grows with every change; ``wait`` sleeps until it does.

    ``leaving`` is true once this side closes the socket, which is then no loss; ``give_up_connecting`` ends a
    handshake that is under way.
    """

    def __init__(self, transcript: Transcript, tape: Recorder, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.tape = tape
        self._lock = threading.RLock()
        self._bell = WakeSignal()
        self.version = 0
        self.status: Status = "ready"
        self.transcript = transcript
        self.settled = SettledTurns()
        self.error: ScribeError | None = None
        self.legs = [ConnectionState()]
        self._leg_numbers = count(1)
        self.unknown: list[Unknown] = []
        self.warnings: list[ServerWarning] = []
        self.audio_notice: AudioNotice | None = None
        self.notes: list[Notice] = []
        self.watched: list[Notice] = []
        self.heartbeat: Heartbeat | None = None
        self.silences: deque[Silence] = deque(maxlen=_KEPT)
        self.speech_starts: deque[SpeechStarted] = deque(maxlen=_KEPT)
        self.llm_responses: deque[LLMGatewayResponse] = deque(maxlen=_KEPT)
        self.last_block: AudioBlock | None = None
        self.dropped_samples = 0
        self.audio_clock = AudioClock()
        self.lost_samples = 0
        self.stopping = False
        self.leaving = False
        self.was_open = False
        self.simulated = False
        self.give_up_connecting: Callable[[], None] | None = None
        self.listeners = Listeners()

    @property
    def leg(self) -> ConnectionState:
        """The present connection."""
        return self.legs[-1]

    def new_leg(self, *, first_turn: int) -> ConnectionState:
        """What will be known of another connection, before it is the present one."""
        return ConnectionState(next(self._leg_numbers), first_turn=first_turn)

    @property
    def turns_so_far(self) -> int:
        """How many turn orders were used by now."""
        turns = self.transcript.turns
        return turns[-1].order + 1 if turns else 0

    def open_s(self, now_s: float) -> float:
        """Seconds for which sockets have been open, all connections together."""
        return sum(leg.open_s(now_s) for leg in list(self.legs))

    def billed_s(self, now_s: float) -> float:
        """The same, with the server's own count where it gave one."""
        return sum(leg.billed_s(now_s) for leg in list(self.legs))

    def change(self, status: Status) -> None:
        """Go to ``status``, unless the session is over."""
        with self._lock:
            if self.status not in DONE and self.status != status:
                self.status = status
                self.was_open = self.was_open or status == "listening"
                self.tape.note("status", status)
                self._notify()

    def request_stop(self) -> None:
        """Ask for the end, from any thread at any moment."""
        self.stopping = True
        give_up = self.give_up_connecting
        if give_up is not None:
            give_up()
        self.wake()

    def finish(self, error: ScribeError | None) -> None:
        """The session is over, with ``error`` or the one that the socket closed with."""
        with self._lock:
            if self.status in DONE:
                return
            self.error = error or self.leg.error
            self.status = "ended" if self.error is None else "failed"
            now_s = self._clock()
            for leg in self.legs:
                leg.closed_s = leg.closed_s or now_s
            self._settle_rest()
            self.tape.finish(self.status, self.error, at_s=now_s)
            self._notify()

    def heard(self, notice: AudioNotice | None, dropped: int, watched: list[Notice]) -> None:
        """Note what is to be said of the sound, and what the watchdog says. Only the pump's thread calls it."""
        if notice == self.audio_notice and dropped == self.dropped_samples and watched == self.watched:
            return
        with self._lock:
            self.audio_notice, self.dropped_samples, self.watched = notice, dropped, watched
            self.tape.note("sound", _said(notice), dropped, [_said(one) for one in watched])
            self._notify()

    def note(self, notice: Notice) -> None:
        """Keep something that a person should know."""
        with self._lock:
            self.notes.append(notice)
            self.tape.note("note", notice.kind, notice.message, notice.advice)
            self._notify()

    def mark(self, mark: Mark) -> None:
        """Keep something besides words that happened."""
        with self._lock:
            self._mark(mark)
            self._notify()

    def _mark(self, mark: Mark) -> None:
        self.transcript = marked(self.transcript, mark)
        self.tape.note("mark", mark.kind, mark.audio_ms, mark.text)

    def mark_simulated(self) -> None:
        """The words come from a recogniser of this computer under the name of another model."""
        with self._lock:
            if not self.simulated:
                self.simulated = True
                self.tape.note("simulated")
                self._mark(Mark("simulated", 0.0, "simulated"))
                self._notify()

    def cut(self) -> int:
        """The present connection is lost: drop what might still have changed; up to which ms all is told."""
        with self._lock:
            self.leg.error, self.leg.lost = None, True
            self.transcript, told_ms = cut(self.transcript)
            self.tape.note("cut")
            self.settled.collect(self.transcript)
            self._notify()
            return told_ms

    def go_on(self, leg: ConnectionState, marks: list[Mark], *, lost_samples: int) -> None:
        """``leg`` is the present connection from now on."""
        with self._lock:
            self.legs.append(leg)
            self.lost_samples += lost_samples
            self.tape.note("leg", leg.number, leg.from_samples, leg.first_turn, lost_samples)
            for mark in marks:
                self._mark(mark)
            self._notify()

    def on_frame(self, leg: ConnectionState, data: bytes, received_s: float) -> None:
        """One text frame of one connection, on its reader thread. Never raises."""
        if leg.secrets:
            data = leg.harmless(data)
        message = parse_message(data)
        if leg.from_samples or leg.first_turn:
            message = shifted(message, by_ms=leg.from_ms, by_turns=leg.first_turn)
        arrival = Arrival(received_s - self.tape.began_s, self.audio_clock.at(received_s))
        with self._lock:
            leg.last_received_s = received_s
            self.tape.take((arrival.monotonic_s, "in", leg.number, arrival.audio_ms, data))
            before = self.transcript
            after = reduce(before, message, arrival) if leg is self.legs[-1] and not leg.lost else before
            if after is not before:
                self.transcript = after
                self.settled.collect(after)
            elif not self._note(leg, message):
                return
            self._notify()

    def on_closed(self, leg: ConnectionState, code: int, reason: str) -> None:
        """The socket of one connection has closed, on its reader thread."""
        reason = leg.harmless(reason.encode()).decode()
        with self._lock:
            leg.closed_s = leg.closed_s or self._clock()
            self.tape.note("closed", leg.number, code, reason, at_s=leg.closed_s)
            if not leg.lost and not self._expected(leg, code) and leg.error is None:
                leg.error = closing_error(code, reason, leg.server_error)
            leg.closed.set()
            self._notify()

    def _expected(self, leg: ConnectionState, code: int) -> bool:
        if leg.termination is not None or (self.leaving and code == NO_CLOSE_FRAME):
            return True
        return self.stopping and (code == NORMAL or leg.begin is None)

    def wait(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until ``version`` is beyond ``seen``, or for ``timeout_s``; the version then."""
        self._bell.wait_for(lambda: self.version > seen, timeout_s)  # it grows last of all, so that no lock is needed
        return self.version

    def wait_until(self, true: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``true()`` holds after some change, or for ``timeout_s``."""

        def holds() -> bool:
            with self._lock:
                return true()

        return self._bell.wait_for(holds, timeout_s)

    def wake(self) -> None:
        """Wake whoever waits, to look again."""
        with self._lock:
            self._notify()

    def _notify(self) -> None:
        self.version += 1
        self.listeners.tell()
        self._bell.ring()

    def _note(self, leg: ConnectionState, message: Message) -> bool:
        match message:
            case Begin():
                leg.begin = message
            case Termination():
                leg.termination = message
                self._settle_rest()
            case ServerError():
                leg.server_error = message
            case ServerWarning():
                self.warnings.append(message)
            case Heartbeat():
                self.heartbeat = message
            case Silence():
                self.silences.append(message)
            case SpeechStarted():
                self.speech_starts.append(message)
            case LLMGatewayResponse():
                self.llm_responses.append(message)
            case Unknown() if len(self.unknown) < _KEPT:
                self.unknown.append(message)
            case _:
                return False
        return True

    def _settle_rest(self) -> None:
        now = self._clock()
        end = Termination(None, None)
        self.transcript = reduce(self.transcript, end, Arrival(now, self.audio_clock.at(now)))
        self.settled.collect(self.transcript)


def _said(notice: Notice | AudioNotice | None) -> tuple[str, str, str] | None:
    return None if notice is None else (notice.kind, notice.message, notice.advice)
