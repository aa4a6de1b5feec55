"""What a comparison in a notebook costs the kernel for each settled turn at the end of an hour.

    python benchmarks/comparison.py [--models N] [--words N] [--wall]

The transcripts are those of benchmarks/alignment.py, each turn with a partial for every third word. Timed is all
that follows when a turn settles, over the last tenth of the hour: words aligned, rows and their changes found,
disagreements ranked, messages written as JSON. Also timed: a publication without any change, and a view that appears
then and needs everything. Processor time, unless --wall.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from typing import Any

from alignment import heard, turns

from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.protocol import find_model
from ipyscribe.transcript import Arrival, Transcript, Turn, Word
from ipyscribe.transcript.model import Partial
from ipyscribe.widgets.comparison.comparison_panel import ComparisonPanel

AIM_MS = 20.0


class FakeComparison(ComparedLanes):
    """A running comparison as its panel sees it, without sessions."""

    source = replay = None
    started, paused = True, False


class Lane:
    """A session as the comparison sees it, without a session."""

    model = find_model("u3-rt-pro")
    place = "AssemblyAI"
    status = "listening"
    error = None
    done = simulated = False
    notices = ()
    open_s = audio_ms = 3_600.0
    cost_usd = 0.45
    level_dbfs = -20.0

    def __init__(self) -> None:
        self.transcript = Transcript()

    def on_change(self, _: object) -> None:
        """Nothing tells of changes here."""


def settled(order: int, words: list[Word]) -> Turn:
    """A turn of these words, with its partials."""
    text = " ".join(word.text for word in words)
    arrivals = [Arrival(word.end_ms / 1000, word.end_ms + 300.0) for word in words]
    history = [Partial("", tuple(words[:end]), arrivals[end - 1]) for end in (*range(3, len(words), 3), len(words))]
    return Turn(order, text, tuple(words), True, True, False, arrivals[0], arrivals[-1], history=tuple(history))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=6)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--wall", action="store_true", help="time by the wall clock, for a machine that is idle")
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.process_time
    chance = random.Random(0)
    vocabulary = [f"w{int(abs(chance.gauss(0, 400)))}" for _ in range(3_000)]
    said = [chance.choice(vocabulary) for _ in range(options.words)]
    lanes: Any = [Lane() for _ in range(options.models)]
    comparison = FakeComparison([f"model {number}" for number in range(options.models)], lanes)
    panel = ComparisonPanel(comparison)
    sent = [0]

    def send(content: dict[str, Any], _: object = None) -> None:
        sent[-1] += len(json.dumps(content))

    panel.send = send
    coming = turns([heard(said, vocabulary, chance) for _ in lanes], chance)
    times_ms: list[float] = []
    for lane, words in coming:
        transcript = lanes[lane].transcript
        lanes[lane].transcript = Transcript((*transcript.turns, settled(len(transcript.turns), words)))
        sent.append(0)
        began_s = clock()
        panel.show(comparison)
        times_ms.append(1000 * (clock() - began_s))
    last = len(times_ms) // 10
    cuts = statistics.quantiles(times_ms[-last:], n=100)
    print(f"{options.models} models, {options.words:,} words each, {panel.aligned.count:,} rows")
    print(
        f"one settled turn: median {statistics.median(times_ms[-last:]):.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"worst {max(times_ms[-last:]):.1f} ms of {last:,} (aim < {AIM_MS:.0f} ms), "
        f"{statistics.median(sent[-last:]) / 1000:.1f} kB"
    )
    began_s = clock()
    for _ in range(100):
        panel.show(comparison)
    print(f"nothing new: {10 * (clock() - began_s):.1f} ms")
    panel.on_message({"kind": "hello"})
    sent.append(0)
    began_s = clock()
    panel.run_commands()
    panel.show(comparison)
    print(f"a view that appears: {1000 * (clock() - began_s):.0f} ms, {sent[-1] / 1000:,.0f} kB")
    panel.close()


if __name__ == "__main__":
    main()
