"""A loopback server of the v3 protocol that counts sound: one word for each 400 ms, whatever is spoken.

    python benchmarks/counting_server.py

The first line on standard output is its address. Words come 150 ms after their sound and a turn ends with its session,
so that what a client gets depends on the sound alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin, Termination, TurnMessage, Word

WORD_MS = 400
DELAY_S = 0.15
_BYTES_PER_MS = 32


async def _answer(socket: ServerConnection) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionClosed):
        await socket.send(encode_message(Begin(str(uuid.uuid4()), int(time.time()) + 10800, {})))
        received_bytes = words = 0
        async for message in socket:
            if isinstance(message, bytes):
                received_bytes += len(message)
                if received_bytes // (WORD_MS * _BYTES_PER_MS) > words:
                    words = received_bytes // (WORD_MS * _BYTES_PER_MS)
                    loop.call_later(DELAY_S, _send, socket, _turn(words, final=False))
            elif json.loads(message).get("type") == "Terminate":
                await asyncio.sleep(DELAY_S)
                await socket.send(_turn(words, final=True))
                seconds = received_bytes // (1000 * _BYTES_PER_MS)
                await socket.send(encode_message(Termination(seconds, seconds)))
                break
        await socket.close()


def _send(socket: ServerConnection, text: str) -> None:
    frame = text.encode()
    head = b"\x81\x7e" + len(frame).to_bytes(2, "big") if len(frame) > 125 else bytes((0x81, len(frame)))
    socket.transport.write(head + frame)  # not the library's, which waits


def _turn(count: int, *, final: bool) -> str:
    words = tuple(
        Word(f"word{index}", WORD_MS * index, WORD_MS * (index + 1), 0.9, is_final=True) for index in range(count)
    )
    transcript = " ".join(word.text for word in words)
    return encode_message(
        TurnMessage(0, transcript, transcript if final else "", end_of_turn=final, turn_is_formatted=final, words=words)
    )


async def _main() -> None:
    async with serve(_answer, "127.0.0.1", 0, compression=None) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
