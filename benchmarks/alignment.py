"""What it takes to set six transcripts of an hour side by side: at once, and as their turns settle.

    python benchmarks/alignment.py [--models N] [--words N] [--rounds N] [--wall]

The transcripts are made: the words of a speaker at 167 words a minute, and for each model a tenth of them heard as
another word, 3 % left out, 2 % added, times off by up to 150 ms. Live, the turns of all models, of 5 to 30 words,
come in the order of their ends; the times are those of the last tenth of the hour. Processor time, unless --wall.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

from ipyscribe.metrics import Alignment, align
from ipyscribe.transcript import Word

WORD_MS = 360
WHOLE_AIM_S = 2.0
LIVE_AIM_MS = 20.0


def heard(said: list[str], vocabulary: list[str], chance: random.Random) -> list[Word]:
    """What a model makes of ``said``."""
    words = []
    for index, text in enumerate(said):
        kind, off_ms = chance.random(), chance.randrange(-150, 151)
        start_ms = max(0, WORD_MS * index + off_ms)
        if kind >= 0.03:
            words.append(Word(chance.choice(vocabulary) if kind < 0.13 else text, start_ms, start_ms + 300, None, True))
        if kind > 0.98:
            words.append(Word(chance.choice(vocabulary), start_ms + 300, start_ms + 340, None, True))
    return words


def turns(lanes: list[list[Word]], chance: random.Random) -> list[tuple[int, list[Word]]]:
    """The turns of all models in the order in which they settle."""
    found = []
    for lane, words in enumerate(lanes):
        at = 0
        while at < len(words):
            length = chance.randint(5, 30)
            piece = words[at : at + length]
            found.append((piece[-1].end_ms + chance.randrange(300, 1_500), lane, piece))
            at += length
    return [(lane, piece) for _, lane, piece in sorted(found, key=lambda turn: turn[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=6)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wall", action="store_true", help="time by the wall clock, for a machine that is idle")
    options = parser.parse_args()
    chance = random.Random(0)
    vocabulary = [f"w{int(abs(chance.gauss(0, 400)))}" for _ in range(3_000)]
    said = [chance.choice(vocabulary) for _ in range(options.words)]
    lanes = [heard(said, vocabulary, chance) for _ in range(options.models)]
    whole_s, live_ms, agreed = [], [], (0, 0)
    clock = time.perf_counter if options.wall else time.process_time
    for _ in range(options.rounds):
        began_s = clock()
        slots = align(lanes)
        whole_s.append(clock() - began_s)
        live, times_ms = Alignment(len(lanes)), []
        for lane, words in turns(lanes, chance):
            began_s = clock()
            live.add(lane, words)
            times_ms.append(1000 * (clock() - began_s))
        live_ms += times_ms[-len(times_ms) // 10 :]
        agreed = (sum(slot.agree for slot in slots), sum(slot.agree for slot in live.slots))
    print(f"{len(lanes)} transcripts of {options.words:,} words, {options.rounds} rounds")
    print(f"at once: {statistics.median(whole_s):.2f} s (worst {max(whole_s):.2f} s; aim < {WHOLE_AIM_S:.0f} s)")
    cuts = statistics.quantiles(live_ms, n=100)
    print(
        f"one settled turn at the end: median {statistics.median(live_ms):.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"worst {max(live_ms):.1f} ms of {len(live_ms):,} (aim < {LIVE_AIM_MS:.0f} ms)"
    )
    print(f"slots on which all agree: {agreed[0]:,} at once, {agreed[1]:,} live")


if __name__ == "__main__":
    main()
