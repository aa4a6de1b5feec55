"""What a step to another moment of a long recording costs: in the kernel, and from a key to the browser's paint.

    python benchmarks/time_travel.py [--hours H] [--steps N] [--tape FILE]

Without a tape, one of H hours is made: a word and a message every 0.4 s without a pause for breath, on a clock that
only the recorder sees. Kernel: from the wish of a front end until the last message that it causes was handed on.
Browser: JupyterLab and headless Chromium (``tests/browser/lab.py``); from the key or the drag until the frame after
the transcript has changed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORDS = ("so", "far", "forty", "two", "have", "signed", "up", "and", "most", "of", "them", "are", "families")
FRAME = """async (share) => {
  const slider = [...document.querySelectorAll(".ips-travel input[type=range]")].at(-1);
  let changed = 0;
  const told = new Promise((done) => new MutationObserver((_, observer) => {
    changed = performance.now() - began;
    observer.disconnect();
    done();
  }).observe(slider, { attributeFilter: ["aria-valuetext"] }));
  const began = performance.now();
  if (share === null) {
    slider.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", shiftKey: true, bubbles: true }));
  } else {
    slider.value = String(share);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await told;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [changed, performance.now() - began];
}"""


def shown(name: str, took_ms: list[float], aim: str = "") -> None:
    took_ms = sorted(took_ms)
    p50, p95 = took_ms[len(took_ms) // 2], took_ms[int(0.95 * len(took_ms))]
    print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f}, most {took_ms[-1]:.1f}{aim}", flush=True)


def made(hours: float, path: Path) -> Path:
    """Turns of ten words each; the sound is that of the bundled recording again and again."""
    import soundfile

    from ipyscribe.audio import sample_path
    from ipyscribe.protocol import find_model
    from ipyscribe.protocol.encode import encode_message
    from ipyscribe.protocol.messages import TurnMessage, Word
    from ipyscribe.tape import LaneManifest, Recorder, Tape

    pcm = soundfile.read(sample_path(), dtype="int16")[0].tobytes()
    now_s = 0.0
    recorder = Recorder(LaneManifest(find_model("universal-streaming-english"), "a benchmark"), clock=lambda: now_s)
    recorder.begin()
    recorder.note("status", "listening")
    words: list[Word] = []
    order = 0
    for chunk in range(round(hours * 3600 * 20)):
        now_s += 0.05
        at_byte = 1600 * chunk % (len(pcm) - 1600)
        recorder.take_captured((now_s, 800 * chunk, pcm[at_byte : at_byte + 1600]))
        recorder.tidy()
        if chunk % 8 == 7:
            start_ms = 50 * (chunk - 7)
            text = WORDS[chunk // 8 % len(WORDS)]
            words.append(Word(text, start_ms, start_ms + 380, 0.9, is_final=len(words) == 9))
            end = len(words) == 10
            transcript = " ".join(word.text for word in words)
            utterance = transcript if end else ""
            message = TurnMessage(
                order, transcript, utterance, end_of_turn=end, turn_is_formatted=end, words=tuple(words)
            )
            frame = encode_message(message).encode()
            recorder.take((recorder.stamp(now_s), "received", 0, 50.0 * chunk, frame))
            if end:
                words, order = [], order + 1
    recorder.note("finished", "ended", None)
    recorder.complete = True
    recorder.settle()
    return Tape.of(recorder).save(path)


def kernel(path: Path, steps: int) -> None:
    from ipyscribe.widgets import ReplayView
    from ipyscribe.widgets.shared.view import View

    done = threading.Event()
    mark = ""

    def send(_: View, content: dict[str, Any], __: Any = None) -> None:
        if content.get("kind") == "position" and content.get("mark") == mark and mark:
            done.set()

    View.send = send  # type: ignore[method-assign, assignment]
    began_s = time.perf_counter()
    view = ReplayView(path)
    view.travel_bar._handle_custom_msg({"kind": "to_end"}, [])
    view._publisher.flush(60)
    turns = len(view._time_travel.complete_transcripts[0])
    print(f"{turns} turns; the view made and its end shown after {time.perf_counter() - began_s:.2f} s (aim < 2)")
    places = random.Random(1)
    ways = {
        "near the end": [places.uniform(0.9, 1) for _ in range(steps)],
        "from anywhere to anywhere": [places.random() for _ in range(steps)],
        "from the beginning to the end and back": [float(step % 2) for step in range(steps)],
    }
    for name, shares in ways.items():
        took_ms = []
        for step, share in enumerate(shares):
            done.clear()
            mark = f"{name} {step}"
            began_s = time.perf_counter()
            view.travel_bar._handle_custom_msg({"kind": "seek", "share": share, "mark": mark}, [])
            assert done.wait(30)
            took_ms.append(1000 * (time.perf_counter() - began_s))
            view._publisher.flush(30)
        shown(f"kernel, {name}", took_ms, " (aim < 50)")
    view.close()


def browser(path: Path, steps: int) -> None:
    sys.path.insert(0, str(HERE.parent / "tests"))
    from browser.lab import Lab, chromium, run_cell, write_notebook

    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab, chromium() as context:
        shutil.copy(path, lab.root / "long.tape")
        write_notebook(lab.root / "long.ipynb", "import ipyscribe as scribe\nscribe.Replay('long.tape')")
        page = context.new_page()
        lab.open(page, "long.ipynb")
        run_cell(page, 0)
        page.get_by_role("button", name="To the end").click()
        page.locator(".turn:visible").nth(100).wait_for()
        page.wait_for_timeout(3000)
        places = random.Random(2)
        ways: dict[str, list[int | None]] = {
            "back by one change, at the end": [None] * steps,
            "anywhere in the last tenth": [places.randrange(9000, 10_000) for _ in range(steps)],
            "from anywhere to anywhere": [places.randrange(10_000) for _ in range(steps)],
            "from the beginning to the end and back": [9900 if step % 2 else 200 for step in range(steps)],
        }
        for name, shares in ways.items():
            took = []
            for share in shares:
                took.append(page.evaluate(FRAME, share))
                page.wait_for_timeout(100)
            shown(f"browser, {name}: told", [one for one, _ in took])
            shown(f"browser, {name}: painted", [one for _, one in took], " (aim < 50)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--tape", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.tape
        if path is None:
            path = made(arguments.hours, Path(folder) / "made.tape")
        browser(path, arguments.steps)
        kernel(path, 5 * arguments.steps)


if __name__ == "__main__":
    main()
