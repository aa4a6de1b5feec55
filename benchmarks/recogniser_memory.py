"""Whether the memory of the offline recogniser, and that of the client that streams to it, stays what it is.

    python benchmarks/recogniser_memory.py [--hours H] [--speed X] [--corpus DIRECTORY] [--json FILE]

Streams the English part of the corpus over and over in one session of ipyscribe, its tape included, to a local server
in a process of its own, as fast as the sound is recognised. With ``--speed X`` at most X times as fast as it was
spoken: while no sound waits, all the passes are made that a session at the pace of speech has too. Prints the
resident memory of both processes along the way. Growth is counted from 10 minutes of sound on: by then each utterance
has been recognised once, and each buffer that is made once has been made. Exit code 1 where a process has grown by
more than 50 MB.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from recogniser import CORPUS, GAP_S, RATE_HZ, SERVE, Clip, read_clips

import ipyscribe as scribe
from ipyscribe.audio import AudioBlock

BLOCK = 800
AHEAD_S = 20.0
"""How far the sound may run ahead of the last recognised word. More of it may take a starved server so long that it
closes the session because nothing is sent."""
WARM_UP_S = 600.0
MOST_MB = 50.0


class EndlessSpeech:
    """An AudioSource: the utterances one after the other, in another order each time, for ``seconds``."""

    label = "speech of the corpus"
    live = False

    def __init__(self, clips: list[Clip], seconds: float, speed: float) -> None:
        self.duration_s: float | None = seconds
        self._speed = speed
        self._clips = clips
        self.position = 0
        self.recognised_s = 0.0
        """The end of the last recognised word. Who reads the transcript sets it."""

    def open(self) -> EndlessSpeech:
        return self

    def _blocks(self) -> Iterator[bytes]:
        rng = np.random.default_rng(0)
        gap = rng.normal(0, 3, int(GAP_S * RATE_HZ)).astype(np.int16)
        while True:
            for index in rng.permutation(len(self._clips)):
                sound = np.concatenate([self._clips[index].samples, gap])
                for begin in range(0, len(sound) - BLOCK, BLOCK):
                    yield sound[begin : begin + BLOCK].tobytes()

    def read(self, timeout_s: float) -> AudioBlock | None:
        if self.position == 0:
            self._pieces = self._blocks()
            self._began_s = time.monotonic()
        position_s = self.position / RATE_HZ
        too_early = position_s > self._speed * (time.monotonic() - self._began_s)
        if too_early or position_s - self.recognised_s > AHEAD_S:
            time.sleep(min(timeout_s, 0.02))
            return None
        self.position += BLOCK
        return AudioBlock(next(self._pieces), self.position - BLOCK, time.monotonic())

    def pause(self) -> None: ...
    def resume(self) -> None: ...

    def close(self) -> None:
        self.duration_s = 0.0

    dropped_samples = 0
    notice = None

    @property
    def ended(self) -> bool:
        return self.position / RATE_HZ >= (self.duration_s or 0.0)


def measure(hours: float, speed: float, corpus: Path) -> list[dict[str, float]]:
    """Minutes of sound, and megabytes of the server and the client then; a row for each minute."""
    server = subprocess.Popen([sys.executable, *SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    processes = {"server_mb": psutil.Process(server.pid), "client_mb": psutil.Process()}
    rows: list[dict[str, float]] = []
    try:
        address = server.stdout.readline().split()[-1]
        source = EndlessSpeech(read_clips(corpus, 1), 3600 * hours, speed)
        with scribe.Session("local-whisper-tiny.en", source=source, endpoint=address) as session:
            change = 0
            while not session.done:
                change = session.wait_for_change(change, 1.0)
                turns = session.transcript.turns
                if turns and turns[-1].words:
                    source.recognised_s = turns[-1].words[-1].end_ms / 1000
                if source.recognised_s >= 60 * len(rows):
                    megabytes = {name: process.memory_info().rss / 2**20 for name, process in processes.items()}
                    rows.append({"minutes": source.recognised_s / 60, **megabytes})
                    line = "{minutes:6.1f} min  server {server_mb:6.1f} MB  client {client_mb:6.1f} MB"
                    print(line.format(**rows[-1]), flush=True)
            print(f"{len(session.transcript)} turns")
    finally:
        server.terminate()
        server.wait(10)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0, help="of sound")
    parser.add_argument("--speed", type=float, default=math.inf, help="at most so many times the pace of speech")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--json", type=Path, help="also write the rows there")
    options = parser.parse_args()
    rows = measure(options.hours, options.speed, options.corpus)
    if options.json:
        options.json.write_text(json.dumps(rows), encoding="utf-8")
    warm = [row for row in rows if 60 * row["minutes"] >= WARM_UP_S]
    if len(warm) < 2:
        sys.exit(f"Only {rows[-1]['minutes']:.1f} min of sound were recognised; it takes more than {WARM_UP_S / 60:g}.")
    grown = {name: max(row[name] for row in warm) - warm[0][name] for name in ("server_mb", "client_mb")}
    span_h = (warm[-1]["minutes"] - warm[0]["minutes"]) / 60
    print(
        f"in {span_h:.2f} h after the first {WARM_UP_S / 60:g} min: server grown by {grown['server_mb']:.1f} MB, "
        f"client by {grown['client_mb']:.1f} MB (aim at most {MOST_MB:g} in 3 h)"
    )
    return 0 if max(grown.values()) <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
