"""Many sessions at once in one process: time from send to callback, processor time, memory.

    python benchmarks/many_sessions.py [--sessions N] [--seconds S] [--rounds N] [--realtime]

The server of client_cost.py, in its own process, sends every session 20 Turn messages a second while one process
streams sound at the pace of time over all of them, the official SDK and ipyscribe by turns. A callback notes each
message. Memory is what the process holds at the end of streaming, above what one with a single session holds.
Ratios are within a round. ``--realtime`` (Linux, as root) is that of client_cost.py.

    python benchmarks/many_sessions.py --client NAME URL SESSIONS SECONDS

is what it starts for each measurement.
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
from collections.abc import Callable
from typing import IO, Any

import psutil
from client_cost import Figures, quantile, running_server, spread
from scripted_server import RATE_HZ
from streaming_clients import CHUNK, CHUNK_S, MODEL, number_of

NAMES = {"sdk": "official SDK", "ipyscribe": "ipyscribe"}
MEASURES = {
    "p50": "send to callback p50, ms",
    "p99": "send to callback p99, ms",
    "cpu": "CPU, share of one core",
    "memory": "MB above one session",
}
AIMS = {"p99": 20.0, "memory": 60.0}
SETTLE_S = 4.0
"""From the start of the first session to the first message that counts: by then all are open."""


class Heard:
    """When each message of each session was in hand: ``seen[session id][number]``."""

    def __init__(self, first_s: float, last_s: float) -> None:
        self._span = first_s, last_s
        self.seen: dict[str, dict[int, float]] = {}

    def note(self, session: str, confidence: float) -> None:
        now = time.monotonic()
        if self._span[0] <= now <= self._span[1]:
            self.seen.setdefault(session, {}).setdefault(number_of(confidence), now)


def sdk(url: str, count: int, seconds: float, heard: Heard) -> Callable[[], None]:
    from assemblyai.streaming.v3 import (
        RealTimeEvents,
        RealTimeParameters,
        RealTimeTranscriber,
        RealTimeTranscriberOptions,
    )

    def stream(client: Any, began_s: float) -> None:
        for index in range(round(seconds / CHUNK_S)):
            time.sleep(max(0.0, began_s + (index + 1) * CHUNK_S - time.monotonic()))
            client.stream(CHUNK)
        client.disconnect(terminate=True)

    threads = []
    for _ in range(count):
        client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key="none", api_host=url))
        begun: list[str] = []
        client.on(RealTimeEvents.Begin, lambda _client, event, begun=begun: begun.append(event.id))
        client.on(
            RealTimeEvents.Turn,
            lambda _client, event, begun=begun: heard.note(begun[0], event.end_of_turn_confidence),
        )
        client.connect(RealTimeParameters(sample_rate=16_000, speech_model=MODEL))
        thread = threading.Thread(target=stream, args=(client, time.monotonic()))
        thread.start()
        threads.append(thread)

    def end() -> None:
        for thread in threads:
            thread.join()

    return end


def ipyscribe(url: str, count: int, seconds: float, heard: Heard) -> Callable[[], None]:
    import numpy as np

    from ipyscribe import AudioArray, Session

    silence = AudioArray(np.zeros(round(seconds * 16_000), np.int16), 16_000)
    sessions = []
    for _ in range(count):
        session = Session(MODEL, source=silence, endpoint=url)

        def changed(session: Any = session) -> None:
            turns = session.transcript.turns
            if turns:
                heard.note(session._live.connection.state.begin.session_id, turns[-1].end_of_turn_confidence)

        session.on_change(changed)
        sessions.append(session.start())
        session.wait_until_open()

    def end() -> None:
        for session in sessions:
            session.wait()

    return end


CLIENTS = {"sdk": sdk, "ipyscribe": ipyscribe}


def client(name: str, url: str, count: int, seconds: float) -> None:
    """One measurement, in this process; prints one line of JSON."""
    began_s = time.monotonic()
    heard = Heard(began_s + SETTLE_S, began_s + seconds)
    end = CLIENTS[name](url, count, seconds + 2, heard)
    time.sleep(max(0.0, began_s + SETTLE_S - time.monotonic()))
    cpu_s, wall_s = time.process_time(), time.monotonic()
    time.sleep(max(0.0, began_s + seconds - time.monotonic()))
    cpu = (time.process_time() - cpu_s) / (time.monotonic() - wall_s)
    memory = psutil.Process().memory_info().rss / 2**20
    threads = threading.active_count()
    end()
    print(json.dumps({"seen": heard.seen, "cpu": cpu, "memory": memory, "threads": threads}), flush=True)


def run(name: str, url: str, count: int, seconds: float, log: IO[str]) -> Figures:
    command = [sys.executable, __file__, "--client", name, url, str(count), str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 120)
    found = json.loads(done.stdout)
    sent = {line["id"]: line["sent_s"] for line in (json.loads(log.readline()) for _ in range(count))}
    delays_ms = sorted(
        1000 * (at_s - sent[session][int(number)])
        for session, seen in found["seen"].items()
        for number, at_s in seen.items()
    )
    expected = count * (seconds - SETTLE_S) * RATE_HZ
    return {
        "p50": quantile(delays_ms, 0.50),
        "p99": quantile(delays_ms, 0.99),
        "worst": delays_ms[-1],
        "cpu": found["cpu"],
        "memory": found["memory"],
        "threads": found["threads"],
        "seen": len(delays_ms) / expected,
    }


def report(rounds: list[dict[str, Figures]]) -> None:
    for measure, title in MEASURES.items():
        print(f"\n{title:<26}{'min':>9}{'median':>9}{'max':>9}    to the SDK: min  median   max")
        for name, shown in NAMES.items():
            values = [figures[name][measure] for figures in rounds]
            ratios = [figures[name][measure] / figures["sdk"][measure] for figures in rounds]
            row = "".join(f"{value:>9.2f}" for value in spread(values))
            print(f"{shown:<26}{row}            {'  '.join(f'{value:5.2f}' for value in spread(ratios))}")
    seen = sorted(figures[name]["seen"] for figures in rounds for name in NAMES)
    print(f"\nshare of the messages that came while it was measured: {seen[0]:.3f} to {seen[-1]:.3f}")
    for measure, aim in AIMS.items():
        value = statistics.median(figures["ipyscribe"][measure] for figures in rounds)
        print(f"aim: {MEASURES[measure]}: {value:.1f} (<= {aim:g}) {'met' if value <= aim else 'MISSED'}")


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        name, url, count, seconds = sys.argv[2:6]
        client(name, url, int(count), float(seconds))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement, starts included")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    options = parser.parse_args()
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    rounds: list[dict[str, Figures]] = []
    with running_server() as (url, log):
        alone = {name: run(name, url, 1, SETTLE_S + 4, log)["memory"] for name in NAMES}
        for number in range(options.rounds):
            rounds.append({})
            for name in NAMES:
                rounds[-1][name] = figures = run(name, url, options.sessions, options.seconds, log)
                figures["memory"] -= alone[name]
                shown = ", ".join(f"{measure} {value:.2f}" for measure, value in figures.items())
                print(f"round {number + 1}/{options.rounds} {NAMES[name]:<14} {shown}", flush=True)
    report(rounds)


if __name__ == "__main__":
    main()
