"""Many sessions at once in one process: time from send to callback, processor time, memory, threads, and opening.

    python benchmarks/many_sessions.py [--before FOLDER] [--sessions N] [--rate HZ] [--seconds S] [--rounds N]
                                       [--realtime]

The server of client_cost.py, in its own process, sends every session ``--rate`` Turn messages a second while one
process streams sound at the pace of time over all of them: the official SDK, the build in ``FOLDER`` (a checkout with
an environment in ``.venv``) and this one by turns, every other round from the last to the first. All sessions are
started at once, and what counts is measured once all are open; a callback notes each message. Memory is what the
process holds at the end of streaming, above what one with a single session holds. Ratios are within a round.
``--realtime`` (Linux, as root) is that of client_cost.py.

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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psutil
from client_cost import Figures, quantile, running_server, spread
from streaming_clients import CHUNK, CHUNK_S, MODEL, RATE_HZ, number_of

NAMES = {"sdk": "official SDK", "before": "build before", "now": "this build"}
MEASURES = {
    "p50": "send to callback p50, ms",
    "p99": "send to callback p99, ms",
    "cpu": "CPU, share of one core",
    "memory": "MB above one session",
    "threads": "threads",
    "opening": "all open after, s",
}
AIMS = {"p99": 50.0, "threads": 20.0, "opening": 30.0}
RATIO_AIMS = {("cpu", "before"): 0.6, ("cpu", "sdk"): 0.4, ("memory", "before"): 0.5}
SETTLE_S = 2.0
"""From when all are open to the first message that counts."""
HERE = Path(__file__).parent
_OPENING_AT_ONCE = 16
_OPENING_LIMIT_S = 300


class Received:
    """When each message of each session was in hand while ``counts``: ``seen[session id][number]``."""

    def __init__(self) -> None:
        self.counts = False
        self.seen: dict[str, dict[int, float]] = {}

    def note(self, session: str, confidence: float) -> None:
        if self.counts:
            self.seen.setdefault(session, {}).setdefault(number_of(confidence), time.monotonic())


def sdk(url: str, count: int, seconds: float, received: Received) -> Callable[[], None]:
    from assemblyai.streaming.v3 import (
        RealTimeEvents,
        RealTimeParameters,
        RealTimeTranscriber,
        RealTimeTranscriberOptions,
    )

    over = threading.Event()

    def stream(client: Any, began_s: float) -> None:
        for index in range(round(seconds / CHUNK_S)):
            time.sleep(max(0.0, began_s + (index + 1) * CHUNK_S - time.monotonic()))
            if over.is_set():
                break
            client.stream(CHUNK)
        client.disconnect(terminate=True)

    def connect(_: int) -> threading.Thread:
        client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key="none", api_host=url))
        begun: list[str] = []
        client.on(RealTimeEvents.Begin, lambda _client, event: begun.append(event.id))
        client.on(
            RealTimeEvents.Turn,
            lambda _client, event: received.note(begun[0], event.end_of_turn_confidence),
        )
        client.connect(RealTimeParameters(sample_rate=16_000, speech_model=MODEL))
        thread = threading.Thread(target=stream, args=(client, time.monotonic()))
        thread.start()
        return thread

    with ThreadPoolExecutor(_OPENING_AT_ONCE) as pool:
        threads = list(pool.map(connect, range(count)))

    def end() -> None:
        over.set()
        for thread in threads:
            thread.join()

    return end


def ipyscribe(url: str, count: int, seconds: float, received: Received) -> Callable[[], None]:
    import numpy as np

    from ipyscribe import AudioArray, Session

    silence = AudioArray(np.zeros(round(seconds * 16_000), np.int16), 16_000)
    sessions = []
    for _ in range(count):
        session = Session(MODEL, source=silence, endpoint=url)

        def changed(session: Any = session) -> None:
            turns = session.transcript.turns
            if turns:
                received.note(_session_id(session), turns[-1].end_of_turn_confidence)

        session.on_change(changed)
        sessions.append(session.start())
    for session in sessions:
        assert session.wait_until_open(_OPENING_LIMIT_S)

    def end() -> None:
        for session in sessions:
            session.request_stop()
        for session in sessions:
            session.wait()

    return end


def _session_id(session: Any) -> str:
    # What the server calls a session is no attribute of it, and lies elsewhere in the builds before.
    live = session._live.connection.state if hasattr(session, "_live") else session._state.leg
    identifier: str = live.begin.session_id
    return identifier


CLIENTS = {"sdk": sdk, "before": ipyscribe, "now": ipyscribe}


def client(name: str, url: str, count: int, seconds: float) -> None:
    """One measurement, in this process; prints one line of JSON."""
    began_s = time.monotonic()
    received = Received()
    end = CLIENTS[name](url, count, seconds + _OPENING_LIMIT_S, received)
    opening_s = time.monotonic() - began_s
    time.sleep(SETTLE_S)
    received.counts = True
    cpu_s, wall_s = time.process_time(), time.monotonic()
    time.sleep(seconds)
    received.counts = False
    measured_s = time.monotonic() - wall_s
    found = {
        "cpu": (time.process_time() - cpu_s) / measured_s,
        "memory": psutil.Process().memory_info().rss / 2**20,
        "threads": threading.active_count(),
        "opening": opening_s,
        "measured_s": measured_s,
    }
    end()
    print(json.dumps({**found, "seen": received.seen}), flush=True)


def run(folder: Path, name: str, url: str, count: int, options: argparse.Namespace, log: IO[str]) -> Figures:
    command = [folder / ".venv/bin/python", __file__, "--client", name, url, str(count), str(options.seconds)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, timeout=options.seconds + 2 * _OPENING_LIMIT_S
    )
    found = json.loads(done.stdout)
    sent: dict[str, list[float]] = {}
    while not found["seen"].keys() <= sent.keys():  # a client may have tried more than once
        line = json.loads(log.readline())
        sent[line["id"]] = line["sent_s"]
    delays_ms = sorted(
        1000 * (at_s - sent[session][int(number)])
        for session, seen in found.pop("seen").items()
        for number, at_s in seen.items()
    )
    expected = count * found.pop("measured_s") * options.rate
    return {
        "p50": quantile(delays_ms, 0.50),
        "p99": quantile(delays_ms, 0.99),
        "worst": delays_ms[-1],
        **found,
        "seen": len(delays_ms) / expected,
    }


def report(rounds: list[dict[str, Figures]]) -> None:
    for measure, title in MEASURES.items():
        print(f"\n{title:<26}{'min':>9}{'median':>9}{'max':>9}    to the SDK: min  median   max")
        for name in rounds[0]:
            values = [figures[name][measure] for figures in rounds]
            ratios = [figures[name][measure] / figures["sdk"][measure] for figures in rounds]
            row = "".join(f"{value:>9.2f}" for value in spread(values))
            print(f"{NAMES[name]:<26}{row}            {'  '.join(f'{value:5.2f}' for value in spread(ratios))}")
    seen = sorted(figures[name]["seen"] for figures in rounds for name in figures)
    print(f"\nshare of the messages that came while it was measured: {seen[0]:.3f} to {seen[-1]:.3f}")
    for measure, aim in AIMS.items():
        value = statistics.median(figures["now"][measure] for figures in rounds)
        print(f"aim: {MEASURES[measure]}: {value:.1f} (<= {aim:g}) {'met' if value <= aim else 'MISSED'}")
    for (measure, name), aim in RATIO_AIMS.items():
        if name in rounds[0]:
            least, value, most = spread([figures["now"][measure] / figures[name][measure] for figures in rounds])
            verdict = "met" if value <= aim else "MISSED"
            of = f"{value:.2f} ({least:.2f} to {most:.2f}) of the {NAMES[name]}"
            print(f"aim: {MEASURES[measure]}: {of} (<= {aim:g}) {verdict}")


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        name, url, count, seconds = sys.argv[2:6]
        client(name, url, int(count), float(seconds))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="checkout of the build to compare with")
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--rate", type=int, default=RATE_HZ, help="messages a second to each session")
    parser.add_argument("--seconds", type=float, default=15.0, help="measured once all are open")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    options = parser.parse_args()
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    folders = {"sdk": HERE.parent, "before": options.before, "now": HERE.parent}
    if options.before is None:
        del folders["before"]
    rounds: list[dict[str, Figures]] = []
    with running_server(options.rate) as (url, log):
        alone = {name: run(folder, name, url, 1, options, log)["memory"] for name, folder in folders.items()}
        for number in range(options.rounds):
            rounds.append({})
            for name, folder in list(folders.items())[:: -1 if number % 2 else 1]:
                rounds[-1][name] = figures = run(folder, name, url, options.sessions, options, log)
                figures["memory"] -= alone[name]
                shown = ", ".join(f"{measure} {value:.2f}" for measure, value in figures.items())
                print(f"round {number + 1}/{options.rounds} {NAMES[name]:<14} {shown}", flush=True)
    report(rounds)


if __name__ == "__main__":
    main()
