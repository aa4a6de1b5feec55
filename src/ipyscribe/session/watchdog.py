"""Watches whether sound is answered: speech without any message back, and sound that is sent late."""

from __future__ import annotations

from ipyscribe.audio.block import AudioBlock
from ipyscribe.audio.level import level_dbfs
from ipyscribe.tape.notice import Notice

UNANSWERED_S = 12.0
BEHIND_S = 1.5
_SPEECH_DBFS = -45.0
_SPEECH_S = 3.0
CHECK_EVERY = 11
"""Blocks from one check to the next: a prime, because some sources give one at every second or third read only."""
_QUIET_S = 2.0
"""As long as messages come, the level of the sound is not needed."""


class Watchdog:
    """Compares the sound sent with the answers received. Used by one thread.

    ``unanswered``: at least 3 s of sound as loud as speech since the server's last message, which came 12 s ago
    or more. ``behind``: the sound that is sent now was captured more than 1.5 s ago.
    """

    def __init__(self) -> None:
        self._loud_s = 0.0
        self._last_received_s: float | None = None

    def check(
        self, block: AudioBlock | None, *, now_s: float, received_s: float | None, behind_s: float
    ) -> list[Notice]:
        """The notices that hold now. ``block`` was just captured; ``received_s`` is when the last message came.

        Call it once for each ``CHECK_EVERY`` blocks.
        """
        if behind_s < BEHIND_S and received_s is not None and now_s - received_s < _QUIET_S:
            self._loud_s = 0.0
            return []
        if received_s != self._last_received_s:
            self._last_received_s, self._loud_s = received_s, 0.0
        if block is not None and level_dbfs(block) > _SPEECH_DBFS:
            self._loud_s += CHECK_EVERY * block.duration_ms / 1000
        notices = []
        if received_s is not None and now_s - received_s >= UNANSWERED_S and self._loud_s >= _SPEECH_S:
            notices.append(
                Notice(
                    "unanswered",
                    f"There is sound, and the server has sent nothing for {now_s - received_s:.0f} s.",
                    "Reconnect, or check that the right source is chosen.",
                )
            )
        if behind_s >= BEHIND_S:
            notices.append(Notice("behind", f"Behind by {behind_s:.0f} s: the server takes sound too slowly."))
        return notices
