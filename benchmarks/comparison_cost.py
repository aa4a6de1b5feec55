"""What a comparison costs: processor time and delay of several models on one source, beside a single session.

    python benchmarks/comparison_cost.py [--models N] [--seconds N] [--rounds N] [--realtime]

The scripted server of client_cost.py sends each session 20 Turn messages a second. One session and a comparison
of N hear the same sound at the pace of time, each in a process of its own, by turns; ratios are to the single
session of the same round. ``--realtime`` as in client_cost.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from client_cost import quantile, running_server
from streaming_clients import MODEL, TAIL_S, WARM_UP, number_of

HERE = Path(__file__).parent
MOST_CPU, MOST_DELAY = 4.4, 1.10


class Seen:
    """When each Turn message of one session was in hand."""

    def __init__(self, session: Any) -> None:
        self.moments: dict[int, float] = {}
        self._session = session
        session.on_change(self._note)

    def _note(self) -> None:
        turns = self._session.transcript.turns
        if turns:
            self.moments.setdefault(number_of(turns[-1].end_of_turn_confidence), time.monotonic())


def hear(url: str, seconds: float, count: int) -> None:
    """Stream to ``count`` sessions; prints the processor time between the first second and the last."""
    import numpy as np

    from ipyscribe import AudioArray, Session
    from ipyscribe.comparison import Comparison

    silence = AudioArray(np.zeros(round(seconds * 16_000), np.int16), 16_000)
    runs: Any
    if count == 1:
        runs = Session(MODEL, source=silence, endpoint=url)
        sessions = [runs]
    else:
        models = {f"model {number}": MODEL for number in range(count)}
        runs = Comparison(models, source=silence, endpoint=url)
        sessions = list(runs.sessions)
    seen = [Seen(session) for session in sessions]
    marks = []
    with runs:
        while not sessions[0].audio_ms:
            time.sleep(0.01)
        for pause_s in (1.0, seconds - 1.0 - TAIL_S):
            threading.Event().wait(pause_s)
            marks.append((time.process_time(), time.monotonic()))
        runs.wait()
    (cpu_0, wall_0), (cpu_1, wall_1) = marks
    found = {"cpu_s": cpu_1 - cpu_0, "wall_s": wall_1 - wall_0, "seen": [one.moments for one in seen]}
    print(json.dumps(found), flush=True)


def run(url: str, seconds: float, count: int, log: IO[str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--hear", url, "--models", str(count), "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    found = json.loads(done.stdout)
    sent = [json.loads(log.readline())["sent_s"] for _ in range(count)]
    delays_ms = []
    for moments in found["seen"]:
        mine = min(sent, key=lambda sent_s: _off(sent_s, moments))
        sent.remove(mine)
        delays_ms += [1000 * (at_s - mine[int(n)]) for n, at_s in moments.items() if WARM_UP <= int(n) < len(mine)]
    delays_ms.sort()
    return {
        "cpu": 1000 * found["cpu_s"] * 60 / found["wall_s"],
        "p50": quantile(delays_ms, 0.5),
        "p99": quantile(delays_ms, 0.99),
    }


def _off(sent_s: list[float], moments: dict[str, float]) -> float:
    """How badly the server's moments fit a session's: which connection was whose is not on the wire."""
    late = [at_s - sent_s[int(n)] for n, at_s in moments.items() if int(n) < len(sent_s)]
    return abs(statistics.median(late)) + (1.0 if min(late) < 0 else 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    parser.add_argument("--hear", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hear:
        hear(options.hear, options.seconds, options.models)
        return
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    ratios: dict[str, list[float]] = {"cpu": [], "p50": [], "p99": []}
    with running_server() as (url, log):
        for number in range(options.rounds):
            one, many = (run(url, options.seconds, count, log) for count in (1, options.models))
            for name in ratios:
                ratios[name].append(many[name] / one[name])
            print(
                f"round {number + 1}: one {one['cpu']:.0f} ms/min, p50 {one['p50']:.2f}, p99 {one['p99']:.2f} ms; "
                f"{options.models} together {many['cpu']:.0f} ms/min, p50 {many['p50']:.2f}, p99 {many['p99']:.2f} ms",
                flush=True,
            )
    for name, values in ratios.items():
        print(f"{name}: {statistics.median(values):.2f} of one ({min(values):.2f} to {max(values):.2f})")
    print(f"aims: CPU <= {MOST_CPU} for 4, time per word <= {MOST_DELAY} (p50)")


if __name__ == "__main__":
    main()
