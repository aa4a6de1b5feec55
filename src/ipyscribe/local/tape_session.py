"""A connection that is answered from a recorded session: the same frames, at the same moments after ``Begin``."""

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
from ipyscribe.local.tokens import Door
from ipyscribe.local.values import RefusalError

NO_CLOSE_FRAME = 1006


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one connection said: each frame with its seconds after the first, and how it was closed.

    ``lost`` where the connection broke off or was closed with an error: that happens again.
    """

    model: str
    frames: tuple[tuple[float, str], ...]
    lost: bool = False
    lost_after_s: float = 0.0
    code: int = NO_CLOSE_FRAME
    reason: str = ""


class TapeSession:
    """Serves one connection from ``recorded``, whatever it hears. Once it is asked for the end it says the rest."""

    def __init__(self, line: ClientConnection, request: Request, *, recorded: Recorded, door: Door) -> None:
        self._line = line
        self._request = request
        self._recorded = recorded
        self._door = door
        self._asked = asyncio.Event()

    async def run(self) -> None:
        """Serve until the connection is closed; never raises for what a client does."""
        try:
            await self._line.opened()
            try:
                query = dict(parse_qsl(urlsplit(self._request.path).query, keep_blank_values=True))
                self._door.admit(self._request.headers.get("Authorization"), query.get("token"))
                await self._converse()
            except RefusalError as refusal:
                await self._line.send(wire.error(refusal.code, refusal.text), "Error")
                await self._line.close(refusal.code, wire.ERROR_REASON)
        except (ConnectionClosed, ClientLostError):
            pass
        finally:
            self._line.ended()

    async def _converse(self) -> None:
        hearing = asyncio.create_task(self._hear())
        speaking = asyncio.create_task(self._speak())
        try:
            done, _ = await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (hearing, speaking):
                task.cancel()
            await asyncio.gather(hearing, speaking, return_exceptions=True)

    async def _hear(self) -> None:
        """Take what comes until ``Terminate``; then only whether the client goes."""
        while True:
            message = await self._line.receive()
            if isinstance(message, str) and wire.read_message(message)["type"] == "Terminate":
                self._asked.set()

    async def _speak(self) -> None:
        recorded = self._recorded
        began_s = asyncio.get_running_loop().time()
        ending = [frame for frame in recorded.frames if _kind(frame[1]) == "Termination"]
        for after_s, text in recorded.frames:
            if (after_s, text) not in ending:
                await self._until(began_s + after_s)
                await self._line.send(text, _kind(text))
        if recorded.lost:
            await self._until(began_s + recorded.lost_after_s)
            if recorded.code == NO_CLOSE_FRAME:
                self._line.break_off()
            else:
                await self._line.close(recorded.code, recorded.reason)
            return
        await self._asked.wait()
        session_s = asyncio.get_running_loop().time() - began_s
        farewell = ending[-1][1] if ending else wire.termination(session_s, session_s)
        await self._line.send(farewell, "Termination")
        await self._line.close(1000, "Session Ended")

    async def _until(self, moment_s: float) -> None:
        """Wait for a moment, or until the client asks for the end."""
        try:
            async with asyncio.timeout_at(moment_s):
                await self._asked.wait()
        except TimeoutError:
            return


def which(recorded: Sequence[Recorded], request: Request, number: int) -> Recorded:
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
