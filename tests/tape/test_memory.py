"""The memory that a small tape may take, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.waiting import LIMIT_S
from tape.making import rewritten, short_tape

BLOCK = "lanes/0/00000.jsonl"
SOUND = "lanes/0/sound.jsonl"
Parts = dict[str, bytes]
MIB = 2**20
TAKEN = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from tape.making import use_all_of
from ipyscribe.errors import TapeError
from ipyscribe.tape import Tape

def most_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

use_all_of(Tape.load("good.tape"))
before = most_bytes()
for name in sys.argv[2:]:
    try:
        use_all_of(Tape.load(name))
        outcome = "opened"
    except TapeError as error:
        outcome = error.message
    print(most_bytes() - before, outcome, sep="\\t")
"""


def of_numbers(kind: str, chunks: int, in_a_line: int) -> bytes:
    samples, ms = "800," * (in_a_line - 1) + "800", "0," * (in_a_line - 1) + "0"
    line = f'{{"t":0,"type":"{kind}","connection":0,"at":0,"samples":[{samples}],"ms":[{ms}]}}\n'
    return line.encode() * (chunks // in_a_line)


BLOATED: dict[str, tuple[Callable[[], Parts], str]] = {
    "lines that are empty objects": (
        lambda: dict.fromkeys((f"lanes/0/{number:05d}.jsonl" for number in range(4)), b"{}\n" * 3_900_000),
        "lines in one part",
    ),
    "empty lines": (
        lambda: dict.fromkeys((f"lanes/0/{number:05d}.jsonl" for number in range(8)), b"\n" * 12 * MIB),
        "lines in one part",
    ),
    "part beyond its limit": (lambda: {BLOCK: b"{}\n" * 5_000_000}, "larger than any part may be"),
    "empty lines for the sound": (lambda: {SOUND: b"\n" * 24 * MIB}, "lines in one part"),
    "one line of numbers for the sound": (
        lambda: {SOUND: of_numbers("captured", 3_000_000, 3_000_000)},
        "200,000 values",
    ),
    "too many chunks": (lambda: {SOUND: of_numbers("captured", 1_600_000, 10_000)}, "1,500,000 chunks"),
    "as many chunks as there may be": (
        lambda: {SOUND: of_numbers("captured", 750_000, 10_000) + of_numbers("sent", 750_000, 10_000)},
        "opened",
    ),
    "one line of empty lists": (
        lambda: {BLOCK: b'{"t":0,"type":"x","a":[' + b"[]," * 3_000_000 + b"[]]}\n"},
        "200,000 values",
    ),
    "one frame of empty lists": (
        lambda: {
            BLOCK: b'{"t":0,"type":"received","connection":0,"audio_ms":0,"text":"[' + b"[]," * 1_300_000 + b'[]]"}\n'
        },
        "200,000 values",
    ),
    "one long frame": (
        lambda: {BLOCK: b'{"t":0,"type":"received","connection":0,"audio_ms":0,"text":"' + b"x" * 8 * MIB + b'"}\n'},
        "opened",
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX figures")
def test_a_small_file_cannot_take_much_memory(tmp_path: Path) -> None:
    """At most 64 MB more than the file itself, whatever it unpacks to."""
    saved = short_tape().save(tmp_path / "good.tape")
    names, sizes = [], []
    for number, (parts, _) in enumerate(BLOATED.values()):
        path = tmp_path / f"{number}.tape"
        path.write_bytes(rewritten(saved, lambda good, parts=parts: good.update(parts())))  # type: ignore[misc]
        names.append(path.name)
        sizes.append(path.stat().st_size)
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", TAKEN, tests, *names],
        cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    for kind, size, line in zip(BLOATED, sizes, done.stdout.splitlines(), strict=True):
        taken_bytes, outcome = line.split("\t")
        assert BLOATED[kind][1] in outcome, kind
        assert size < MIB, kind
        assert int(taken_bytes) < 64e6 + size, kind
