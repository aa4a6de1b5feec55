"""Injecting planned faults: of a socket (``FaultyTransport``) and of a session's messages (``FaultyConnection``)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any, NoReturn

from websockets.exceptions import ConcurrencyError

from ipyscribe.local import wire
from ipyscribe.local.client_connection import ClientConnection, ClientLostError, FrameObserver
from ipyscribe.local.faults import CODES, Fault
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import ServerError
from ipyscribe.server_limits import LimitedConnection

_POLL_S = 0.1
_DROP_S = 1.0
_WRONG_TYPES = (
    '{"turn_order":"zero","turn_is_formatted":"no","end_of_turn":0,"transcript":["a"],"end_of_turn_confidence":"high",'
    '"words":{"text":1},"utterance":7,"type":"Turn"}'
)
_SECOND_BEGIN = '{"type":"Begin","id":"00000000-0000-4000-8000-000000000000","expires_at":4102444800}'
_MALFORMED_FRAMES: dict[str, str | bytes] = {
    "malformed": '{"turn_order":0,"transcript":"he',
    "wrong-types": _WRONG_TYPES,
    "unknown": '{"type":"Sunshine","level":3}',
    "binary": bytes(range(256)),
    "two-begins": _SECOND_BEGIN,
}


class FaultPlan:
    """The faults of a server and how often each may still happen."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._left: dict[int, float] = {
            index: float("inf") if fault.times is None else fault.times for index, fault in enumerate(faults)
        }
        self._faults = tuple(faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def of(self, number: int, *kinds: str) -> list[int]:
        """Indices of the faults that may happen to that connection, of these kinds or of all."""
        return [
            index
            for index, fault in enumerate(self._faults)
            if fault.connection in (None, number) and self._left[index] > 0 and (not kinds or fault.kind in kinds)
        ]

    def fault(self, index: int) -> Fault:
        """The fault itself."""
        return self._faults[index]

    def spend(self, index: int) -> bool:
        """Whether it may happen now; if so, once less from now on."""
        allowed = self._left[index] > 0
        self._left[index] -= allowed
        return allowed

    def take(self, number: int, kind: str) -> Fault | None:
        """The first fault of that kind for this connection, spent."""
        return next((self.fault(index) for index in self.of(number, kind) if self.spend(index)), None)


class FaultyTransport:
    """Stands before a connection's transport: holds back what is written, or closes both ways."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._mute = False
        self._deaf = False
        self.delay_s = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._do(self._transport.write, data)

    def write_eof(self) -> None:
        self._do(self._transport.write_eof)

    def close(self) -> None:
        self._do(self._transport.close)

    def abort(self) -> None:
        self._do(self._transport.abort)

    def resume_reading(self) -> None:
        if not self._deaf:
            self._transport.resume_reading()

    def mute(self) -> None:
        """Write nothing from now on and leave the connection open."""
        self._mute = True

    def stall(self) -> None:
        """Neither read nor write, until the other side goes."""
        self._mute = self._deaf = True
        with contextlib.suppress(RuntimeError):
            self._transport.pause_reading()
        self._poll_peer()

    def drop(self) -> None:
        """Close without a close frame, after what was written before: closing both ways at once could lose that."""
        self._mute = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS has no end of one direction; its close writes what is buffered first
            self._transport.close()
        self._loop.call_later(_DROP_S, self._transport.close)

    def reset(self) -> None:
        """Close with RST."""
        self._mute = True
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def release(self) -> None:
        """The server leaves: whatever was planned, close."""
        self._transport.abort()

    def _do(self, action: Any, *arguments: Any) -> None:
        if self._mute:
            return
        if self.delay_s:
            self._loop.call_later(self.delay_s, self._later, action, arguments)
        else:
            action(*arguments)

    def _later(self, action: Any, arguments: Sequence[Any]) -> None:
        if not self._mute and not self._transport.is_closing():
            action(*arguments)

    def _poll_peer(self) -> None:
        """Nobody reads, so nobody would notice that the other side has gone; where the system tells, ask it."""
        if self._transport.is_closing() or not hasattr(select, "POLLRDHUP"):
            return
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
        if poll.poll(0):
            self._transport.abort()
        else:
            self._loop.call_later(_POLL_S, self._poll_peer)


class FaultyConnection(ClientConnection):
    """A client connection into which the faults planned for it are injected."""

    def __init__(
        self,
        connection: LimitedConnection,
        number: int,
        watch: FrameObserver | None,
        transport: FaultyTransport,
        plan: FaultPlan,
    ) -> None:
        super().__init__(connection, number, watch)
        self._faulty_transport = transport
        self._plan = plan
        self._pending = plan.of(number)
        self._active: dict[str, Fault] = {}
        self._over = False
        self._sent = 0
        self._received_s = 0.0
        self._held: str | None = None
        self._partial: str | None = None

    async def opened(self) -> None:
        await self._at_stage("connect")

    def on_audio_received(self, received_ms: float) -> None:
        self._received_s = received_ms / 1000

    async def send(self, frame: str, kind: str) -> None:
        if self._over:
            await self._stay_silent()
        if kind == "Begin" and "late-begin" in self._active:
            await self._pause(self._active["late-begin"].amount)
        if kind == "Termination":
            await self._flush()
            await self._at_stage("termination")
        if "no-begin" in self._active:
            return
        ended = kind == "Turn" and '"end_of_turn":true' in frame
        for each in self._rearranged(frame, ended) if kind == "Turn" else [frame]:
            await self._write(each)
        if kind in ("Begin", "Turn"):
            await self._at_stage(kind.lower(), *(["final"] if ended else []))

    async def receive(self) -> str | bytes:
        if "slow" in self._active:
            await self._pause(self._active["slow"].amount)
        await self._due(at_s=self._received_s)
        message = await super().receive()
        while self._over:
            message = await super().receive()
        if isinstance(message, str) and '"Terminate"' in message:
            await self._at_stage("stop")
        return message

    async def close(self, code: int, reason: str) -> None:
        await self._flush()
        await super().close(code, reason)

    def _rearranged(self, frame: str, ended: bool) -> list[str]:
        """What a ``Turn`` becomes."""
        frames = [frame]
        if "echo" in self._active:
            frames += [self._partial] if ended and self._partial else []
            self._partial = None if ended else frame
        if "duplicate" in self._active:
            frames = [each for each in frames for _ in range(2)]
        if "out-of-order" in self._active:
            if self._held is None:
                self._held = frames.pop(0)
            else:
                frames.append(self._held)
                self._held = None
        return frames

    async def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self._over:
            await self._write(held)

    async def _write(self, frame: str | bytes) -> None:
        await super()._write(frame)
        self._sent += 1
        await self._due(after_frames=self._sent)

    async def _at_stage(self, *stages: str) -> None:
        for index in self._pending.copy():
            if self._plan.fault(index).stage in stages:
                await self._inject(index)

    async def _due(self, *, at_s: float = 0.0, after_frames: int = 0) -> None:
        for index in self._pending.copy():
            fault = self._plan.fault(index)
            if (fault.at_s is not None and at_s >= fault.at_s) or (
                fault.after_frames is not None and after_frames >= fault.after_frames
            ):
                self._pending.remove(index)
                await self._inject(index)

    async def _inject(self, index: int) -> None:
        fault = self._plan.fault(index)
        if self._over or fault.kind in self._active or not self._plan.spend(index):
            return
        if fault.kind in _MALFORMED_FRAMES:
            await super()._write(_MALFORMED_FRAMES[fault.kind])
        elif fault.kind == "huge":
            await super()._write(json.dumps({"type": "Flood", "padding": "x" * int(fault.amount)}))
        elif fault.kind == "delay":
            self._faulty_transport.delay_s = fault.amount
            self._active["delay"] = fault
        elif fault.kind in ("late-begin", "no-begin", "slow", "duplicate", "out-of-order", "echo"):
            self._active[fault.kind] = fault
        else:
            await self._end(fault)

    async def _end(self, fault: Fault) -> NoReturn:
        """Faults after which the session sends nothing more. Raises ``ConnectionClosed`` once the client has gone."""
        self._over = True
        if fault.kind in ("error", "expire"):
            code = 3008 if fault.kind == "expire" else int(fault.amount)
            text = fault.text or CODES.get(code, "Something went wrong")
            await super()._write(encode_message(ServerError(code, text)))
            await super().close(code, wire.ERROR_REASON)
        elif fault.kind == "close":
            code = int(fault.amount)
            await super().close(code, fault.text or CODES.get(code, "Something went wrong"))
        elif fault.kind not in ("no-termination", "silent"):
            {
                "drop": self._faulty_transport.drop,
                "reset": self._faulty_transport.reset,
                "stall": self._faulty_transport.stall,
                "half-open": self._faulty_transport.mute,
            }[fault.kind]()
        await self._stay_silent()

    async def _stay_silent(self) -> NoReturn:
        """Read on, or wait where another task reads. Raises ``ConnectionClosed`` or ``LineLostError``."""
        try:
            while True:
                await self._connection.recv()
        except ConcurrencyError:
            await self._connection.wait_closed()
            raise ClientLostError from None

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._connection.wait_closed(), seconds)
