"""What a client costs by itself: processor time for each minute of sound, and time from send to callback.

    python benchmarks/client_cost.py [--seconds N] [--rounds N] [--realtime] [--json FILE]

A scripted server in its own process sends 20 Turn messages a second (scripted_server.py) while each client, in
a process of its own, streams sound at the pace of time (streaming_clients.py): the official SDK, the whole of
an ipyscribe session seen by ``on_change`` and by a thread in ``wait_for_change``, and the least that is
possible with websocket-client. The rounds go through all clients by turns, so that what else the machine does
hits all of them. Ratios are to the SDK in the same round; import, start and end are not counted.
``--realtime`` (Linux, as root) has the kernel run server and clients before everything else, without which a
busy machine's p99 is the time for which other processes were let run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
NAMES = {
    "sdk": "official SDK",
    "listener": "ipyscribe, on_change",
    "waiter": "ipyscribe, waiting thread",
    "floor": "bare websocket-client",
}
MEASURES = {"cpu": "CPU ms per audio minute", "p50": "send to callback p50, ms", "p99": "send to callback p99, ms"}
AIM = 0.7
"""Of the SDK's, from callback to callback; a thread that waits is woken once more, which no callback is."""

Figures = dict[str, float]


@contextlib.contextmanager
def running_server(rate_hz: int | None = None) -> Iterator[tuple[str, IO[str]]]:
    """The server's address, and where it says when it sent what."""
    command = [sys.executable, HERE / "scripted_server.py", *([] if rate_hz is None else [str(rate_hz)])]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip(), server.stdout
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def run(name: str, url: str, seconds: float, log: IO[str]) -> Figures:
    command = [sys.executable, HERE / "streaming_clients.py", name, url, str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    found = json.loads(done.stdout)
    sent_s = json.loads(log.readline())["sent_s"]
    delays_ms = sorted(1000 * (at_s - sent_s[int(number)]) for number, at_s in found["seen"].items())
    return {
        "cpu": 1000 * found["cpu_s"] * 60 / found["wall_s"],
        "p50": quantile(delays_ms, 0.50),
        "p99": quantile(delays_ms, 0.99),
        "seen": len(delays_ms),
    }


def quantile(ordered: list[float], q: float) -> float:
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def report(rounds: list[dict[str, Figures]]) -> None:
    for measure, title in MEASURES.items():
        print(f"\n{title:<26}{'min':>9}{'median':>9}{'max':>9}    to the SDK: min  median   max")
        for name, shown in NAMES.items():
            values = [figures[name][measure] for figures in rounds]
            ratios = [figures[name][measure] / figures["sdk"][measure] for figures in rounds]
            row = "".join(f"{value:>9.2f}" for value in spread(values))
            print(f"{shown:<26}{row}            {'  '.join(f'{value:5.2f}' for value in spread(ratios))}")
    print(f"\nTurn messages seen in each run: {sorted({int(f[n]['seen']) for f in rounds for n in NAMES})}")
    for measure in ("cpu", "p99"):
        ratio = statistics.median(figures["listener"][measure] / figures["sdk"][measure] for figures in rounds)
        verdict = "met" if ratio <= AIM else "MISSED"
        print(f"aim: {MEASURES[measure]}, {NAMES['listener']}: {ratio:.2f} of the SDK (<= {AIM}) {verdict}")


def spread(values: list[float]) -> tuple[float, float, float]:
    return min(values), statistics.median(values), max(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="sound streamed in each run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    parser.add_argument("--json", type=Path, help="also write every round's figures there")
    options = parser.parse_args()
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    rounds: list[dict[str, Figures]] = []
    with running_server() as (url, log):
        for number in range(options.rounds):
            rounds.append({})
            for name in NAMES:
                rounds[-1][name] = figures = run(name, url, options.seconds, log)
                shown = ", ".join(f"{measure} {figures[measure]:.2f}" for measure in MEASURES)
                print(f"round {number + 1}/{options.rounds} {NAMES[name]:<26} {shown}", flush=True)
    report(rounds)
    if options.json:
        options.json.write_text(json.dumps(rounds, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
