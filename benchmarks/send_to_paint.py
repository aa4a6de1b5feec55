"""How long a word takes from the server's send to the painted page, stage by stage, beside the plain way.

    python benchmarks/send_to_paint.py [--seconds S] [--turns N] [--rate HZ] [--only ours|plain]

A server in a process of its own sends HZ Turn messages a second; a kernel of JupyterLab has the Transcriber, a
headless Chromium its page. Beside it the plain way: an ipywidgets Textarea whose value is set from a thread that
waits for the words of the same session. Each condition lasts S seconds: nothing else to do, a cell that sleeps, a
cell that computes (pure Python, so that it holds the interpreter lock), and N turns in the view, idle and computing.

Each message ends in a word of its own and is followed by it. Where a newer one overtakes it, the newer one counts:
it holds what the older one said. The stages, each from the end of the one before:

    socket     the loop's thread has the message
    reducer    the transcript has it
    publisher  it is handed to the widget's comm
    comm       the page's model has it: interpreter lock, ZeroMQ, Jupyter server, WebSocket, JupyterLab
    DOM        the page has changed
    paint      a task that came after the frame with the change (``requestAnimationFrame``, then a message)

Server and kernel share ``time.monotonic()``; the page's clock is set to it by the shortest of many round trips, and
half of that is the error. The plain way's text box does not follow its end, so what is called painted there is the
frame after the text was set, seen or not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.lab import Lab, chromium, run_cell, write_notebook
from paint_server import MARK
from playwright.sync_api import Page, expect

HERE = Path(__file__).parent
STAGES = ("socket", "reducer", "publisher", "comm", "DOM", "paint")
AIMS_MS = {"p50": 50.0, "p99": 150.0}
SETTLE_S = 20.0
FILL_S = 60.0
BAR_CHARS = 50
CELLS = {
    "compute": "import time\nuntil = time.monotonic() + {seconds}\nwhile time.monotonic() < until: x = 3 * 4",
    "sleep": "import time; time.sleep({seconds})",
    "write": "paint_stamps.write('stamps.json')",
    "make": "import sys; sys.path.insert(0, {here!r})\nimport paint_stamps\nshown = paint_stamps.{way}({url!r}); shown",
}
CELL = {name: index for index, name in enumerate(CELLS)}
CONDITIONS = (("idle", 0), ("sleep", 0), ("compute", 0), ("idle", 1), ("compute", 1))
WORK = {"idle": "idle", "sleep": "a cell sleeps", "compute": "a cell computes"}
FRAMES = {"ours": ".ips-transcript .turns", "plain": "textarea"}
COUNTS = {
    "ours": "count => document.querySelectorAll('.ips-transcript .turn').length >= count",
    "plain": "count => document.querySelector('textarea').value.split('\\n').length >= count",
}
HOOKS = """([mark, box]) => {
  const stamps = (window.paintStamps = { comm: [], DOM: [], paint: [] });
  const newest = (text) => {
    const place = text.lastIndexOf(mark);
    return place < 0 ? null : parseInt(text.slice(place + mark.length), 10);
  };
  const changed = (number) => {
    stamps.DOM.push([number, performance.now()]);
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => stamps.paint.push([number, performance.now()]);
      after.port2.postMessage(null);
    });
  };
  const kernel = [...jupyterapp.shell.widgets("main")].find((one) => one.sessionContext).sessionContext.session.kernel;
  for (const comm of kernel._comms.values()) {
    const inner = comm.onMsg;
    comm.onMsg = (message) => {
      const { method, content, state } = message.content.data;
      const text = method === "update" ? state.value : content?.kind === "turns" && content.rows.at(-1)?.[1].text;
      const number = text ? newest(String(text)) : null;
      if (number !== null) stamps.comm.push([number, performance.now()]);
      return inner(message);
    };
  }
  const target = document.querySelector(box);
  if (target instanceof HTMLTextAreaElement) {
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    Object.defineProperty(target, "value", {
      get,
      set(text) {
        set.call(this, text);
        const number = newest(text);
        if (number !== null) changed(number);
      },
    });
  } else {
    new MutationObserver((records) => {
      let found = null;
      for (const { addedNodes } of records) {
        for (const node of addedNodes) found = Math.max(found ?? -1, newest(node.textContent) ?? -1);
      }
      if (found !== null && found >= 0) changed(found);
    }).observe(target, { childList: true, subtree: true });
  }
}"""


class Server:
    """The scripted server's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def order(self, words: str) -> dict[int, float]:
        """When it sent each message of that order, in s of ``time.monotonic()``."""
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return {int(number): sent_s for number, sent_s in json.loads(self._answer()).items()}


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    command = [sys.executable, str(HERE / "paint_server.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Server(process)
    finally:
        process.terminate()
        process.wait(10)


def page_clock(page: Page) -> tuple[float, float]:
    """What to add to the page's clock to get that of this process, and by how much it may be wrong, in s."""
    best = (0.0, float("inf"))
    for _ in range(300):
        began_s = time.monotonic()
        there_ms = page.evaluate("performance.now()")
        ended_s = time.monotonic()
        if ended_s - began_s < 2 * best[1]:
            best = ((began_s + ended_s) / 2 - there_ms / 1000, (ended_s - began_s) / 2)
    return best


class Bench:
    """One way in one notebook, condition after condition."""

    def __init__(self, lab: Lab, page: Page, server: Server, way: str, seconds: float, rate_hz: float) -> None:
        self._lab, self._page, self._server, self._way = lab, page, server, way
        self._seconds, self._rate_hz = seconds, rate_hz
        fills = {"seconds": seconds, "here": str(HERE), "way": way, "url": server.url}
        write_notebook(lab.root / f"{way}.ipynb", *(cell.format(**fills) for cell in CELLS.values()))
        lab.open(page, f"{way}.ipynb")
        run_cell(page, CELL["make"])
        self._box = page.locator(FRAMES[way])
        expect(self._box).to_have_count(1)
        self.fill(1)
        page.evaluate(HOOKS, [MARK, FRAMES[way]])
        self._offset_s, self.error_s = page_clock(page)

    def fill(self, count: int) -> None:
        """So many turns more in the view."""
        self._server.order(f"turns {count}")
        self._page.wait_for_function(COUNTS[self._way], arg=count, timeout=1000 * FILL_S)
        self._page.wait_for_timeout(2000)

    def run(self, work: str) -> dict[str, np.ndarray]:
        """For each stage when each message had passed it, in s, beginning with its send; NaN for never."""
        if work != "idle":
            run_cell(self._page, CELL[work], wait=False)
        self._box.scroll_into_view_if_needed()
        self._page.wait_for_timeout(500)
        sent = self._server.order(f"updates {self._rate_hz} {self._seconds - 1}")
        last = max(sent)
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            if self._page.evaluate("last => (paintStamps.paint.at(-1)?.[0] ?? -1) >= last", last):
                break
            self._page.wait_for_timeout(100)
        if self._way == "ours":
            expect(self._page.locator(".ips-transcript .turn").last).to_be_in_viewport()
        stamps = self._stamps()
        passed = {"send": np.array(list(sent.values()))}
        for stage in STAGES:
            numbers, times = zip(*stamps[stage], strict=True)
            reached = [bisect_left(numbers, number) for number in sent]
            passed[stage] = np.array([times[at] if at < len(times) else np.nan for at in reached])
        self.frames = len({at for at in passed["paint"] if np.isfinite(at)})
        return passed

    def _stamps(self) -> dict[str, list[tuple[int, float]]]:
        run_cell(self._page, CELL["write"])
        stamps: dict[str, Any] = json.loads((self._lab.root / "stamps.json").read_text(encoding="utf-8"))
        there = self._page.evaluate("paintStamps")
        return stamps | {
            stage: [(number, ms / 1000 + self._offset_s) for number, ms in told] for stage, told in there.items()
        }


def figures(times_ms: np.ndarray) -> dict[str, float]:
    names = ("p50", "p95", "p99", "max")
    return dict(zip(names, map(float, np.percentile(times_ms, [50, 95, 99, 100])), strict=True))


def report(title: str, passed: dict[str, np.ndarray], frames: int, *, aimed: bool) -> None:
    """A waterfall: each stage's bar begins where the one before ends, at the medians."""
    painted = np.isfinite(passed["paint"])
    never = int((~painted).sum())
    print(f"\n  {title}: {painted.size} messages, {frames} frames" + (f", {never} never painted" if never else ""))
    if never == painted.size:
        return
    kept = {stage: times[painted] for stage, times in passed.items()}
    total = figures(1000 * (kept["paint"] - kept["send"]))
    scale = BAR_CHARS / max(total["p50"], 1e-9)
    began = kept["send"]
    print(f"    {'ms':9} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}")
    for stage in STAGES:
        taken = figures(1000 * (kept[stage] - began))
        start = round(scale * float(np.median(1000 * (began - kept["send"]))))
        end = round(scale * float(np.median(1000 * (kept[stage] - kept["send"]))))
        print(f"    {stage:9}" + "".join(f" {value:7.1f}" for value in taken.values()) + "  " + bar(start, end))
        began = kept[stage]
    said = "".join(
        f"  {name} <= {aim:g}: {'met' if total[name] <= aim else 'MISSED'}" for name, aim in AIMS_MS.items() if aimed
    )
    print(f"    {'total':9}" + "".join(f" {value:7.1f}" for value in total.values()) + said, flush=True)


def bar(start: int, end: int) -> str:
    return " " * start + ("#" * (end - start) or "|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15, help="of each condition")
    parser.add_argument("--turns", type=int, default=3000, help="in the view for the last two conditions")
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--only", choices=tuple(FRAMES))
    options = parser.parse_args()
    ways = [options.only] if options.only else list(FRAMES)
    for way in ways:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving() as server,
            Lab(Path(folder)) as lab,
            chromium() as context,
        ):
            bench = Bench(lab, context.new_page(), server, way, options.seconds, options.rate)
            named = {"ours": "ipyscribe", "plain": "Textarea set from a thread"}[way]
            print(f"\n{named}; the page's clock is known to {1000 * bench.error_s:.1f} ms", flush=True)
            full = False
            for work, turns in CONDITIONS:
                if turns and not full:
                    bench.fill(options.turns)
                    full = True
                title = WORK[work] + (f", {options.turns:,} turns in the view" if full else "")
                passed = bench.run(work)
                report(title, passed, bench.frames, aimed=way == "ours")


if __name__ == "__main__":
    main()
