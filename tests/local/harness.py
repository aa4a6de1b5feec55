"""A server without weights for the protocol, the real recogniser for speech."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import websocket
from support.waiting import wait_for as wait_for

from ipyscribe.local import LocalServer
from ipyscribe.local.engine import Hypothesis, HypothesisWord, Language
from ipyscribe.local.worker import Worker

MODEL = "local-whisper-tiny.en"
LOUD = (np.sin(np.arange(16_000) * 0.3) * 8000).astype("<i2").tobytes()
QUIET = bytes(32_000)


def recogniser_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ipyscribe-recogniser")]


class LevelNetwork:
    """Stands in for Silero: loud is speech."""

    def run(self, names: None, inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
        loud = np.abs(inputs["input"][:, 64:]).mean(axis=1) > 0.01
        return np.where(loud, 0.99, 0.01).astype(np.float32), inputs["h"], inputs["c"]


class CountingRecogniser:
    """Stands in for Whisper: one word for each 400 ms, ``text`` after the last of them."""

    def __init__(self, end: str = ".") -> None:
        self.end = end
        self.may_transcribe = threading.Event()
        self.may_transcribe.set()

    def transcribe(
        self, samples: Any, decoding: Any, prefix: tuple[HypothesisWord, ...] = (), languages: Any = ()
    ) -> Hypothesis:
        assert self.may_transcribe.wait(60)
        count = max(1, len(samples) // 6400)
        words = [HypothesisWord(f"Word{i}", 400 * i, 400 * i + 400, 0.9, (i,)) for i in range(count)]
        last = words[-1]
        words[-1] = HypothesisWord(last.text + self.end, last.start_ms, last.end_ms, 0.9, last.tokens)
        language = Language(languages[0], 0.9) if languages else None
        return Hypothesis(
            prefix + tuple(words[len(prefix) :]), 1000 * len(samples) // 16_000, credible=True, language=language
        )


class CountingRecognition:
    """A ``Recognition`` with the real worker, stream and turn rules, and without a model."""

    has_diarization = False

    def __init__(self, end: str = ".", languages: tuple[str, ...] = ("en",)) -> None:
        self.recogniser = CountingRecogniser(end)
        self.languages = languages

    def worker(self, parameters: Any, emit: Any, finished: Any) -> Worker:
        return Worker(self.recogniser, LevelNetwork(), parameters, emit, finished)


@contextlib.contextmanager
def running(load: Callable[[], Any], token: str | None = None, **options: Any) -> Iterator[str]:
    """A server in a thread; its address. Nothing may be left of it afterwards."""
    urls: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def main() -> None:
        stop = asyncio.Event()
        async with LocalServer(load=load, token=token, **options) as server:
            urls.put((server.url, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="server under test")
    thread.start()
    url, loop, stop = urls.get(timeout=60)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        assert not thread.is_alive()
        # A worker says that it has finished as the last thing it does, a moment before its thread has gone.
        wait_for(lambda: not recogniser_threads())


class Client:
    """A WebSocket client that keeps what it got."""

    def __init__(self, url: str, query: str = f"speech_model={MODEL}", **options: Any) -> None:
        self.socket = websocket.create_connection(f"{url}/v3/ws?{query}", timeout=60, **options)
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.close_reason = ""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown()

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def audio(self, pcm: bytes, chunk_bytes: int = 1600) -> None:
        for begin in range(0, len(pcm), chunk_bytes):
            self.socket.send_binary(pcm[begin : begin + chunk_bytes])

    def next(self) -> dict[str, Any] | None:
        """The next message; None when the server has closed."""
        opcode, frame = self.socket.recv_data_frame(True)
        while opcode in (websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG):
            opcode, frame = self.socket.recv_data_frame(True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            self.close_code = int.from_bytes(frame.data[:2], "big")
            self.close_reason = frame.data[2:].decode()
            return None
        message: dict[str, Any] = json.loads(frame.data)
        self.frames.append(message)
        return message

    def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of that type with those fields."""
        while True:
            message = self.next()
            assert message is not None, f"closed with {self.close_code} before {kind} {fields}"
            wanted = {"type": kind, **fields}
            if wanted.items() <= message.items():
                return message

    def rest(self) -> list[dict[str, Any]]:
        """Everything until the close frame."""
        while self.next() is not None:
            pass
        return self.frames

    def refusal(self) -> tuple[int, str]:
        """Code and text of the ``Error`` that must be the last message, before a close of the same code."""
        message = self.rest()[-1]
        assert message["type"] == "Error"
        assert message["error_code"] == self.close_code
        assert self.close_reason == "See Error message for details"
        return message["error_code"], message["error"]
