"""How good, how fast and how dear the offline recogniser is, over real sockets and at the pace of speech.

    python benchmarks/recogniser.py [--quick N] [--before FOLDER] [--speed X] [--later-ms MS] [--busy N]
                                    [--json FILE]

Starts the server in its own process, streams the English part of the corpus on one connection at real time
(2 s of silence between utterances), and prints word error rates with 95 % bootstrap intervals over
utterances, delays on the wall clock, and what the server process used. ``--quick N`` takes every N-th
utterance. ``--speed`` above 1 sends faster than speech; the delays then mean nothing. ``--later-ms`` has all speech
begin later: which words are wrong depends on where in a block of 32 ms a word begins, so that one run cannot tell
builds half a point apart. ``--busy N`` has N other processes compute meanwhile. ``--before FOLDER``, a checkout of
another build with its ``.venv``, streams the same to that build, by turns, a few utterances at a time, and prints
ratios and the paired difference of the error rates.

Ends with a verdict on the words: no phrase twice that was spoken once, and each word with a duration, a sound and
no other word at the same time. Its exit code is 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
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

from ipyscribe.metrics.intervals import proportion_difference_bounds

HERE = Path(__file__).parents[1]
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
QUERY = "/v3/ws?speech_model=local-whisper-tiny.en&sample_rate=16000"
SERVE = ["-P", "-m", "ipyscribe", "serve", "--no-token", "--exit-with-stdin"]
RATE_HZ = 16_000
CHUNK = 800
GAP_S = 2.0
ROUND = 6
"""Utterances that one build gets before it is the other's turn."""
LONGEST_PHRASE = 12
BUSY = "while True: sum(range(10_000))"


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
    words: list[dict[str, Any]] = field(default_factory=list)
    commits_s: list[float] = field(default_factory=list)


def read_clips(corpus: Path, every: int) -> list[Clip]:
    manifest = corpus / "manifest.csv"
    if not manifest.is_file():
        sys.exit(f"There is no {manifest}. Give the speech corpus with --corpus DIRECTORY.")
    with manifest.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lang"] == "en"][::every]
    clips = []
    for row in rows:
        samples, rate = sf.read(corpus / row["file"], dtype="int16")
        if rate != RATE_HZ or samples.ndim != 1:
            sys.exit(f"{row['file']} is not 16 kHz mono.")
        clips.append(Clip(row["file"], row["group"], row["text"], samples))
    return clips


def placed(clips: list[Clip], later_s: float = 0.0) -> list[Clip]:
    """New clips of the same utterances, one after the other on a clock of their own, all ``later_s`` later."""
    position_s = 1.0 + later_s
    line = []
    for clip in clips:
        onset_s, end_s = spoken_span(clip.samples)
        begin, onset, end = position_s, position_s + onset_s, position_s + end_s
        line.append(Clip(clip.name, clip.group, clip.text, clip.samples, begin, onset, end))
        position_s += len(clip.samples) / RATE_HZ + GAP_S
    return line


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
    return {"frames": frames, "cpu_s": cpu_s, "peak": peak, "wall_s": wall_s, "others": others}


def assign(clips: list[Clip], frames: list[tuple[float, dict[str, Any]]], speed: float) -> int:
    """Give each Turn to the utterance it was spoken in; the number of final turns."""
    finals = 0
    committed: dict[int, int] = {}
    for arrived_s, frame in frames:
        if frame["type"] != "Turn" or not frame["words"]:
            continue
        middle_s = (frame["words"][0]["start"] + frame["words"][-1]["end"]) / 2000
        begun = [clip for clip in clips if clip.begin_s - GAP_S / 2 <= middle_s]
        clip = begun[-1] if begun else clips[0]
        clip.partials_s.append(arrived_s)
        final_words = [word for word in frame["words"] if word["word_is_final"]]
        settled = committed.setdefault(frame["turn_order"], 0)
        clip.commits_s += [arrived_s - word["end"] / 1000 / speed for word in final_words[settled:]]
        committed[frame["turn_order"]] = max(settled, len(final_words))
        if frame["end_of_turn"]:
            finals += 1
            clip.finals.append((arrived_s, frame["transcript"]))
            clip.words += frame["words"]
    return finals


def errors_and_words(clips: list[Clip]) -> np.ndarray:
    normal = EnglishTextNormalizer()
    rows = []
    for clip in clips:
        reference = normal(clip.text)
        transcript = normal(" ".join(text for _, text in clip.finals))
        aligned = jiwer.process_words(reference, transcript)
        rows.append((aligned.substitutions + aligned.deletions + aligned.insertions, len(reference.split())))
    return np.array(rows)


def interval(rows: np.ndarray) -> tuple[float, float]:
    picks = np.random.default_rng(0).integers(0, len(rows), (2000, len(rows)))
    rates = rows[picks, 0].sum(axis=1) / rows[picks, 1].sum(axis=1)
    low, high = np.percentile(100 * rates, [2.5, 97.5])
    return float(low), float(high)


def doubled_phrases(transcript: str, reference: str) -> list[str]:
    """Phrases of two words or more that stand twice in a row there and are not in the reference so."""
    normal = EnglishTextNormalizer()
    words, spoken = normal(transcript).split(), f" {normal(reference)} "
    phrases = []
    for length in range(2, LONGEST_PHRASE + 1):
        for begin in range(len(words) - 2 * length + 1):
            phrase = words[begin : begin + length]
            doubled = " ".join(phrase * 2)
            if words[begin + length : begin + 2 * length] == phrase and f" {doubled} " not in spoken:
                phrases.append(doubled)
    return phrases


def faults_of_words(clips: list[Clip]) -> list[str]:
    """Words without a duration, on another one's time, or in silence; phrases that are there twice."""
    faults = []
    for clip in clips:
        transcript = " ".join(text for _, text in clip.finals)
        faults += [f"{clip.name}: twice: {phrase}" for phrase in doubled_phrases(transcript, clip.text)]
        level = np.abs(clip.samples.astype(np.float64))
        quiet = 0.02 * np.percentile(level, 99)
        last_ms = 0.0
        for word in clip.words:
            begin, end = (max(0, int((word[edge] / 1000 - clip.begin_s) * RATE_HZ)) for edge in ("start", "end"))
            if word["start"] >= word["end"]:
                faults.append(f"{clip.name}: no duration: {word}")
            elif word["start"] < last_ms:
                faults.append(f"{clip.name}: before the end of the word before: {word}")
            elif not (level[begin:end] > quiet).any():
                faults.append(f"{clip.name}: no sound: {word}")
            last_ms = word["end"]
    return faults


def report(clips: list[Clip], run: dict[str, Any]) -> dict[str, Any]:
    """Print and return the figures of one build."""
    rows = errors_and_words(clips)
    low, high = interval(rows)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, clip in enumerate(clips):
        groups[clip.group].append(index)
    speed = run["speed"]
    first = [clip.partials_s[0] - clip.onset_s / speed for clip in clips if clip.partials_s]
    final = [clip.finals[-1][0] - clip.end_s / speed for clip in clips if clip.finals]
    commits = [delay_s for clip in clips for delay_s in clip.commits_s]
    figures = {
        "utterances": len(clips),
        "words": int(rows[:, 1].sum()),
        "turns": run["turns"],
        "wer_percent": round(100 * rows[:, 0].sum() / rows[:, 1].sum(), 2),
        "wer_95": [round(low, 1), round(high, 1)],
        "wer_by_group": {
            name: round(100 * rows[picked, 0].sum() / rows[picked, 1].sum(), 1) for name, picked in groups.items()
        },
        "first_partial_s": [round(float(np.percentile(first, q)), 2) for q in (50, 90)],
        "commit_s": [round(float(np.percentile(commits, q)), 2) for q in (50, 90)],
        "final_s": [round(float(np.percentile(final, q)), 2) for q in (50, 90)],
        "cpu_s_per_minute": round(60 * run["cpu_s"] / run["audio_s"], 2),
        "core_percent": round(100 * run["cpu_s"] / run["wall_s"], 1),
        "others_core_percent": round(100 * run["others"], 1),
        "peak_rss_mb": round(run["peak"] / 2**20),
        "audio_s": round(run["audio_s"], 1),
        "first_line_s": run["first_line_s"],
        "begin_s": run["begin_s"],
        "faults": faults_of_words(clips),
        "errors_and_words": rows.tolist(),
    }
    print(f"utterances {figures['utterances']}, words {figures['words']}, turns {figures['turns']}")
    print(f"word error rate      {figures['wer_percent']} % (95 %: {low:.1f} to {high:.1f})")
    for name, rate in figures["wer_by_group"].items():
        print(f"  {name:<22} {rate:>5} %  n={len(groups[name])}")
    print("first partial after onset   median {} s, p90 {} s".format(*figures["first_partial_s"]))
    print("word final after its end    median {} s, p90 {} s".format(*figures["commit_s"]))
    print("turn final after speech end median {} s, p90 {} s".format(*figures["final_s"]))
    print(f"server: {figures['cpu_s_per_minute']} s of CPU per minute of sound, peak {figures['peak_rss_mb']} MB")
    print(f"everything else on this machine (other guests included): {figures['others_core_percent']} % of one core")
    print(f"start: first line {figures['first_line_s']} s, Begin {figures['begin_s']} s")
    for fault in figures["faults"]:
        print(f"  FAULT {fault}")
    print(f"words: {len(figures['faults'])} faults")
    return figures


class Build:
    """A server of one checkout, and what it made of the clips so far."""

    def __init__(self, folder: Path) -> None:
        began_s = time.perf_counter()
        environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
        command = [str(folder / ".venv" / "bin" / "python"), *SERVE]
        self.server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder
        )
        assert self.server.stdout is not None
        self.url = self.server.stdout.readline().split()[-1]
        first_line_s = round(time.perf_counter() - began_s, 2)
        probe = websocket.create_connection(self.url + QUERY, timeout=60)
        probe.recv()
        begin_s = round(time.perf_counter() - began_s, 2)
        probe.close()
        self.clips: list[Clip] = []
        self.totals: dict[str, Any] = {"turns": 0, "cpu_s": 0.0, "wall_s": 0.0, "audio_s": 0.0, "peak": 0, "others": []}
        self.start = {"first_line_s": first_line_s, "begin_s": begin_s}

    def run(self, clips: list[Clip], speed: float, later_s: float) -> None:
        """Stream some more utterances on a connection of their own."""
        line = placed(clips, later_s)
        audio = timeline(line)
        run = stream(self.url, audio, speed, psutil.Process(self.server.pid))
        self.totals["turns"] += assign(line, run["frames"], speed)
        self.clips += line
        for name in ("cpu_s", "wall_s"):
            self.totals[name] += run[name]
        self.totals["audio_s"] += len(audio) / RATE_HZ
        self.totals["peak"] = max(self.totals["peak"], run["peak"])
        self.totals["others"].append(run["others"])

    def report(self, speed: float) -> dict[str, Any]:
        others = float(np.mean(self.totals["others"]))
        return report(self.clips, {**self.totals, **self.start, "others": others, "speed": speed})

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(10)


def compare(now: dict[str, Any], before: dict[str, Any]) -> None:
    """Print what this build needs as a multiple of what the other does."""
    print(f"CPU, now to before          {now['cpu_s_per_minute'] / before['cpu_s_per_minute']:.2f} (aim 0.7)")
    errors, words = np.array(now["errors_and_words"]).T
    earlier_errors, _ = np.array(before["errors_and_words"]).T
    bounds = proportion_difference_bounds(earlier_errors, errors, words, seed=0)
    difference = 100 * (errors - earlier_errors).sum() / words.sum()
    interval_95 = f"95 %: {100 * bounds.low:+.2f} to {100 * bounds.high:+.2f}"
    told = "too few to tell" if np.isnan(bounds.low) else f"{interval_95}, p {bounds.p_value:.2f}"
    print(f"word error rate             {now['wer_percent']} %, before {before['wer_percent']} %")
    print(f"  difference, paired        {difference:+.2f} points ({told})")
    for name in ("first_partial_s", "commit_s", "final_s"):
        ratios = [after / earlier for after, earlier in zip(now[name], before[name], strict=True)]
        print(f"{name:<27} median {ratios[0]:.2f}, p90 {ratios[1]:.2f} of before")


def measure(options: argparse.Namespace, clips: list[Clip]) -> dict[str, dict[str, Any]]:
    """The figures of each build."""
    folders = {"before": options.before, "now": HERE}
    builds = {name: Build(folder) for name, folder in folders.items() if folder is not None}
    burners = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
    try:
        size = ROUND if options.before else len(clips)
        for begin in range(0, len(clips), size):
            for build in builds.values():
                build.run(clips[begin : begin + size], options.speed, options.later_ms / 1000)
    finally:
        for burner in burners:
            burner.kill()
        for build in builds.values():
            build.stop()
    figures = {}
    for name, build in builds.items():
        print(f"\n{name}")
        figures[name] = build.report(options.speed)
        figures[name]["transcripts"] = {clip.name: [text for _, text in clip.finals] for clip in build.clips}
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="take every N-th utterance")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--later-ms", type=float, default=0.0, metavar="MS", help="where in a block speech begins")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="processes that compute meanwhile")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="checkout of a build to compare with")
    parser.add_argument("--json", type=Path, help="also write the figures and the transcripts there")
    options = parser.parse_args()
    figures = measure(options, read_clips(options.corpus, options.quick))
    if "before" in figures:
        print()
        compare(figures["now"], figures["before"])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 1 if figures["now"]["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
