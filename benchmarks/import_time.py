"""What ``import ipyscribe`` costs: seconds over the bare interpreter, and the large modules that it brings in.

    python benchmarks/import_time.py [--runs N]

Every run is a fresh process; the runs go by turns, and medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "bare interpreter": "pass",
    "import ipyscribe": "import ipyscribe",
    "its Session": "from ipyscribe import Session",
    "official SDK": "import assemblyai.streaming.v3",
}
HEAVY = (
    "IPython anywidget assemblyai ctranslate2 faster_whisper ipywidgets jiwer keyring matplotlib numpy onnxruntime "
    "pandas sounddevice soundfile soxr ssl websocket websockets"
)
AIM_S = 0.15


def seconds(program: str) -> float:
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began_s


def heavy_modules(program: str) -> str:
    report = f"{program}\nimport sys\nprint(*(name for name in {HEAVY.split()!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for program in PROGRAMS.values():
        seconds(program)
    for _ in range(options.runs):
        for name, program in PROGRAMS.items():
            taken[name].append(seconds(program))
    bare_s = statistics.median(taken["bare interpreter"])
    for name, program in PROGRAMS.items():
        median_s = statistics.median(taken[name])
        print(
            f"{name:<18} median {median_s:.3f} s (min {min(taken[name]):.3f}, max {max(taken[name]):.3f}), "
            f"{median_s - bare_s:+.3f} s; large modules: {heavy_modules(program)}"
        )
    more_s = statistics.median(taken["import ipyscribe"]) - bare_s
    print(f"aim: {more_s:.3f} s more (< {AIM_S}) {'met' if more_s < AIM_S else 'MISSED'}")


if __name__ == "__main__":
    main()
