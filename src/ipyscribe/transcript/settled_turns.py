"""The turns of a growing transcript, each once, as it settles."""

from __future__ import annotations

from ipyscribe.transcript.model import Transcript, Turn


class SettledTurns(list[Turn]):
    """Settled turns in the order in which they settled. One thread collects; any thread may read."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: set[int] = set()
        self._scan_from = 0

    def collect(self, transcript: Transcript) -> None:
        """Add the turns that have settled since the last call."""
        turns = transcript.turns
        if self._scan_from == len(turns) - 1 and not turns[-1].ended:
            return  # only the newest turn has grown, as nearly always
        first = min(self._scan_from, max(0, len(turns) - 2))
        for turn in turns[first:]:
            if turn.settled and turn.order not in self._orders:
                self._orders.add(turn.order)
                self.append(turn)
        while first < len(turns) and turns[first].settled:
            first += 1
        self._scan_from = first
