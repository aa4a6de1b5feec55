"""A session from its opening to its end, as a task of the loop. It always ends the session, whatever happens."""

from __future__ import annotations

import contextlib
import itertools
import math
import time

from ipyscribe.audio.block import BLOCK_MS, BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, ScheduledStream
from ipyscribe.connection.io_loop import in_worker, shared_loop, sleep_until
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.messages import KEEP_ALIVE
from ipyscribe.session.context import SessionContext
from ipyscribe.session.live_session import LiveConnection, unforeseen_error
from ipyscribe.session.opening import can_replace
from ipyscribe.session.reconnecting import ReconnectingConnection
from ipyscribe.session.scheduled import next_block, open_scheduled
from ipyscribe.session.watchdog import CHECK_EVERY
from ipyscribe.tape.notice import Notice
from ipyscribe.transcript import Mark

FINISH_TIMEOUT_S = 5.0
BACKLOG_TIMEOUT_S = 30.0
KEEP_ALIVE_EVERY_S = 5.0
_SLICE_S = 0.5
_BLOCK_S = BLOCK_MS / 1000
_LATE_BLOCK_S = 0.3
"""A source whose next block takes longer counts as silent: on a busy machine blocks come late now and then."""
_CLOSE_TIMEOUT_S = 0.5
"""Termination is followed by the server's close frame, which wants its answer."""
_SILENCE = bytes(2 * BLOCK_SAMPLES)


async def pump(context: SessionContext) -> None:
    """Run one session from connect to close."""
    error: ScribeError | None = None
    session, files = context.session, shared_loop().files
    connection = ReconnectingConnection(context)
    try:
        session.set_status("connecting")
        await in_worker(files, session.write_tape)  # its folder is made now, not while sound is waiting
        await connection.connect()
        if not context.source.live:  # the sound of a microphone is kept, any other can wait
            await connection.await_opening()
        if not context.stopping:
            stream = await open_scheduled(context.source)
            try:
                session.channel_levels_dbfs = lambda: getattr(stream, "channel_levels_dbfs", ())
                if connection.connected:
                    session.set_status("listening")
                await _listen(context, connection, stream)
            finally:
                await stream.aclose()
        await _end(context, connection)
    except ScribeError as problem:
        error = problem
        await _end_after(context, connection)
    except BaseException as problem:
        error = unforeseen_error(problem)
        await _end_after(context, connection)
    finally:
        session.leaving = True
        session.channel_levels_dbfs = tuple
        await connection.close()
        never_began = all(each.begin is None for each in session.snapshot.connections)
        session.finish(None if session.stopping and never_began else error)
        await in_worker(files, session.write_tape)


async def _listen(context: SessionContext, connection: ReconnectingConnection, stream: ScheduledStream) -> None:
    """Take and send sound until the end is requested, or the source has ended and all of it was sent."""
    session, commands = context.session, context.commands
    pause: _Pause | None = None
    keep_alive = _KeepAlive(context)
    steady, limited = False, context.limited
    heard_s = -math.inf
    for count in itertools.count():
        if context.stopping:
            return
        waiting = not steady or commands.messages or commands.reconnect or commands.paused or stream.is_low
        if pause is None and not waiting:  # next_block, without another coroutine
            await sleep_until(min(stream.due_s, time.monotonic() + _BLOCK_S))
            block = stream.read(0.0)
        else:
            pause = await _apply_commands(context, connection, stream, pause)
            block = await (_read(context, connection, stream) if pause is None else pause.next_block(connection))
        if block is not None:
            heard_s = context.clock()
            steady = connection.forward(block.pcm, heard_s)
        elif pause is None and stream.ended:
            _check_audio(context, connection, stream, None)
            await _deliver_rest(context, connection)
            return
        else:
            steady = connection.deliver()
        if block is not None or pause is not None or context.clock() > heard_s + _LATE_BLOCK_S:
            session.last_block = block if pause is None else None
        if count % CHECK_EVERY == 0:
            connection.tidy()
            keep_alive.send_if_due(connection, block, None if pause is not None else stream)
            _check_audio(context, connection, stream, block)
        if limited and _over_budget(context):
            return


async def _read(
    context: SessionContext, connection: ReconnectingConnection, stream: ScheduledStream
) -> AudioBlock | None:
    """The next block once it is due; None where none is due soon, or where the source has to wait for the server."""
    if not context.source.live and connection.is_full:
        await context.session.until(lambda: not connection.is_full or context.stopping, BLOCK_MS / 1000)
        return None
    return await next_block(stream)


async def _apply_commands(
    context: SessionContext, connection: ReconnectingConnection, stream: ScheduledStream, pause: _Pause | None
) -> _Pause | None:
    """Carry out the commands; the pause that holds now."""
    await connection.tend()
    messages = context.commands.messages
    while messages and connection.connected:
        connection.send(messages.popleft())
    return pause if context.commands.paused == (pause is not None) else _toggle(context, stream, pause)


def _check_audio(
    context: SessionContext,
    connection: ReconnectingConnection,
    stream: ScheduledStream,
    block: AudioBlock | None,
) -> None:
    """Bring the notices about the sound, and about the answers to it, up to date."""
    context.session.set_audio_state(stream.notice, stream.dropped_samples, connection.watch(block))


async def _deliver_rest(context: SessionContext, connection: ReconnectingConnection) -> None:
    """The source has ended: send the rest of its sound, over a new connection if need be."""
    while (connection.waiting_samples or not connection.connected) and not context.stopping:
        await connection.tend()
        connection.deliver()
        if not connection.connected or connection.is_held_up:
            await context.session.changed(context.session.version, _SLICE_S)
        else:
            await sleep_until(0.0)  # the others' turn


def _over_budget(context: SessionContext) -> bool:
    session, budget = context.session, context.budget
    if not budget.spent(session.snapshot.open_s(session.now_s)):
        return False
    session.add_notice(Notice("budget", f"The session was ended because of {budget.says}."))
    return True


def _toggle(context: SessionContext, stream: ScheduledStream, pause: _Pause | None) -> _Pause | None:
    session = context.session
    at_ms = 1000 * session.audio_clock.samples / SAMPLE_RATE_HZ
    if pause is None:
        stream.pause()
        session.add_mark(Mark("paused", at_ms, "paused"))
        session.set_status("paused")
        return _Pause(context)
    stream.resume()
    session.add_mark(Mark("resumed", at_ms, "resumed"))
    session.set_status("listening")
    return None


class _KeepAlive:
    """Keeps the server waiting while sound is held back elsewhere and will come: a session without any ends."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._due_s = context.clock() + KEEP_ALIVE_EVERY_S

    def send_if_due(
        self, connection: ReconnectingConnection, block: AudioBlock | None, stream: ScheduledStream | None
    ) -> None:
        """Tell the server that the session is alive, if no sound does and it is time. No ``stream`` while paused."""
        if stream is None:
            return
        now_s = self._context.clock()
        if block is not None or (now_s >= self._due_s and _is_held(stream) and connection.send(KEEP_ALIVE)):
            self._due_s = now_s + KEEP_ALIVE_EVERY_S


def _is_held(stream: ScheduledStream) -> bool:
    notice = stream.notice
    return notice is not None and notice.kind == "held"


class _Pause:
    """What is sent while a session is paused.

    Zeros at the pace of time, so that turns end and the clock runs on; or with ``keep_alive`` a message now and
    then, and the clock stops. Both are billed.
    """

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._due_s = context.clock()

    async def next_block(self, connection: ReconnectingConnection) -> AudioBlock | None:
        """The next silent block when it is due; None if there was something to do before."""
        context = self._context
        if context.commands.keep_alive:
            if context.clock() >= self._due_s and connection.send(KEEP_ALIVE):
                self._due_s = context.clock() + KEEP_ALIVE_EVERY_S
            await context.session.until(lambda: context.stopping, BLOCK_MS / 1000)
            return None
        self._due_s += BLOCK_SAMPLES / SAMPLE_RATE_HZ
        await context.session.until(lambda: context.stopping, self._due_s - context.clock())
        return AudioBlock(_SILENCE, context.session.audio_clock.samples, self._due_s)


async def _end(context: SessionContext, connection: ReconnectingConnection) -> None:
    """Terminate, and read to the Termination: the last words come after the request.

    Where the connection is lost meanwhile and nobody is in a hurry, the rest comes over a new one.
    """
    while not await _terminated(context, connection, hurry=False):
        await connection.tend()
        await _deliver_rest(context, connection)


async def _terminated(context: SessionContext, connection: ReconnectingConnection, *, hurry: bool) -> bool:
    """Request the end and wait for it; false where it should be requested again over a new connection."""
    session = context.session
    if connection.is_lost and not hurry:
        await connection.tend()
    if not connection.connected:
        if context.stopping and session.audio_clock.samples:
            session.add_notice(
                Notice("unconfirmed", "It ended while the connection was replaced; the last words are missing.")
            )
        return context.stopping or hurry
    live = session.connection
    if not live.closed:
        session.set_status("finishing")
        connection.send_terminate()
    if not await _await_termination(context, connection, live, hurry=hurry):
        return True
    if not connection.connected:
        return False
    if live.state.termination is not None or live.error is None:
        await session.until(lambda: live.closed, _CLOSE_TIMEOUT_S)
        return True
    if hurry or context.stopping or not can_replace(live.error):
        raise live.error
    return False


async def _await_termination(
    context: SessionContext, connection: ReconnectingConnection, live: LiveConnection, *, hurry: bool
) -> bool:
    """Wait until the end is confirmed or the connection is lost; false where neither comes in time."""
    session = context.session
    requested_s = context.clock()
    stopped_s: float | None = None
    while live.state.termination is None and not live.closed:
        version, now_s = session.version, context.clock()
        if hurry or context.stopping:
            stopped_s = stopped_s or now_s
            limit_s, since_s = FINISH_TIMEOUT_S, stopped_s
        else:
            limit_s, since_s = BACKLOG_TIMEOUT_S, max(requested_s, live.last_received_s or 0.0)
        left_s = since_s + limit_s - now_s
        if left_s <= 0:
            session.add_notice(
                Notice(
                    "unconfirmed",
                    f"The server did not confirm the end within {limit_s:g} s.",
                    "The last words may be missing.",
                )
            )
            return False
        await session.changed(version, min(_SLICE_S, left_s))
        if not hurry:
            connection.watch(None, ended=True)
            if not connection.connected:
                return True
    return True


async def _end_after(context: SessionContext, connection: ReconnectingConnection) -> None:
    """End in an orderly way after a failure: an open socket is billed, and the last words may still come."""
    if context.session.connection.state.begin is None:
        connection.send_terminate()
    else:
        with contextlib.suppress(ScribeError):
            await _terminated(context, connection, hurry=True)
