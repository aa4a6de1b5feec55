"""What the live widget costs over the bundled sample in JupyterLab: the kernel, the page, and the way between them.

    python benchmarks/live_widget_cost.py [--before FOLDER] [--seconds 30] [--rounds 1] [--threads]

``FOLDER`` holds another build with an environment of its own in ``.venv``; both are measured by turns in one
JupyterLab. The kernel's processor time is that of its process (the recogniser is a process of its own and not counted),
the page's that of its main thread as Chromium has it (``TaskDuration`` in thread ticks, with what it was spent on), and
messages are the frames of its WebSocket. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from browser.lab import Lab, answer, chromium, close_notebooks, run_cell, write_notebook
from playwright.sync_api import CDPSession, Page

CELLS = (
    "import os\nimport ipyscribe as scribe\n\nt = scribe.Transcriber('local-whisper-tiny.en')\nt",
    "session = t.start()",
    "print(os.getpid())",
)
SPOKEN = "() => document.querySelectorAll('.ips-transcript .turn').length > 0"
AIMS = {"kernel": 0.35, "page": 0.5, "bytes": 0.3}
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """A second of the live widget: shares of a core, bytes and messages."""

    kernel: float
    page: float
    script: float
    layout: float
    style: float
    bytes: float
    messages: float

    def __str__(self) -> str:
        return (
            f"kernel {100 * self.kernel:5.1f} % of a core, page {100 * self.page:5.1f} % "
            f"(script {100 * self.script:.1f}, layout {100 * self.layout:.1f}, style {100 * self.style:.1f}), "
            f"{self.bytes / 1000:5.1f} kB and {self.messages:4.1f} messages a second"
        )


class Received:
    """What the page's WebSockets bring it."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        self.messages = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._note))

    def _note(self, payload: str | bytes) -> None:
        self.messages += 1
        self.bytes += len(payload)


def main() -> None:
    """Print the figures of each build, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="folder of another build, with its .venv")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each is measured")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", action="store_true", help="print the processor time of the kernel's threads")
    options = parser.parse_args()
    builds = {"after": Path(sys.executable)}
    if options.before is not None:
        builds = {"before": options.before.resolve() / ".venv" / "bin" / "python"} | builds
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        for name, python in builds.items():
            offer_kernel(lab, name, python)
        for number in range(options.rounds):
            for name in builds:
                cost = measured(lab, Path(folder), name, options.seconds, by_thread=options.threads)
                costs[name].append(cost)
                print(f"{name:7} {number + 1}: {cost}", flush=True)
    if "before" in costs:
        for figure, aim in AIMS.items():
            pairs = zip(costs["after"], costs["before"], strict=True)
            ratio = median(getattr(after, figure) / getattr(before, figure) for after, before in pairs)
            print(f"{figure:7} {ratio:.2f} of that before (aim {aim})")


def offer_kernel(lab: Lab, name: str, python: Path) -> None:
    """A kernel of that Python, for notebooks that name it."""
    lab.offer_kernel(name)
    spec = lab.root / ".jupyter-state" / "data" / "kernels" / name / "kernel.json"
    content = json.loads(spec.read_text(encoding="utf-8"))
    content["argv"][0] = str(python)
    spec.write_text(json.dumps(content), encoding="utf-8")


def measured(lab: Lab, folder: Path, name: str, seconds: float, *, by_thread: bool) -> Cost:
    """One session of that build, from its first words on."""
    write_notebook(folder / f"{name}.ipynb", *CELLS, kernel=name)
    with chromium(viewport={"width": 1120, "height": 1000}) as context:
        page = context.new_page()
        received = Received(page)
        lab.open(page, f"{name}.ipynb")
        run_cell(page, 0)
        pid = int(answer(page, 2))
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        run_cell(page, 1)
        page.wait_for_function(SPOKEN)
        threads, began = thread_times_s(pid), figures(devtools, received, pid)
        page.wait_for_timeout(1000 * seconds)
        ended = figures(devtools, received, pid)
        if by_thread:
            print_threads(threads, thread_times_s(pid), seconds)
        close_notebooks(page)
    lab.end_kernels()
    now_s, *values = (after - before for after, before in zip(ended, began, strict=True))
    return Cost(*(value / now_s for value in values))


def figures(devtools: CDPSession, received: Received, pid: int) -> tuple[float, ...]:
    """The time and what has been used so far."""
    metrics = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    kernel_s = sum(ticks_of(Path(f"/proc/{pid}/stat"))) / _TICKS_PER_S
    page_s = [metrics[name] for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")]
    return time.monotonic(), kernel_s, *page_s, received.bytes, received.messages


def ticks_of(stat: Path) -> tuple[int, int]:
    """User and system time."""
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def thread_times_s(pid: int) -> dict[str, float]:
    """The processor time of each thread by its number."""
    times_s = {}
    for folder in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            times_s[folder.name] = sum(ticks_of(folder / "stat")) / _TICKS_PER_S
    return times_s


def print_threads(before: dict[str, float], after: dict[str, float], seconds: float) -> None:
    """Those that took most; threads that began meanwhile count from there."""
    shares = {name: (time_s - before.get(name, 0.0)) / seconds for name, time_s in after.items()}
    for name, share in sorted(shares.items(), key=lambda each: -each[1])[:6]:
        print(f"    thread {name}: {100 * share:.1f} %")


if __name__ == "__main__":
    main()
