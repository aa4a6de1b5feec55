"""What hours of a session cost: memory, and the time for each update at the end against that at the start.

    python benchmarks/endurance.py [--hours H] [--starts N]

Streams silence as fast as the server takes it to ``ipyscribe serve --script``, which answers from the audio clock
alone: about 1,100 turns for each hour. Prints the growth of this process's memory after the first tenth, the CPU
time per update of the last tenth as a multiple of that of the first, and, for ``--starts`` sessions one after the
other, the threads, open files and memory that are left.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

import ipyscribe as scribe
from ipyscribe.audio import AudioBlock

PERIOD_S = 20
WORDS = [
    "so",
    "far",
    "forty",
    "two",
    "have",
    "signed",
    "up",
    "most",
    "of",
    "them",
    "are",
    "families",
    "with",
    "children",
]
BLOCK = bytes(1600)


class Silence:
    """So many seconds of silence, ``speed`` times as fast as time or as fast as they are read."""

    label = "silence"
    live = False

    def __init__(self, seconds: float, speed: float = math.inf) -> None:
        self.duration_s: float | None = seconds
        self._speed = speed

    def open(self) -> SilentStream:
        return SilentStream(math.ceil((self.duration_s or 0) * 20), self._speed)


class SilentStream:
    dropped_samples = 0
    notice = None

    def __init__(self, blocks: int, speed: float) -> None:
        self._left = blocks
        self._position = 0
        self._speed = speed
        self._began_s = time.monotonic()

    def read(self, _timeout_s: float) -> AudioBlock | None:
        if not self._left:
            return None
        self._left -= 1
        self._position += 800
        time.sleep(max(0.0, self._began_s + self._position / 16_000 / self._speed - time.monotonic()))
        return AudioBlock(BLOCK, self._position - 800, time.monotonic())

    def pause(self) -> None: ...
    def resume(self) -> None: ...

    def close(self) -> None:
        self._left = 0

    @property
    def ended(self) -> bool:
        return not self._left


def script() -> dict[str, object]:
    turns = []
    for number in range(6):
        start_ms = 300 + 3300 * number
        turns.append({"start_ms": start_ms, "end_ms": start_ms + 2200, "text": " ".join(WORDS[: 8 + number % 5]) + "."})
    return {"duration_ms": 1000 * PERIOD_S, "repeat": True, "turns": turns}


def long_session(url: str, hours: float) -> None:
    process = psutil.Process()
    session = scribe.Session("local-whisper-tiny.en", source=Silence(3600 * hours), endpoint=url)
    tenth_ms = 360_000 * hours
    marks: list[tuple[int, float, int]] = []
    began_s = time.monotonic()
    with session:
        seen, due_ms = 0, 0.0
        while not session.done:
            seen = session.wait_for_change(seen, 1.0)
            if session.audio_ms >= due_ms:
                due_ms += tenth_ms
                marks.append((seen, time.process_time(), process.memory_info().rss))
    gc.collect()
    marks.append((seen, time.process_time(), process.memory_info().rss))
    costs = [
        1e6 * (after[1] - before[1]) / max(1, after[0] - before[0])
        for before, after in itertools.pairwise(marks)
        if after[0] > before[0]
    ]
    print(f"{hours:g} h of audio clock in {time.monotonic() - began_s:.0f} s: {len(session.transcript)} turns")
    print(
        f"CPU per change of state: first tenth {costs[0]:.0f} us, last {costs[-2]:.0f} us, {costs[-2] / costs[0]:.2f} x"
    )
    print(f"memory after the first tenth {marks[1][2] / 2**20:.0f} MB, in the end {marks[-1][2] / 2**20:.0f} MB")


def many_starts(url: str, count: int) -> None:
    process = psutil.Process()
    left = []
    for number in range(count):
        with scribe.Session("local-whisper-tiny.en", source=Silence(4), endpoint=url) as session:
            session.wait()
        if number in (4, count - 1):
            gc.collect()
            left.append((threading.active_count(), process.num_fds(), process.memory_info().rss / 2**20))
    print(f"after 5 sessions {left[0][0]} threads, {left[0][1]} open files, {left[0][2]:.0f} MB")
    print(f"after {count} sessions {left[-1][0]} threads, {left[-1][1]} open files, {left[-1][2]:.0f} MB")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server that answers from the script."""
    path = folder / "script.json"
    path.write_text(json.dumps(script()), encoding="utf-8")
    command = [sys.executable, "-m", "ipyscribe", "serve", "--no-token", "--exit-with-stdin", "--script", str(path)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--starts", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        many_starts(url, options.starts)
        long_session(url, options.hours)


if __name__ == "__main__":
    main()
