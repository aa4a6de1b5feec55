"""A session as it stood at one moment, made by going through its records from the beginning or from another moment."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ipyscribe.protocol.messages import (
    Begin,
    Message,
    ServerWarning,
    SpeakerRevision,
    Termination,
    TurnMessage,
    Unknown,
)
from ipyscribe.protocol.parse import parse_message
from ipyscribe.protocol.shift import shifted
from ipyscribe.tape.records import BadLineError, Record
from ipyscribe.transcript import Arrival, Mark, Transcript, Turn, cut, marked, reduce

Said = tuple[str, str, str]
_SHELVED = 64
"""Turns that are put aside at once, so that a message costs the same after hours as in the beginning."""
_KEPT_UNKNOWN = 100
_MOST_KEPT = 10_000
_MOST_OPEN_TURNS = 20_000
_MOST_OTHER_LEGS = 256


@dataclass(frozen=True, slots=True)
class ConnectionTimes:
    """One connection: seconds at which its socket opened and closed, and the seconds that the server counted.

    Once it is ``lost``, nothing counts that the server still says over it.
    """

    number: int = 0
    from_samples: int = 0
    first_turn: int = 0
    opened_s: float | None = None
    closed_s: float | None = None
    begin: Begin | None = None
    counted_s: float | None = None
    lost: bool = False

    def open_s(self, now_s: float) -> float:
        """Seconds for which its socket has been open."""
        if self.opened_s is None:
            return 0.0
        return (now_s if self.closed_s is None else self.closed_s) - self.opened_s

    def billed_s(self, now_s: float) -> float:
        """The server's own count where it gave one, else ``open_s``."""
        return self.open_s(now_s) if self.counted_s is None else self.counted_s


@dataclass(slots=True)
class SessionSnapshot:
    """What a session showed at one moment. ``apply`` goes on by one record; a ``copy`` stays as it is.

    All its parts are immutable, so that a copy costs next to nothing. Notices are (kind, message, advice);
    ``settings`` are the parameters once they were changed.
    """

    empty: Transcript
    status: str = "ready"
    error: Mapping[str, Any] | None = None
    legs: tuple[ConnectionTimes, ...] = (ConnectionTimes(),)
    notes: tuple[Said, ...] = ()
    watched: tuple[Said, ...] = ()
    audio_notice: Said | None = None
    dropped_samples: int = 0
    lost_samples: int = 0
    simulated: bool = False
    settings: Mapping[str, Any] | None = None
    warnings: tuple[ServerWarning, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    messages: int = 0
    _other_legs: dict[int, ConnectionTimes] = field(default_factory=dict)
    _shelf: tuple[tuple[Turn, ...], ...] = ()
    _recent: Transcript = field(init=False)

    def __post_init__(self) -> None:
        self._recent = self.empty

    def copy(self) -> SessionSnapshot:
        """The same, to go on from."""
        return copy.copy(self)

    @property
    def transcript(self) -> Transcript:
        """What had been said."""
        if not self._shelf:
            return self._recent
        turns = [turn for part in self._shelf for turn in part]
        return self._recent.having((*turns, *self._recent.turns))

    @property
    def leg(self) -> ConnectionTimes:
        """The connection of that moment."""
        return self.legs[-1]

    def open_s(self, now_s: float) -> float:
        """Seconds for which sockets had been open at ``now_s``."""
        return sum(leg.open_s(now_s) for leg in self.legs)

    def billed_s(self, now_s: float) -> float:
        """The same, with the server's own count where it gave one."""
        return sum(leg.billed_s(now_s) for leg in self.legs)

    def apply(self, record: Record) -> bool:
        """Go on by one record; whether a view could see it."""
        match record:
            case (at_s, "in", leg, audio_ms, text):
                self.messages += 1
                self._hear(leg, _message(text), Arrival(at_s, audio_ms))
            case (_, "status", status):
                self.status = status
            case (_, "sound", notice, dropped, watched):
                self.audio_notice, self.dropped_samples, self.watched = notice, dropped, watched
            case (_, "note", kind, message, advice) if len(self.notes) < _MOST_KEPT:
                self.notes = (*self.notes, (kind, message, advice))
            case (_, "mark", kind, audio_ms, text) if len(self._recent.marks) < _MOST_KEPT:
                self._recent = marked(self._recent, Mark(kind, audio_ms, text))
            case (_, "settings", parameters):
                self.settings = parameters
            case (_, "simulated"):
                self.simulated = True
            case (_, "cut"):
                self._recent, _ = cut(self._recent)
                self.legs = (*self.legs[:-1], replace(self.leg, lost=True))
            case (at_s, "opened" | "closed" | "leg" | "finish", *_):
                self._connect(record)
            case _:
                return False
        return True

    def _connect(self, record: Record) -> None:
        match record:
            case (at_s, "opened", leg):
                self._update(leg, opened_s=at_s)
            case (at_s, "closed", number, _, _) if all(leg.closed_s is None for leg in self._of(number)):
                self._update(number, closed_s=at_s)
            case (_, "leg", leg, from_samples, first_turn, lost_samples):
                self.lost_samples += lost_samples
                known = self._other_legs.get(leg, ConnectionTimes(leg))
                self.legs = (*self.legs, replace(known, from_samples=from_samples, first_turn=first_turn))
            case (at_s, "finish", status, error):
                self.status, self.error = status, error
                self.legs = tuple(leg if leg.closed_s else replace(leg, closed_s=at_s) for leg in self.legs)
                self._settle()

    def _hear(self, leg_number: int, message: Message, arrival: Arrival) -> None:
        leg = self.legs[-1]
        if leg_number != leg.number or leg.lost:
            self._note(leg_number, message)
            return
        if leg.from_samples or leg.first_turn:
            message = shifted(message, by_ms=1000 * leg.from_samples // 16_000, by_turns=leg.first_turn)
        if isinstance(message, TurnMessage):
            self._unshelve(message.turn_order)
        elif isinstance(message, SpeakerRevision):
            self._unshelve(min((revision.turn_order for revision in message.revisions), default=0))
        else:
            self._note(leg_number, message)
            return
        self._recent = reduce(self._recent, message, arrival)
        self._put_aside()

    def _note(self, leg_number: int, message: Message) -> None:
        match message:
            case Begin():
                self._update(leg_number, begin=message)
            case Termination():
                counted = message.session_duration_s
                self._update(leg_number, counted_s=None if counted is None else float(counted))
                self._settle()
            case ServerWarning() if len(self.warnings) < _MOST_KEPT:
                self.warnings = (*self.warnings, message)
            case Unknown() if len(self.unknown) < _KEPT_UNKNOWN:
                self.unknown = (*self.unknown, message)

    def _settle(self) -> None:
        self._recent = reduce(self._recent, Termination(None, None), Arrival(0.0, 0.0))

    def _update(self, number: int, **changes: Any) -> None:
        if not self._of(number):
            known = self._other_legs.get(number, ConnectionTimes(number))
            others = list(self._other_legs.items())[-_MOST_OTHER_LEGS:]
            self._other_legs = {**dict(others), number: replace(known, **changes)}
        self.legs = tuple(replace(leg, **changes) if leg.number == number else leg for leg in self.legs)

    def _of(self, number: int) -> list[ConnectionTimes]:
        return [leg for leg in self.legs if leg.number == number]

    def _put_aside(self) -> None:
        turns = self._recent.turns
        if len(turns) > _MOST_OPEN_TURNS:
            raise BadLineError(f"more than {_MOST_OPEN_TURNS:,} turns that have not ended")
        if len(turns) >= 2 * _SHELVED and all(turn.settled for turn in turns[:_SHELVED]):
            self._shelf = (*self._shelf, turns[:_SHELVED])
            self._recent = self._recent.having(turns[_SHELVED:])

    def _unshelve(self, turn_order: int) -> None:
        """Take back what was put aside, where a message speaks of a turn from there."""
        while self._shelf and turn_order < self._recent.turns[0].order:
            self._recent = self._recent.having((*self._shelf[-1], *self._recent.turns))
            self._shelf = self._shelf[:-1]


def _message(text: str) -> Message:
    if text.isascii():
        return parse_message(text)
    try:
        return parse_message(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return parse_message(text.encode("utf-8", "surrogatepass"))
