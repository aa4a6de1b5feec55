"""Whether the offline recogniser's memory stays where it is through hours of speech.

    python benchmarks/recogniser_memory.py [--hours H] [--corpus DIRECTORY]

Streams the English part of the corpus over and over on one connection, as fast as the server recognises it,
and prints the memory of the server's process along the way. What it grew by in the
second half of the run is taken for how fast it goes on growing: the first half has the buffers that are made once
for each length of a window. Aim: at most 50 MB in three hours of sound.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import websocket
from recogniser import CORPUS, QUERY, SERVE, placed, read_clips, timeline

AHEAD_S = 60.0
"""How far the sound may run ahead of the last word that came back."""
SESSION_H = 3.0
MOST_MB = 50.0


def endless_speech(corpus: Path) -> Iterator[bytes]:
    """100 ms at a time: the utterances one after the other, in another order each time."""
    clips = read_clips(corpus, 1)
    rng = np.random.default_rng(0)
    while True:
        audio = timeline(placed([clips[index] for index in rng.permutation(len(clips))]))
        for begin in range(0, len(audio) - 1600, 1600):
            yield audio[begin : begin + 1600].tobytes()


class Reader(threading.Thread):
    """Reads until the session ends; ``reached_s`` is the end of the last word, on the session's clock."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        super().__init__(daemon=True)
        self._socket = socket
        self.reached_s = 0.0
        self.news = threading.Condition()

    def run(self) -> None:
        while text := self._socket.recv():
            message = json.loads(text)
            with self.news:
                if message.get("words"):
                    self.reached_s = max(self.reached_s, message["words"][-1]["end"] / 1000)
                self.news.notify()


def measure(hours: float, corpus: Path) -> list[tuple[float, float]]:
    """Hours of sound and megabytes of memory, 40 times."""
    command = [sys.executable, *SERVE]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    points: list[tuple[float, float]] = []
    try:
        process = psutil.Process(server.pid)
        socket = websocket.create_connection(server.stdout.readline().split()[-1] + QUERY, timeout=600)
        socket.recv()
        reader = Reader(socket)
        reader.start()
        for count, block in enumerate(endless_speech(corpus)):
            sent_s = 0.1 * count
            if sent_s >= 3600 * hours:
                break
            with reader.news:
                reader.news.wait_for(lambda sent_s=sent_s: sent_s - reader.reached_s < AHEAD_S, 600)
            socket.send_binary(block)
            if count % int(900 * hours) == 0:
                points.append((sent_s / 3600, process.memory_info().rss / 2**20))
                print(f"{60 * points[-1][0]:6.1f} min of sound  {points[-1][1]:6.1f} MB", flush=True)
        socket.send(json.dumps({"type": "Terminate"}))
        reader.join(600)
    finally:
        server.terminate()
        server.wait(10)
    return points


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=SESSION_H, help="of sound")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    options = parser.parse_args()
    points = measure(options.hours, options.corpus)
    later = points[len(points) // 2 :]
    slope = float(np.polyfit([hour for hour, _ in later], [size for _, size in later], 1)[0])
    early_mb = points[1][1]
    grown = later[-1][1] - early_mb
    rest_h = max(0.0, SESSION_H - options.hours)
    expected = grown + max(0.0, slope) * rest_h
    print(f"grown by {grown:.1f} MB in {options.hours:g} h; in the second half {slope:.1f} MB an hour")
    print(f"in {SESSION_H:g} h: {expected:.1f} MB (aim at most {MOST_MB:g})")
    return 0 if expected <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
