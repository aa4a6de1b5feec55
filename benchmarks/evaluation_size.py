"""What an evaluation of thousands of recordings takes: memory, and time to open its folder and to give its table.

    python benchmarks/evaluation_size.py [--recordings N] [--models N] [--words N]

It makes a folder of short sound files and the results of models on them, with errors and delays drawn at random, in a
temporary place (120 MB of disk for 10,000 recordings), and opens that in a fresh process. Times are processor time.
Ends with 1 where an aim is missed: memory 200 MB, table 2 s, opening 10 s.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import psutil

MODELS = {f"model {number}": {"model": "u3-rt-pro", "endpoint": "ws://127.0.0.1:9"} for number in range(1, 7)}
VOCABULARY = [f"{first}{second}" for first in ("ba", "de", "fi", "lo", "nu") for second in ("mer", "tal", "sin", "ko")]
AIMS = {"memory_mb": 200.0, "open_s": 10.0, "table_s": 2.0}


def models(count: int) -> dict[str, Any]:
    """So many models."""
    return dict(list(MODELS.items())[:count])


def make(folder: Path, recordings: int, count: int, words: int) -> None:
    """Sound files, a table of them, and a folder with the results of all."""
    import soundfile as sf

    from ipyscribe.comparison.reference import Reference
    from ipyscribe.evaluation import Evaluation
    from ipyscribe.evaluation.playing import Played
    from ipyscribe.evaluation.results_folder import ResultsFolder, scoring_digest

    random = np.random.default_rng(0)
    (folder / "sounds").mkdir()
    with (folder / "corpus.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "text", "speaker"])
        for number in range(recordings):
            name = f"sounds/{number:05}.wav"
            sf.write(folder / name, random.integers(-999, 999, 1_600, np.int16), 16_000)
            table.writerow([name, _text(random, words), f"speaker {number % 500}"])
    evaluation = Evaluation(models(count), folder / "corpus.csv", folder=folder / "results")
    results = ResultsFolder(folder / "results", json.loads((folder / "results" / "evaluation.json").read_text()))
    for recording in evaluation.recordings:
        scored = tuple(_lane(recording.text, random) for _ in range(count))
        played = Played(count, save=lambda path: path.write_bytes(b"a tape"), sound=recording.name, scored=scored)
        results.save(recording, played, scoring_digest(recording, Reference()))


def _text(random: np.random.Generator, words: int) -> str:
    return " ".join(random.choice(VOCABULARY, max(1, random.poisson(words))))


def _lane(text: str, random: np.random.Generator) -> Any:
    from ipyscribe import metrics
    from ipyscribe.evaluation.scored_recording import Conditions, ScoredLane
    from ipyscribe.metrics.run_score import LATENCIES, AccuracyCounts, Measurements, RunScore

    n = len(text.split())
    wrong = int(random.binomial(n, random.beta(0.5, 5)))
    of_words = {"word_emission_ms", "word_commit_ms", "transcript_lag_ms"}
    counts = tuple(n if name in of_words else 0 if name == "upl_ms" else 1 for name in LATENCIES)
    counted = (n - wrong, wrong, 0, 0)
    measured = Measurements(
        hypothesis=text, turns=1, words=n, latencies_ms=array("d", random.lognormal(6, 0.5, sum(counts))),
        latency_counts=counts, stability=(1, 0, 0, n, n, 0, 0, 0), dead_air_ms=300.0, connect_ms=50.0, open_s=6.0,
        audio_s=6.0, price_per_hour_usd=0.45,
    )  # fmt: skip
    accuracy = AccuracyCounts(
        normaliser=metrics.normaliser("en").stamp, unit="words", words=counted, with_fillers=counted, raw=counted,
        characters=(5 * n, wrong, 0, 0), keyterms=None, entities=(0,) * 8, punctuation=(0, 0, 1, 0), casing=(0, n),
    )  # fmt: skip
    conditions = Conditions(server="synthetic", chunk_ms=50, order="at once", dropped_ms=0, reconnects=0)
    return ScoredLane(RunScore(measured, accuracy), conditions)


def measure(folder: Path, count: int) -> dict[str, float]:
    """Memory and times of opening the folder and of its table, in this process."""
    from ipyscribe.evaluation import Evaluation

    Evaluation(models(count), [(folder / "sounds/00000.wav", "so we meet")]).table()  # all imports
    process = psutil.Process()
    before = process.memory_info().rss
    began_s = time.process_time()
    evaluation = Evaluation(models(count), folder / "corpus.csv", folder=folder / "results")
    opened_s = time.process_time()
    table = evaluation.table()
    done_s = time.process_time()
    assert (len(table), evaluation.left) == (count, ())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "memory_mb": (process.memory_info().rss - before) / 1e6,
        "peak_mb": (peak - before) / 1e6,
        "open_s": opened_s - began_s,
        "table_s": done_s - opened_s,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=3)
    parser.add_argument("--words", type=int, default=20, help="words of a recording, on average")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.models)))
        return 0
    with tempfile.TemporaryDirectory(prefix="ipyscribe-size-") as name:
        make(Path(name), options.recordings, options.models, options.words)
        command = [sys.executable, __file__, "--models", str(options.models), "--measure", name]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{options.recordings:,} recordings, {options.models} models, {options.words} words each")
    print(f"memory {measured['memory_mb']:.0f} MB more, {measured['peak_mb']:.0f} at its highest")
    print(f"opened in {measured['open_s']:.1f} s, table in {measured['table_s']:.2f} s")
    for name, aim in AIMS.items():
        print(f"aim: {name} {measured[name]:.2f} (<= {aim:g}): {'met' if measured[name] <= aim else 'MISSED'}")
    return int(any(measured[name] > aim for name, aim in AIMS.items()))


if __name__ == "__main__":
    sys.exit(main())
