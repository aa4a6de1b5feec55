"""A session: one model listening to one source, once."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from types import TracebackType
from typing import Self, Unpack, cast

from ipyscribe.access.endpoint import Endpoint, Token
from ipyscribe.access.target import resolve_target
from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioSource
from ipyscribe.audio.level import level_dbfs
from ipyscribe.connection.io_loop import Task, shared_loop
from ipyscribe.errors import ParameterError, SessionStateError
from ipyscribe.protocol.messages import FORCE_ENDPOINT, update_configuration
from ipyscribe.protocol.models import checked_price, find_model
from ipyscribe.protocol.parameters import PARAMETERS, check_parameters, merged
from ipyscribe.protocol.pricing import priced
from ipyscribe.protocol.python_values import python_values
from ipyscribe.protocol.secret import hidden, hidden_settings
from ipyscribe.protocol.session_settings import SessionSettings
from ipyscribe.protocol.setting_notes import SettingNote, setting_notes, update_notes
from ipyscribe.session import running
from ipyscribe.session.context import Commands, SessionContext
from ipyscribe.session.guarded_listener import GuardedListener
from ipyscribe.session.live_session import LiveSession
from ipyscribe.session.pump import pump
from ipyscribe.session.served_model import changed_price
from ipyscribe.session.taping import recorder_of
from ipyscribe.tape import LaneManifest, SessionSnapshot, Tape
from ipyscribe.tape.base_session import BaseSession
from ipyscribe.tape.event_loop import wait_until
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.redaction import secrets_in, source_summary
from ipyscribe.transcript import Mark, Transcript, Turn

INACTIVITY_TIMEOUT_S = 30
CONNECT_FOR_S = 60.0
RECONNECT_FOR_S = 60.0
SILENT_SERVER_S = 15.0
_PRICE_ADVICE = "How AssemblyAI bills an add-on that is switched on or off while a session is open is not published."
_SLICE_S = 0.2


class Session(BaseSession):
    """Streams a source to a model and keeps the transcript.

    ``model`` is a name of ``ipyscribe.models()`` or any other that AssemblyAI takes; ``source`` an
    ``AudioFile``, ``AudioArray``, ``Microphone`` or anything of that shape. ``endpoint`` is ``"local"``,
    ``"edge"``, ``"us"``, ``"eu"`` or an address; left out, a local model runs on this computer and an
    AssemblyAI model at the edge. ``api_key`` comes from the argument, then ``ASSEMBLYAI_API_KEY``, then
    ``ipyscribe.login()``; ``token`` takes its place: a temporary token, or a function that gives a fresh one for
    each connection. ``parameters`` are the connection's, checked before anything is opened.

    A first connection that fails over what may pass is tried again for ``connect_for_s`` seconds, with growing pauses;
    the sound of a microphone is kept meanwhile. A connection that is lost is replaced by another for
    ``reconnect_for_s`` seconds, and the sound since the last settled word is sent again; one over which the server
    leaves speech, or pings, unanswered for ``silent_server_s`` seconds counts as lost. Each can be 0 for never.

    ``max_cost_usd`` in US dollars and ``max_duration_s`` in seconds end the session in an orderly way; the add-ons
    that the settings switch on count. ``price_per_hour_usd``, the price of an open hour
    without add-ons, replaces the model's, and is needed with ``max_cost_usd`` where the model has no known price.

    All that happens is recorded on ``tape``: with ``record_audio=False`` without sound, with ``keep_audio_s`` with
    the newest seconds of it.

    Used once: ``with session:`` opens it, and leaving the block ends it in an orderly way, whatever happened
    inside, and raises the session's error unless the block is left by another exception. An
    AssemblyAI session is billed for as long as it is open.

    Raises ``ParameterError`` and ``MissingKeyError`` here; ``ConnectError``, ``SessionClosedError``,
    ``AudioError`` and ``LocalServerError`` when it is opened, waited for or read.
    """

    def __init__(
        self,
        model: str,
        *,
        source: AudioSource,
        endpoint: str | None = None,
        api_key: str | None = None,
        token: Token | None = None,
        max_cost_usd: float | None = None,
        max_duration_s: float | None = None,
        price_per_hour_usd: float | None = None,
        connect_for_s: float = CONNECT_FOR_S,
        reconnect_for_s: float = RECONNECT_FOR_S,
        silent_server_s: float = SILENT_SERVER_S,
        record_audio: bool = True,
        keep_audio_s: float | None = None,
        **settings: Unpack[SessionSettings],
    ) -> None:
        # Hidden first: what is raised from here on may be shown with the variables of this call.
        api_key, token, settings = hidden(api_key), hidden(token), cast(SessionSettings, hidden_settings(settings))
        listed = find_model(model)
        if not isinstance(source, AudioSource):
            raise ParameterError(
                f"source={source!r:.80} is not a source of sound.",
                advice="Give an AudioFile, an AudioArray or a Microphone.",
            )
        max_cost_usd, max_duration_s = python_values((max_cost_usd, max_duration_s))
        parameters = check_parameters({"inactivity_timeout": INACTIVITY_TIMEOUT_S, **settings}, listed)
        if price_per_hour_usd is not None:
            price_per_hour_usd = checked_price("price_per_hour_usd", price_per_hour_usd)
        target = resolve_target(model, endpoint=endpoint, api_key=api_key, token=token)
        empty = Transcript.of(target.model, parameters)
        manifest = LaneManifest(
            model=priced(target.model, parameters, price_per_hour_usd),
            server=target.endpoint.label,
            parameters=parameters,
            source=source_summary(source),
            expects_formatting=empty.expects_formatting,
            has_confidences=empty.has_confidences,
            max_cost_usd=max_cost_usd,
            max_duration_s=max_duration_s,
        )
        manifest.budget(simulated=target.simulated)
        recorder = recorder_of(manifest, target.endpoint, record_audio=record_audio, keep_audio_s=keep_audio_s)
        self._tape = Tape.of(recorder)
        self._live = LiveSession(empty, recorder)
        if target.simulated:
            self._live.mark_simulated()
        self._context = SessionContext(
            manifest=manifest,
            source=source,
            endpoint=target.endpoint,
            session=self._live,
            commands=Commands(),
            connect_for_s=_checked_limit("connect_for_s", connect_for_s),
            reconnect_for_s=_checked_limit("reconnect_for_s", reconnect_for_s),
            silent_server_s=_checked_limit("silent_server_s", silent_server_s),
            base_price_usd=price_per_hour_usd,
        )
        self._task: Task | None = None
        self._lock = threading.Lock()
        self._add_notices(setting_notes(target.model, parameters))

    @property
    def source(self) -> AudioSource:
        """Where the sound comes from."""
        return self._context.source

    @property
    def endpoint(self) -> Endpoint:
        """Where it connects; its key and token appear in no repr."""
        return self._context.endpoint

    @property
    def tape(self) -> Tape:
        """All that has happened by now: to be saved, read and replayed."""
        return self._tape

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of sound that came from the source."""
        return 1000 * self._live.audio_clock.samples / SAMPLE_RATE_HZ

    @property
    def level_dbfs(self) -> float:
        """Level of the newest block of sound: RMS in dB of full scale, minus infinity for silence or no sound."""
        block = self._live.last_block
        return float("-inf") if block is None or self.done else level_dbfs(block)

    @property
    def channel_levels_dbfs(self) -> tuple[float, ...]:
        """Level of each channel of the source just now, in dBFS as ``level_dbfs``; empty where there is one only."""
        levels_dbfs = self._live.channel_levels_dbfs()
        return levels_dbfs if len(levels_dbfs) > 1 else ()

    def start(self) -> Self:
        """Open the session in the background; gives back at once. Once only."""
        with self._lock:
            if self._task is not None or self.done:
                raise SessionStateError("This session was already started or stopped.", advice="Make a new Session.")
            self._live.recorder.begin()
            running.add(self._live, self.source)
            finalizer = weakref.finalize(self, _forget, self._context.commands)
            finalizer.atexit = False  # the exit hook below does it for all, and waits
            self._task = shared_loop().spawn(pump(self._context))
        return self

    def pause(self, *, keep_alive: bool = False) -> None:
        """Stop listening. The session stays open, and an AssemblyAI model is billed for it.

        Silence is sent instead of sound: the open turn ends and the audio clock runs on. With ``keep_alive``
        nothing is sent but a sign of life every 5 s: the turn stays open and the clock stops.
        """
        self._require_open("pause")
        self._context.commands.keep_alive = keep_alive
        self._context.commands.paused = True

    def resume(self) -> None:
        """Listen again."""
        self._require_open("resume")
        self._context.commands.paused = False

    def force_endpoint(self) -> None:
        """End the open turn now."""
        self._require_open("force_endpoint")
        self._context.commands.messages.append(FORCE_ENDPOINT)

    def update(self, **settings: Unpack[SessionSettings]) -> None:
        """Change settings while the session is open. Raises ``ParameterError``.

        What cannot change any more, or does not act on the model, is sent too, and a notice says so.
        """
        settings = cast(SessionSettings, hidden_settings(settings))
        model = self._manifest.model
        changes = check_parameters(dict(settings), model)
        self._require_open("update")
        notes = update_notes(model, changes)
        effective = changes.keys() - {note.name for note in notes if note.ignored}
        live = self._live
        with self._lock:  # so that the last to ask is the last to be sent
            live.recorder.hide(*secrets_in(changes))
            parameters = merged(self.parameters, {name: changes[name] for name in effective})
            price = changed_price(self._context, parameters)
            live.record("settings", parameters, price)
            text = ", ".join(PARAMETERS[name].shows(value) for name, value in changes.items())
            live.add_mark(Mark("settings", self.audio_ms, f"{text:.80}"))
            # What comes of it is noted after the mark.
            self._context.commands.messages.append(update_configuration(changes))
            if price is not None:
                live.add_notice(Notice("price", f"From now on an open hour is counted as ${price:.2f}.", _PRICE_ADVICE))
        self._add_notices(notes)

    def reconnect(self) -> None:
        """Open a new connection now and go on over it; sound that had not settled is sent again."""
        self._require_open("reconnect")
        self._context.commands.reconnect = True

    def request_stop(self) -> None:
        """Ask for the end and do not wait for it."""
        self.stop(0.0)

    def stop(self, timeout_s: float = 6.0) -> bool:
        """End the session: flush, Terminate, read the last words, close. True if it is over within ``timeout_s``.

        From any thread, any number of times, at any time. A callback of ``on_change`` asks for the end and goes on: it
        runs where the last words have to be read.
        """
        with self._lock:
            task = self._task
            if task is None:
                self._live.finish(None)
                return True
        live, until_s = self._live, time.monotonic() + timeout_s
        if shared_loop().in_thread:
            live.request_stop()
            return live.done
        done = False
        while not done:
            live.request_stop()  # each time: a handshake can be given up only once there is a socket
            left_s = until_s - time.monotonic()
            done = live.wait_until(lambda: live.done, max(0.0, min(_SLICE_S, left_s)))
            if left_s <= _SLICE_S:
                break
        if done:
            task.join(1.0)
        return done

    def wait_for_change(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until anything has changed since version ``seen``; gives the version then. For views."""
        return self._live.wait(seen, timeout_s)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views.

        It runs on the thread that serves all sessions, so it must be quick and must not raise: set an Event, no more.
        One that takes long is called in another thread from then on; one that raises ends the session.
        """
        return self._live.listeners.add(GuardedListener(listener, self._live.fail))

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_until_open()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            self._raise_error()

    async def __aenter__(self) -> Self:
        import asyncio

        self.start()
        try:
            await wait_until(self._is_open, self.on_change)
            self.wait_until_open(0)
        except BaseException:
            await asyncio.to_thread(self.stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import asyncio

        await asyncio.to_thread(self.stop)
        if kind is None:
            self._raise_error()

    def __repr__(self) -> str:
        return f"<Session of {self._manifest.model.name} at {self.server}: {self.status}, {len(self.transcript)} turns>"

    @cached_property
    def _snapshot(self) -> SessionSnapshot:
        return self._live.snapshot

    @property
    def _manifest(self) -> LaneManifest:
        return self._context.manifest

    @property
    def _now_s(self) -> float:
        return self._live.now_s

    @property
    def _settled_turns(self) -> Sequence[Turn]:
        return self._live.settled

    def _wait_until(self, holds: Callable[[], bool], timeout_s: float | None) -> bool:
        if shared_loop().in_thread and not holds():
            raise SessionStateError(
                "A callback of on_change cannot wait for a session: all sessions would wait for it.",
                advice="Set an Event in the callback, and wait in another thread.",
            )
        return self._live.wait_until(holds, timeout_s)

    def _add_notices(self, notes: list[SettingNote]) -> None:
        for note in notes:
            notice = Notice("parameter", note.message, note.advice)
            if notice not in self._snapshot.notices:
                self._live.add_notice(notice)

    def _require_started(self) -> None:
        if self._task is None and not self.done:
            raise SessionStateError("This session was not started.", advice="Use 'with session:' or session.start().")

    def _require_open(self, call: str) -> None:
        if self.status not in ("connecting", "listening", "paused", "reconnecting"):
            raise SessionStateError(
                f"{call}() needs an open session; this one is {self.status}.", advice="Start a new session."
            )


def _checked_limit(name: str, seconds: float) -> float:
    seconds = python_values(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 3600:
        raise ParameterError(
            f"{name}={seconds!r:.80} cannot be used.",
            advice="Expected a number of seconds from 0 (never) to 3600.",
        )
    return float(seconds)


def _forget(commands: Commands) -> None:
    commands.forgotten = True
