"""One connection, from the upgrade to the close frame.

As on AssemblyAI's server everything is judged after the upgrade, a refusal is an ``Error`` frame and a close
with the same code, and a session that was terminated ends with ``Termination`` and close 1000.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from ipyscribe.errors import ScribeError
from ipyscribe.local import wire
from ipyscribe.local.audio_rules import AudioRules, check_pace
from ipyscribe.local.client_connection import ClientConnection, ClientLostError
from ipyscribe.local.dialects import Formatting, dialect_for
from ipyscribe.local.loading import Recognition
from ipyscribe.local.parameters import Parameters, RefusalError, read_query, read_update, stripped
from ipyscribe.local.recognition_events import Turn
from ipyscribe.local.tokens import Authenticator
from ipyscribe.local.values import invalid, one_of
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.languages import MULTI
from ipyscribe.protocol.messages import Begin, Heartbeat, ServerError, ServerWarning, Termination

if TYPE_CHECKING:
    from ipyscribe.local.recognition_events import Event

LONGEST_SESSION_S = 10_800
HEARTBEAT_S = 5.0
NOT_SIMULATED = 1000
"""Code of the ``Warning`` that names what was requested and is not simulated."""
NOT_SUPPORTED = 1001
"""Code of the ``Warning`` about a setting that the model does not take. Both codes are ours: AssemblyAI's are not
published."""

_UNSUPPORTED = (
    "speaker_labels", "keyterms_prompt", "prompt", "language_codes", "domain", "voice_focus", "filter_profanity",
    "redact_pii", "llm_gateway", "webhook_url",
)  # fmt: skip
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server behaves.

    ``models`` are the names it takes, its own first; ``default_model`` stands in where a client names none.
    ``older`` speaks as before June 2026: ``Begin`` without ``configuration``, a refusal's text in the close
    frame instead of an ``Error``.
    """

    models: tuple[str, ...]
    default_model: str | None = None
    formatting: Formatting = "two_step"
    older: bool = False


class Session:
    """Serves one connection. ``ready`` gives the recogniser once it is loaded."""

    def __init__(
        self,
        line: ClientConnection,
        request: Request,
        ready: Awaitable[Recognition],
        *,
        manners: ServerOptions,
        door: Authenticator,
    ) -> None:
        self._connection = line
        self._request = request
        self._ready = ready
        self._options = manners
        self._authenticator = door
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()
        self._worker_done: asyncio.Future[None] = self._loop.create_future()
        self._longest_s: float = LONGEST_SESSION_S

    async def run(self) -> None:
        """Serve until the connection is closed; never raises for what a client does."""
        try:
            try:
                await self._connection.opened()
                self._parameters = self._validate()
                self._dialect = dialect_for(self._parameters, self._options.formatting)
                recognition = await self._loaded_recognition()
                self._languages = recognition.languages
                self._check_languages(self._parameters)
                await self._stream_session(recognition)
            except RefusalError as refusal:
                await self._refuse(refusal)
        except (ConnectionClosed, ClientLostError):
            pass
        finally:
            self._connection.ended()

    async def _refuse(self, refusal: RefusalError) -> None:
        if self._options.older:
            await self._connection.close(refusal.code, refusal.text)
            return
        await self._connection.send(encode_message(ServerError(refusal.code, refusal.text)), "Error")
        await self._connection.close(refusal.code, wire.ERROR_REASON)

    def _validate(self) -> Parameters:
        query = dict(parse_qsl(urlsplit(self._request.path).query, keep_blank_values=True))
        longest_s = self._authenticator.admit(self._request.headers.get("Authorization"), query.get("token"))
        self._longest_s = longest_s or LONGEST_SESSION_S
        self._connection.admit()
        return read_query(query, self._options.models, self._options.default_model)

    def _check_languages(self, parameters: Parameters) -> None:
        """Refuse codes that the server's own model does not know; those of a simulated model are its own."""
        accepted = (*self._languages, MULTI)
        if parameters.family == "local" and not set(parameters.language_codes) <= set(accepted):
            raise invalid("language_codes", one_of(accepted))

    async def _loaded_recognition(self) -> Recognition:
        try:
            return await self._ready
        except ScribeError as error:
            raise RefusalError(3005, f"Session Cancelled: {error.message}") from None

    async def _stream_session(self, recognition: Recognition) -> None:
        self._began_s = time.monotonic()
        self._rules = AudioRules(self._parameters.sample_rate, mulaw=self._parameters.encoding == "pcm_mulaw")
        self._worker = recognition.worker(self._parameters, self._emit, self._finished)
        self._worker.start()
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._send_heartbeats())]
        try:
            configuration = {} if self._options.older else wire.configuration(self._parameters)
            begin = Begin(str(uuid.uuid4()), int(time.time() + self._longest_s), configuration)
            await self._connection.send(encode_message(begin), "Begin")
            self._warn(recognition)
            await self._until(self._receive())
            self._worker.finish()
            await self._until(self._drain())
            self._queue_frames(self._dialect.finish())
            self._outbox.put_nowait(None)
            await tasks[0]
            session_s = round(time.monotonic() - self._began_s)
            termination = Termination(round(self._rules.received_ms / 1000), session_s)
            await self._connection.send(encode_message(termination), "Termination")
            await self._connection.close(1000, "Session Ended")
        except RefusalError as refusal:
            await _cancelled(tasks)
            await self._refuse(refusal)
        finally:
            self._worker.abandon()
            await _cancelled(tasks)
            await asyncio.gather(self._worker_done, return_exceptions=True)

    def _warn(self, recognition: Recognition) -> None:
        """Warn about settings that were requested and are not simulated."""
        if self._parameters.family == "local":
            return
        requested = self._parameters.requested - ({"speaker_labels"} if recognition.has_diarization else set())
        requested -= {"language_codes"} if len(recognition.languages) > 1 else set()
        missing = [name for name in _UNSUPPORTED if name in requested]
        if missing:
            text = f"This simulation ignores: {', '.join(missing)}"
            self._outbox.put_nowait((encode_message(ServerWarning(NOT_SIMULATED, text)), "Warning"))

    async def _until(self, reading: Awaitable[None]) -> None:
        """Read until ``reading`` is over or the worker has ended, whichever comes first."""
        task = asyncio.ensure_future(reading)
        try:
            await asyncio.wait({task, self._worker_done}, return_when=asyncio.FIRST_COMPLETED)
            if self._worker_done.done():
                self._worker_done.result()
            else:
                task.result()
        finally:
            await _cancelled([task])

    async def _receive(self) -> None:
        """Take messages until ``Terminate``."""
        expiry_s = self._loop.time() + self._longest_s
        idle_s = self._parameters.inactivity_timeout
        try:
            async with asyncio.timeout_at(expiry_s) as limit:
                while True:
                    if idle_s is not None:
                        limit.reschedule(min(expiry_s, self._loop.time() + idle_s))
                    message = await self._connection.receive()
                    if isinstance(message, bytes):
                        self._audio(message)
                    elif self._command(message):
                        return
        except TimeoutError:
            if self._loop.time() >= expiry_s:
                raise RefusalError(3008, "Session Expired: Maximum session duration exceeded") from None
            text = f"No messages received for {idle_s} seconds"
            raise RefusalError(3006, f"Session terminated due to inactivity: {text}") from None

    async def _drain(self) -> None:
        """After ``Terminate`` the messages of a client are ignored; only its going matters."""
        while True:
            await self._connection.receive()

    def _audio(self, message: bytes) -> None:
        self._worker.audio(self._rules.take(message))
        self._connection.on_audio_received(self._rules.received_ms)
        elapsed_s = time.monotonic() - self._began_s
        check_pace(self._worker.backlog_s, self._rules.received_ms / 1000, elapsed_s)

    def _command(self, text: str) -> bool:
        """Execute a control message; true for ``Terminate``."""
        message = wire.read_message(text)
        if message["type"] == "ForceEndpoint":
            self._worker.force()
        elif message["type"] == "UpdateConfiguration":
            for name in stripped(self._parameters, message):
                text = f"{name} is not supported for {self._parameters.speech_model} and was left out"
                self._outbox.put_nowait((encode_message(ServerWarning(NOT_SUPPORTED, text)), "Warning"))
            self._parameters = read_update(self._parameters, message)
            self._check_languages(self._parameters)
            self._dialect.parameters = self._parameters
            self._worker.update(self._parameters)
        return bool(message["type"] == "Terminate")

    async def _send(self) -> None:
        while (outgoing := await self._outbox.get()) is not None:
            await self._connection.send(*outgoing)

    async def _send_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self._parameters.session_heartbeat:
                received_ms, duration_ms = int(self._rules.received_ms), int(1000 * (time.monotonic() - self._began_s))
                factor = round(received_ms / max(1, duration_ms), 3)
                probability = round(self._worker.take_max_probability(), 3)
                heartbeat = Heartbeat(received_ms, duration_ms, factor, probability)
                self._outbox.put_nowait((encode_message(heartbeat), "Heartbeat"))

    def _emit(self, event: Event) -> None:
        """Called on the worker's thread."""
        self._loop.call_soon_threadsafe(self._publish, event)

    def _publish(self, event: Event) -> None:
        self._queue_frames(self._dialect.turn(event) if isinstance(event, Turn) else self._dialect.silence(event))

    def _queue_frames(self, frames: Sequence[str]) -> None:
        for frame in frames:
            self._outbox.put_nowait((frame, wire.kind_of(frame)))

    def _finished(self, failure: Exception | None) -> None:
        """Called on the worker's thread, as the last thing it does."""
        if failure is not None:
            _log.error("the recognition of a session failed", exc_info=failure)
        self._loop.call_soon_threadsafe(self._set_worker_done, failure is not None)

    def _set_worker_done(self, failed: bool) -> None:
        if failed:
            self._worker_done.set_exception(RefusalError(3005, "Session Cancelled: An error occurred"))
        else:
            self._worker_done.set_result(None)


async def _cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
