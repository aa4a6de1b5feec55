"""A loopback server that speaks enough of the v3 protocol to measure a client: it says the same to everyone.

    python benchmarks/scripted_server.py [RATE_HZ]

The first line on standard output is its address. From a client's first chunk of sound on it sends
``RATE_HZ`` Turn messages a second, at moments that wander over the time between two, until the
client sends Terminate. Turn number n carries n / ``SEQUENCE`` as its ``end_of_turn_confidence``, the one
number that every client hands on untouched; when the connection ends, its session's id and the
``time.monotonic()`` at which each Turn was sent go to standard output as one line of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import random
import sys
import time
import uuid

from msgspec.structs import replace
from streaming_clients import RATE_HZ, SEQUENCE
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin, Termination, TurnMessage, Word

TURN_FRAMES = 160
WORD_FRAMES = 8
TEXT = (
    "we measured how long it takes until a word that somebody says is seen by the person who reads along and "
    "whether it stays as it was first written"
)


def turn_frame(number: int) -> str:
    """Turn ``number``: turns of 8 s that grow by a word every 0.4 s and end in a formatted final."""
    order, position = divmod(number, TURN_FRAMES)
    final = position == TURN_FRAMES - 1
    count = position // WORD_FRAMES + 1
    words = [_word(order, index, final=final or index < count - 1) for index in range(count)]
    if not final:
        letters = position % WORD_FRAMES + 1
        words[-1] = replace(words[-1], text=words[-1].text[:letters])
    transcript = " ".join(word.text for word in words)
    return encode_message(
        TurnMessage(
            order,
            transcript,
            transcript if final else "",
            end_of_turn=final,
            turn_is_formatted=final,
            end_of_turn_confidence=number / SEQUENCE,
            words=tuple(words),
        )
    )


def _word(order: int, index: int, *, final: bool) -> Word:
    texts = TEXT.split()
    start_ms = 8000 * order + 400 * index
    confidence = round(0.61 + 0.017 * (index % 20), 6)
    return Word(texts[index % len(texts)], start_ms, start_ms + 320, confidence, is_final=final)


async def _answer(socket: ServerConnection, *, rate_hz: int) -> None:
    session = str(uuid.uuid4())
    await socket.send(encode_message(Begin(session, int(time.time()) + 10800, {})))
    sent_s: list[float] = []
    sender: asyncio.Task[None] | None = None
    try:
        with contextlib.suppress(ConnectionClosed):  # some clients leave without a word
            async for message in socket:
                if isinstance(message, bytes):
                    sender = sender or asyncio.create_task(_speak(socket, sent_s, rate_hz))
                elif json.loads(message).get("type") == "Terminate":
                    break
            if sender is not None:
                sender.cancel()
            await socket.send(encode_message(Termination(1, 1)))
            await socket.close()
    finally:
        if sender is not None:
            sender.cancel()
        print(json.dumps({"id": session, "sent_s": sent_s}), flush=True)


async def _speak(socket: ServerConnection, sent_s: list[float], rate_hz: int) -> None:
    wander = random.Random()
    began_s = time.monotonic()
    while True:
        number = len(sent_s)
        frame = _on_the_wire(number)
        due_s = began_s + (number + wander.random()) / rate_hz
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        sent_s.append(time.monotonic())
        # Past the library, whose own time would be taken for the clients'.
        socket.transport.write(frame)


@functools.cache
def _on_the_wire(number: int) -> bytes:
    """A turn as one unmasked text frame of 126 to 65,535 bytes (RFC 6455, 5.2)."""
    text = turn_frame(number).encode()
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text


async def _main() -> None:
    # Without compression, as websocket-client has none; it would cost the others time.
    rate_hz = int(sys.argv[1]) if sys.argv[1:] else RATE_HZ
    async with serve(functools.partial(_answer, rate_hz=rate_hz), "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"ws://127.0.0.1:{port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
