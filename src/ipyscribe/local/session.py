"""One connection, from the upgrade to the close frame.

As on AssemblyAI's server everything is judged after the upgrade, a refusal is an ``Error`` frame and a close
with the same code, and a session that was terminated ends with ``Termination`` and close 1000.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import uuid
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from ipyscribe.errors import ScribeError
from ipyscribe.local import wire
from ipyscribe.local.audio_rules import AudioRules, check_pace
from ipyscribe.local.loading import Recognition
from ipyscribe.local.parameters import Parameters, RefusalError, read_query, read_update

if TYPE_CHECKING:
    from ipyscribe.local.stream import Turn

LONGEST_SESSION_S = 10_800
HEARTBEAT_S = 5.0

_log = logging.getLogger(__name__)


class Session:
    """Serves one connection. ``ready`` gives the recogniser once it is loaded."""

    def __init__(
        self, connection: ServerConnection, ready: Awaitable[Recognition], *, model: str, token: str | None
    ) -> None:
        self._connection = connection
        self._ready = ready
        self._model = model
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._heard: asyncio.Future[None] = self._loop.create_future()

    async def run(self) -> None:
        """Serve until the connection is closed; never raises for what a client does."""
        try:
            try:
                self._parameters = self._judge()
                recognition = await self._loaded()
                await self._converse(recognition)
            except RefusalError as refusal:
                await self._refuse(refusal)
        except ConnectionClosed:
            pass

    async def _refuse(self, refusal: RefusalError) -> None:
        await self._connection.send(wire.error(refusal.code, refusal.text))
        await self._connection.close(refusal.code, wire.ERROR_REASON)

    def _judge(self) -> Parameters:
        request = self._connection.request
        assert request is not None
        query = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
        if self._token is not None:
            given = request.headers.get("Authorization") or query.get("token")
            if not given:
                raise RefusalError(1008, "Unauthorized Connection: Missing Authorization header")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise RefusalError(1008, "Unauthorized Connection: Invalid API key")
        return read_query(query, self._model)

    async def _loaded(self) -> Recognition:
        try:
            return await self._ready
        except ScribeError as error:
            raise RefusalError(3005, f"Session Cancelled: {error.message}") from None

    async def _converse(self, recognition: Recognition) -> None:
        self._began_s = time.monotonic()
        self._rules = AudioRules(self._parameters.sample_rate)
        self._worker = recognition.worker(self._parameters, self._emit, self._finished)
        self._worker.start()
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._beat())]
        try:
            expires_at = int(time.time()) + LONGEST_SESSION_S
            await self._connection.send(wire.begin(str(uuid.uuid4()), expires_at, self._model))
            await self._until(self._receive())
            self._worker.finish()
            await self._until(self._drain())
            self._outbox.put_nowait(None)
            await tasks[0]
            session_s = time.monotonic() - self._began_s
            await self._connection.send(wire.termination(self._rules.received_ms / 1000, session_s))
            await self._connection.close(1000, "Session Ended")
        except RefusalError as refusal:
            await _cancelled(tasks)
            await self._refuse(refusal)
        finally:
            self._worker.abandon()
            await _cancelled(tasks)
            await asyncio.gather(self._heard, return_exceptions=True)

    async def _until(self, reading: Awaitable[None]) -> None:
        """Read until ``reading`` is over or the worker has ended, whichever comes first."""
        task = asyncio.ensure_future(reading)
        try:
            await asyncio.wait({task, self._heard}, return_when=asyncio.FIRST_COMPLETED)
            if self._heard.done():
                self._heard.result()
            else:
                task.result()
        finally:
            await _cancelled([task])

    async def _receive(self) -> None:
        """Take messages until ``Terminate``."""
        expiry_s = self._loop.time() + LONGEST_SESSION_S
        idle_s = self._parameters.inactivity_timeout
        try:
            async with asyncio.timeout_at(expiry_s) as limit:
                while True:
                    if idle_s is not None:
                        limit.reschedule(min(expiry_s, self._loop.time() + idle_s))
                    message = await self._connection.recv()
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
        """After ``Terminate`` nothing a client says matters, except that it goes."""
        while True:
            await self._connection.recv()

    def _audio(self, message: bytes) -> None:
        self._worker.audio(self._rules.take(message))
        elapsed_s = time.monotonic() - self._began_s
        check_pace(self._worker.backlog_s, self._rules.received_ms / 1000, elapsed_s)

    def _command(self, text: str) -> bool:
        """Do what a control message says; true for ``Terminate``."""
        message = wire.read_message(text)
        if message["type"] == "ForceEndpoint":
            self._worker.force()
        elif message["type"] == "UpdateConfiguration":
            self._parameters = read_update(self._parameters, message)
            self._worker.update(self._parameters)
        return bool(message["type"] == "Terminate")

    async def _send(self) -> None:
        while (frame := await self._outbox.get()) is not None:
            await self._connection.send(frame)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self._parameters.session_heartbeat:
                duration_ms = int(1000 * (time.monotonic() - self._began_s))
                probability = self._worker.take_max_probability()
                self._outbox.put_nowait(wire.heartbeat(int(self._rules.received_ms), duration_ms, probability))

    def _emit(self, turn: Turn) -> None:
        """Called on the worker's thread."""
        frame = wire.turn(turn.order, turn.words, ended=turn.ended, formatted=self._parameters.format_turns)
        self._loop.call_soon_threadsafe(self._outbox.put_nowait, frame)

    def _finished(self, failure: Exception | None) -> None:
        """Called on the worker's thread, as the last thing it does."""
        if failure is not None:
            _log.error("hearing a session failed", exc_info=failure)
        self._loop.call_soon_threadsafe(self._set_heard, failure is not None)

    def _set_heard(self, failed: bool) -> None:
        if failed:
            self._heard.set_exception(RefusalError(3005, "Session Cancelled: An error occurred"))
        else:
            self._heard.set_result(None)


async def _cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
