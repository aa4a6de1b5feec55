"""What the tape costs: processor time, the reader's path, size, opening, and looking at any moment of hours.

    python benchmarks/tape.py [--hours H] [--rounds N] [--seconds S] [--realtime]

Overhead: a session against scripted_server.py (20 Turn messages and 20 chunks a second, at the pace of time), in a
process of its own, by turns with its recorder and with one that does nothing; and, in the same process, the time
that each call of the recorder took. Size and speed: H hours of the bundled recording,
as fast as the server takes them, to ``ipyscribe serve --script``; the tape is then opened in another process.
``--realtime`` (Linux, as root) has the kernel run all of it before everything else.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from endurance import script

HERE = Path(__file__).parent
MODEL = "universal-streaming-english"
WARM_UP_S = 11.0
"""The first time that it writes down is over then: it makes a folder and looks up versions, once."""
CALLS = ("take", "take_captured", "take_sent", "note", "tidy")


class Nothing:
    """A recorder that records nothing, but gives what a session cannot do without."""

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s

    def stamp(self, time_s: float) -> float:
        return time_s - self.began_s

    def __getattr__(self, _: str) -> Any:
        return nothing


def nothing(*_: Any, **__: Any) -> None:
    return None


class Timed:
    """The recorder, and how long each of its calls took on which thread."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self.took_s: dict[str, list[float]] = {name: [] for name in CALLS}

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._recorder, name)
        if name not in CALLS:
            return call
        took = self.took_s[name]

        def timed(*given: Any, **more: Any) -> Any:
            began_s = time.perf_counter()
            try:
                return call(*given, **more)
            finally:
                took.append(time.perf_counter() - began_s)

        return timed


def one(kind: str, url: str, seconds: float) -> None:
    """One session; what it used goes to standard output."""
    import numpy as np

    import ipyscribe as scribe

    sound = np.random.default_rng(0).normal(0, 800, round(16_000 * (seconds + WARM_UP_S))).astype(np.int16)
    session = scribe.Session(MODEL, source=scribe.AudioArray(sound, 16_000), endpoint=url)
    timed = Timed(session._live.recorder)
    if kind == "without":
        session._live.recorder = Nothing(time.monotonic())  # type: ignore[assignment]
    elif kind == "timed":
        session._live.recorder = timed  # type: ignore[assignment]
    pause = threading.Event()
    with session:
        pause.wait(WARM_UP_S)
        cpu_s, wall_s = time.process_time(), time.monotonic()
        pause.wait(seconds - 1)
        used_s, passed_s = time.process_time() - cpu_s, time.monotonic() - wall_s
    reader_us = [1e6 * took_s for took_s in timed.took_s["take"]]
    print(json.dumps({"cpu": 60_000 * used_s / passed_s, "reader_us": reader_us}))


def own_work() -> float:
    """CPU ms for what a recorder does in a minute of sound with 20 frames a second, in a loop."""
    from scripted_server import turn_frame

    from ipyscribe.protocol import find_model
    from ipyscribe.tape import LaneManifest, Recorder

    recorder = Recorder(LaneManifest(find_model(MODEL), "here"))
    recorder.begin()
    frames = [turn_frame(number).encode() for number in range(1200)]
    pcm, used_s = bytes(1600), 0.0
    for minute in range(4):  # the first does not count
        used_s = 0.0 if not minute else used_s - time.process_time()
        for number, data in enumerate(frames):
            at = 800 * (1200 * minute + number)
            recorder.take_captured((time.monotonic(), at, pcm))
            recorder.take_sent((0, time.monotonic(), at, 800))
            recorder.take((recorder.stamp(time.monotonic()), "received", 0, at / 16, data))
            recorder.tidy()
        recorder.settle()
        used_s += time.process_time() if minute else 0.0
    return 1000 * used_s / 3


def run(kind: str, url: str, seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", kind, url, str(seconds)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def overhead(rounds: int, seconds: float) -> None:
    server = subprocess.Popen([sys.executable, HERE / "scripted_server.py"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    lines = server.stdout
    try:
        url = lines.readline().strip()
        threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()
        found: dict[str, list[dict[str, Any]]] = {"with": [], "without": [], "timed": []}
        for _ in range(rounds):
            for kind, runs in found.items():
                runs.append(run(kind, url, seconds))
    finally:
        server.terminate()
        server.wait(10)
    cpu = {kind: [figures["cpu"] for figures in runs] for kind, runs in found.items()}
    shares = [after / before - 1 for after, before in zip(cpu["with"], cpu["without"], strict=True)]
    print(f"the recorder alone, in a loop: {own_work():.1f} ms of CPU per audio minute")
    reader = sorted(us for figures in found["timed"] for us in figures["reader_us"])
    print(
        f"CPU ms per audio minute: with {spread(cpu['with'])}, without {spread(cpu['without'])}; "
        f"more by {', '.join(f'{share:+.1%}' for share in shares)}, median {statistics.median(shares):+.1%} (aim < 3 %)"
    )
    print(
        f"reader's path, microseconds for each of {len(reader)} frames: p50 {at(reader, 0.5):.1f}, "
        f"p99 {at(reader, 0.99):.1f}, most {reader[-1]:.0f} (aim p99 < 1000)"
    )


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def hours(length_h: float, folder: Path) -> None:
    import ipyscribe as scribe

    path = folder / "script.json"
    path.write_text(json.dumps(script()), encoding="utf-8")
    command = [sys.executable, "-m", "ipyscribe", "serve", "--no-token", "--exit-with-stdin", "--script", str(path)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    process = psutil.Process()
    try:
        url = server.stdout.readline().split()[-1]
        before_mb = process.memory_info().rss / 2**20
        session = scribe.Session("local-whisper-tiny.en", source=Looped(length_h), endpoint=url)
        began_s = time.monotonic()
        with session:
            session.wait()
        print(
            f"{length_h:g} h recorded in {time.monotonic() - began_s:.0f} s: {len(session.transcript)} turns; "
            f"memory from {before_mb:.0f} to {process.memory_info().rss / 2**20:.0f} MB, transcript and all"
        )
    finally:
        server.terminate()
        server.wait(10)
    began_s = time.monotonic()
    session.tape.save(folder / "sound.tape")
    saved_s = time.monotonic() - began_s
    size_mb = (folder / "sound.tape").stat().st_size / 1e6
    quiet = scribe.Tape.load(folder / "sound.tape")
    quiet._storage._entries.pop("audio.flac", None)  # type: ignore[attr-defined]
    quiet.save(folder / "quiet.tape")
    quiet_mb = (folder / "quiet.tape").stat().st_size / 1e6
    print(f"saved in {saved_s:.0f} s: {size_mb:.0f} MB with sound (aim < 200), {quiet_mb:.1f} MB without (aim < 20)")
    subprocess.run([sys.executable, __file__, "--open", folder / "sound.tape"], check=True)


class Looped:
    """The bundled recording again and again, as fast as it is read."""

    label = "loop"
    live = False

    def __init__(self, length_h: float) -> None:
        self.duration_s: float | None = 3600 * length_h

    def open(self) -> LoopedStream:
        return LoopedStream(round(72_000 * (self.duration_s or 0) / 3600))


class LoopedStream:
    dropped_samples = 0
    notice = None

    def __init__(self, blocks: int) -> None:
        import soundfile

        from ipyscribe.audio import sample_path

        self._pcm = soundfile.read(sample_path(), dtype="int16")[0].tobytes()
        self._left = blocks
        self._position = 0

    def read(self, _timeout_s: float) -> Any:
        from ipyscribe.audio import AudioBlock

        if not self._left:
            return None
        self._left -= 1
        at_byte = 2 * self._position % (len(self._pcm) - 1600)
        self._position += 800
        return AudioBlock(self._pcm[at_byte : at_byte + 1600], self._position - 800, time.monotonic())

    def pause(self) -> None: ...
    def resume(self) -> None: ...

    def close(self) -> None:
        self._left = 0

    @property
    def ended(self) -> bool:
        return not self._left


def opened(path: Path) -> None:
    """How long it takes to open a tape and to look at moments of it."""
    import ipyscribe as scribe

    began_s = time.perf_counter()
    tape = scribe.Tape.load(path)
    loaded_s = time.perf_counter() - began_s
    replay = scribe.Replay(tape)
    ready_s = time.perf_counter() - began_s
    replay.seek(math.inf)
    end_s = time.perf_counter() - began_s
    print(
        f"opened in {1000 * loaded_s:.0f} ms, ready to play after {ready_s:.2f} s, "
        f"the end of it shown after {end_s:.2f} s (aim < 2)"
    )
    moments = random.Random(1)
    took_ms = []
    for _ in range(200):
        time_s = moments.uniform(0.9 * tape.duration_s, tape.duration_s)
        began_s = time.perf_counter()
        replay.seek(time_s)
        took_ms.append(1000 * (time.perf_counter() - began_s))
    took_ms.sort()
    began_s = time.perf_counter()
    for time_s in range(0, int(tape.duration_s), max(1, int(tape.duration_s / 20))):
        tape.audio(1000 * time_s, 1000 * time_s + 2000)
    heard_ms = 1000 * (time.perf_counter() - began_s) / 20
    print(
        f"a step to any moment of its last tenth: p50 {at(took_ms, 0.5):.1f} ms, p99 {at(took_ms, 0.99):.1f}, "
        f"most {took_ms[-1]:.1f} (aim < 50); two seconds of sound from anywhere {heard_ms:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=31.0)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    if options.one:
        one(options.one[0], options.one[1], float(options.one[2]))
    elif options.open:
        opened(options.open)
    else:
        if options.rounds:
            overhead(options.rounds, options.seconds)
        if options.hours:
            with tempfile.TemporaryDirectory() as folder:
                hours(options.hours, Path(folder))


if __name__ == "__main__":
    main()
