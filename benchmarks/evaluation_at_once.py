"""How long an evaluation takes with its recordings one after the other and several at once.

    python benchmarks/evaluation_at_once.py [--before FOLDER] [--corpus DIR] [--quick N] [--at-once N] [--local]
                                            [--realtime]

The English part of the corpus at the pace of speech against counting_server.py, a process of its own whose words
depend on the sound alone; with --local, with the offline recogniser. One recording after the other is played by the
build in ``FOLDER`` (a checkout with an environment in ``.venv``) and by this one, several at once by this one, each in
a process of its own. It prints the times, how many recordings have the same words, and how far the median delay of
words moved, and ends with 1 where an aim is missed. ``--realtime`` (Linux, as root) is that of client_cost.py.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "shared" / "corpus"
LOCAL_MODEL = "local-whisper-tiny.en"
MOST_OF_THE_TIME = {"scripted": 1 / 16, "local": 1 / 3}
MOST_DELAY = {"scripted": 0.05, "local": 0.1}
"""By how much the median delay may differ."""
FEWEST_SAME = 50 / 52


def play(manifest: str, url: str, at_once: str) -> dict[str, Any]:
    """Seconds, the words of each recording where this build gives them, and the median delay of all words in ms."""
    from ipyscribe.evaluation import Evaluation

    settings: dict[str, Any] = {"endpoint": url} if url else {}
    if "at_once" in inspect.signature(Evaluation).parameters:
        settings["at_once"] = int(at_once) if at_once.isdigit() else at_once
    models: Any = [LOCAL_MODEL]
    if url:  # a server of AssemblyAI's protocol, which needs no recogniser on this computer
        models = ["universal-streaming-english"]
    evaluation = Evaluation(models, manifest, **settings)
    began_s = time.monotonic()
    evaluation.run()
    took_s = time.monotonic() - began_s
    [record] = evaluation.table()
    # Public names open a tape for each; the builds before keep their words elsewhere, and only their time counts.
    results = evaluation._results if "at_once" in settings else ()
    words = {each.recording.name: each.lanes[0].hypothesis for each in results}
    return {"took_s": took_s, "words": words, "delay_ms": record.get("word_emission_ms"), "wer": record.get("wer")}


def run(folder: Path, manifest: Path, url: str, at_once: str) -> dict[str, Any]:
    command = [folder / ".venv/bin/python", __file__, "--play", manifest, url, at_once]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    played: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{folder.name}, {at_once} at once: {played['took_s']:.1f} s, WER {played['wer']}", flush=True)
    return played


def table_of(corpus: Path, quick: int, folder: Path) -> Path:
    """A table of every ``quick``-th English recording that any build reads."""
    import csv

    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        english = [row for row in csv.DictReader(lines) if row["lang"] == "en"][::quick]
    table = folder / "corpus.csv"
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["file", "text"])
        writer.writerows([corpus.resolve() / row["file"], row["text"]] for row in english)
    return table


def report(alone: dict[str, Any], together: dict[str, Any], before_s: float, kind: str) -> bool:
    """Print each figure beside its aim; whether all are met."""
    share = together["took_s"] / before_s
    count = len(alone["words"])
    same = sum(together["words"].get(name) == words for name, words in alone["words"].items())
    moved = together["delay_ms"] / alone["delay_ms"] - 1
    delays = f"median delay {alone['delay_ms']:.0f} ms, at once {together['delay_ms']:.0f} ms, {100 * moved:+.1f} %"
    figures = {
        f"{share:.4f} of the time (<= {MOST_OF_THE_TIME[kind]:.4f})": share <= MOST_OF_THE_TIME[kind],
        f"the same words in {same} of {count} (>= {FEWEST_SAME * count:.0f})": same >= FEWEST_SAME * count,
        f"{delays} (within {100 * MOST_DELAY[kind]:.0f} %)": abs(moved) <= MOST_DELAY[kind],
    }
    for figure, met in figures.items():
        print(f"{figure}: {'met' if met else 'MISSED'}")
    return all(figures.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="checkout of the build to compare with")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="take every N-th utterance")
    parser.add_argument("--at-once", help="64 against the counting server and auto with --local, unless given")
    parser.add_argument("--local", action="store_true", help="with the offline recogniser")
    parser.add_argument("--realtime", action="store_true", help="run before all other processes")
    parser.add_argument("--play", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        print(json.dumps(play(*options.play)))
        return 0
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # the processes it starts inherit it
    at_once = options.at_once or ("auto" if options.local else "64")
    url, server = "", None
    if not options.local:
        server = subprocess.Popen([sys.executable, HERE / "counting_server.py"], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        url = server.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            table = table_of(options.corpus, options.quick, Path(folder))
            together = run(HERE.parent, table, url, at_once)
            alone = run(HERE.parent, table, url, "1")
            before = alone if options.before is None else run(options.before, table, url, "1")
    finally:
        if server is not None:
            server.terminate()
            server.wait(10)
    return int(not report(alone, together, before["took_s"], "local" if options.local else "scripted"))


if __name__ == "__main__":
    sys.exit(main())
