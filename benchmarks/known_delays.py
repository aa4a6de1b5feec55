"""How far the measured latencies are from known ones: a session over a real socket against a server with a script.

    python benchmarks/known_delays.py [--turns N] [--realtime]

Another process answers: each message goes out a known time after the sound came that it is about. So the script
says what every latency has to be, but for the time on the way and the moment at which the system wakes a thread.
``--realtime`` (Linux, root) puts both processes before all others, so that a busy machine does not hold them up.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ipyscribe import AudioArray, Session, metrics
from ipyscribe.protocol.encode import encode_message
from ipyscribe.protocol.messages import Begin, Termination, TurnMessage, Word

TURN_MS = 2_000
SPANS = ((100, 320), (500, 730), (900, 1_140))
TEXTS = ("hello", "hello word", "hello world again")
DELAYS_MS = (120, 270, 80)
FINAL = "Hello world again."
FINAL_DELAY_MS = 600
CHURN, ERASURE = 3 / 3, 4 / 3
CHUNK_MS = 50
AIM_MS = 2.0


def script(turns: int) -> list[tuple[int, int, TurnMessage]]:
    """For each message: the position of the sound that it waits for, how many ms after that, and what it says."""
    messages = []
    for turn in range(turns):
        start_ms = TURN_MS * turn
        for count, (text, delay_ms) in enumerate(zip(TEXTS, DELAYS_MS, strict=True), 1):
            messages.append((start_ms + SPANS[count - 1][1], delay_ms, _turn(turn, text, end=False)))
        messages.append((start_ms + SPANS[-1][1], FINAL_DELAY_MS, _turn(turn, FINAL, end=True)))
    return messages


def _turn(order: int, text: str, *, end: bool) -> TurnMessage:
    turn_ms = TURN_MS * order
    words = tuple(
        Word(word, turn_ms + start_ms, turn_ms + end_ms, 0.9, is_final=end)
        for word, (start_ms, end_ms) in zip(text.split(), SPANS, strict=False)
    )
    utterance = text if end else ""
    return TurnMessage(order, text, utterance, end_of_turn=end, turn_is_formatted=end, words=words)


def serve_script(turns: int) -> None:
    """One connection; afterwards when each message was due by the script, and when it went out."""
    from websockets.sync.server import ServerConnection, serve

    def answer(connection: ServerConnection) -> None:
        connection.send(encode_message(Begin("script", 0, {})))
        waiting, due, went = script(turns)[::-1], [], []
        received_ms = 0.0
        while True:
            pause_s = max(0.0, due[0][0] - time.monotonic()) if due else None
            try:
                frame = connection.recv(timeout=pause_s)
            except TimeoutError:
                due_s, number, message = heapq.heappop(due)
                went.append((number, due_s, time.monotonic()))
                connection.send(encode_message(message))
                continue
            now_s = time.monotonic()
            if isinstance(frame, str):
                break
            received_ms += len(frame) / 32
            while waiting and waiting[-1][0] <= received_ms:
                _, delay_ms, message = waiting.pop()
                heapq.heappush(due, (now_s + delay_ms / 1000, len(waiting), message))
        connection.send(encode_message(Termination(0, 0)))
        print(json.dumps([1000 * (sent_s - due_s) for _, due_s, sent_s in went]), flush=True)

    with serve(answer, "127.0.0.1", 0, compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--realtime", action="store_true", help="run before all other processes (Linux, root)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    if options.serve:
        serve_script(options.turns)
        return
    command = [sys.executable, __file__, "--serve", "--turns", str(options.turns)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = f"ws://127.0.0.1:{int(server.stdout.readline())}"
            samples = np.zeros(16 * (TURN_MS * options.turns + 500), np.int16)
            session = Session("u3-rt-pro", source=AudioArray(samples, 16_000), endpoint=url, api_key="none")
            with session:
                session.wait()
            late_ms = json.loads(server.stdout.readline())
        finally:
            server.terminate()
    report(session.tape.transcript, session.tape.sent, late_ms)


def report(said: Any, sent: metrics.SendTimes, late_ms: Sequence[float]) -> None:
    print(
        f"{len(said.turns)} turns, {len(late_ms)} messages; the server itself was late by up to {max(late_ms):.2f} ms"
    )
    first, _, third = DELAYS_MS
    wanted = {
        "ttft_onset_ms": [first + _paced(SPANS[0][0], SPANS[0][1])],
        "word_emission_ms": [first, third + _paced(SPANS[1][1], SPANS[2][1]), third],
        "word_commit_ms": [first, third + _paced(SPANS[1][1], SPANS[2][1]), third],
        "eot_ms": [FINAL_DELAY_MS],
        "ttct_ms": [FINAL_DELAY_MS],
        "ttfs_ms": [FINAL_DELAY_MS],
        "endpoint_wait_ms": [FINAL_DELAY_MS - third],
        "transcript_lag_ms": [_lag(end_ms, delay_ms) for (_, end_ms), delay_ms in zip(SPANS, DELAYS_MS, strict=True)],
    }
    for name, expected in wanted.items():
        found = [value.value_ms for value in getattr(metrics, name)(said, sent)]
        off = [value - expected[at % len(expected)] for at, value in enumerate(found)]
        within = sum(abs(value) <= AIM_MS for value in off) / len(off)
        print(
            f"{name:17} off by {np.median(off):5.2f} ms (median), {min(off):5.2f} to {max(off):5.2f}, "
            f"{within:4.0%} within {AIM_MS:.0f} ms, n = {len(off)}"
        )
    silent_ms = _paced(SPANS[0][1], SPANS[1][1]) + DELAYS_MS[1] - DELAYS_MS[0]
    print(f"dead_air_ms       off by {metrics.dead_air_ms(said, sent) - silent_ms:5.2f} ms, the longest of all turns")
    counted = metrics.stability(said)
    print(
        f"churn {counted.churn} (script {CHURN}), normalised erasure {counted.normalised_erasure:.4f} ({ERASURE:.4f})"
    )


def _paced(from_ms: int, to_ms: int) -> int:
    """How much later the chunk with ``to_ms`` goes out than that with ``from_ms``."""
    return CHUNK_MS * (-(-to_ms // CHUNK_MS) - -(-from_ms // CHUNK_MS))


def _lag(end_ms: int, delay_ms: int) -> int:
    """Sound that has gone out ``delay_ms`` after the chunk with ``end_ms``, beyond it."""
    return -(-end_ms // CHUNK_MS) * CHUNK_MS + delay_ms // CHUNK_MS * CHUNK_MS - end_ms


if __name__ == "__main__":
    main()
