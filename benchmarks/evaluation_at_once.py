"""How long an evaluation takes with its recordings one after the other and several at once.

    python benchmarks/evaluation_at_once.py [--corpus DIR] [--quick N] [--at-once N] [--local]

Against a local server that counts sound, at the pace of speech; with --local, with the offline recogniser. It prints
both times, whether the words are the same, and how far the median delay of words moved.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from local.harness import CountingRecognition, running
from recogniser import CORPUS

from ipyscribe.evaluation import Evaluation, read_corpus


def play(models: Any, recordings: Any, at_once: Any) -> tuple[float, list[str], float]:
    """Seconds, the words of each recording, and the median delay of all words in ms."""
    evaluation = Evaluation(models, recordings, at_once=at_once)
    began_s = time.monotonic()
    evaluation.run()
    took_s = time.monotonic() - began_s
    [record] = evaluation.table()
    words = [f"{each['recording']} {each['words']} {each['hits']}" for each in evaluation.records()]
    return took_s, words, record["word_emission_ms"] or 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="take every N-th utterance")
    parser.add_argument("--at-once", default="auto")
    parser.add_argument("--local", action="store_true", help="with the offline recogniser")
    options = parser.parse_args()
    english = [each for each in read_corpus(options.corpus / "manifest.csv").recordings if each.columns["lang"] == "en"]
    recordings = english[:: options.quick]
    at_once = int(options.at_once) if options.at_once.isdigit() else options.at_once
    with running(CountingRecognition) as url:
        lane = {"model": "local-whisper-tiny.en"} | ({} if options.local else {"endpoint": url})
        alone_s, alone_words, alone_ms = play({"model": lane}, recordings, 1)
        together_s, together_words, together_ms = play({"model": lane}, recordings, at_once)
    same = sum(map(str.__eq__, alone_words, together_words))
    print(f"{len(recordings)} recordings: {alone_s:.0f} s one after the other, {together_s:.0f} s at once")
    print(f"{together_s / alone_s:.3f} of the time; the same words in {same}; median delay {alone_ms:.0f} ms, ", end="")
    print(f"at once {together_ms:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
