"""One model on a tape: its records, and how its session stood at any time."""

from __future__ import annotations

import math
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.protocol.model import simulated_label
from ipyscribe.tape.columns import ChunkTimes, SoundColumns, split_lines
from ipyscribe.tape.manifest import LaneManifest, malformed
from ipyscribe.tape.records import BadLineError, Record, record_of
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.tape.snapshot import SessionSnapshot
from ipyscribe.tape.storage import TapeStorage
from ipyscribe.transcript import Transcript

BLOCK_RECORDS = 256
"""Records in one part of the tape, between two checkpoints."""
_MOST_IN_A_BLOCK = 16 * BLOCK_RECORDS
_HELD_BLOCKS = 4
_LARGEST_HELD_BYTES = 2 * 2**20


class Lane:
    """The records of one session, read as they are needed.

    ``manifest`` is its part of the tape's manifest. Times are seconds from the beginning of the lane. Any thread may
    call. ``settle`` makes a session that still runs write its buffered records.
    """

    def __init__(
        self, storage: TapeStorage, number: int, manifest: LaneManifest, settle: Callable[[], None] = lambda: None
    ) -> None:
        self.manifest = manifest
        self._number = number
        self._storage = storage
        self._folder = f"lanes/{number}/"
        self._settle = settle
        self._lock = threading.RLock()
        self._parts: list[str] = []
        self._simulated = False
        self._held: OrderedDict[int, list[Record]] = OrderedDict()
        self._checkpoints: list[tuple[float, SessionSnapshot]] = [(-math.inf, SessionSnapshot(manifest.empty()))]

    @property
    def simulated(self) -> bool:
        """Whether a server of the same computer played the model, which is recorded as its first connection opens.

        Raises ``TapeError``.
        """
        if not self._simulated:
            self.refresh()
            self._simulated = self.blocks > 0 and any(record[1] == "simulated" for record in self.block(0))
        return self._simulated

    @property
    def label(self) -> str:
        """Its label, or its model's name; and whether that is simulated. Raises ``TapeError``."""
        title = self.manifest.title
        return simulated_label(title) if self.simulated else title

    @property
    def server(self) -> str:
        """Where its words were made, and whether they are simulated. Raises ``TapeError``."""
        return self.manifest.server + (", simulated" if self.simulated else "")

    def refresh(self) -> None:
        """Look for new records. Raises ``TapeError`` and ``StorageError``."""
        self._settle()
        names = self._storage.parts()
        parts = [name for name in names if name.startswith(self._folder) and not name.endswith("sound.jsonl")]
        for number, name in enumerate(parts):
            if int(name.removeprefix(self._folder).removesuffix(".jsonl")) != number:
                raise malformed(self._storage.name, f"it has {name} and lacks a part before it")
        with self._lock:
            self._parts = parts

    @property
    def blocks(self) -> int:
        """How many parts its records fill, as ``refresh`` has seen them."""
        return len(self._parts)

    def block(self, index: int) -> list[Record]:
        """The records of one part. Raises ``TapeError``."""
        with self._lock:
            if index in self._held:
                self._held.move_to_end(index)
                return self._held[index]
            part = self._parts[index]
            last = index == len(self._parts) - 1
            content = self._storage.read(part)
            try:
                records = _records(content, may_be_cut_off=last)
            except BadLineError as error:
                raise malformed(self._storage.name, f"{part} holds {error}") from None
            if not last and len(content) <= _LARGEST_HELD_BYTES:
                self._held[index] = records
                while len(self._held) > _HELD_BLOCKS:
                    self._held.popitem(last=False)
            return records

    def records(self) -> Iterator[Record]:
        """All records in the order in which they were made: (seconds, kind, values...). Raises ``TapeError``."""
        self.refresh()
        for index in range(self.blocks):
            yield from self.block(index)

    def checkpoint(self, time_s: float) -> tuple[int, SessionSnapshot]:
        """The last part that begins by ``time_s``, and how the session stood there. Raises ``TapeError``."""
        with self._lock:
            checkpoints = self._checkpoints
            while len(checkpoints) < self.blocks and checkpoints[-1][0] <= time_s:
                reached_s, snapshot = checkpoints[-1]
                snapshot = snapshot.copy()
                for record in self.block(len(checkpoints) - 1):
                    reached_s = max(reached_s, record[0])
                    snapshot.apply(record)
                checkpoints.append((reached_s, snapshot))
            index = bisect_right(checkpoints, time_s, key=lambda checkpoint: checkpoint[0]) - 1
            return index, checkpoints[index][1].copy()

    def snapshot_at(self, time_s: float) -> SessionSnapshot:
        """How the session stood at ``time_s``. Raises ``TapeError``."""
        cursor = Cursor(self)
        cursor.seek(time_s)
        return cursor.snapshot

    def at(self, time_s: float) -> Transcript:
        """The transcript exactly as it stood ``time_s`` seconds after the lane's beginning. Raises ``TapeError``."""
        return self.snapshot_at(time_s).transcript

    @property
    def transcript(self) -> Transcript:
        """The whole transcript. Raises ``TapeError``."""
        return self.at(math.inf)

    @property
    def duration_s(self) -> float:
        """Seconds from the beginning of the lane to its last record. Raises ``TapeError``."""
        self.refresh()
        last = range(max(0, self.blocks - 2), self.blocks)  # paints are recorded up to a second late
        return max((float(record[0]) for index in last for record in self.block(index)), default=0.0)

    @property
    def sound(self) -> SoundColumns:
        """When its sound was captured, and sent over each connection. Raises ``TapeError``."""
        self._settle()
        columns = SoundColumns()
        part = f"{self._folder}sound.jsonl"
        if part in self._storage.parts():
            try:
                columns.read(self._storage.read(part))
            except BadLineError as error:
                raise malformed(self._storage.name, f"{part} holds {error}") from None
        return columns

    @property
    def sent(self) -> SendTimes:
        """When each position of the sound was first handed to a socket. Raises ``TapeError``."""
        sound = self.sound
        return _send_times(times for _, times in sorted(sound.sent.items()))

    @property
    def captured(self) -> SendTimes:
        """When each position of the sound was captured. Raises ``TapeError``."""
        return _send_times([self.sound.captured])

    @property
    def paints(self) -> list[tuple[float, float]]:
        """Of each painting of a view the arrival of its newest message, and its own time. Raises ``TapeError``."""
        return [(values[0], at_s) for at_s, kind, *values in self.records() if kind == "painted"]

    def among(self, others_began_s: float, label: str) -> Lane:
        """The same lane on a tape that began ``others_began_s`` seconds before its own, under a label."""
        own = self.manifest
        manifest = replace(own, offset_s=own.offset_s + others_began_s, label=label or own.label)
        return Lane(self._storage, self._number, manifest, self._settle)

    def content(self) -> Iterator[tuple[str, bytes]]:
        """Name within the lane and content of each of its parts, to be saved."""
        self._settle()
        for part in self._storage.parts():
            if part.startswith(self._folder):
                yield part.removeprefix(self._folder), self._storage.read(part)


class Cursor:
    """A position on a lane, from which it goes on record by record or to any other time.

    ``snapshot`` is how the session stood there. Used by one thread; the snapshot may be read by any. All may raise
    ``TapeError``.
    """

    def __init__(self, lane: Lane) -> None:
        lane.refresh()
        self._lane = lane
        self._block = 0
        self._index = 0
        self._records: list[Record] = []
        self.snapshot: SessionSnapshot
        self.seek(-math.inf)

    def seek(self, time_s: float) -> None:
        """Go to ``time_s``: all records up to then are applied."""
        self._block, snapshot = self._lane.checkpoint(time_s)
        self._index = 0
        self._fetch()
        while (record := self._next()) is not None and record[0] <= time_s:
            self._index += 1
            snapshot.apply(record)
        self.snapshot = snapshot  # no sooner: readers on other threads see nothing of the way there

    @property
    def next_s(self) -> float | None:
        """When the next record was made; None at the end."""
        record = self._next()
        return None if record is None else float(record[0])

    def step(self) -> bool:
        """Apply the next record; whether a view could see it."""
        record = self._next()
        if record is None:
            return False
        self._index += 1
        return self.snapshot.apply(record)

    def _next(self) -> Record | None:
        while self._index >= len(self._records):
            if self._block + 1 >= self._lane.blocks:
                return None
            self._block, self._index = self._block + 1, 0
            self._fetch()
        return self._records[self._index]

    def _fetch(self) -> None:
        self._records = self._lane.block(self._block) if self._block < self._lane.blocks else []


def _send_times(connections: Iterable[ChunkTimes]) -> SendTimes:
    ends_ms, at_s = array("d"), array("d")
    reached, latest_s = 0, -math.inf
    for times in connections:
        for end, time_s in zip(times.end, times.time_s, strict=True):
            if end > reached:
                reached, latest_s = end, max(latest_s, time_s)
                ends_ms.append(1000 * end / SAMPLE_RATE_HZ)
                at_s.append(latest_s)
    return SendTimes(ends_ms, at_s)


def _records(content: bytes, *, may_be_cut_off: bool) -> list[Record]:
    lines = split_lines(content, may_be_cut_off=may_be_cut_off, most=_MOST_IN_A_BLOCK)
    return [record for line in lines if (record := record_of(line)) is not None]
