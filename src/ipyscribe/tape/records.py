"""The records of a tape, each a line of JSON, and the checks that a line has to pass.

In Python a record is a plain tuple: its time in seconds from the beginning of the lane, its kind, and the values
that ``SHAPES`` names for that kind, in that order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from msgspec import Struct
from msgspec.json import Encoder

from ipyscribe.errors import ScribeError
from ipyscribe.protocol.parse import MOST_VALUES, has_too_many_values
from ipyscribe.tape.failure import error_from_json
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.status import STATUSES, Status

Record: TypeAlias = tuple[Any, ...]
LONGEST_S = 1e7
MOST = 2**53
LARGEST = 10**30


class BadLineError(Exception):
    """A line that does not belong on a tape; its text says what is wrong with it."""


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise BadLineError(f"a number was expected, not {value!r:.60}")
    return value


def seconds(value: Any) -> float:
    """A time within any session."""
    if not abs(number(value)) <= LONGEST_S:
        raise BadLineError(f"a time in seconds was expected, not {value!r:.60}")
    return float(value)


def integer(value: Any) -> int:
    """A whole number of any sign: the times and turns that a server reports may be far off."""
    if isinstance(value, bool) or not isinstance(value, int) or not abs(value) <= LARGEST:
        raise BadLineError(f"a whole number was expected, not {value!r:.60}")
    return value


def count(value: Any) -> int:
    """A whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise BadLineError(f"a whole number from 0 on was expected, not {value!r:.60}")
    return value


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise BadLineError(f"a string was expected, not {value!r:.60}")
    return value


def status(value: Any) -> Status:
    """One of the states of a session."""
    if value not in STATUSES:
        raise BadLineError(f"a status was expected, not {value!r:.60}")
    return cast(Status, value)


def notice(value: Any) -> Notice:
    """A notice: kind, message and advice."""
    if not isinstance(value, list) or len(value) != 3:
        raise BadLineError(f"a notice of three strings was expected, not {value!r:.60}")
    return Notice(text(value[0]), text(value[1]), text(value[2]))


def notices(value: Any) -> tuple[Notice, ...]:
    """Notices."""
    if not isinstance(value, list):
        raise BadLineError(f"a list of notices was expected, not {value!r:.60}")
    return tuple(notice(item) for item in value)


def failure(value: Any) -> ScribeError:
    """What ended a session."""
    return error_from_json(fields(value))


def fields(value: Any) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise BadLineError(f"an object was expected, not {value!r:.60}")
    return value


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


SHAPES: Mapping[str, tuple[tuple[str, Callable[[Any], Any]], ...]] = {
    "status": (("status", status),),
    "opened": (("connection", count),),
    "received": (("connection", count), ("audio_ms", number), ("text", text)),
    "sent": (("connection", count), ("text", text)),
    "audio": (("notice", _or_none(notice)), ("dropped_samples", integer), ("watchdog", notices)),
    "notice": (("kind", text), ("message", text), ("advice", text)),
    "mark": (("kind", text), ("audio_ms", number), ("text", text)),
    "connection_lost": (),
    "simulated": (),
    "settings": (("parameters", fields), ("price_per_hour_usd", _or_none(number))),
    "reconnected": (
        ("connection", count),
        ("from_samples", integer),
        ("first_turn", integer),
        ("lost_samples", integer),
    ),
    "closed": (("connection", count), ("code", integer), ("reason", text)),
    "finished": (("status", status), ("error", _or_none(failure))),
    "painted": (("arrival_s", seconds),),
}
"""The values of each kind of record and their checks."""


def line_of(record: Record) -> str:
    """The record as one line of JSON, without its end."""
    at_s, kind, *values = record
    named = {name: value for (name, _), value in zip(SHAPES[kind], values, strict=True)}
    return json_line({"t": at_s, "type": kind, **named})


class _Received(Struct, gc=False):
    t: float
    type: str
    connection: int
    audio_ms: float
    text: str


def frame_line(at_s: float, connection: int, audio_ms: float, frame: bytes) -> bytes:
    """``line_of`` for a received frame: there are many, so that each must cost little."""
    try:
        return _encode(_Received(at_s, "received", connection, audio_ms, frame.decode()))
    except UnicodeDecodeError:
        text = frame.decode("utf-8", "surrogateescape")
        return line_of((at_s, "received", connection, audio_ms, text)).encode()


def json_line(value: Any) -> str:
    """``value`` as JSON that any file takes: lone surrogates are escaped."""
    line = _PLAIN.encode(value)
    return line if line.isascii() or _encodable(line) else _ESCAPED.encode(value)


def _encodable(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def record_of(line: str) -> Record | None:
    """The record of one line; None for a kind that this version does not know. Raises ``BadLineError``."""
    fields_of_line = object_of(line)
    kind = fields_of_line.get("type")
    shape = SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return None
    try:
        return (seconds(fields_of_line["t"]), kind, *[check(fields_of_line[name]) for name, check in shape])
    except KeyError as missing:
        raise BadLineError(f"a record of the kind {kind!r} without {missing}") from None


def object_of(line: str) -> dict[str, Any]:
    """The JSON object of one line. Raises ``BadLineError``."""
    if has_too_many_values(line):
        raise BadLineError(f"a line of more than {MOST_VALUES:,} values")
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"a line that is not JSON: {error!s:.120}") from None
    return fields(value)


def _refuse(name: str) -> Any:
    raise BadLineError(f"{name} is not JSON")


_encode = Encoder().encode
_DECODER = json.JSONDecoder(parse_constant=_refuse)
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPED = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
