"""One connection of a session, from its address to the server's ``Begin``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from ipyscribe.access.endpoint import Address
from ipyscribe.connection import Connection
from ipyscribe.connection.io_loop import in_worker, shared_loop
from ipyscribe.errors import (
    ConnectError,
    ConnectTimeoutError,
    NetworkLostError,
    ScribeError,
    TokenExpiredError,
)
from ipyscribe.protocol.messages import TERMINATE
from ipyscribe.protocol.models import LOCAL_SERVER
from ipyscribe.protocol.secret import SecretMask
from ipyscribe.session.context import SessionContext
from ipyscribe.session.live_session import LiveConnection
from ipyscribe.session.opening_limit import MOST_REFUSALS, await_opening, count_opening, waits_for_limit
from ipyscribe.session.served_model import price_served_model

Opened: TypeAlias = tuple[Connection, LiveConnection]
"""A socket and the session's record of it."""

CONNECT_TIMEOUT_S = 10.0
BEGIN_TIMEOUT_S = 15.0
LOADING_TIMEOUT_S = 60.0
"""The same for the server of this computer, which may have to load its recogniser on few or busy processors."""
_SLICE_S = 0.5


async def connect(
    context: SessionContext,
    connection: LiveConnection,
    keep: Callable[[Connection], None],
    cancelled: Callable[[], bool] | None = None,
    *,
    refusals: int = 0,
) -> Opened:
    """A connection that has its ``Begin``, or that nobody wants any more. ``keep`` gets its socket once it exists.

    Where a token had expired another is requested, once. Where AssemblyAI refuses the session because there were too
    many new ones it is tried again as the limit allows, unless there is no ``cancelled``: a session that takes sound
    meanwhile must not wait here. ``refusals`` are those there were. Each further connection has a number of its own.
    """

    def unwanted() -> bool:
        return context.stopping or (cancelled is not None and cancelled())

    token_renewed = False
    while True:
        try:
            return await _connect_once(context, connection, keep, unwanted), connection
        except TokenExpiredError:
            if token_renewed or not context.endpoint.can_renew_token or unwanted():
                raise
            token_renewed = True
        except ScribeError as problem:
            refusals += 1
            can_wait = waits_for_limit(problem, context.endpoint) and cancelled is not None
            if not can_wait or refusals > MOST_REFUSALS or unwanted():
                raise
            connection.error = None  # a session that is stopped while it waits has not failed
            await await_opening(context.endpoint, context.session, context.clock, unwanted, problem)
            if unwanted():
                raise
        connection = context.session.new_connection()


async def _connect_once(
    context: SessionContext,
    connection: LiveConnection,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    shake_hands = partial(_shake_hands, context, connection, keep, unwanted)
    socket = await in_worker(shared_loop().blocking, shake_hands)
    try:
        await _await_begin(context, connection, unwanted)
    except ScribeError:
        send_terminate(socket)
        socket.close()
        raise
    return socket


def _shake_hands(
    context: SessionContext,
    connection: LiveConnection,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    """An open socket. Waits for the local server to start, for the function that gives a token, and for the host."""
    address = context.endpoint.resolve()
    count_opening(context.endpoint, context.clock())
    try:
        return _open(context, connection, address, keep, unwanted)
    except ConnectTimeoutError:
        raise
    except ConnectError:
        if not context.endpoint.local or unwanted():
            raise
        # The local server left, idle, between the look and the call.
        return _open(context, connection, context.endpoint.resolve(gone=address), keep, unwanted)


def _open(
    context: SessionContext,
    connection: LiveConnection,
    address: Address,
    keep: Callable[[Connection], None],
    unwanted: Callable[[], bool],
) -> Connection:
    session = context.session
    connection.mask = SecretMask((*address.secrets(), *context.secrets()))
    session.recorder.hide(address.key, address.token)
    socket = Connection(
        address.with_query(context.query()),
        headers=address.headers(),
        on_frame=partial(session.on_frame, connection),
        on_closed=partial(session.on_closed, connection),
        on_drained=session.wake,
    )
    keep(socket)
    session.give_up_connecting = socket.give_up
    if unwanted():
        socket.abort()
    opened_s = context.clock()
    try:
        socket.open(CONNECT_TIMEOUT_S)
    finally:
        session.give_up_connecting = None
    session.record("opened", connection.number, at_s=opened_s)
    if socket.server == LOCAL_SERVER and not context.manifest.model.local:
        session.mark_simulated()
    return socket


async def _await_begin(context: SessionContext, connection: LiveConnection, unwanted: Callable[[], bool]) -> None:
    session = context.session
    limit_s = LOADING_TIMEOUT_S if context.endpoint.local else BEGIN_TIMEOUT_S
    until_s = context.clock() + limit_s
    while connection.state.begin is None and not connection.closed and not unwanted():
        version, left_s = session.version, until_s - context.clock()
        if left_s <= 0:
            raise ConnectTimeoutError(
                f"The server opened no session within {limit_s:g} s.", advice="Try again in a moment."
            )
        await session.changed(version, min(_SLICE_S, left_s))
    begin = connection.state.begin
    if begin is not None:
        price_served_model(context, begin)
    elif connection.error is not None:
        raise connection.error


def send_terminate(socket: Connection) -> None:
    """Ask for the end: an open socket is billed, even one that never began."""
    with contextlib.suppress(NetworkLostError):
        socket.send_text(TERMINATE)
