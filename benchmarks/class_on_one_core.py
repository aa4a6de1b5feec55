"""How many students one core carries: sessions at once, each with a kernel's process and a recogniser of its own.

    python benchmarks/class_on_one_core.py [--core 1] [--most 4]

All of them are pinned to one core (Linux) and hear the first 20 seconds of the sample at the pace of speech. Printed
for each number of sessions: the median delay of words and that of complete turns, how late words came at worst, and
the words that were lost to it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from statistics import median

CLIP_S = 20.0


def student() -> None:
    """One session, as JSON on standard output."""
    import ipyscribe as scribe
    from ipyscribe import metrics
    from ipyscribe.audio import AudioFile, sample_path

    with scribe.Session("local-whisper-tiny.en", source=AudioFile(sample_path(), stop_s=2)) as loading:
        loading.wait()
    print("ready", flush=True)
    sys.stdin.readline()
    with scribe.Session("local-whisper-tiny.en", source=AudioFile(sample_path(), stop_s=CLIP_S)) as session:
        session.wait()
    sent, transcript = session.tape.sent, session.transcript
    values = {
        "emission_ms": [each.value_ms for each in metrics.word_emission_ms(transcript, sent)],
        "complete_ms": [each.value_ms for each in metrics.ttct_ms(transcript, sent)],
        "late_s": session.late_s,
        "words": len(transcript.words),
    }
    print(json.dumps(values), flush=True)


def class_of(count: int) -> str:
    """A line of the table."""
    command = [sys.executable, __file__, "--student"]
    students = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    for each in students:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in students:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    found = [json.loads(each.communicate()[0]) for each in students]
    emission = median(value for each in found for value in each["emission_ms"])
    complete = median(value for each in found for value in each["complete_ms"])
    late_s, words = max(each["late_s"] for each in found), min(each["words"] for each in found)
    return f"{count:8} {emission:8.0f} ms {complete:10.0f} ms {late_s:8.1f} s {words:6}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", type=int, default=1, help="the core that carries all of them")
    parser.add_argument("--most", type=int, default=4, help="the largest number of sessions")
    parser.add_argument("--student", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.student:
        student()
        return
    os.sched_setaffinity(0, {options.core})
    print("sessions  word, median  turn, median  late by  words (fewest)")
    for count in range(1, options.most + 1):
        print(class_of(count), flush=True)


if __name__ == "__main__":
    main()
