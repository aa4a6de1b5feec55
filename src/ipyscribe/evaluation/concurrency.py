"""How many recordings are played at the same time."""

from __future__ import annotations

import os
import threading
from collections import deque
from statistics import median
from typing import Literal, TypeAlias

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.new_session_limit import NewSessionLimit

AtOnce: TypeAlias = int | Literal["auto"]
MAX_AT_ONCE = 64
_PER_CORE = 2
"""Sessions of models on this computer: each takes a quarter of a core, and passes of two rarely wait for each other."""
_MAX_CORES = 4
"""On which the recogniser works at the same time."""
_CLOUD_START = 8
_FIRST_PAUSE_S = 5.0
_MAX_PAUSE_S = 60.0
_ALONE = 2
_GRANT_SLICE_S = 0.1
_LATE_MS = 300.0
"""By how much later words than with one recording at a time are no chance."""
_FEWEST_TO_TELL = 8
"""Recordings after which it is told that words come late: one recording's may come twice as late as another's."""


def checked_at_once(at_once: AtOnce) -> AtOnce:
    """``"auto"`` or a number of recordings. Raises ``ParameterError``."""
    is_count = isinstance(at_once, int) and not isinstance(at_once, bool)
    if at_once == "auto" or (is_count and 1 <= at_once <= MAX_AT_ONCE):
        return at_once
    raise ParameterError(
        f"at_once={at_once!r:.40} cannot be used.", advice=f"Expected 'auto' or a whole number from 1 to {MAX_AT_ONCE}."
    )


class Concurrency:
    """The number of recordings to play at once, adapted while they are played. Any thread may call.

    A fixed number stays. ``"auto"`` begins with one where each recording opens ``local`` sessions on this computer,
    and goes up by one to what its cores carry, for as long as words arrive about as soon as with one recording at a
    time; it goes down where they arrive later. For cloud models it begins with some and doubles with every round in
    which no session was refused; a refusal halves it and makes ``pause_s`` longer, up to a minute. Each recording opens
    ``sessions`` at AssemblyAI, of which no more than ``new_sessions`` allows are opened in a minute, as long as
    ``paced``.
    """

    def __init__(
        self, at_once: AtOnce, *, local: int, sessions: int = 0, new_sessions: NewSessionLimit | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._auto = at_once == "auto"
        self._local = local > 0
        self._sessions, self._new_sessions = sessions, new_sessions or NewSessionLimit()
        self.paced = True
        self._granted: dict[str, int] = {}
        self._cluster = False
        cores = min(_MAX_CORES, os.cpu_count() or 1)
        self._ceiling = self._own_ceiling = max(1, _PER_CORE * cores // local) if local else MAX_AT_ONCE
        self.limit = 1 if self._auto and local else _CLOUD_START if self._auto else int(at_once)
        self.most = 0
        """The most that were played at once."""
        self.refusals = 0
        """Sessions that were refused because there were too many new ones."""
        self.pause_s = 0.0
        """How long to wait before the next recording."""
        self._round = 0
        self._alone_ms: list[float] = []
        self._latest_ms: deque[float] = deque(maxlen=_FEWEST_TO_TELL)

    def sessions_at_first(self, recordings: int) -> int:
        """How many sessions the first of so many recordings would open at once at AssemblyAI."""
        return self._sessions * (1 if self._auto else min(self.limit, recordings))

    def opening_wait_s(self, now_s: float) -> float:
        """Seconds until the sessions of another recording may be opened, with those that may be opened any moment."""
        with self._lock:
            if not (self.paced and self._sessions):
                return 0.0
            waiting = sum(self._granted.values())
            if waiting and waiting + self._sessions > self._new_sessions.per_minute(now_s):
                return _GRANT_SLICE_S
            return self._new_sessions.wait_s(now_s, waiting + self._sessions)

    def grant(self, name: str, now_s: float) -> None:
        """The sessions of a recording are being opened; those of a cluster from now on, at a time that it reports."""
        with self._lock:
            if self._cluster:
                self._granted[name] = self._sessions
                return
            for _ in range(self._sessions):
                self._new_sessions.opened(now_s)

    def opened(self, name: str, now_s: float) -> None:
        """A session of a recording is being opened; it may be one more than it began with, for a lost one."""
        with self._lock:
            if self._granted.get(name):
                self._granted[name] -= 1
            self._new_sessions.opened(now_s)

    def ended(self, name: str, now_s: float) -> None:
        """A recording is over; the sessions of which nothing was heard may have been opened just now."""
        with self._lock:
            for _ in range(self._granted.pop(name, 0)):
                self._new_sessions.opened(now_s)

    def spread_over(self, threads: int | None) -> None:
        """Recordings are played by so many threads of a cluster; None: on this computer."""
        with self._lock:
            self._cluster = threads is not None
            self._ceiling = threads or self._own_ceiling
            if self._auto:
                self.limit = 1 if self._local else min(_CLOUD_START, self._ceiling)
                self._round = 0
                self._alone_ms.clear()
                self._latest_ms.clear()

    def waited(self, refusals: int) -> None:
        """A recording was played whose sessions were refused so often, and waited until they could be opened."""
        with self._lock:
            self.refusals += refusals
            if self._auto and refusals:
                self.limit, self._round = max(1, self.limit // 2), 0

    def finished(self, delay_ms: float | None) -> None:
        """A recording was played; ``delay_ms`` is how late the newest words came, in the slowest lane."""
        with self._lock:
            self.pause_s = 0.0
            if not self._auto:
                return
            self._round += 1
            if self._local:
                self._follow_delay(delay_ms)
            elif self._round >= self.limit:
                self._round, self.limit = 0, min(self._ceiling, 2 * self.limit)

    def refused(self) -> None:
        """A session was refused because too many new ones were opened."""
        with self._lock:
            self.refusals += 1
            self.pause_s = min(_MAX_PAUSE_S, 2 * self.pause_s or _FIRST_PAUSE_S)
            if self._auto:
                self.limit, self._round = max(1, self.limit // 2), 0

    def _follow_delay(self, delay_ms: float | None) -> None:
        if delay_ms is None:
            return
        if len(self._alone_ms) < _ALONE:
            self._alone_ms.append(delay_ms)
            if len(self._alone_ms) == _ALONE:
                self.limit, self._round = min(self._ceiling, 2), 0
            return
        self._latest_ms.append(delay_ms)
        if self._round < max(_ALONE, self.limit):
            return
        late = median(self._latest_ms) > median(self._alone_ms) + _LATE_MS
        if late and len(self._latest_ms) < _FEWEST_TO_TELL:
            return
        if late:
            self.limit = self._ceiling = max(1, self.limit - (self.limit // 4 if self._cluster else 1))
        else:
            self.limit = min(self._ceiling, self.limit + (self.limit if self._cluster else 1))
        self._round = 0
        self._latest_ms.clear()
