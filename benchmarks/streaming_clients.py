"""The clients that client_cost.py compares, each run alone in a process of its own.

    python benchmarks/streaming_clients.py CLIENT URL SECONDS

Streams SECONDS of silence in 50 ms chunks at the pace of time, notes when each Turn message is in the hands
of the caller, and prints one line of JSON: those moments by number, and the processor time that the process
used between the first and the last of the messages that count.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

RATE_HZ = 20
"""Turn messages a second."""
SEQUENCE = 1_000_000
"""By which the number of a Turn message is divided to be a confidence."""
CHUNK_S = 0.05
CHUNK = bytes(1600)
MODEL = "universal-streaming-english"
WARM_UP = RATE_HZ
TAIL_S = 1.0


class Notes:
    """When each message was in hand, and what the process had used by the first and the last that count."""

    def __init__(self, seconds: float) -> None:
        self.last = round((seconds - TAIL_S) * RATE_HZ)
        self.seen: dict[int, float] = {}
        self.marks: list[tuple[float, float]] = []

    def note(self, number: int) -> None:
        if number in self.seen or not WARM_UP <= number <= self.last:
            return
        self.seen[number] = time.monotonic()
        if not self.marks or (number >= self.last and len(self.marks) == 1):
            self.marks.append((time.process_time(), time.monotonic()))

    def line(self) -> str:
        (cpu_0, wall_0), (cpu_1, wall_1) = self.marks
        return json.dumps({"seen": self.seen, "cpu_s": cpu_1 - cpu_0, "wall_s": wall_1 - wall_0})


def number_of(confidence: float) -> int:
    return round(confidence * SEQUENCE)


def at_pace(send: Callable[[bytes], object], seconds: float) -> None:
    """Send every chunk when its last sample would have been spoken."""
    began_s = time.monotonic()
    for index in range(round(seconds / CHUNK_S)):
        time.sleep(max(0.0, began_s + (index + 1) * CHUNK_S - time.monotonic()))
        send(CHUNK)


def sdk(url: str, seconds: float, notes: Notes) -> None:
    """The official SDK: its event handler has the message."""
    from assemblyai.streaming.v3 import (
        RealTimeEvents,
        RealTimeParameters,
        RealTimeTranscriber,
        RealTimeTranscriberOptions,
    )

    client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key="none", api_host=url))
    client.on(RealTimeEvents.Turn, lambda _client, event: notes.note(number_of(event.end_of_turn_confidence)))
    client.connect(RealTimeParameters(sample_rate=16_000, speech_model=MODEL))
    at_pace(client.stream, seconds)
    client.disconnect(terminate=True)


def floor(url: str, seconds: float, notes: Notes) -> None:
    """The least a client can do: websocket-client and ``json.loads``; no words, no state, no orderly end."""
    import websocket

    socket = websocket.create_connection(
        f"{url}/v3/ws?speech_model={MODEL}", skip_utf8_validation=True, enable_multithread=True
    )

    def read() -> None:
        while True:
            opcode, data = socket.recv_data()
            if opcode != websocket.ABNF.OPCODE_TEXT:
                return
            message = json.loads(data)
            if message["type"] == "Turn":
                notes.note(number_of(message["end_of_turn_confidence"]))

    reader = threading.Thread(target=read)
    reader.start()
    at_pace(socket.send_binary, seconds)
    socket.send('{"type":"Terminate"}')
    reader.join()
    socket.close()


def _session(url: str, seconds: float) -> Any:
    import numpy as np

    from ipyscribe import AudioArray, Session

    silence = AudioArray(np.zeros(round(seconds * 16_000), np.int16), 16_000)
    return Session(MODEL, source=silence, endpoint=url)


def _newest(session: Any, notes: Notes) -> None:
    turns = session.transcript.turns
    if turns:
        notes.note(number_of(turns[-1].end_of_turn_confidence))


def listener(url: str, seconds: float, notes: Notes) -> None:
    """A whole session; ``on_change`` has the transcript, on the thread that reads."""
    session = _session(url, seconds)
    over = threading.Event()

    def changed() -> None:
        _newest(session, notes)
        if session.done:
            over.set()

    session.on_change(changed)
    with session:
        over.wait()


def waiter(url: str, seconds: float, notes: Notes) -> None:
    """A whole session; another thread sleeps in ``wait_for_change`` and has the transcript when it returns."""
    session = _session(url, seconds)
    version = 0
    with session:
        while not session.done:
            version = session.wait_for_change(version, None)
            _newest(session, notes)


CLIENTS = {"sdk": sdk, "floor": floor, "listener": listener, "waiter": waiter}


def main() -> None:
    name, url, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    notes = Notes(seconds)
    CLIENTS[name](url, seconds, notes)
    print(notes.line(), flush=True)


if __name__ == "__main__":
    main()
