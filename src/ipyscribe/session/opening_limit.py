"""When AssemblyAI lets this account open another session, for all sessions of this process."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.errors import HandshakeError, RateLimitError, ScribeError, SessionLimitError
from ipyscribe.protocol.new_session_limit import ENVIRONMENT_VARIABLE, NewSessionLimit, checked_per_minute
from ipyscribe.session.live_session import LiveSession
from ipyscribe.tape.notice import Notice

MOST_REFUSALS = 5
"""Refusals in a row after which a session gives up."""
_SLICE_S = 0.5
_lock = threading.Lock()
_limits: dict[str | None, NewSessionLimit] = {}
"""By key; those of temporary tokens share one."""
_observers: list[Callable[[Endpoint], object]] = []


def is_refusal(error: BaseException | None) -> bool:
    """Whether a session was not opened because there were too many new ones."""
    return isinstance(error, RateLimitError) or (isinstance(error, HandshakeError) and error.status == 429)


@contextlib.contextmanager
def counted_elsewhere(observe: Callable[[Endpoint], object]) -> Iterator[None]:
    """Meanwhile another process keeps the limit: it learns of each opening, and a refused session is not retried here.

    ``observe`` is called, from any thread, with the endpoint of each session that is being opened at AssemblyAI.
    """
    with _lock:
        _observers.append(observe)
    try:
        yield
    finally:
        with _lock:
            _observers.remove(observe)


def waits_for_limit(problem: BaseException | None, endpoint: Endpoint) -> bool:
    """Whether a session that ``problem`` ended is to wait here until the limit allows another."""
    return is_refusal(problem) and endpoint.cloud and not _observers


def limit_for(per_minute: int | None) -> NewSessionLimit:
    """The limit of an account: ``per_minute``, else the environment's, else a free one's. Raises ``ParameterError``."""
    return NewSessionLimit.from_environment() if per_minute is None else NewSessionLimit(per_minute)


def set_limit(endpoints: Iterable[Endpoint], per_minute: int | None) -> None:
    """Sessions at these ``endpoints`` may be opened ``per_minute``, where that was given. Raises ``ParameterError``."""
    if per_minute is None:
        return
    checked_per_minute(per_minute)
    with _lock:
        for endpoint in endpoints:
            if endpoint.cloud:
                _limit_of(endpoint).set_per_minute(per_minute)


def check_openings(endpoints: Iterable[Endpoint], now_s: float) -> None:
    """Raise ``SessionLimitError`` where more sessions would be opened at once than their account may open now."""
    cloud = [endpoint for endpoint in endpoints if endpoint.cloud]
    sessions_by_key = Counter(endpoint.key for endpoint in cloud)
    for endpoint in {endpoint.key: endpoint for endpoint in cloud}.values():
        with _lock:
            limit = _limit_of(endpoint)
            per_minute, allowed = limit.per_minute(now_s), limit.free(now_s)
            sessions = sessions_by_key[endpoint.key]
            wait_s = limit.wait_s(now_s, min(sessions, per_minute))
        if sessions > allowed:
            raise session_limit_error(sessions, allowed, per_minute, wait_s)


def session_limit_error(sessions: int, allowed: int, per_minute: int, wait_s: float = 0.0) -> SessionLimitError:
    """What is said where ``sessions`` would be opened at once, and only ``allowed`` may be."""
    recent = (
        f", {per_minute - allowed} of which are used; wait {wait_s:.0f} s for others" if allowed < per_minute else ""
    )
    return SessionLimitError(
        f"{sessions} new sessions at once are more than the {per_minute} that your account is taken to open in a "
        f"minute{recent}.",
        sessions=sessions,
        allowed=allowed,
        advice="Give confirm=True to open them anyway: those that are refused wait and try again. How many your "
        f"account may open: sessions_per_minute=, or {ENVIRONMENT_VARIABLE}.",
    )


def count_opening(endpoint: Endpoint, now_s: float) -> None:
    """Count a session that is being opened at one of AssemblyAI's hosts. Raises ``ParameterError``."""
    if endpoint.cloud:
        with _lock:
            _limit_of(endpoint).opened(now_s)
            observers = tuple(_observers)
        for observe in observers:
            observe(endpoint)


async def await_opening(
    endpoint: Endpoint,
    session: LiveSession,
    clock: Callable[[], float],
    unwanted: Callable[[], bool],
    refusal: ScribeError,
) -> None:
    """The session was refused: say so, and wait until the limit allows another, or until it is ``unwanted``."""
    with _lock:
        _limit_of(endpoint).refused(clock(), getattr(refusal, "retry_after_s", None))
    left_s = _wait_s(endpoint, clock)
    session.add_notice(
        Notice(
            "refused",
            f"AssemblyAI refused the session because too many were opened within a minute. Next try in {left_s:.0f} s.",
            f"How many your account may open in a minute: {ENVIRONMENT_VARIABLE}, 5 without it.",
        )
    )
    while left_s > 0 and not unwanted():
        await session.changed(session.version, min(_SLICE_S, left_s))
        left_s = _wait_s(endpoint, clock)


def _wait_s(endpoint: Endpoint, clock: Callable[[], float]) -> float:
    with _lock:
        return _limit_of(endpoint).wait_s(clock())


def _limit_of(endpoint: Endpoint) -> NewSessionLimit:
    limit = _limits.get(endpoint.key)
    if limit is None:
        limit = _limits[endpoint.key] = NewSessionLimit.from_environment()
    return limit
