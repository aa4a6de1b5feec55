"""The state of a session as its records make it, the same for a session that runs and for a replay of one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.messages import (
    Begin,
    Message,
    ServerError,
    ServerWarning,
    SpeakerRevision,
    Termination,
    TurnMessage,
    Unknown,
)
from ipyscribe.protocol.parse import parse_message
from ipyscribe.protocol.shift import shifted
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.records import Record
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Arrival, Mark, Transcript, Turn, drop_unsettled, reduce, with_mark
from ipyscribe.transcript.lateness import Lateness

_BLOCK_TURNS = 64
"""Settled turns that are put aside together, so that a message costs the same after hours as in the beginning."""
_MOST_UNKNOWN = 100
_MOST_KEPT = 10_000
_MOST_OPEN_TURNS = 20_000
_MOST_OTHER_CONNECTIONS = 256
_OF_WORDS = (TurnMessage, SpeakerRevision)
_END = Termination(None, None)
_NO_ARRIVAL = Arrival(0.0, 0.0)

Turns = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """One connection of a session; a session that was reconnected has several.

    ``number`` counts the connections that were tried, from 0. ``from_samples`` is where its first sample lies on
    the session's clock, ``first_turn`` how many turn orders were used before it; ``opened_s`` and ``closed_s`` are
    seconds from the beginning of the tape. Once it is ``lost``, nothing counts that the server still says over it.
    """

    number: int = 0
    from_samples: int = 0
    first_turn: int = 0
    opened_s: float | None = None
    closed_s: float | None = None
    begin: Begin | None = None
    termination: Termination | None = None
    server_error: ServerError | None = None
    lost: bool = False

    @property
    def from_ms(self) -> int:
        """``from_samples`` in milliseconds."""
        return 1000 * self.from_samples // SAMPLE_RATE_HZ

    def open_s(self, now_s: float) -> float:
        """Seconds for which its socket has been open at ``now_s``."""
        if self.opened_s is None:
            return 0.0
        return (now_s if self.closed_s is None else self.closed_s) - self.opened_s

    def billed_s(self, now_s: float) -> float:
        """The server's own count of ``open_s`` where it gave one, else ``open_s``."""
        counted_s = None if self.termination is None else self.termination.session_duration_s
        return self.open_s(now_s) if counted_s is None else float(counted_s)


@dataclass(slots=True)
class SessionSnapshot:
    """How a session stands. Only ``apply`` changes it, by one record; a ``copy`` stays as it is.

    ``connections`` are those that carried the session, the present one last; ``watchdog`` are the notices that hold
    as long as sound and answers stay as they are; ``parameters`` are the connection's once they were changed, and
    ``price_changes`` what an open hour costs, in US dollars, from that open second on. One thread at a time applies;
    any may read, because every part is immutable and replaced as a whole.
    """

    empty: Transcript
    status: Status = "ready"
    was_open: bool = False
    error: ScribeError | None = None
    connections: tuple[ConnectionState, ...] = (ConnectionState(),)
    notices: tuple[Notice, ...] = ()
    watchdog: tuple[Notice, ...] = ()
    audio_notice: Notice | None = None
    dropped_samples: int = 0
    lost_samples: int = 0
    simulated: bool = False
    parameters: Mapping[str, Any] | None = field(default=None, repr=False)
    price_changes: tuple[tuple[float, float], ...] = ()
    warnings: tuple[ServerWarning, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    lateness: Lateness = field(default_factory=Lateness)
    _other_connections: Mapping[int, ConnectionState] = field(default_factory=dict)
    _parts: tuple[tuple[Turns, ...], Transcript] = field(init=False)
    """Blocks of settled turns, and the transcript from there on: one value, as other threads read it meanwhile."""
    _joined: tuple[Transcript, Transcript] = field(init=False)
    """The newest part, and the transcript that was put together with it."""

    def __post_init__(self) -> None:
        self._parts = ((), self.empty)
        self._joined = (self.empty, self.empty)

    def copy(self) -> SessionSnapshot:
        """The same, to go on from."""
        other = copy.copy(self)
        other.lateness = copy.copy(self.lateness)
        return other

    @property
    def transcript(self) -> Transcript:
        """The transcript so far; joined when it is read."""
        settled_blocks, recent = self._parts
        if not settled_blocks:
            return recent
        newest, joined = self._joined
        if newest is not recent:
            joined = recent.with_turns((*(turn for block in settled_blocks for turn in block), *recent.turns))
            self._joined = (recent, joined)
        return joined

    @property
    def recent(self) -> Transcript:
        """The transcript without the oldest settled turns; always as fast."""
        return self._parts[1]

    def turns_from(self, index: int) -> tuple[int, Turns]:
        """The turns from ``index`` on, or from a little earlier, and the index of the first of them."""
        settled_blocks, recent = self._parts
        if not settled_blocks:
            return 0, recent.turns
        first = min(index // _BLOCK_TURNS, len(settled_blocks))
        if first == len(settled_blocks):
            return first * _BLOCK_TURNS, recent.turns
        settled = (turn for block in settled_blocks[first:] for turn in block)
        return first * _BLOCK_TURNS, (*settled, *recent.turns)

    @property
    def next_turn(self) -> int:
        """How many turn orders were used."""
        turns = self.recent.turns
        return turns[-1].order + 1 if turns else 0

    @property
    def done(self) -> bool:
        """True once the session is over."""
        return self.status in DONE

    @property
    def connection(self) -> ConnectionState:
        """The present connection."""
        return self.connections[-1]

    @property
    def served_model(self) -> str | None:
        """The model that the server says it runs, of the newest connection that named one."""
        for connection in reversed(self.connections):
            if connection.begin is not None and connection.begin.model is not None:
                return connection.begin.model
        return None

    def connection_of(self, number: int) -> ConnectionState:
        """The connection of that number, whether it carries the session or not."""
        for connection in reversed(self.connections):
            if connection.number == number:
                return connection
        return self._other_connections.get(number, ConnectionState(number))

    def open_s(self, now_s: float) -> float:
        """Seconds for which sockets have been open at ``now_s``, all connections together."""
        return sum(connection.open_s(now_s) for connection in self.connections)

    def billed_s(self, now_s: float) -> float:
        """The same, with the server's own count where it gave one."""
        return sum(connection.billed_s(now_s) for connection in self.connections)

    def apply(self, record: Record, message: Message | None = None) -> bool:
        """Go on by one record; whether a view could see it.

        ``message`` is that of a received frame, where it is parsed already.
        """
        if record[1] != "received":
            return self._apply_event(record)
        at_s, _, number, audio_ms, frame = record
        if message is None:
            message = _parsed(frame)
        arrival = Arrival(at_s, audio_ms)
        connection = self.connections[-1]
        if number != connection.number or connection.lost:
            return self._note(number, message, arrival)
        if connection.from_samples or connection.first_turn:
            message = shifted(message, by_ms=connection.from_ms, by_turns=connection.first_turn)
        if not isinstance(message, _OF_WORDS):
            return self._note(number, message, arrival)
        settled_blocks, before = self._parts
        if settled_blocks:
            settled_blocks, before = self._reopen(message)
        if len(before.turns) >= _MOST_OPEN_TURNS:
            unknown = Unknown("Turn", "", f"more than {_MOST_OPEN_TURNS:,} turns that have not ended")
            return self._note(number, unknown, arrival)
        after = reduce(before, message, arrival)
        if after is before:
            return False
        self._parts = (settled_blocks, after)
        turns = after.turns
        words = turns[-1].words if turns else ()
        self.lateness.add(arrival, words[-1].end_ms if words else 0)
        if len(turns) >= 2 * _BLOCK_TURNS:
            self._put_aside()
        return True

    def _apply_event(self, record: Record) -> bool:
        match record:
            case (_, "status", status):
                self.status = status
                self.was_open = self.was_open or status == "listening"
            case (_, "audio", notice, dropped_samples, watchdog):
                self.audio_notice, self.dropped_samples, self.watchdog = notice, dropped_samples, watchdog
            case (_, "notice", kind, text, advice) if len(self.notices) < _MOST_KEPT:
                self.notices = (*self.notices, Notice(kind, text, advice))
            case (_, "mark", kind, audio_ms, text) if len(self.recent.marks) < _MOST_KEPT:
                self._put(with_mark(self.recent, Mark(kind, audio_ms, text)))
            case (at_s, "settings", parameters, price_per_hour_usd):
                self.parameters = parameters
                if price_per_hour_usd is not None and len(self.price_changes) < _MOST_KEPT:
                    self.price_changes = (*self.price_changes, (self.open_s(at_s), price_per_hour_usd))
            case (_, "simulated"):
                self.simulated = True
            case _:
                return self._connect(record)
        return True

    def _connect(self, record: Record) -> bool:
        match record:
            case (at_s, "opened", number):
                self._update(number, opened_s=at_s)
            case (at_s, "closed", number, _, _) if self.connection_of(number).closed_s is None:
                self._update(number, closed_s=at_s)
            case (_, "connection_lost"):
                self._put(drop_unsettled(self.recent)[0])
                self.connections = (*self.connections[:-1], replace(self.connection, lost=True))
            case (_, "reconnected", number, from_samples, first_turn, lost_samples):
                self.lost_samples += lost_samples
                connection = replace(self.connection_of(number), from_samples=from_samples, first_turn=first_turn)
                self.connections = (*self.connections, connection)
            case (at_s, "finished", status, error):
                self.connections = tuple(
                    replace(connection, closed_s=at_s) if connection.closed_s is None else connection
                    for connection in self.connections
                )
                self._settle()
                self.error, self.status = error, cast(Status, status)
            case _:
                return False
        return True

    def _note(self, number: int, message: Message, arrival: Arrival) -> bool:
        match message:
            case Begin():
                self.lateness.add(arrival)
                self._update(number, begin=message)
            case Termination():
                self._update(number, termination=message)
                self._settle()
            case ServerError():
                self._update(number, server_error=message)
            case ServerWarning() if len(self.warnings) < _MOST_KEPT:
                self.warnings = (*self.warnings, message)
            case Unknown() if len(self.unknown) < _MOST_UNKNOWN:
                self.unknown = (*self.unknown, message)
            case _:
                return False
        return True

    def _put(self, recent: Transcript) -> None:
        self._parts = (self._parts[0], recent)

    def _settle(self) -> None:
        self._put(reduce(self.recent, _END, _NO_ARRIVAL))

    def _update(self, number: int, **changes: Any) -> None:
        changed = replace(self.connection_of(number), **changes)
        if any(connection.number == number for connection in self.connections):
            self.connections = tuple(
                changed if connection.number == number else connection for connection in self.connections
            )
        else:
            others = list(self._other_connections.items())[-_MOST_OTHER_CONNECTIONS:]
            self._other_connections = {**dict(others), number: changed}

    def _put_aside(self) -> None:
        settled_blocks, recent = self._parts
        turns = recent.turns
        if all(turn.settled for turn in turns[:_BLOCK_TURNS]):
            self._parts = ((*settled_blocks, turns[:_BLOCK_TURNS]), recent.with_turns(turns[_BLOCK_TURNS:]))

    def _reopen(self, message: TurnMessage | SpeakerRevision) -> tuple[tuple[Turns, ...], Transcript]:
        """Open settled blocks again where the message concerns one of their turns."""
        if isinstance(message, TurnMessage):
            oldest = message.turn_order
        else:
            oldest = min((revision.turn_order for revision in message.revisions), default=0)
        settled_blocks, recent = self._parts
        while settled_blocks and oldest < recent.turns[0].order:
            settled_blocks, recent = settled_blocks[:-1], recent.with_turns((*settled_blocks[-1], *recent.turns))
        self._parts = (settled_blocks, recent)
        return self._parts


def _parsed(frame: str | bytes) -> Message:
    if isinstance(frame, bytes) or frame.isascii():
        return parse_message(frame)
    try:
        return parse_message(frame.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return parse_message(frame.encode("utf-8", "surrogatepass"))
