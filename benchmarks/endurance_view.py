"""What hours of a session cost in the browser: memory, and the time for each update at the end against the start.

    python benchmarks/endurance_view.py [--hours H] [--minutes M]

The session of endurance.py, H hours of audio clock in M minutes, in the kernel of a real JupyterLab with a
``TranscriptView`` and a ``TimelineView`` in headless Chromium. After the first tenth and at the end the page's
JavaScript heap is measured once garbage was collected, and the kernel's memory; the time that the page spent on
script, style and layout, and the kernel's processor time, session and pictures included, are divided by the
messages to the transcript.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from endurance import serving

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.lab import Lab, chromium, run_cell, write_notebook

MAKE = """
import json, sys, threading, time
from pathlib import Path
sys.path.insert(0, {here!r})
import ipyscribe as scribe
from endurance import Silence
session = scribe.Session("local-whisper-tiny.en", source=Silence(3600 * {hours}, speed={speed}), endpoint={url!r})
view, timeline = scribe.TranscriptView(session), scribe.TimelineView(session)
sent = 0
post = view.post
def counted(*arguments, **fields):
    global sent
    sent += 1
    post(*arguments, **fields)
view.post = counted
display(view, timeline)
"""
START = """
def note():
    while True:
        done = session.done
        state = dict(audio_ms=session.audio_ms, told=sent, turns=len(session.transcript), done=done)
        Path("state.part").write_text(json.dumps(state))
        Path("state.part").rename("state.json")
        if done:
            return
        time.sleep(0.2)
session.start()
threading.Thread(target=note, daemon=True).start()
"""
PAGE = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")


class Watch:
    """Looks at the kernel and the page at some moments."""

    def __init__(self, folder: Path, kernel: psutil.Process, page: Any) -> None:
        self._folder = folder
        self._kernel = kernel
        self._page = page.context.new_cdp_session(page)
        self._page.send("Performance.enable")
        self._page.send("HeapProfiler.enable")

    def state(self) -> dict[str, Any]:
        """What the session says of itself."""
        try:
            found: dict[str, Any] = json.loads((self._folder / "state.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"audio_ms": 0.0, "told": 0, "turns": 0, "done": False}
        return found

    def costs(self) -> dict[str, float]:
        """Messages so far, and what they have cost page and kernel, in s."""
        found = {metric["name"]: metric["value"] for metric in self._page.send("Performance.getMetrics")["metrics"]}
        used = self._kernel.cpu_times()
        page_s = sum(found[name] for name in PAGE)
        return {"told": self.state()["told"], "page": page_s, "kernel": used.user + used.system}

    def memory(self) -> dict[str, float]:
        """MB of the page's JavaScript, garbage collected, and of the kernel."""
        for _ in range(3):
            self._page.send("HeapProfiler.collectGarbage")
        heap = self._page.send("Runtime.getHeapUsage")["usedSize"]
        return {"page": heap / 2**20, "kernel": self._kernel.memory_info().rss / 2**20}


def kernel_of(lab: Lab) -> psutil.Process:
    return next(
        process
        for process in psutil.Process(lab.process.pid).children(recursive=True)
        if "ipykernel_launcher" in " ".join(process.cmdline())
    )


def measure(lab: Lab, page: Any, hours: float, minutes: float, url: str) -> None:
    setup = MAKE.format(here=str(Path(__file__).parent), hours=hours, speed=60 * hours / minutes, url=url)
    write_notebook(lab.root / "long.ipynb", setup, START)
    lab.open(page, "long.ipynb")
    run_cell(page, 0)
    watch = Watch(lab.root, kernel_of(lab), page)
    began_s = time.monotonic()
    run_cell(page, 1)
    tenth_ms = 360_000 * hours
    pause = threading.Event()
    costs, memories = [], []
    for tenth in range(1, 11):
        while not (state := watch.state())["done"] and state["audio_ms"] < tenth * tenth_ms - 1:
            pause.wait(0.05)
        if tenth in (1, 2, 9, 10):
            costs.append(watch.costs())
        if tenth in (1, 10):
            memories.append(watch.memory())
            if tenth == 1:
                costs[-1] = watch.costs()  # collecting garbage is not the view's work
    shown = page.locator(".ips-transcript .turn").count()
    took_s = time.monotonic() - began_s
    print(f"{hours:g} h of audio clock in {took_s:.0f} s: {state['turns']} turns, {shown} in the page")
    for what in ("page", "kernel"):
        first, last = (
            1000 * (after[what] - before[what]) / (after["told"] - before["told"])
            for before, after in (costs[:2], costs[2:])
        )
        early, late = (memory[what] for memory in memories)
        print(f"{what}: an update costs {first:.2f} ms at the start, {last:.2f} at the end: {last / first:.2f} x")
        print(f"{what}: {early:.0f} MB after the first tenth, {late:.0f} MB at the end: {late - early:+.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        Lab(Path(folder)) as lab,
        chromium() as context,
    ):
        measure(lab, context.new_page(), options.hours, options.minutes, url)


if __name__ == "__main__":
    main()
