"""A place on a lane, from which it goes on record by record or to any other moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ipyscribe.tape.snapshot import SessionSnapshot

if TYPE_CHECKING:
    from ipyscribe.tape.lane import Lane
    from ipyscribe.tape.records import Record


class Cursor:
    """``scene`` is how the session stood there. Used by one thread. All may raise ``TapeError``."""

    def __init__(self, lane: Lane) -> None:
        lane.refresh()
        self._lane = lane
        self._block = 0
        self._at = 0
        self._records: list[Record] = []
        self.scene: SessionSnapshot
        self.seek(-math.inf)

    def seek(self, moment_s: float) -> None:
        """Go to a moment: all that was recorded by then has happened."""
        self._block, self.scene = self._lane.checkpoint(moment_s)
        self._at = 0
        self._fetch()
        while (record := self._next()) is not None and record[0] <= moment_s:
            self.step()

    @property
    def next_s(self) -> float | None:
        """When the next record was made; None at the end."""
        record = self._next()
        return None if record is None else float(record[0])

    def step(self) -> bool:
        """Go on by one record; whether a view could see it."""
        record = self._next()
        if record is None:
            return False
        self._at += 1
        return self._lane.go_on(self.scene, record)

    def _next(self) -> Record | None:
        while self._at >= len(self._records):
            if self._block + 1 >= self._lane.blocks:
                return None
            self._block, self._at = self._block + 1, 0
            self._fetch()
        return self._records[self._at]

    def _fetch(self) -> None:
        self._records = self._lane.block(self._block) if self._block < self._lane.blocks else []
