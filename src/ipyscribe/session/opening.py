"""Opening a connection in the background, tried again with growing pauses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from ipyscribe.connection import Connection
from ipyscribe.connection.failure import LOOPBACK
from ipyscribe.connection.io_loop import in_worker, shared_loop
from ipyscribe.errors import (
    ConnectionRefusedByHostError,
    HandshakeError,
    InactivityError,
    ScribeError,
    ServerFailureError,
)
from ipyscribe.session.context import SessionContext
from ipyscribe.session.handshake import Opened, connect, send_terminate
from ipyscribe.session.opening_limit import await_opening, is_refusal, waits_for_limit

if TYPE_CHECKING:
    import tenacity

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0
_JITTER_S = 0.5
_CANCEL_TIMEOUT_S = 2.0


def can_try_again(problem: BaseException) -> bool:
    """Whether another attempt to open a connection may succeed: not with a refused key, setting or path."""
    return isinstance(problem, ScribeError) and problem.retry and not isinstance(problem, InactivityError)


def can_replace(problem: BaseException) -> bool:
    """Whether a session whose open connection ended with ``problem`` may go on over another."""
    return can_try_again(problem) and not is_refusal(problem)


def can_open_later(problem: ScribeError, context: SessionContext) -> bool:
    """Whether a session whose first attempt failed with ``problem`` may open within ``connect_for_s``.

    A server of this computer that is not there has to be started by somebody, and a recogniser that could not be
    loaded cannot be loaded a second later.
    """
    if not context.connect_for_s or context.stopping or not can_try_again(problem):
        return False
    if is_refusal(problem) and context.endpoint.cloud:
        return waits_for_limit(problem, context.endpoint)
    if isinstance(problem, HandshakeError) and (problem.retry_after_s or 0.0) >= context.connect_for_s:
        return False
    if isinstance(problem, ConnectionRefusedByHostError):
        return not (context.endpoint.local or urlsplit(context.endpoint.url).hostname in LOOPBACK)
    return not (context.endpoint.local and isinstance(problem, ServerFailureError))


class Opening:
    """A new connection under way in a task of its own, tried again for ``for_s`` seconds.

    ``problem`` is why the newest attempt failed, also one that was made before, and ``attempts`` how many did.
    """

    def __init__(self, context: SessionContext, for_s: float, *, failed_with: ScribeError | None = None) -> None:
        self._context = context
        self._for_s = for_s
        self.problem = self._failed_before = failed_with
        self.attempts = 0 if failed_with is None else 1
        self._opened: Opened | None = None
        self._error: BaseException | None = None
        self._cancelled = False
        self._socket: Connection | None = None
        shared_loop().spawn(self._run())

    @property
    def done(self) -> bool:
        """Whether it is open, or was given up."""
        return self._opened is not None or self._error is not None

    def result(self) -> Opened:
        """The connection. Raises the error of the last attempt."""
        if self._opened is None:
            raise self._error or RuntimeError("it is not open yet")
        return self._opened

    async def cancel(self) -> None:
        """Give it up, and close what was opened."""
        self._cancelled = True
        session = self._context.session
        session.wake()
        if self._socket is not None and not self.done:
            self._socket.give_up()
        await session.until(lambda: self.done, _CANCEL_TIMEOUT_S)
        if self._socket is not None:
            send_terminate(self._socket)
            self._socket.close()

    async def _run(self) -> None:
        try:
            self._opened = await self._retry()
        except BaseException as problem:
            self._error = problem
        self._context.session.wake()

    async def _retry(self) -> Opened:
        """Try until it is open or given up. Raises the error of the last attempt."""
        retrying = await in_worker(shared_loop().files, self._retrying)  # the first time it imports for long
        import tenacity

        retrying.begin()
        state = tenacity.RetryCallState(retrying, fn=None, args=(), kwargs={})
        while True:
            step = retrying.iter(retry_state=state)
            if isinstance(step, tenacity.DoAttempt):
                try:
                    state.set_result(await self._try())
                except BaseException:
                    state.set_exception(sys.exc_info())  # type: ignore[arg-type]
            elif isinstance(step, tenacity.DoSleep):
                state.prepare_for_next_attempt()
                await self._context.session.until(lambda: self._cancelled, step)
            else:
                return cast(Opened, step)

    def _retrying(self) -> tenacity.Retrying:
        import tenacity

        return tenacity.Retrying(
            stop=self._is_over,
            wait=self._pause_s,
            retry=tenacity.retry_if_exception(self._may_pass),
            before_sleep=self._note_failure,
            reraise=True,
        )

    def _pause_s(self, state: tenacity.RetryCallState) -> float:
        """Growing pauses, or the longer one that the server asked for."""
        import tenacity

        growing = tenacity.wait_exponential(multiplier=_FIRST_PAUSE_S, max=_LONGEST_PAUSE_S)
        pause_s = growing(state) + tenacity.wait_random(0, _JITTER_S)(state)
        return max(pause_s, _retry_after_s(state))

    def _is_over(self, state: tenacity.RetryCallState) -> bool:
        """Whether it was cancelled, or the time is up before the server takes another attempt."""
        return self._cancelled or (state.seconds_since_start or 0.0) + _retry_after_s(state) >= self._for_s

    def _may_pass(self, problem: BaseException) -> bool:
        if is_refusal(problem) and self._context.endpoint.cloud:
            return False  # as often as the limit allows it was tried already
        return can_try_again(problem)

    def _note_failure(self, state: tenacity.RetryCallState) -> None:
        problem = _problem_of(state)
        if isinstance(problem, ScribeError) and problem is not self.problem:
            self.problem = problem
            self.attempts += 1
            self._context.session.wake()

    async def _try(self) -> Opened:
        context, failed_before = self._context, self._failed_before
        self._failed_before = None
        refusals = 0
        if failed_before is not None and is_refusal(failed_before) and context.endpoint.cloud:
            await await_opening(context.endpoint, context.session, context.clock, self._unwanted, failed_before)
            if self._unwanted():
                raise failed_before
            refusals = 1
        elif failed_before is not None:
            raise failed_before  # so that the first pause comes before the first attempt of this task
        return await connect(
            context, context.session.new_connection(), self._keep, lambda: self._cancelled, refusals=refusals
        )

    def _unwanted(self) -> bool:
        return self._context.stopping or self._cancelled

    def _keep(self, socket: Connection) -> None:
        self._socket = socket


def _problem_of(state: tenacity.RetryCallState) -> BaseException | None:
    return None if state.outcome is None else state.outcome.exception()


def _retry_after_s(state: tenacity.RetryCallState) -> float:
    problem = _problem_of(state)
    return (problem.retry_after_s or 0.0) if isinstance(problem, HandshakeError) else 0.0
