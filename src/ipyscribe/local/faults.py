"""What can be made to go wrong, where and how often: as Python values and as short texts.

A text is ``KIND[:VALUE][@WHEN][xTIMES][#CONNECTION]``, without spaces:

- KIND and VALUE: see ``KINDS``. A time is ``200ms`` or ``1.5s``, a size ``300kB`` or ``8MB``, a code a number.
- WHEN: ``3s`` (of audio received), ``20frames`` (sent by the server), or one of ``connect`` (before ``Begin``),
  ``begin``, ``turn`` (after any ``Turn``), ``final`` (after a final one), ``stop`` (``Terminate`` has come),
  ``termination`` (right before ``Termination``).
- TIMES: ``x3``, or ``x*`` for ever; once without it. It counts over all connections.
- CONNECTION: ``#2`` for the second connection only; any without it.

``drop@3s``, ``error:1011@turnx2``, ``http:503x*``, ``delay:200ms#2``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ipyscribe.errors import ParameterError

Unit = Literal["", "s", "bytes", "code", "status"]
CODES = {
    1000: "Session Ended",
    1008: "Unauthorized Connection: Invalid API key",
    1009: "",
    1011: "Internal Server Error",
    3005: "Session Cancelled: An error occurred",
    3006: "User Input Validation Error: Invalid Message Type: Bogus",
    3007: "Audio Transmission Rate Exceeded: Received 12.0 sec. audio in 3.0 sec",
    3008: "Session Expired: Maximum session duration exceeded",
    3009: "Unauthorized Connection: Too many concurrent sessions",
}
"""Close codes and the text that comes with each."""

STATUSES = (403, 404, 410, 429, 500, 503)
STAGES = ("connect", "begin", "turn", "final", "stop", "termination")


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault. ``stages`` are those at which it can begin, the first one unless another is named."""

    meaning: str
    stages: tuple[str, ...] = ("begin", "connect", "turn", "final", "stop", "termination")
    unit: Unit = ""
    default: float = 0


_OPEN = ("begin", "turn", "final", "stop", "termination")
_FROM = ("begin", "turn", "final", "stop")
KINDS: Mapping[str, FaultKind] = {
    "refuse": FaultKind("the TCP connection is closed as soon as it is accepted", ("connect",)),
    "http": FaultKind("the upgrade is answered with an HTTP status", ("connect",), "status", 503),
    "no-begin": FaultKind("the session is accepted and nothing is ever sent", ("connect",)),
    "late-begin": FaultKind("Begin comes so much later", ("connect",), "s", 2.0),
    "drop": FaultKind("the TCP connection is closed without a close frame"),
    "reset": FaultKind("the TCP connection is reset"),
    "stall": FaultKind("the server stops reading and writing"),
    "silent": FaultKind("the server reads on, answers pings, and never sends another message", _FROM),
    "half-open": FaultKind("the server reads on and never writes again, not even a pong"),
    "error": FaultKind("Error with this code, then a close", unit="code", default=3005),
    "close": FaultKind("a close with this code and its text as the reason, and no message", unit="code", default=3005),
    "expire": FaultKind("the longest session is over: error:3008", _OPEN),
    "no-termination": FaultKind("after Terminate nothing more is sent", ("stop", "termination")),
    "delay": FaultKind("everything sent comes so much later", ("begin", "connect", "turn", "final", "stop"), "s", 0.5),
    "slow": FaultKind("the server waits so long before each message it reads", _FROM, "s", 0.5),
    "duplicate": FaultKind("each Turn comes twice", _FROM),
    "out-of-order": FaultKind("each second Turn comes before the one that it follows", _FROM),
    "echo": FaultKind("after each final, the last partial of that turn comes again", _FROM),
    "malformed": FaultKind("text that is not JSON", _OPEN),
    "wrong-types": FaultKind("a Turn whose fields have other types than they should", _OPEN),
    "huge": FaultKind("a message of this size", _OPEN, "bytes", 8_000_000),
    "unknown": FaultKind("a message of an unknown type", _OPEN),
    "binary": FaultKind("a binary frame", _OPEN),
    "two-begins": FaultKind("a second Begin, with another id", _OPEN),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``value`` is in the unit of its kind (s, bytes, a code), the kind's default if None. It begins when ``at_s``
    seconds of audio have come, when ``after_frames`` text frames were sent, or at the stage ``on``; only one of
    the three can be set. ``times`` (None: always) counts over all connections; ``connection`` (from 1) limits
    it to one. ``text`` replaces the text of an ``error`` or ``close``. Raises ``ParameterError``.
    """

    kind: str
    value: float | None = None
    at_s: float | None = None
    after_frames: int | None = None
    on: str | None = None
    times: int | None = 1
    connection: int | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None:
            raise ParameterError(f"There is no fault {self.kind!r}.", advice=f"Available: {', '.join(KINDS)}.")
        when = [start for start in (self.at_s, self.after_frames, self.on) if start is not None]
        if len(when) > 1:
            raise ParameterError(f"{self.kind}: only one of at_s, after_frames and on can be set.", advice="")
        if when and kind.stages == ("connect",) and self.on != "connect":
            raise ParameterError(f"{self.kind} happens at 'connect' only.", advice="Leave the time out.")
        if self.on is not None and self.on not in kind.stages:
            raise ParameterError(
                f"{self.kind} cannot begin at {self.on!r}.",
                advice=f"It can at: {', '.join(kind.stages)}, 3s, 20frames.",
            )
        _check_value(self.kind, kind, self.value)
        for name in ("at_s", "after_frames", "times", "connection"):
            number = getattr(self, name)
            if number is not None and number <= 0:
                raise ParameterError(f"{self.kind}: {name}={number!r} must be above 0.")

    @property
    def amount(self) -> float:
        """The value or the kind's default."""
        return KINDS[self.kind].default if self.value is None else self.value

    @property
    def stage(self) -> str | None:
        """Where it begins, None where that is a time or a count."""
        return (self.on or KINDS[self.kind].stages[0]) if self.at_s is None and self.after_frames is None else None


def parse_fault(text: str) -> Fault:
    """Read ``KIND[:VALUE][@WHEN][xTIMES][#CONNECTION]``. Raises ``ParameterError`` that names the bad part."""
    rest, _, connection = text.partition("#")
    counted = re.fullmatch(r"(.+?)x(\d+|\*)", rest)
    rest, times = counted.groups() if counted else (rest, "1")
    rest, _, when = rest.partition("@")
    name, _, value = rest.partition(":")
    if name not in KINDS:
        raise ParameterError(f"{text!r}: there is no fault {name!r}.", advice=f"Available: {', '.join(KINDS)}.")
    if "#" in text and not connection.isdecimal():
        raise ParameterError(f"{text!r}: {connection!r} is not a connection number.", advice="Write #1, #2, ...")
    if "@" in text and not when:
        raise ParameterError(f"{text!r}: there is nothing after the @.", advice=_WHEN)
    return Fault(
        name,
        _value(text, KINDS[name], value) if ":" in rest else None,
        times=None if times == "*" else int(times),
        connection=int(connection) if connection else None,
        **_when(text, when),
    )


_WHEN = f"After the @ comes 3s, 500ms, 20frames, or one of {', '.join(STAGES)}."
_TIMES: Mapping[str, float] = {"s": 1.0, "ms": 0.001}
_SIZES: Mapping[str, float] = {"": 1, "kB": 1000, "MB": 1_000_000}
_PLAIN: Mapping[str, float] = {"": 1}
_WANTED: Mapping[Unit, str] = {
    "": "It takes no value.",
    "s": "Write a time: 200ms or 1.5s.",
    "bytes": "Write a size: 300kB or 8MB.",
    "code": f"Write a close code, such as {', '.join(map(str, CODES))}.",
    "status": f"Write one of {', '.join(map(str, STATUSES))}.",
}


def _value(text: str, kind: FaultKind, value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", value)
    scales = _TIMES if kind.unit == "s" else _SIZES if kind.unit == "bytes" else _PLAIN
    if match is None or not kind.unit or match[2] not in scales:
        raise ParameterError(f"{text!r}: {value!r} is not a value of this fault.", advice=_WANTED[kind.unit])
    return float(match[1]) * scales[match[2]]


def _when(text: str, when: str) -> dict[str, Any]:
    if not when:
        return {}
    if when in STAGES:
        return {"on": when}
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)(s|ms)", when):
        return {"at_s": float(match[1]) * _TIMES[match[2]]}
    if match := re.fullmatch(r"(\d+)frames?", when):
        return {"after_frames": int(match[1])}
    raise ParameterError(f"{text!r}: {when!r} is not a time.", advice=_WHEN)


def _check_value(name: str, kind: FaultKind, value: float | None) -> None:
    if value is None:
        return
    allowed = {
        "": False,
        "s": 0 < value <= 3600,
        "bytes": 1 <= value <= 1_000_000_000,
        "code": value in CODES or (value in range(3000, 5000)),
        "status": value in STATUSES,
    }[kind.unit]
    if not allowed:
        raise ParameterError(f"{name}:{value:g} cannot be used.", advice=_WANTED[kind.unit])
