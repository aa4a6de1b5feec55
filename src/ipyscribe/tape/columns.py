"""When each stretch of sound was heard and when it was sent: columns of numbers, many to a line."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from math import floor, inf
from typing import Any

from ipyscribe.tape.records import BadLineError, count, json_line, object_of, seconds

_MOST = 1e12


class Column:
    """Stretches of sound one after the other: where each begins and ends, in samples, and its moment in s."""

    def __init__(self) -> None:
        self.at = array("q")
        self.end = array("q")
        self.moment_s = array("d")

    def __len__(self) -> int:
        return len(self.at)

    def extend(self, at: int, samples: list[int], moments_s: list[float]) -> None:
        """More stretches, which follow each other from sample ``at`` on."""
        places = list(accumulate(samples, initial=at))
        self.at.extend(places[:-1])
        self.end.extend(places[1:])
        self.moment_s.extend(moments_s)

    def samples_by(self, moment_s: float) -> int:
        """The end of the last stretch that had its moment by then."""
        index = bisect_right(self.moment_s, moment_s)
        return self.end[index - 1] if index else 0

    def moment_of(self, sample: int) -> float:
        """When the stretch up to ``sample`` had its moment; infinity for more than there is."""
        index = bisect_left(self.end, sample)
        return self.moment_s[index] if index < len(self.end) else inf


class SoundColumns:
    """``heard`` is when the session got the sound, ``sent`` when each connection, by its number, was given it."""

    def __init__(self) -> None:
        self.heard = Column()
        self.sent: dict[int, Column] = {}

    def read(self, content: bytes) -> None:
        """Take the lines of ``sound.jsonl``; its last may be a piece. Raises ``BadLineError``."""
        for line in whole_lines(content, cut=True):
            self._take(object_of(line))

    def _take(self, found: dict[str, Any]) -> None:
        kind = found.get("type")
        if kind not in ("heard", "sent"):
            return
        column = self.heard if kind == "heard" else self.sent.setdefault(count(found.get("connection")), Column())
        at, began_s = count(found.get("at")), seconds(found.get("t"))
        samples, after_ms = _numbers(found, "samples", (int,)), _numbers(found, "ms", (int, float))
        if len(samples) != len(after_ms):
            raise BadLineError("two lists of one length were expected as 'samples' and 'ms'")
        column.extend(at, samples, [began_s + ms / 1000 for ms in after_ms])


def _numbers(found: dict[str, Any], name: str, types: tuple[type, ...]) -> list[Any]:
    values = found.get(name)
    if not isinstance(values, list) or not {type(value) for value in values} <= set(types):
        raise BadLineError(f"{name!r} should be a list of numbers")
    if values and not 0 <= min(values) <= max(values) <= _MOST:
        raise BadLineError(f"{name!r} holds a number that cannot be")
    return values


def column_line(kind: str, stretches: list[tuple[float, int, int]], **more: Any) -> str:
    """One line for stretches (moment in s, where it begins, samples) that follow each other.

    Moments are cut to the microsecond, not rounded: a stretch was never heard after what followed it.
    """
    began_s, at = floor(1e6 * stretches[0][0]) / 1e6, stretches[0][1]
    return json_line(
        {
            "t": began_s,
            "type": kind,
            **more,
            "at": at,
            "samples": [samples for _, _, samples in stretches],
            "ms": [floor(1e6 * (moment_s - began_s)) / 1e3 for moment_s, _, _ in stretches],
        }
    )


def whole_lines(content: bytes, *, cut: bool) -> list[str]:
    """The lines of a part; with ``cut`` without a last one that was only begun. Raises ``BadLineError``."""
    if cut and not content.endswith(b"\n"):
        content, last = content[: content.rfind(b"\n") + 1], content[content.rfind(b"\n") + 1 :]
        content += last if _is_whole(last) else b""
    try:
        return [line for line in content.decode("utf-8").split("\n") if line]
    except UnicodeDecodeError as error:
        raise BadLineError(f"no UTF-8: {error.reason}") from None


def _is_whole(line: bytes) -> bool:
    try:
        object_of(line.decode("utf-8"))
    except (BadLineError, UnicodeDecodeError):
        return False
    return True
