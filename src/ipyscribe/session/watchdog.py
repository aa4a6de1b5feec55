"""Watches whether sound is answered: speech without any message back, pings without a pong, sound that is sent late."""

from __future__ import annotations

from ipyscribe.audio.block import AudioBlock
from ipyscribe.audio.level import level_dbfs
from ipyscribe.tape.notice import Notice

UNANSWERED_S = 12.0
BEHIND_S = 1.5
_SPEECH_DBFS = -45.0
_PAUSE_S = 2.0
"""Pauses between words up to this long count as speech."""
CHECK_EVERY = 11
"""Blocks from one check to the next: a prime, because some sources give one at every second or third read only."""
_LONGEST_STEP_S = 1.0
"""A process that stood still for longer has not read what came meanwhile."""


class Watchdog:
    """Compares the sound sent with the answers received. Used by one thread.

    ``unanswered``: seconds of speech since the server's last message, 12 or more. ``behind``: the sound that is sent
    now was captured more than 1.5 s ago.

    The server is ``silent`` where speech was unanswered for ``limit_s``, and ``unreachable`` where not even a ping
    was, which is due after a third of that without a single byte. ``limit_s`` doubles with each connection that is
    ``replaced`` for it until a message comes: sound as loud as speech may be none. A limit of 0 is none.
    """

    def __init__(self, silent_server_s: float = 0.0) -> None:
        self._base_limit_s = self.limit_s = silent_server_s
        self.ping_due = self.silent = self.unreachable = False
        self._checked_s: float | None = None
        self._message_s: float | None = None
        self._read_s: float | None = None
        self._speech_s: float | None = None
        self._unanswered_s = 0.0
        self._unread_s = 0.0
        self._pinged = False
        self._answered: tuple[AudioBlock | None, float, float] | None = None
        """The block of the check that found the newest message, the seconds up to it, and its time."""

    def check(
        self,
        block: AudioBlock | None,
        *,
        now_s: float,
        message_s: float | None,
        behind_s: float,
        read_s: float | None = None,
        ended: bool = False,
    ) -> list[Notice]:
        """The notices that hold now; sets ``ping_due``, ``silent`` and ``unreachable``.

        ``block`` was just captured; ``message_s`` and ``read_s`` are when the last message and the last bytes came.
        With ``ended`` all sound was sent, and an answer to the last speech is awaited.
        """
        step_s = 0.0 if self._checked_s is None else min(now_s - self._checked_s, _LONGEST_STEP_S)
        self._checked_s = now_s
        self._count_unread(step_s, read_s)
        self._count_unanswered(block, step_s, now_s, message_s, ended=ended)
        notices = []
        if message_s is not None and self._unanswered_s >= UNANSWERED_S:
            notices.append(
                Notice(
                    "unanswered",
                    f"Sound is being sent, but the server has sent nothing back for {now_s - message_s:.0f} s.",
                    "Reconnect, or check that the right source is chosen.",
                )
            )
        if behind_s >= BEHIND_S:
            notices.append(Notice("behind", f"Behind by {behind_s:.0f} s: the server takes sound too slowly."))
        return notices

    def opened(self, message_s: float | None) -> None:
        """Another connection takes over, whose newest message is its ``Begin``, at ``message_s``."""
        self._message_s, self._read_s, self._speech_s, self._checked_s = message_s, None, None, None
        self._unanswered_s = self._unread_s = 0.0
        self._answered = None
        self._pinged = self.ping_due = self.silent = self.unreachable = False

    def replaced(self) -> None:
        """The connection is replaced because of what this watchdog found."""
        self.limit_s *= 2

    def _count_unread(self, step_s: float, read_s: float | None) -> None:
        if read_s != self._read_s:
            self._read_s, self._unread_s, self._pinged = read_s, 0.0, False
        self._unread_s += step_s
        limited = self.limit_s > 0
        self.ping_due = limited and not self._pinged and self._unread_s >= self.limit_s / 3
        self.unreachable = limited and self._pinged and self._unread_s >= self.limit_s
        self._pinged = self._pinged or self.ping_due

    def _count_unanswered(
        self, block: AudioBlock | None, step_s: float, now_s: float, message_s: float | None, *, ended: bool
    ) -> None:
        if message_s != self._message_s:
            if self._message_s is not None:
                self.limit_s = self._base_limit_s
            self._message_s, self._unanswered_s, self._speech_s = message_s, 0.0, None
            # Nearly always the next check finds another message, and how loud this block was does not matter.
            self._answered, self.silent = (block, step_s, now_s), False
            return
        if self._answered is not None:
            self._count_speech(*self._answered)
            self._answered = None
        self._count_speech(block, step_s, now_s, ended=ended)
        self.silent = 0 < self.limit_s <= self._unanswered_s

    def _count_speech(self, block: AudioBlock | None, step_s: float, now_s: float, *, ended: bool = False) -> None:
        if block is not None and level_dbfs(block) > _SPEECH_DBFS:
            self._speech_s = now_s
        if self._speech_s is not None and (ended or now_s - self._speech_s <= _PAUSE_S):
            self._unanswered_s += step_s
