"""The turns of a session, each once, as it settles."""

from __future__ import annotations

from ipyscribe.tape.snapshot import SessionSnapshot
from ipyscribe.transcript import Turn


class SettledTurns(list[Turn]):
    """Settled turns in the order in which they settled. One thread collects; any may read."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: set[int] = set()
        self._settled_to = 0
        self._open_count = -1
        """How many recent turns there are while only the newest of them is open, else -1."""

    def collect(self, snapshot: SessionSnapshot) -> None:
        """Add those that have settled by now."""
        recent = snapshot.recent.turns
        if len(recent) == self._open_count and not recent[-1].ended:
            return  # the newest grows, as it does nearly always
        offset, turns = snapshot.turns_from(self._settled_to)
        count = offset + len(turns)
        first = min(self._settled_to, max(0, count - 2))
        for turn in turns[max(0, first - offset) :]:
            if turn.settled and turn.order not in self._orders:
                self._orders.add(turn.order)
                self.append(turn)
        while first < count and turns[max(0, first - offset)].settled:
            first += 1
        self._settled_to = first
        self._open_count = len(recent) if recent and first == count - 1 else -1
