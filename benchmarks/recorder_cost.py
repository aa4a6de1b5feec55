"""What a message costs on the thread that receives it, and a client in all: this build, another build and the SDK.

    python benchmarks/recorder_cost.py --before FOLDER [--rounds N] [--seconds S] [--realtime] [--json FILE]

``FOLDER`` is a checkout of the other build with an environment in ``.venv``. Each round goes through all by turns,
each client in a process of its own against scripted_server.py (20 Turn messages and 20 chunks a second, at the pace
of time): the official SDK; a session of each build seen by ``on_change``; and one of each build whose reader's path is
timed, from a frame in hand to the state of the session recorded, changed and told. Ratios are to the build before in
the same round. ``--realtime`` (Linux, as root) has the kernel run all of it before everything else.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import IO, Any

from client_cost import quantile, running_server
from streaming_clients import CLIENTS, Notes

HERE = Path(__file__).parent
MOST_READER, MOST_CPU = 1.2, 1.03
"""Of the build before."""

Figures = dict[str, float]


def timed_listener(url: str, seconds: float, notes: Notes) -> list[float]:
    """Microseconds that each frame took on the thread that reads."""
    from ipyscribe.connection import Connection

    took_us: list[float] = []
    make = Connection.__init__

    def timed(self: Connection, *arguments: Any, **named: Any) -> None:
        on_frame = named["on_frame"]

        def take(data: bytes, received_s: float) -> None:
            began_s = time.perf_counter()
            on_frame(data, received_s)
            took_us.append(1e6 * (time.perf_counter() - began_s))

        make(self, *arguments, **{**named, "on_frame": take})

    Connection.__init__ = timed  # type: ignore[method-assign]
    CLIENTS["listener"](url, seconds, notes)
    return took_us


def client(name: str, url: str, seconds: float) -> None:
    """Run one client; what it used goes to standard output."""
    notes = Notes(seconds)
    took_us = timed_listener(url, seconds, notes) if name == "timed" else CLIENTS[name](url, seconds, notes)
    found = json.loads(notes.line())
    print(json.dumps({"cpu": 60_000 * found["cpu_s"] / found["wall_s"], "reader_us": took_us or []}))


def run(folder: Path, name: str, url: str, seconds: float, log: IO[str]) -> Figures:
    command = [folder / ".venv/bin/python", __file__, "--client", name, url, str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    log.readline()
    found = json.loads(done.stdout)
    ordered = sorted(found["reader_us"])
    if name == "timed":
        return {"reader p50": quantile(ordered, 0.5), "reader p99": quantile(ordered, 0.99)}
    return {"cpu": found["cpu"]}


def report(rounds: list[dict[str, Figures]]) -> None:
    print(f"\n{'':<36}{'min':>9}{'median':>9}{'max':>9}")
    rows = [
        ("SDK, CPU ms per audio minute", "sdk", "cpu"),
        ("before, CPU ms per audio minute", "before", "cpu"),
        ("now, CPU ms per audio minute", "now", "cpu"),
        ("before, reader's path p50, us", "before timed", "reader p50"),
        ("now, reader's path p50, us", "now timed", "reader p50"),
        ("before, reader's path p99, us", "before timed", "reader p99"),
        ("now, reader's path p99, us", "now timed", "reader p99"),
    ]
    for title, who, measure in rows:
        values = [figures[who][measure] for figures in rounds]
        print(f"{title:<36}{min(values):>9.1f}{statistics.median(values):>9.1f}{max(values):>9.1f}")
    for title, top, bottom, measure, most in (
        ("CPU, now to before", "now", "before", "cpu", MOST_CPU),
        ("CPU, now to the SDK", "now", "sdk", "cpu", 0.66),
        ("reader's path p50, now to before", "now timed", "before timed", "reader p50", MOST_READER),
        ("reader's path p99, now to before", "now timed", "before timed", "reader p99", MOST_READER),
    ):
        ratios = [figures[top][measure] / figures[bottom][measure] for figures in rounds]
        middle = statistics.median(ratios)
        verdict = "met" if middle <= most else "MISSED"
        print(f"{title}: {middle:.3f} ({min(ratios):.2f} to {max(ratios):.2f}), at most {most}: {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="checkout of the build to compare with")
    parser.add_argument("--seconds", type=float, default=12.0, help="sound streamed in each run")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    parser.add_argument("--json", type=Path, help="also write every round's figures there")
    parser.add_argument("--client", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        client(options.client[0], options.client[1], float(options.client[2]))
        return
    if options.before is None:
        parser.error("--before is missing: a checkout of the build to compare with")
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    now, before = HERE.parent, options.before
    order = {
        "sdk": (now, "sdk"),
        "before": (before, "listener"),
        "now": (now, "listener"),
        "before timed": (before, "timed"),
        "now timed": (now, "timed"),
    }
    rounds: list[dict[str, Figures]] = []
    with running_server() as (url, log):
        for number in range(options.rounds):
            rounds.append({})
            for who in sorted(order, key=list(order).index, reverse=number % 2 == 1):
                folder, name = order[who]
                rounds[-1][who] = figures = run(folder, name, url, options.seconds, log)
                shown = ", ".join(f"{measure} {value:.1f}" for measure, value in figures.items())
                print(f"round {number + 1}/{options.rounds} {who:<14} {shown}", flush=True)
    report(rounds)
    if options.json:
        options.json.write_text(json.dumps(rounds, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
