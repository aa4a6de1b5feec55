"""How good, how fast and how dear the offline recogniser is, over real sockets and at the pace of speech.

    python benchmarks/recogniser.py [--quick N] [--corpus DIRECTORY] [--json FILE]

Starts the server in its own process, streams the English part of the corpus on one connection at real time
(2 s of silence between utterances), and prints word error rates with 95 % bootstrap intervals over
utterances, delays on the wall clock, and what the server process used. ``--quick N`` takes every N-th
utterance. ``--speed`` above 1 sends faster than speech; the delays then mean nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import psutil
import soundfile as sf
import websocket
from whisper_normalizer.english import EnglishTextNormalizer

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
QUERY = "/v3/ws?speech_model=local-whisper-tiny.en&sample_rate=16000"
START = "from ipyscribe.local import serve; serve(announce=lambda line: print(line, flush=True), exit_with_stdin=True)"
RATE_HZ = 16_000
CHUNK = 800
GAP_S = 2.0


@dataclass
class Clip:
    """An utterance and where it lies on the session's audio clock, in seconds."""

    name: str
    group: str
    text: str
    samples: np.ndarray
    begin_s: float = 0.0
    onset_s: float = 0.0
    end_s: float = 0.0
    partials_s: list[float] = field(default_factory=list)
    finals: list[tuple[float, str]] = field(default_factory=list)


def read_clips(corpus: Path, every: int) -> list[Clip]:
    manifest = corpus / "manifest.csv"
    if not manifest.is_file():
        sys.exit(f"There is no {manifest}. Give the speech corpus with --corpus DIRECTORY.")
    with manifest.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lang"] == "en"][::every]
    clips = []
    position_s = 1.0
    for row in rows:
        samples, rate = sf.read(corpus / row["file"], dtype="int16")
        if rate != RATE_HZ or samples.ndim != 1:
            sys.exit(f"{row['file']} is not 16 kHz mono.")
        clip = Clip(row["file"], row["group"], row["text"], samples, begin_s=position_s)
        onset_s, end_s = spoken_span(samples)
        clip.onset_s, clip.end_s = position_s + onset_s, position_s + end_s
        clips.append(clip)
        position_s += len(samples) / RATE_HZ + GAP_S
    return clips


def spoken_span(samples: np.ndarray) -> tuple[float, float]:
    """First and last 20 ms whose level is above 5 % of the loudest, in seconds."""
    frames = samples[: len(samples) // 320 * 320].astype(np.float64).reshape(-1, 320)
    level = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(level > max(0.05 * level.max(), 100))
    return 0.02 * float(loud[0]), 0.02 * float(loud[-1] + 1)


def timeline(clips: list[Clip]) -> np.ndarray:
    length = int((clips[-1].begin_s + GAP_S) * RATE_HZ) + len(clips[-1].samples)
    noise = np.random.default_rng(0).normal(0, 3, length)
    audio = noise.astype(np.int16)
    for clip in clips:
        begin = int(clip.begin_s * RATE_HZ)
        audio[begin : begin + len(clip.samples)] = clip.samples
    return audio


def stream(url: str, audio: np.ndarray, speed: float, process: psutil.Process) -> dict[str, Any]:
    """Send at pace; frames with their arrival in seconds after the first sample was due."""
    socket = websocket.create_connection(url + QUERY, timeout=60)
    socket.recv()
    frames: list[tuple[float, dict[str, Any]]] = []
    began_s = time.perf_counter()

    def read() -> None:
        while text := socket.recv():
            frames.append((time.perf_counter() - began_s, json.loads(text)))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    before = process.cpu_times()
    machine_before = psutil.cpu_times()
    peak = 0
    for begin in range(0, len(audio), CHUNK):
        due_s = (begin + CHUNK) / RATE_HZ / speed
        time.sleep(max(0.0, due_s - (time.perf_counter() - began_s)))
        socket.send_binary(audio[begin : begin + CHUNK].tobytes())
        if begin % RATE_HZ == 0:
            peak = max(peak, process.memory_info().rss)
    wall_s = time.perf_counter() - began_s
    after = process.cpu_times()
    machine = [now - then for now, then in zip(psutil.cpu_times(), machine_before, strict=True)]
    busy = sum(machine) - machine[psutil.cpu_times()._fields.index("idle")]
    socket.send(json.dumps({"type": "Terminate"}))
    reader.join(60)
    socket.close()
    cpu_s = after.user + after.system - before.user - before.system
    others = (busy - cpu_s) / wall_s
    return {"frames": frames, "core": cpu_s / wall_s, "peak": peak, "wall_s": wall_s, "others": others}


def assign(clips: list[Clip], frames: list[tuple[float, dict[str, Any]]]) -> int:
    """Give each Turn to the utterance it was spoken in; the number of final turns."""
    finals = 0
    for arrived_s, frame in frames:
        if frame["type"] != "Turn" or not frame["words"]:
            continue
        middle_s = (frame["words"][0]["start"] + frame["words"][-1]["end"]) / 2000
        begun = [clip for clip in clips if clip.begin_s - GAP_S / 2 <= middle_s]
        clip = begun[-1] if begun else clips[0]
        clip.partials_s.append(arrived_s)
        if frame["end_of_turn"]:
            finals += 1
            clip.finals.append((arrived_s, frame["transcript"]))
    return finals


def errors_and_words(clips: list[Clip]) -> np.ndarray:
    normal = EnglishTextNormalizer()
    rows = []
    for clip in clips:
        said = normal(clip.text)
        heard = normal(" ".join(text for _, text in clip.finals))
        found = jiwer.process_words(said, heard)
        rows.append((found.substitutions + found.deletions + found.insertions, len(said.split())))
    return np.array(rows)


def interval(rows: np.ndarray) -> tuple[float, float]:
    picks = np.random.default_rng(0).integers(0, len(rows), (2000, len(rows)))
    rates = rows[picks, 0].sum(axis=1) / rows[picks, 1].sum(axis=1)
    low, high = np.percentile(100 * rates, [2.5, 97.5])
    return float(low), float(high)


def report(clips: list[Clip], run: dict[str, Any], turns: int, start: dict[str, float]) -> dict[str, Any]:
    rows = errors_and_words(clips)
    low, high = interval(rows)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, clip in enumerate(clips):
        groups[clip.group].append(index)
    first = [clip.partials_s[0] - clip.onset_s for clip in clips if clip.partials_s]
    final = [clip.finals[-1][0] - clip.end_s for clip in clips if clip.finals]
    figures = {
        "utterances": len(clips),
        "words": int(rows[:, 1].sum()),
        "turns": turns,
        "wer_percent": round(100 * rows[:, 0].sum() / rows[:, 1].sum(), 2),
        "wer_95": [round(low, 1), round(high, 1)],
        "wer_by_group": {
            name: round(100 * rows[picked, 0].sum() / rows[picked, 1].sum(), 1) for name, picked in groups.items()
        },
        "first_partial_s": [round(float(np.percentile(first, q)), 2) for q in (50, 90)],
        "final_s": [round(float(np.percentile(final, q)), 2) for q in (50, 90)],
        "core_percent": round(100 * run["core"], 1),
        "others_core_percent": round(100 * run["others"], 1),
        "peak_rss_mb": round(run["peak"] / 2**20),
        "audio_s": round(run["wall_s"], 1),
        **start,
    }
    print(f"utterances {figures['utterances']}, words {figures['words']}, turns {turns}")
    print(f"word error rate      {figures['wer_percent']} % (95 %: {low:.1f} to {high:.1f})")
    for name, rate in figures["wer_by_group"].items():
        print(f"  {name:<22} {rate:>5} %  n={len(groups[name])}")
    print("first partial after onset   median {} s, p90 {} s".format(*figures["first_partial_s"]))
    print("final after speech end      median {} s, p90 {} s".format(*figures["final_s"]))
    print(f"server: {figures['core_percent']} % of one core, peak {figures['peak_rss_mb']} MB")
    print(f"everything else on this machine (other guests included): {figures['others_core_percent']} % of one core")
    print(f"start: first line {start['first_line_s']} s, Begin {start['begin_s']} s")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="take every N-th utterance")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--json", type=Path, help="also write the figures and what was heard there")
    options = parser.parse_args()
    clips = read_clips(options.corpus, options.quick)
    began_s = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().split()[-1]
        first_line_s = time.perf_counter() - began_s
        probe = websocket.create_connection(url + QUERY, timeout=60)
        probe.recv()
        start = {
            "first_line_s": round(first_line_s, 2),
            "begin_s": round(time.perf_counter() - began_s, 2),
        }
        probe.close()
        run = stream(url, timeline(clips), options.speed, psutil.Process(server.pid))
    finally:
        server.terminate()
        server.wait(10)
    turns = assign(clips, run["frames"])
    figures = report(clips, run, turns, start)
    if options.json:
        heard = {clip.name: [text for _, text in clip.finals] for clip in clips}
        options.json.write_text(json.dumps({"figures": figures, "heard": heard}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
