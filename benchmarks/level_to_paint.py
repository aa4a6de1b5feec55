"""How late the level, the clock and the timeline of a live Transcriber are on the page, beside another build.

    python benchmarks/level_to_paint.py [--before FOLDER] [--seconds 30] [--rounds 1]

``FOLDER`` holds another build with an environment of its own in ``.venv``; both are measured by turns in one
JupyterLab, while words come and while none do. The sound jumps between quiet and loud. A thread of the kernel notes
what ``session`` says of itself; the page notes the frame in which it shows that:

    level     from a jump of ``level_dbfs`` to the meter that shows it
    clock     from a whole second of ``open_s`` to the clock that shows it
    timeline  by how much the line "now" is behind ``audio_ms``, at any moment

Where the timeline is a picture its decoding is not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from browser.lab import Lab, chromium, close_notebooks, run_cell, write_notebook
from live_widget_cost import offer_kernel
from send_to_paint import page_clock, serving

LOUD_DBFS = -30
SHORTEST_S = 0.7
GRID_S = 0.01
NOTED_WITHIN_S = 0.02
WORDS_HZ = 2.5
PARTS = ("level", "clock", "timeline")
CELLS = (
    """import json, threading, time
import numpy as np
import ipyscribe as scribe

random = np.random.default_rng(7)
lengths = (16_000 * random.uniform({shortest}, 2 * {shortest}, 800)).astype(int)
loudness = np.repeat(np.where(np.arange(800) % 2, 0.25, 0.003), lengths)
sound = (loudness * random.normal(0, 1, loudness.size)).clip(-1, 1).astype(np.float32)
class Live(scribe.AudioArray):
    live, duration_s = True, None  # then the clock is that of the session, as of a microphone

t = scribe.Transcriber('universal-streaming-english', source=Live(sound, 16_000), endpoint={url!r})
t""",
    """session = t.start()
session.wait_until_open()
noted = []
def watch():
    while not session.done:
        noted.append((time.monotonic(), session.level_dbfs, session.open_s, session.audio_ms))
        time.sleep(0.004)
threading.Thread(target=watch, daemon=True).start()""",
    "with open('noted.json', 'w') as file: json.dump([each for each in noted if each[1] > -200], file)\nnoted.clear()",
    "t.stop()",
)
HOOKS = """() => {
  const seen = (window.seen = { level: [], clock: [], timeline: [] });
  const painted = (part, value) =>
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => seen[part].push([value, performance.now()]);
      after.port2.postMessage(null);
    });
  const meter = document.querySelector(".ips-controls [role=meter]");
  const clock = document.querySelector(".ips-controls [aria-label='Time open']");
  const options = { attributes: true, childList: true, characterData: true, subtree: true };
  new MutationObserver(() => painted("level", Number(meter.getAttribute("aria-valuenow")))).observe(meter, options);
  new MutationObserver(() => painted("clock", clock.textContent)).observe(clock, options);
  const kernel = [...jupyterapp.shell.widgets("main")].find((one) => one.sessionContext).sessionContext.session.kernel;
  for (const comm of kernel._comms.values()) {
    const inner = comm.onMsg;
    comm.onMsg = (message) => {
      const content = message.content.data.content;
      if (content?.kind === "live" || content?.kind === "picture") painted("timeline", content.now);
      return inner(message);
    };
  }
}"""


def main() -> None:
    """Print the figures of each build, and the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="folder of another build, with its .venv")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each condition")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    builds = {"after": Path(sys.executable)}
    if options.before is not None:
        builds = {"before": options.before.resolve() / ".venv" / "bin" / "python"} | builds
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        for name, python in builds.items():
            offer_kernel(lab, name, python)
        print(f"{'ms, p50 and p95':28}" + "".join(f"{part:>16}" for part in PARTS))
        for number in range(options.rounds):
            for name in builds:
                for condition, late_ms in measured(lab, Path(folder), name, options.seconds).items():
                    cells = "".join(f"{p50:9.0f} {p95:6.0f}" for p50, p95 in late_ms.values())
                    print(f"{name:7} {number + 1}: {condition:18}{cells}", flush=True)


def measured(lab: Lab, folder: Path, name: str, seconds: float) -> dict[str, dict[str, tuple[float, float]]]:
    """For each condition how late each part is, p50 and p95 in ms."""
    with serving() as server, chromium(viewport={"width": 1120, "height": 1000}) as context:
        cells = [cell.format(url=server.url, shortest=SHORTEST_S) if "{url" in cell else cell for cell in CELLS]
        write_notebook(folder / f"{name}.ipynb", *cells, kernel=name)
        page = context.new_page()
        lab.open(page, f"{name}.ipynb")
        run_cell(page, 0)
        page.wait_for_selector(".ips-controls [role=meter]", state="attached")
        run_cell(page, 1)
        server.order("turns 1")
        page.wait_for_selector(".ips-transcript .turn")
        page.evaluate(HOOKS)
        offset_s, _ = page_clock(page)
        late_ms = {}
        for condition, rate_hz in (("words", WORDS_HZ), ("no words", 0.0)):
            page.wait_for_timeout(1000)
            run_cell(page, 2)
            page.evaluate("() => { for (const part of Object.values(seen)) part.length = 0 }")
            if rate_hz:
                server.order(f"updates {rate_hz} {seconds}")
            else:
                page.wait_for_timeout(1000 * seconds)
            run_cell(page, 2)
            noted = np.array(json.loads((folder / "noted.json").read_text(encoding="utf-8")))
            seen = {
                part: [(value, ms / 1000 + offset_s) for value, ms in stamps]
                for part, stamps in page.evaluate("seen").items()
            }
            late_ms[condition] = lateness_ms(noted, seen)
        run_cell(page, 3)
        close_notebooks(page)
    lab.end_kernels()
    return late_ms


def lateness_ms(noted: np.ndarray, seen: dict[str, list[tuple[Any, float]]]) -> dict[str, tuple[float, float]]:
    """Of what the kernel has noted in the frames of the page."""
    at_s, dbfs, open_s, audio_ms = noted.T
    loud = dbfs > LOUD_DBFS
    meter = [(value > LOUD_DBFS, painted_s) for value, painted_s in seen["level"]]
    jumps = [(bool(loud[index]), at_s[index]) for index in np.flatnonzero(np.diff(loud)) + 1]
    levels = [first(meter, lambda shown, state=state: shown is state, then_s) - then_s for state, then_s in jumps[:-1]]
    clock = [(whole_seconds(text), painted_s) for text, painted_s in seen["clock"] if text]
    ticks = [(int(b), at_s[index + 1]) for index, (a, b) in enumerate(pairwise(open_s)) if int(b) > int(a)]
    clocks = [first(clock, lambda shown, tick=tick: shown >= tick, then_s) - then_s for tick, then_s in ticks[:-1]]
    shown_ms, painted_s = np.array([stamp for stamp in seen["timeline"] if stamp[0] is not None]).T
    grid_s = np.arange(painted_s[0], min(painted_s[-1], at_s[-1]), GRID_S)
    behind_ms = np.interp(grid_s, at_s, audio_ms) - shown_ms[np.searchsorted(painted_s, grid_s, side="right") - 1]
    return {
        "level": spread(1000 * np.array(levels)),
        "clock": spread(1000 * np.array(clocks)),
        "timeline": spread(behind_ms),
    }


def first(stamps: list[tuple[Any, float]], fits: Any, then_s: float) -> float:
    """When the page first showed what fits, from that moment on; infinity for never."""
    from_s = then_s - NOTED_WITHIN_S
    return next((painted_s for shown, painted_s in stamps if painted_s >= from_s and fits(shown)), float("inf"))


def whole_seconds(text: str) -> int:
    """Of a clock as the page has it."""
    minutes, seconds = text.split(" ")[0].split(":")
    return 60 * int(minutes) + int(seconds)


def spread(late_ms: np.ndarray) -> tuple[float, float]:
    """Half of them, and 95 of 100, are no later."""
    p50, p95 = np.percentile(late_ms, [50, 95], method="nearest")
    return float(p50), float(p95)


if __name__ == "__main__":
    main()
