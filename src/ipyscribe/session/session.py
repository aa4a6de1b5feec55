"""A session: one model listening to one source, once."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Self

from ipyscribe.access.endpoint import Token, choose_endpoint
from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioSource
from ipyscribe.audio.level import level_dbfs
from ipyscribe.errors import ParameterError, ScribeError, SessionStateError
from ipyscribe.protocol.budget import budget_of
from ipyscribe.protocol.messages import FORCE_ENDPOINT, update_configuration
from ipyscribe.protocol.models import Model, checked_price, find_model, simulated
from ipyscribe.protocol.parameters import PARAMETERS, check_parameters, merged
from ipyscribe.protocol.pricing import RateSchedule, priced
from ipyscribe.protocol.setting_notes import SettingNote, setting_notes, update_notes
from ipyscribe.session import running
from ipyscribe.session.context import Commands, SessionContext
from ipyscribe.session.pump import pump
from ipyscribe.session.state import SessionState
from ipyscribe.session.taping import recorder_of
from ipyscribe.tape import Tape
from ipyscribe.tape.event_loop import each_turn, wait_until
from ipyscribe.tape.notice import Notice, notices_of, simulation_of
from ipyscribe.tape.redaction import secrets_among
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Mark, Transcript, Turn

INACTIVITY_TIMEOUT_S = 30
RECONNECT_FOR_S = 60.0
_SLICE_S = 0.2


class Session:
    """Streams a source to a model and keeps what it says.

    ``model`` is a name of ``ipyscribe.models()`` or any other that AssemblyAI takes; ``source`` an
    ``AudioFile``, ``AudioArray``, ``Microphone`` or anything of that shape. ``endpoint`` is ``"local"``,
    ``"edge"``, ``"us"``, ``"eu"`` or an address; left out, a local model runs on this computer and an
    AssemblyAI model at the edge. ``api_key`` comes from the argument, then ``ASSEMBLYAI_API_KEY``, then
    ``ipyscribe.login()``; ``token`` takes its place: a temporary token, or a function that gives a fresh one for
    each connection. ``parameters`` are the connection's, checked before anything is opened.

    A connection that is lost is replaced by another for ``reconnect_for_s`` seconds, and the sound since the
    last settled word is sent again. ``max_cost_usd`` in US dollars and ``max_duration_s`` in seconds end the session
    in the orderly way; the add-ons that the settings switch on count. ``price_per_hour_usd``, the price of an open hour
    without add-ons, takes the place of the model's, and is needed with ``max_cost_usd`` where that is not known.

    All that happens is recorded on ``tape``: with ``record_audio=False`` without sound, with ``keep_audio_s`` with
    the newest seconds of it.

    Used once: ``with session:`` opens it, and leaving the block ends it in the orderly way, whatever happened
    inside, and raises what went wrong with the session unless the block is left by another exception. An
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
        reconnect_for_s: float = RECONNECT_FOR_S,
        record_audio: bool = True,
        keep_audio_s: float | None = None,
        **parameters: Any,
    ) -> None:
        self._model = self._listed = find_model(model)
        if not isinstance(source, AudioSource):
            raise ParameterError(
                f"source={source!r:.80} is not a source of sound.",
                advice="Give an AudioFile, an AudioArray or a Microphone.",
            )
        checked = check_parameters({"inactivity_timeout": INACTIVITY_TIMEOUT_S} | parameters, self._model)
        if price_per_hour_usd is not None:
            price_per_hour_usd = checked_price("price_per_hour_usd", price_per_hour_usd)
        self._base_price_usd = price_per_hour_usd
        self._model = priced(self._listed, checked, price_per_hour_usd)
        self._source = source
        self._orders = Commands(parameters=checked, rates=RateSchedule.constant(self._model.price_per_hour_usd or 0.0))
        chosen = choose_endpoint(self._model, endpoint, api_key, token)
        played = chosen.local and not self._model.local
        budget = budget_of(simulated(self._model) if played else self._model, max_cost_usd, max_duration_s)
        recorder = recorder_of(
            self._model, source, chosen, checked, budget, record_audio=record_audio, keep_audio_s=keep_audio_s
        )
        self._tape = Tape.of(recorder)
        self._state = SessionState(Transcript.of(self._model, checked), recorder)
        if played:
            self._state.mark_simulated()
        self._plan = SessionContext(
            model=self._model,
            source=source,
            endpoint=chosen,
            state=self._state,
            orders=self._orders,
            budget=budget,
            reconnect_for_s=_checked_limit(reconnect_for_s),
        )
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._tell(setting_notes(self._model, checked))

    @property
    def model(self) -> Model:
        """What is known of the model, or of its simulation; its price has the add-ons of the settings in it."""
        return simulated(self._model) if self.simulated else self._model

    @property
    def simulated(self) -> bool:
        """True where a server of this computer plays the model: with ``endpoint="local"``, or once the server of
        another address has said that it is one."""
        return self._state.simulated

    @property
    def source(self) -> AudioSource:
        """Where the sound comes from."""
        return self._source

    @property
    def place(self) -> str:
        """Where the words are made: this computer, AssemblyAI, or a host; and whether they are simulated."""
        return self._plan.endpoint.place + (", simulated" if self.simulated else "")

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection's parameters as they are sent, later changes included."""
        return dict(self._orders.parameters)

    @property
    def status(self) -> Status:
        """ready, connecting, listening, paused, finishing, ended or failed."""
        return self._state.status

    @property
    def done(self) -> bool:
        """True once the session is over."""
        return self._state.status in DONE

    @property
    def error(self) -> ScribeError | None:
        """What ended the session, if it was not asked for."""
        return self._state.error

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person should know now: about the sound, the connection, the budget, the server's warnings."""
        state, sound = self._state, self._state.audio_notice
        return notices_of(
            told=[*simulation_of(self.model), *state.notes, *state.watched],
            sound=None if sound is None else Notice(sound.kind, sound.message, sound.advice),
            lost_samples=state.dropped_samples + state.lost_samples,
            asked=self._model.name,
            begin=state.leg.begin,
            soon="" if self.done else self._plan.limit.warning(self.open_s),
            warnings=list(state.warnings),
            unknown=list(state.unknown),
        )

    @property
    def tape(self) -> Tape:
        """All that has happened by now: to be saved, read and replayed."""
        return self._tape

    @property
    def transcript(self) -> Transcript:
        """What was said so far; a snapshot that never changes."""
        return self._state.transcript

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of sound that were heard."""
        return 1000 * self._state.audio_clock.samples / SAMPLE_RATE_HZ

    @property
    def open_s(self) -> float:
        """Seconds for which sockets have been open, which is what AssemblyAI bills."""
        return self._state.open_s(time.monotonic())

    @property
    def billed_s(self) -> float:
        """The server's own count of ``open_s`` where it gave one, else ``open_s``."""
        return self._state.billed_s(time.monotonic())

    @property
    def cost_usd(self) -> float | None:
        """Price so far in US dollars; None where the model's price is not known."""
        price = self.model.price_per_hour_usd
        return price if not price else self._orders.rates.cost_usd(self.billed_s)

    @property
    def level_dbfs(self) -> float:
        """Level of the newest block of sound: RMS in dB of full scale, minus infinity for silence."""
        block = self._state.last_block
        return float("-inf") if block is None or self.done else level_dbfs(block)

    def start(self) -> Self:
        """Open the session in the background; gives back at once. Once only."""
        with self._lock:
            if self._thread is not None or self.done:
                raise SessionStateError("This session was already started or stopped.", advice="Make a new Session.")
            self._state.tape.begin()
            running.add(self._state, self._source)
            finalizer = weakref.finalize(self, _forget, self._orders)
            finalizer.atexit = False  # the exit hook below does it for all, and waits
            thread = threading.Thread(target=pump, args=(self._plan,), name="ipyscribe-session", daemon=True)
            thread.start()
            self._thread = thread
        return self

    def wait_until_open(self, timeout_s: float | None = None) -> bool:
        """Wait until sound is being sent or the session is over. Raises what kept it from opening."""
        self._require_started()
        state = self._state
        opened = state.wait_until(lambda: state.status not in ("ready", "connecting"), timeout_s)
        if not state.was_open:
            self._raise_error()
        return opened

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the session is over; False if ``timeout_s`` came first. Raises what went wrong."""
        self._require_started()
        done = self._state.wait_until(lambda: self._state.status in DONE, timeout_s)
        self._raise_error()
        return done

    def iter_turns(self) -> Iterator[Turn]:
        """Each turn once, as it settles, until the session is over. Raises what ended it."""
        self._require_started()
        state, given = self._state, 0
        while True:
            state.wait_until(lambda given=given: len(state.settled) > given or state.status in DONE, None)  # type: ignore[misc]
            done = state.status in DONE
            yield from (fresh := state.settled[given:])
            given += len(fresh)
            if done and given == len(state.settled):
                self._raise_error()
                return

    async def finished(self) -> None:
        """Wait until the session is over, while the event loop goes on. Raises what went wrong."""
        self._require_started()
        await wait_until(lambda: self.done, self.on_change)
        self._raise_error()

    async def __aiter__(self) -> AsyncIterator[Turn]:
        """Each turn once, as it settles, while the event loop goes on. Raises what ended the session."""
        self._require_started()
        async for turn in each_turn(self._state.settled, lambda: self.done, self.on_change):
            yield turn
        self._raise_error()

    def pause(self, *, keep_alive: bool = False) -> None:
        """Stop listening. The session stays open, and an AssemblyAI model is billed for it.

        Silence is sent instead of sound: the open turn ends and the audio clock runs on. With ``keep_alive``
        nothing is sent but a sign of life every 5 s: the turn stays open and the clock stands still.
        """
        self._require_open("pause")
        self._orders.keep_alive = keep_alive
        self._orders.paused = True

    def resume(self) -> None:
        """Listen again."""
        self._require_open("resume")
        self._orders.paused = False

    def force_endpoint(self) -> None:
        """End the open turn now."""
        self._require_open("force_endpoint")
        self._orders.messages.append(FORCE_ENDPOINT)

    def update(self, **parameters: Any) -> None:
        """Change settings while the session is open. Raises ``ParameterError``.

        What cannot change any more, or does not act on the model, is sent too, and a notice says so.
        """
        changes = check_parameters(parameters, self._model)
        self._require_open("update")
        notes = update_notes(self._model, changes)
        kept = changes.keys() - {note.name for note in notes if note.ignored}
        with self._lock:  # so that the last to ask is the last to be sent
            self._orders.parameters = merged(self._orders.parameters, {name: changes[name] for name in kept})
            self._reprice()
            self._state.tape.hide(*secrets_among(changes))
            self._state.tape.note("settings", self.parameters)
            changed = ", ".join(PARAMETERS[name].shows(value) for name, value in changes.items())
            self._state.mark(Mark("settings", self.audio_ms, f"{changed:.80}"))
            self._orders.messages.append(update_configuration(changes))  # what comes of it is noted after the mark
        self._tell(notes)

    def _reprice(self) -> None:
        """Count add-ons that the settings switch on or off while the session is open, from now on."""
        before, self._model = self._model, priced(self._listed, self._orders.parameters, self._base_price_usd)
        price = self._model.price_per_hour_usd
        if self.simulated or price is None or price == before.price_per_hour_usd:
            return
        self._orders.rates = self._orders.rates.changed(self.open_s, price)
        advice = "How AssemblyAI bills an add-on that is switched on or off while a session is open is not published."
        self._state.note(Notice("price", f"From now on an open hour is counted as ${price:.2f}.", advice))

    def reconnect(self) -> None:
        """Open a new connection now and go on over it; what had not settled is heard again."""
        self._require_open("reconnect")
        self._orders.reconnect = True

    def request_stop(self) -> None:
        """Ask for the end and do not wait for it."""
        self.stop(0.0)

    def stop(self, timeout_s: float = 6.0) -> bool:
        """End the session: flush, Terminate, read the last words, close. True if it is over within ``timeout_s``.

        From any thread, any number of times, at any moment.
        """
        with self._lock:
            thread = self._thread
            if thread is None:
                self._state.finish(None)
                return True
        state, until = self._state, time.monotonic() + timeout_s
        done = False
        while not done:
            state.request_stop()  # each time: a handshake can be given up only once there is a socket
            left_s = until - time.monotonic()
            done = state.wait_until(lambda: state.status in DONE, max(0.0, min(_SLICE_S, left_s)))
            if left_s <= _SLICE_S:
                break
        if done and thread is not threading.current_thread():
            thread.join(1.0)
        return done

    def wait_for_change(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until anything has changed since version ``seen``; gives the version then. For views."""
        return self._state.wait(seen, timeout_s)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views.

        It runs on the session's threads, so it must be quick and must not raise: set an Event, no more.
        """
        return self._state.listeners.add(listener)

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
            await wait_until(lambda: self.status not in ("ready", "connecting"), self.on_change)
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
        return f"<Session of {self._model.name} at {self.place}: {self.status}, {len(self.transcript)} turns>"

    def _tell(self, notes: list[SettingNote]) -> None:
        for note in notes:
            notice = Notice("parameter", note.message, note.advice)
            if notice not in self._state.notes:
                self._state.note(notice)

    def _require_started(self) -> None:
        if self._thread is None and not self.done:
            raise SessionStateError("This session was not started.", advice="Use 'with session:' or session.start().")

    def _require_open(self, call: str) -> None:
        if self.status not in ("connecting", "listening", "paused", "reconnecting"):
            raise SessionStateError(
                f"{call}() needs an open session; this one is {self.status}.", advice="Start a new session."
            )

    def _raise_error(self) -> None:
        error = self._state.error
        if error is not None:
            raise error.with_traceback(None)  # the same object may be raised in several threads, many times


def _checked_limit(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 3600:
        raise ParameterError(
            f"reconnect_for_s={seconds!r} cannot be used.",
            advice="Expected a number of seconds from 0 (never reconnect) to 3600.",
        )
    return float(seconds)


def _forget(orders: Commands) -> None:
    orders.forgotten = True
