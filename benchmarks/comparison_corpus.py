"""A comparison of recognisers of this computer on recorded speech, its error rates beside jiwer's.

    python benchmarks/comparison_corpus.py [--quick N] [--speed X] [--corpus DIRECTORY] [--tape FILE]

Streams the English part of the corpus through one ``Comparison`` at the pace of speech, 2 s of silence between
utterances, and prints its table. Then the texts are normalised and scored without this package, by
whisper-normalizer and jiwer: word, character and match error rates and information lost have to be the same
numbers, to the last digit, and so have the counts of edits. ``--quick N`` takes every N-th utterance; ``--speed``
above 1 sends faster than speech, the delays then mean nothing. Ends with 1 where a number differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import jiwer
from recogniser import CORPUS, RATE_HZ, read_clips, timeline
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe import AudioArray
from ipyscribe.comparison import Comparison

MODELS = {
    "tiny.en": "local-whisper-tiny.en",
    "tiny.en patient": {"model": "local-whisper-tiny.en", "local_agreement": 4},
    "pocketsphinx": "local-pocketsphinx",
}
COUNTS = ("hits", "substitutions", "deletions", "insertions")
RATES = ("wer", "mer", "wil", "cer")


def by_jiwer(reference: str, heard: str) -> dict[str, Any]:
    """The same columns of the table, without this package."""
    normal = EnglishTextNormalizer()
    said, found = (" ".join(normal(text).split()) for text in (reference, heard))
    words = jiwer.process_words(said, found)
    columns = {name: getattr(words, name) for name in (*COUNTS, "wer", "mer", "wil")}
    return columns | {"cer": jiwer.cer(said, found)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="take every N-th utterance")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--tape", type=Path, help="also keep the tape of all three there")
    options = parser.parse_args()
    clips = read_clips(options.corpus, options.quick)
    reference = "\n".join(clip.text for clip in clips)
    sound = AudioArray(timeline(clips), RATE_HZ, speed=options.speed)
    together = Comparison(MODELS, source=sound, reference=reference, normaliser="whisper", record_audio=False)
    began_s = time.monotonic()
    together.run()
    ended_s = time.monotonic()
    table = together.table()
    print(f"{len(clips)} utterances, {together.audio_ms / 1000:.0f} s of sound in {ended_s - began_s:.0f} s")
    print(f"table worked out in {time.monotonic() - ended_s:.1f} s")
    print(table, end="\n\n")
    for name in ("normaliser", *RATES, *COUNTS, "wer_with_fillers", "wer_raw", "ttft_onset_ms", "eot_ms"):
        print(f"{name:17}", *(f"{_short(record[name]):>18}" for record in table))
    print(f"{len(together.disagreements())} disagreements", end="\n\n")
    if options.tape:
        together.tape.save(options.tape)
    different = 0
    for record, transcript in zip(table, together.transcripts.values(), strict=True):
        wanted = by_jiwer(reference, " ".join(turn.text for turn in transcript.turns))
        off = {name: (record[name], value) for name, value in wanted.items() if record[name] != value}
        different += len(off)
        said = f"differs from jiwer: {off}" if off else f"the same as jiwer, WER {wanted['wer']!r}"
        print(f"{record['model']:16} {said}")
    return min(1, different)


def _short(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
