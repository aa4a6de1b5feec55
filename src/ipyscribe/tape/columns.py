"""When each chunk of sound was captured and when it was sent: columns of numbers, many to a line."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice
from math import floor, inf
from typing import Any

from msgspec.json import encode

from ipyscribe.tape.records import BadLineError, count, object_of, seconds

_MOST = 1e12
_MOST_LINES = 200_000
_MOST_CONNECTIONS = 10_000
MOST_CHUNKS = 1_500_000
"""Captured and sent ones together: ten hours of chunks of 50 ms, and a week of those that a recorder joins."""


class ChunkTimes:
    """Chunks of sound one after the other: where each ends, in samples, and its time in s."""

    def __init__(self) -> None:
        self.end = array("q")
        self.time_s = array("d")

    def __len__(self) -> int:
        return len(self.end)

    def extend(self, start: int, samples: list[int], times_s: list[float]) -> None:
        """Add chunks that follow each other from sample ``start`` on."""
        self.end.extend(islice(accumulate(samples, initial=start), 1, None))
        self.time_s.extend(times_s)

    def samples_by(self, time_s: float) -> int:
        """The end of the last chunk whose time had come by ``time_s``."""
        index = bisect_right(self.time_s, time_s)
        return self.end[index - 1] if index else 0

    def time_of(self, sample: int) -> float:
        """The time of the chunk that ends at ``sample`` or holds it; infinity after the last."""
        index = bisect_left(self.end, sample)
        return self.time_s[index] if index < len(self.end) else inf


class SoundColumns:
    """``captured`` is when the session got the sound, ``sent`` when it was handed to each connection, by number."""

    def __init__(self) -> None:
        self.captured = ChunkTimes()
        self.sent: dict[int, ChunkTimes] = {}
        self._chunks = 0

    def read(self, content: bytes) -> None:
        """Add the lines of ``sound.jsonl``, of which the last may be incomplete. Raises ``BadLineError``."""
        for line in split_lines(content, may_be_cut_off=True, most=_MOST_LINES):
            self._add(object_of(line))

    def _add(self, line: dict[str, Any]) -> None:
        kind = line.get("type")
        if kind == "captured":
            times = self.captured
        elif kind == "sent":
            number = count(line.get("connection"))
            if number not in self.sent and len(self.sent) >= _MOST_CONNECTIONS:
                raise BadLineError(f"more than {_MOST_CONNECTIONS:,} connections")
            times = self.sent.setdefault(number, ChunkTimes())
        else:
            return
        start, began_s = count(line.get("at")), seconds(line.get("t"))
        samples, after_ms = _numbers(line, "samples", (int,)), _numbers(line, "ms", (int, float))
        if len(samples) != len(after_ms):
            raise BadLineError("two lists of one length were expected as 'samples' and 'ms'")
        self._chunks += len(samples)
        if self._chunks > MOST_CHUNKS:
            raise BadLineError(f"more than {MOST_CHUNKS:,} chunks of sound")
        times.extend(start, samples, [began_s + ms / 1000 for ms in after_ms])


def _numbers(line: dict[str, Any], name: str, types: tuple[type, ...]) -> list[Any]:
    values = line.get(name)
    if not isinstance(values, list) or not {type(value) for value in values} <= set(types):
        raise BadLineError(f"{name!r} should be a list of numbers")
    if values and not 0 <= min(values) <= max(values) <= _MOST:
        raise BadLineError(f"{name!r} holds a number out of range")
    return values


def column_line(kind: str, chunks: list[tuple[float, int, int]], **more: Any) -> bytes:
    """One line for chunks (time in s, first sample, samples) that follow each other.

    Times are cut to the microsecond, not rounded: no chunk is captured after the one that follows it.
    """
    began_s, start = floor(1e6 * chunks[0][0]) / 1e6, chunks[0][1]
    return encode(
        {
            "t": began_s,
            "type": kind,
            **more,
            "at": start,
            "samples": [samples for _, _, samples in chunks],
            "ms": [floor(1e6 * (time_s - began_s)) / 1e3 for time_s, _, _ in chunks],
        }
    )


def split_lines(content: bytes, *, may_be_cut_off: bool, most: int) -> Iterator[str]:
    """The lines of a part, at most ``most``. Raises ``BadLineError``.

    ``may_be_cut_off``: an incomplete last line is left out.
    They are counted before any is made, and made one at a time: a small file may unpack to millions of them.
    """
    if content.count(b"\n") > most:
        raise BadLineError(f"more than {most:,} lines in one part")
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        line = content[start:] if end < 0 else content[start:end]
        start = len(content) if end < 0 else end + 1
        if line and (end >= 0 or not may_be_cut_off or _is_complete(line)):
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise BadLineError(f"bytes that are not UTF-8: {error.reason}") from None


def _is_complete(line: bytes) -> bool:
    try:
        object_of(line.decode("utf-8"))
    except (BadLineError, UnicodeDecodeError):
        return False
    return True
