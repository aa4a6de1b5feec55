"""Record the tapes of the lessons anew: the bundled sample through models and settings of this computer.

    python tools/lesson_tapes.py [NAME ...]

One session after the other, at the pace of speech, so that latencies are those of an idle machine: let nothing else
run. AssemblyAI's models are simulated: the local server has their ways of talking and the words of its own recogniser.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import ipyscribe as scribe
from ipyscribe.audio import sample_path
from ipyscribe.protocol import LOCAL_MODEL

FOLDER = Path(__file__).parents[1] / "src" / "ipyscribe" / "lesson" / "tapes"
LANES: dict[str, dict[str, dict[str, Any]]] = {
    "models": {
        "tiny.en": {"model": LOCAL_MODEL},
        "pocketsphinx": {"model": "local-pocketsphinx"},
        "immutable": {"model": "universal-streaming-english", "endpoint": "local", "format_turns": True},
        "revising": {"model": "u3-rt-pro", "endpoint": "local"},
    },
    "silences": {
        f"{silence_ms} ms": {
            "model": LOCAL_MODEL,
            "min_turn_silence": silence_ms,
            "max_turn_silence": silence_ms,
        }
        for silence_ms in (150, 400, 700, 1500)
    },
}


def main() -> None:
    """Record those that are named, or all."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or LANES:
        lanes = LANES[name]
        tapes = []
        with scribe.Session(LOCAL_MODEL, source=scribe.AudioFile(sample_path(), stop_s=3)) as loading:
            loading.wait()  # the first words of a server that loads its recogniser come late
        for number, (label, options) in enumerate(lanes.items()):
            print(f"{name}: {label}", flush=True)
            with scribe.Session(**options, source=scribe.sample(), record_audio=number == 0) as session:
                session.wait()
            print(f"  {len(session.transcript)} turns, late by {session.late_s:.1f} s", flush=True)
            tapes.append(session.tape)
        path = scribe.Tape.together(*tapes, labels=list(lanes)).save(FOLDER / f"{name}.tape")
        leave_out_oaths(path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def leave_out_oaths(path: Path) -> None:
    """Without the partials in which the recogniser guessed at an oath, which it writes with asterisks."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            if part.endswith(".jsonl"):
                content = b"".join(line for line in content.splitlines(keepends=True) if b"***" not in line)
            stored = not part.endswith((".json", ".jsonl"))
            archive.writestr(part, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
