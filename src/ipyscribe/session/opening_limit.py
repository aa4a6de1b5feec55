"""When AssemblyAI lets this account open another session, for all sessions of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.protocol.new_session_limit import ENVIRONMENT_VARIABLE, NewSessionLimit
from ipyscribe.session.live_session import LiveSession
from ipyscribe.tape.notice import Notice

MOST_REFUSALS = 5
"""Refusals in a row after which a session gives up."""
_SLICE_S = 0.5
_lock = threading.Lock()
_limits: dict[str | None, NewSessionLimit] = {}
"""By key; those of temporary tokens share one."""


def count_opening(endpoint: Endpoint, now_s: float) -> None:
    """Count a session that is being opened at one of AssemblyAI's hosts. Raises ``ParameterError``."""
    if endpoint.cloud:
        with _lock:
            _limit_of(endpoint).opened(now_s)


def await_opening(
    endpoint: Endpoint, session: LiveSession, clock: Callable[[], float], unwanted: Callable[[], bool]
) -> None:
    """The session was refused: say so, and wait until the limit allows another, or until it is ``unwanted``."""
    with _lock:
        _limit_of(endpoint).refused(clock())
    left_s = _wait_s(endpoint, clock)
    session.add_notice(
        Notice(
            "refused",
            f"AssemblyAI refused the session because too many were opened within a minute. Next try in {left_s:.0f} s.",
            f"How many your account may open in a minute: {ENVIRONMENT_VARIABLE}, 5 without it.",
        )
    )
    while left_s > 0 and not unwanted():
        session.wait(session.version, min(_SLICE_S, left_s))
        left_s = _wait_s(endpoint, clock)


def _wait_s(endpoint: Endpoint, clock: Callable[[], float]) -> float:
    with _lock:
        return _limit_of(endpoint).wait_s(clock())


def _limit_of(endpoint: Endpoint) -> NewSessionLimit:
    limit = _limits.get(endpoint.key)
    if limit is None:
        limit = _limits[endpoint.key] = NewSessionLimit.from_environment()
    return limit
