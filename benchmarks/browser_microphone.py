"""How long sound takes from the browser's audio worklet to the kernel, and what is lost on the way.

    python benchmarks/browser_microphone.py [--seconds S] [--kernel NAME]

JupyterLab and a headless Chromium with a fake microphone on this machine. Each case records for S seconds while
the kernel does what its name says. The time is from the moment at which the worklet has filled a chunk of 100 ms
to its arrival in the kernel's queue, by the clock that both share (the browser tells whole milliseconds). "sleep"
cells hold the kernel's main thread, "loop" cells its interpreter lock too.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.lab import Lab, chromium, output, run_cell, write_notebook
from playwright.sync_api import Page, expect

PREPARE = """
import json, threading, time
import ipyscribe as scribe
from ipyscribe.widgets.microphone import browser_microphone as module
times = []
put = module._Recording.take_chunk
def noting(self, number, position, pcm, held_s, at_s):
    times.append(1000 * (time.time() - at_s))
    return put(self, number, position, pcm, held_s, at_s)
module._Recording.take_chunk = noting
microphone = scribe.BrowserMicrophone()
stream = microphone.open()
def read():
    while not stream.ended:
        stream.read(1)
threading.Thread(target=read).start()
microphone
"""
WORK = {
    "idle": "times.clear()",
    "sleep": "times.clear(); time.sleep({seconds})",
    "loop": "times.clear(); until = time.monotonic() + {seconds}\nwhile time.monotonic() < until: sum(range(1000))",
}
TELL = "print(json.dumps([times, stream.dropped_samples]))"
CASES = (("comm", "idle"), ("comm", "sleep"), ("websocket", "idle"), ("websocket", "sleep"), ("websocket", "loop"))
AIMS_MS = {("comm", "idle"): 10, ("websocket", "idle"): 10, ("websocket", "sleep"): 20, ("websocket", "loop"): 20}
NAMES = {"comm": "through the notebook's connection", "websocket": "by WebSocket"}


def measure(lab: Lab, page: Page, path: str, work: str, seconds: float, kernel: str) -> tuple[np.ndarray, int]:
    if path == "comm":
        page.route_web_socket(re.compile(r"/proxy/\d+/"), lambda socket: socket.close())
    name = f"{path}-{work}.ipynb"
    write_notebook(lab.root / name, PREPARE, WORK[work].format(seconds=seconds), TELL)
    notebook = json.loads((lab.root / name).read_text(encoding="utf-8"))
    notebook["metadata"]["kernelspec"]["name"] = kernel
    (lab.root / name).write_text(json.dumps(notebook), encoding="utf-8")
    lab.open(page, name)
    run_cell(page, 0)
    page.get_by_role("button", name="Listen").click()
    expect(page.locator(".ips-microphone .path")).to_have_text(NAMES[path])
    page.wait_for_timeout(2000)
    run_cell(page, 1)
    page.wait_for_timeout(1000 * (seconds if work == "idle" else 2))
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(0)
    run_cell(page, 2)
    times, dropped = json.loads(output(page, 2))
    return np.array(times), dropped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--kernel", default="python3", help="name of an installed kernel that has ipyscribe")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        noise = 0.1 * np.random.default_rng(1).standard_normal(16_000 * 20)
        soundfile.write(root / "device.wav", noise, 16_000, subtype="PCM_16")
        flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={root / 'device.wav'}"]
        with Lab(root) as lab, chromium(flags, permissions=["microphone"]) as context:
            for path, work in CASES:
                page = context.new_page()
                times, dropped = measure(lab, page, path, work, options.seconds, options.kernel)
                page.close()
                p50, p95, p99 = np.percentile(times, [50, 95, 99])
                aim = AIMS_MS.get((path, work))
                said = "" if aim is None else f"  aim: p50 <= {aim} ms {'met' if p50 <= aim else 'MISSED'}"
                print(
                    f"{path:9} {work:5} {len(times):4} chunks  p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f}  "
                    f"max {times.max():7.1f} ms  lost {dropped} samples{said}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
