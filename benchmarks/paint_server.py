"""A loopback server that says what it is told to say, and when it said it: for send_to_paint.py.

    python benchmarks/paint_server.py

The first line on standard output is its address. Each line on standard input is an order: ``turns N`` sends N
finished turns at once, ``updates RATE SECONDS`` sends RATE Turn messages a second, at moments that wander over their
share of the second. The answer is one line of JSON: the ``time.monotonic()`` at which each message of the order was
sent, by its number. The last word of an update is ``MARK`` and its number; that of a turn from ``turns`` is not.
The end of the input is the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
import uuid

from scripted_server import TEXT
from websockets.asyncio.server import ServerConnection, serve

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin, Termination, TurnMessage, Word

MARK = "zq"
TURN_FRAMES = 160
WORD_FRAMES = 8
WORDS = TEXT.split()


class Speaker:
    """Says turns to the client that connected last."""

    def __init__(self) -> None:
        self.client: ServerConnection | None = None
        self._order = 0
        self._number = 0
        self._place = 0

    async def answer(self, socket: ServerConnection) -> None:
        """One connection, until the client sends Terminate."""
        await socket.send(encode_message(Begin(str(uuid.uuid4()), int(time.time()) + 10800, {})))
        self.client = socket
        self._order = self._place = 0
        async for message in socket:
            if isinstance(message, str) and json.loads(message).get("type") == "Terminate":
                await socket.send(encode_message(Termination(1, 1)))
                await socket.close()

    async def turns(self, count: int) -> None:
        """So many finished turns, as fast as they are taken."""
        assert self.client is not None
        if self._place:
            self._order, self._place = self._order + 1, 0
        for _ in range(count):
            await self.client.send(turn(self._order, WORDS[: 8 + self._order % 12], final=True))
            self._order += 1

    async def updates(self, rate_hz: float, seconds: float) -> dict[int, float]:
        """Turns that grow by a word every ``WORD_FRAMES`` messages; when each message was sent."""
        assert self.client is not None
        wander = random.Random()
        sent_s: dict[int, float] = {}
        began_s = time.monotonic()
        for index in range(round(rate_hz * seconds)):
            final = self._place == TURN_FRAMES - 1
            words = [*(WORDS[each % len(WORDS)] for each in range(self._place // WORD_FRAMES)), f"{MARK}{self._number}"]
            frame = on_the_wire(turn(self._order, words, final=final))
            await asyncio.sleep(max(0.0, began_s + (index + wander.random()) / rate_hz - time.monotonic()))
            sent_s[self._number] = time.monotonic()
            # Past the library, whose own time is not the client's.
            self.client.transport.write(frame)
            self._number += 1
            self._order, self._place = (self._order + 1, 0) if final else (self._order, self._place + 1)
        return sent_s


def turn(order: int, texts: list[str], *, final: bool) -> str:
    """The frame of a turn of these words."""
    transcript = " ".join(texts)
    words = tuple(
        Word(
            text,
            8000 * order + 380 * index,
            8000 * order + 380 * index + 320,
            round(0.61 + 0.017 * (index % 20), 6),
            is_final=final or index < len(texts) - 1,
        )
        for index, text in enumerate(texts)
    )
    return encode_message(
        TurnMessage(
            order,
            transcript,
            transcript if final else "",
            end_of_turn=final,
            turn_is_formatted=final,
            end_of_turn_confidence=0.5,
            words=words,
        )
    )


def on_the_wire(text: str) -> bytes:
    """One unmasked text frame of 126 to 65,535 bytes (RFC 6455, 5.2)."""
    data = text.encode()
    return b"\x81\x7e" + len(data).to_bytes(2, "big") + data


async def _main() -> None:
    speaker = Speaker()
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    async with serve(speaker.answer, "127.0.0.1", 0, compression=None) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        while line := (await orders.readline()).decode().split():
            if line[0] == "turns":
                await speaker.turns(int(line[1]))
                print("{}", flush=True)
            else:
                print(json.dumps(await speaker.updates(float(line[1]), float(line[2]))), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
