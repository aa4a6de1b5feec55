"""A connection that is answered from a recorded session: the same frames, at the same times after ``Begin``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from ipyscribe.local import wire
from ipyscribe.local.client_connection import ClientConnection, ClientLostError
from ipyscribe.local.tokens import Authenticator
from ipyscribe.local.values import RefusalError
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import ServerError, Termination

NO_CLOSE_FRAME = 1006


@dataclass(frozen=True, slots=True)
class RecordedConnection:
    """What one connection received: each frame with its seconds after the first, and how it was closed.

    ``lost`` where the connection broke off or was closed with an error: that happens again.
    """

    model: str
    frames: tuple[tuple[float, str], ...]
    lost: bool = False
    lost_after_s: float = 0.0
    code: int = NO_CLOSE_FRAME
    reason: str = ""


class TapeSession:
    """Serves one connection from ``recorded``, whatever audio comes. After ``Terminate`` it sends the rest at once."""

    def __init__(
        self, line: ClientConnection, request: Request, *, recorded: RecordedConnection, door: Authenticator
    ) -> None:
        self._connection = line
        self._request = request
        self._recorded = recorded
        self._authenticator = door
        self._terminate_requested = asyncio.Event()

    async def run(self) -> None:
        """Serve until the connection is closed; never raises for what a client does."""
        try:
            await self._connection.opened()
            try:
                query = dict(parse_qsl(urlsplit(self._request.path).query, keep_blank_values=True))
                self._authenticator.admit(self._request.headers.get("Authorization"), query.get("token"))
                self._connection.admit()
                await self._stream_session()
            except RefusalError as refusal:
                await self._connection.send(encode_message(ServerError(refusal.code, refusal.text)), "Error")
                await self._connection.close(refusal.code, wire.ERROR_REASON)
        except (ConnectionClosed, ClientLostError):
            pass
        finally:
            self._connection.ended()

    async def _stream_session(self) -> None:
        receiving = asyncio.create_task(self._receive())
        sending = asyncio.create_task(self._send())
        try:
            done, _ = await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (receiving, sending):
                task.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)

    async def _receive(self) -> None:
        """Read until ``Terminate``, then until the client leaves."""
        while True:
            message = await self._connection.receive()
            if isinstance(message, str) and wire.read_message(message)["type"] == "Terminate":
                self._terminate_requested.set()

    async def _send(self) -> None:
        recorded = self._recorded
        began_s = asyncio.get_running_loop().time()
        ending = [frame for frame in recorded.frames if _kind(frame[1]) == "Termination"]
        for after_s, text in recorded.frames:
            if (after_s, text) not in ending:
                await self._until(began_s + after_s)
                await self._connection.send(text, _kind(text))
        if recorded.lost:
            await self._until(began_s + recorded.lost_after_s)
            if recorded.code == NO_CLOSE_FRAME:
                self._connection.break_off()
            else:
                await self._connection.close(recorded.code, recorded.reason)
            return
        await self._terminate_requested.wait()
        session_s = asyncio.get_running_loop().time() - began_s
        last_frame = ending[-1][1] if ending else encode_message(Termination(round(session_s), round(session_s)))
        await self._connection.send(last_frame, "Termination")
        await self._connection.close(1000, "Session Ended")

    async def _until(self, time_s: float) -> None:
        """Wait until a time, or until the client sends ``Terminate``."""
        try:
            async with asyncio.timeout_at(time_s):
                await self._terminate_requested.wait()
        except TimeoutError:
            return


def recording_for(recorded: Sequence[RecordedConnection], request: Request, number: int) -> RecordedConnection:
    """The recording for the connection ``number``: that of the model it asks for; of several, one after the other."""
    query = dict(parse_qsl(urlsplit(request.path).query))
    same = [one for one in recorded if one.model == query.get("speech_model")] or list(recorded)
    same = [one for one in same if one.model == same[0].model]
    return same[(number - 1) % len(same)]


def _kind(text: str) -> str:
    try:
        kind = json.loads(text).get("type")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return kind if isinstance(kind, str) else ""
