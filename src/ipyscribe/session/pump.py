"""The sending thread of a session: open, listen, end. It always ends the session, whatever happens."""

from __future__ import annotations

import contextlib
import itertools

from ipyscribe.audio.block import BLOCK_MS, BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock, AudioStream
from ipyscribe.errors import ScribeError
from ipyscribe.protocol.messages import KEEP_ALIVE
from ipyscribe.session.context import SessionContext
from ipyscribe.session.reconnecting import ReconnectingConnection, can_try_again
from ipyscribe.session.watchdog import LOOK_EVERY, Watchdog
from ipyscribe.tape.notice import Notice
from ipyscribe.transcript import Mark

FINISH_TIMEOUT_S = 5.0
BACKLOG_TIMEOUT_S = 30.0
KEEP_ALIVE_EVERY_S = 5.0
_SLICE_S = 0.5
_CLOSE_TIMEOUT_S = 0.5
"""Termination is followed by the server's close frame, which wants its answer."""
_SILENCE = bytes(2 * BLOCK_SAMPLES)


def pump(plan: SessionContext) -> None:
    """Run one session from connect to close."""
    error: ScribeError | None = None
    state = plan.state
    link = ReconnectingConnection(plan)
    try:
        state.change("connecting")
        state.tape.settle()  # its folder is made now, not while sound is waiting
        link.connect()
        if not plan.stopping:
            with contextlib.closing(plan.source.open()) as stream:
                state.change("listening")
                _listen(plan, link, stream)
        _end(plan, link)
    except ScribeError as problem:
        error = problem
        _end_after(plan, link)
    except BaseException as problem:
        error = ScribeError(
            f"The session broke off because of an unforeseen {type(problem).__name__}: {problem}",
            advice="Please report it; what had settled is kept.",
        )
        error.__cause__ = problem
        _end_after(plan, link)
    finally:
        state.leaving = True
        link.close()
        never_began = all(leg.begin is None for leg in state.legs)
        state.finish(None if state.stopping and never_began else error)
        state.tape.settle()


def _listen(plan: SessionContext, link: ReconnectingConnection, stream: AudioStream) -> None:
    """Hear and send until the end was asked for or the source has ended and all of it was sent."""
    state, orders = plan.state, plan.orders
    pause: _Pause | None = None
    watchdog, life = Watchdog(), _SignOfLife(plan)
    steady = False
    for count in itertools.count():
        if plan.stopping:
            return
        if not steady or orders.messages or orders.reconnect or orders.paused != (pause is not None):
            pause = _obey(plan, link, stream, pause)
        block = stream.read(BLOCK_MS / 1000) if pause is None else pause.read(link)
        if block is not None:
            link.hear(block.pcm, plan.clock())
        elif pause is None and stream.ended:
            _look(plan, link, stream, watchdog, None)
            _deliver_rest(plan, link)
            return
        steady = link.deliver()
        state.last_block = block if pause is None else None
        if count % LOOK_EVERY == 0:
            link.tidy()
            if pause is None:
                life.give(link, block, stream)
            _look(plan, link, stream, watchdog, block)
        if plan.budget.seconds is not None and _over_budget(plan):
            return


def _obey(
    plan: SessionContext, link: ReconnectingConnection, stream: AudioStream, pause: _Pause | None
) -> _Pause | None:
    """Do what was asked for besides sound; the pause that holds now."""
    link.tend()
    messages = plan.orders.messages
    while messages and link.connected:
        link.say(messages.popleft())
    return pause if plan.orders.paused == (pause is not None) else _toggle(plan, stream, pause)


def _look(
    plan: SessionContext,
    link: ReconnectingConnection,
    stream: AudioStream,
    watchdog: Watchdog,
    block: AudioBlock | None,
) -> None:
    """Note what is to be said of the sound and of the answers to it."""
    state, now_s = plan.state, plan.clock()
    watched = watchdog.look(
        state.last_block,
        now_s=now_s,
        received_s=state.leg.last_received_s,
        behind_s=link.behind_s(block, now_s),
    )
    state.heard(stream.notice, stream.dropped_samples, watched)


def _deliver_rest(plan: SessionContext, link: ReconnectingConnection) -> None:
    """Nothing more is heard: what was heard must still be sent, over a new connection if need be."""
    while (link.waiting_samples or not link.connected) and not plan.stopping:
        link.tend()
        link.deliver()
        if not link.connected:
            plan.state.wait(plan.state.version, _SLICE_S)


def _over_budget(plan: SessionContext) -> bool:
    limit = plan.limit
    if not limit.spent(plan.state.open_s(plan.clock())):
        return False
    plan.state.note(Notice("budget", f"The session was ended because of {limit.says}."))
    return True


def _toggle(plan: SessionContext, stream: AudioStream, pause: _Pause | None) -> _Pause | None:
    at_ms = 1000 * plan.state.audio_clock.samples / SAMPLE_RATE_HZ
    if pause is None:
        stream.pause()
        plan.state.mark(Mark("paused", at_ms, "paused"))
        plan.state.change("paused")
        return _Pause(plan)
    stream.resume()
    plan.state.mark(Mark("resumed", at_ms, "resumed"))
    plan.state.change("listening")
    return None


class _SignOfLife:
    """Keeps the server waiting while sound is held back elsewhere and will come: a session without any ends."""

    def __init__(self, plan: SessionContext) -> None:
        self._plan = plan
        self._due_s = plan.clock() + KEEP_ALIVE_EVERY_S

    def give(self, link: ReconnectingConnection, block: AudioBlock | None, stream: AudioStream) -> None:
        """Say that the session is alive, if that is needed and due."""
        now_s = self._plan.clock()
        if block is not None or (now_s >= self._due_s and _held(stream) and link.say(KEEP_ALIVE)):
            self._due_s = now_s + KEEP_ALIVE_EVERY_S


def _held(stream: AudioStream) -> bool:
    notice = stream.notice
    return notice is not None and notice.kind == "held"


class _Pause:
    """What is sent while a session is paused.

    Zeros at the pace of time, so that turns end and the clock runs on; or with ``keep_alive`` a message now and
    then, and the clock stands still. Both are billed.
    """

    def __init__(self, plan: SessionContext) -> None:
        self._plan = plan
        self._due_s = plan.clock()

    def read(self, link: ReconnectingConnection) -> AudioBlock | None:
        """The next silent block when it is due; None if there was something to do before."""
        plan = self._plan
        if plan.orders.keep_alive:
            if plan.clock() >= self._due_s and link.say(KEEP_ALIVE):
                self._due_s = plan.clock() + KEEP_ALIVE_EVERY_S
            plan.state.wait_until(lambda: plan.stopping, BLOCK_MS / 1000)
            return None
        self._due_s += BLOCK_SAMPLES / SAMPLE_RATE_HZ
        plan.state.wait_until(lambda: plan.stopping, self._due_s - plan.clock())
        return AudioBlock(_SILENCE, plan.state.audio_clock.samples, self._due_s)


def _end(plan: SessionContext, link: ReconnectingConnection) -> None:
    """Terminate, and read to the Termination: the last words come after it is asked for.

    Where the connection is lost meanwhile and nobody is in a hurry, the rest is said over a new one.
    """
    while not _terminated(plan, link, hurry=False):
        link.tend()
        _deliver_rest(plan, link)


def _terminated(plan: SessionContext, link: ReconnectingConnection, *, hurry: bool) -> bool:
    """Ask for the end and wait for it; false where it should be asked for again over a new connection."""
    state = plan.state
    if not link.connected:
        if plan.stopping:
            state.note(Notice("unconfirmed", "It ended while the connection was replaced; the last words are missing."))
        return plan.stopping or hurry
    leg = state.leg
    if not leg.closed.is_set():
        state.change("finishing")
        link.say_goodbye()
    asked_s = plan.clock()
    stopped_s: float | None = None
    while leg.termination is None and not leg.closed.is_set():
        version, now = state.version, plan.clock()
        if hurry or plan.stopping:
            stopped_s = stopped_s or now
            limit, since_s = FINISH_TIMEOUT_S, stopped_s
        else:
            limit, since_s = BACKLOG_TIMEOUT_S, max(asked_s, leg.last_received_s or 0.0)
        left_s = since_s + limit - now
        if left_s <= 0:
            state.note(
                Notice(
                    "unconfirmed",
                    f"The server did not confirm the end within {limit:g} s.",
                    "The last words may be missing.",
                )
            )
            return True
        state.wait(version, min(_SLICE_S, left_s))
    if leg.termination is not None or leg.error is None:
        leg.closed.wait(_CLOSE_TIMEOUT_S)
        return True
    if hurry or plan.stopping or not can_try_again(leg.error):
        raise leg.error
    return False


def _end_after(plan: SessionContext, link: ReconnectingConnection) -> None:
    """End in the orderly way after a failure: an open socket is billed, and the last words may still come."""
    if plan.state.leg.begin is None:
        link.say_goodbye()
    else:
        with contextlib.suppress(ScribeError):
            _terminated(plan, link, hurry=True)
