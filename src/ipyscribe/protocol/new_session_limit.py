"""How many sessions may be opened in a minute. AssemblyAI limits new sessions, not open ones.

A free account opens 5 a minute, a paid one 100 or more. A minute of which 70 % was used raises the limit of the next
by 10 %; one of which less than half was used lowers it again, to the account's own limit at the lowest (AssemblyAI's
page on rate limits, autumn 2026). A session beyond it ends with "Too many concurrent sessions".
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.python_values import python_values

FREE_PER_MINUTE = 5
ENVIRONMENT_VARIABLE = "IPYSCRIBE_SESSIONS_PER_MINUTE"
_WINDOW_S = 60.0
_GROWS_AT, _SHRINKS_BELOW, _STEP = 0.7, 0.5, 1.1


def checked_per_minute(per_minute: object) -> int:
    """How many sessions an account may open in a minute. Raises ``ParameterError``."""
    per_minute = python_values(per_minute)
    if isinstance(per_minute, bool) or not isinstance(per_minute, int) or per_minute < 1:
        raise ParameterError(
            f"sessions_per_minute={per_minute!r:.80} cannot be used.", advice="Expected a whole number above 0."
        )
    return per_minute


class NewSessionLimit:
    """Counts the sessions of one account, on any clock that only goes forward (``now_s``). Not thread-safe."""

    def __init__(self, per_minute: int = FREE_PER_MINUTE) -> None:
        """``per_minute`` is the account's own limit. Raises ``ParameterError``."""
        self._own = checked_per_minute(per_minute)
        self._limit = float(per_minute)
        self._opened: deque[float] = deque()
        self._minute_s: float | None = None
        self._used = 0
        self._blocked_until_s = float("-inf")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> NewSessionLimit:
        """The limit that ``IPYSCRIBE_SESSIONS_PER_MINUTE`` gives, that of a free account without it."""
        text = environment.get(ENVIRONMENT_VARIABLE, "")
        if text and not text.isdecimal():
            raise ParameterError(
                f"{ENVIRONMENT_VARIABLE}={text!r:.80} cannot be used.", advice="Expected a whole number above 0."
            )
        return cls(int(text)) if text else cls()

    def set_per_minute(self, per_minute: int) -> None:
        """The account's own limit is another. Raises ``ParameterError``."""
        if checked_per_minute(per_minute) != self._own:
            self._own, self._limit = per_minute, float(per_minute)

    def per_minute(self, now_s: float) -> int:
        """How many sessions may be opened in the current minute."""
        self._advance(now_s)
        return int(self._limit)

    def free(self, now_s: float) -> int:
        """How many sessions may be opened now."""
        self._advance(now_s)
        return 0 if now_s < self._blocked_until_s else max(0, int(self._limit) - len(self._opened))

    def wait_s(self, now_s: float, sessions: int = 1) -> float:
        """Seconds until as many sessions may be opened at once; infinity where the limit is lower than that."""
        self._advance(now_s)
        limit = int(self._limit)
        if sessions > limit:
            return float("inf")
        too_many = len(self._opened) + sessions - limit
        free_s = self._opened[too_many - 1] + _WINDOW_S if too_many > 0 else now_s
        return max(0.0, free_s - now_s, self._blocked_until_s - now_s)

    def opened(self, now_s: float) -> None:
        """Count a session that is being opened."""
        self._advance(now_s)
        self._opened.append(now_s)
        self._used += 1

    def refused(self, now_s: float, retry_after_s: float | None = None) -> None:
        """The server refused a session: other programs use the account as well.

        Wait a whole minute, or for as long as the server asks for.
        """
        self._advance(now_s)
        self._blocked_until_s = now_s + (_WINDOW_S if retry_after_s is None else retry_after_s)

    def _advance(self, now_s: float) -> None:
        if self._minute_s is None:
            self._minute_s = now_s
        while now_s - self._minute_s >= _WINDOW_S:
            share = self._used / self._limit
            if share >= _GROWS_AT:
                self._limit *= _STEP
            elif share < _SHRINKS_BELOW:
                self._limit = max(self._own, self._limit / _STEP)
            self._minute_s += _WINDOW_S
            self._used = 0
            if self._limit == self._own and now_s - self._minute_s >= _WINDOW_S:
                self._minute_s = now_s - (now_s - self._minute_s) % _WINDOW_S
        while self._opened and now_s - self._opened[0] >= _WINDOW_S:
            self._opened.popleft()
