"""What an hour of several models costs the browser: the longest task of the page that shows it.

    python benchmarks/comparison_view.py [--models N] [--words N] [--updates N] [--wall] [--parts]

The transcripts are those of benchmarks/alignment.py. The widget's own module and style sheet run in headless
Chromium without Jupyter around them and get what the panel would tell: first the whole hour, as after a reload,
then the last updates one by one, an open turn and the settled one by turns. Then a person scrolls back while it
goes on, filters, marks, and makes the cell narrow. Printed are the longest tasks of the page's main thread as
Chromium's own trace has them, in processor time unless ``--wall``; ``--parts`` prints what all were spent on.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alignment import heard, turns
from comparison import FakeComparison, Lane, settled
from msgspec.structs import replace

from ipyscribe.transcript import Transcript
from ipyscribe.widgets.comparison.comparison_panel import ComparisonPanel
from ipyscribe.widgets.shared.front_end import script, style

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from browser.lab import chromium

AIM_MS = 200.0
EVERY_MS = 50
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style><body style="margin:0"><main></main>
<script type="module">{script}
const listeners = {{}};
window.sent = [];
const traits = {{ hides: "none", microphone: "", state: {{}} }};
const model = {{
  get: name => traits[name],
  set(name, value) {{ traits[name] = value; }},
  save_changes() {{}},
  send: message => window.sent.push(message),
  on(name, hear) {{ (listeners[name] ??= []).push(hear); }},
  off() {{}},
}};
render({{ model, el: document.querySelector("main"), signal: new AbortController().signal }});
window.tell = messages => {{
  for (const [kind, value] of messages) {{
    if (kind === "state") {{ traits.state = value; listeners["change:state"]?.forEach(hear => hear()); }}
    else listeners["msg:custom"]?.forEach(hear => hear(value, []));
  }}
}};
window.play = async (updates, every) => {{
  for (const messages of updates) {{
    setTimeout(() => window.tell(messages)); // a task of its own, as a message of the kernel is
    await new Promise(done => setTimeout(done, every));
  }}
}};
</script>"""


class Sent:
    """The messages that a panel sends to its view."""

    def __init__(self, panel: ComparisonPanel, comparison: FakeComparison) -> None:
        self._panel = panel
        self._comparison = comparison
        self._kept: list[tuple[str, Any]] = []
        panel.send = self._keep

    def _keep(self, content: dict[str, Any], _: object = None) -> None:
        self._kept.append(("custom", json.loads(json.dumps(content))))

    def show(self) -> list[tuple[str, Any]]:
        """Have it shown; everything that was sent."""
        self._kept = []
        self._panel.show(self._comparison)
        return [("state", json.loads(json.dumps(self._panel.state))), *self._kept]


def hour(models: int, words: int, updates: int) -> tuple[list[Any], list[list[Any]]]:
    """What is told of the beginning at once, and each of the last updates."""
    chance = random.Random(0)
    vocabulary = [f"w{int(abs(chance.gauss(0, 400)))}" for _ in range(3_000)]
    said = [chance.choice(vocabulary) for _ in range(words)]
    lanes: Any = [Lane() for _ in range(models)]
    comparison = FakeComparison([f"model {number}" for number in range(models)], lanes)
    panel = ComparisonPanel(comparison)
    sent = Sent(panel, comparison)
    coming = list(turns([heard(said, vocabulary, chance) for _ in lanes], chance))
    for lane, spoken in coming[: -updates // 2]:
        _say(lanes[lane], spoken, ended=True)
    panel.on_message({"kind": "hello"})
    panel.run_commands()
    first = sent.show()
    rest = []
    for lane, spoken in coming[-updates // 2 :]:
        before = lanes[lane].transcript
        _say(lanes[lane], spoken[: len(spoken) // 2 + 1], ended=False)
        rest.append(sent.show())
        lanes[lane].transcript = before
        _say(lanes[lane], spoken, ended=True)
        rest.append(sent.show())
    rows, spots = panel.aligned.count, len(panel.aligned.disagreements)
    print(f"{models} models, {words:,} words each, {rows:,} rows, {spots:,} differences")
    panel.close()
    return first, rest


def _say(lane: Any, words: Any, *, ended: bool) -> None:
    turn = settled(len(lane.transcript.turns), words)
    if not ended:
        turn = replace(turn, ended=False, final=None)
    lane.transcript = Transcript((*lane.transcript.turns, turn))


def tasks(trace: bytes, clock: str) -> tuple[list[float], dict[str, float]]:
    """ms of each task of the page's main thread, the longest first, and of what was done in all of them."""
    events = json.loads(trace)["traceEvents"]
    mains = {(event["pid"], event["tid"]) for event in events if event.get("args", {}).get("name") == "CrRendererMain"}
    mine = [event for event in events if (event["pid"], event["tid"]) in mains and event.get("ph") == "X"]
    took_ms = sorted((event[clock] / 1000 for event in mine if event["name"].endswith("RunTask")), reverse=True)
    parts: dict[str, float] = defaultdict(float)
    for event in mine:
        parts[event["name"]] += event.get(clock, 0) / 1000
    return took_ms, parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=6)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--wall", action="store_true", help="time by the wall clock, for a machine that is idle")
    parser.add_argument("--parts", action="store_true", help="print what it was spent on; parts hold each other")
    options = parser.parse_args()
    first, rest = hour(options.models, options.words, options.updates)
    half = len(rest) // 2
    page_text = PAGE.format(style=style("comparison"), script=script("comparison").replace("export default", "void"))
    with chromium(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.set_content(page_text)
        page.wait_for_function("() => window.sent.length > 0")

        def measured(name: str, do: Callable[[], object]) -> None:
            assert context.browser is not None
            context.browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline", "v8"])
            do()
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")
            took_ms, parts = tasks(context.browser.stop_tracing(), "dur" if options.wall else "tdur")
            longest = ", ".join(f"{each_ms:.0f}" for each_ms in took_ms[:3])
            print(f"{name:34} longest tasks {longest} ms, all {sum(took_ms):,.0f} ms")
            if options.parts:
                for part, part_ms in sorted(parts.items(), key=lambda part: -part[1])[:14]:
                    print(f"    {part:48} {part_ms:7.1f} ms")

        check = "name => [...document.querySelectorAll('label')].find(l => l.textContent === name).click()"
        page.evaluate("([first, ...rest]) => Object.assign(window, { first, rest })", [first, rest[:half], rest[half:]])
        measured("the whole hour appears", lambda: page.evaluate("() => setTimeout(() => tell(first))"))
        measured("updates, at the end", lambda: page.evaluate(f"() => play(rest[0], {EVERY_MS})"))
        measured(
            "a reader scrolls to the middle",
            lambda: page.evaluate(
                "() => { const b = document.querySelector('.rows'); b.scrollTop = b.scrollHeight / 2 }"
            ),
        )
        measured("updates, somewhere else", lambda: page.evaluate(f"() => play(rest[1], {EVERY_MS})"))
        measured("back to what is new", lambda: page.evaluate("() => document.querySelector('.newest').click()"))
        for name in ("Only where they differ", "Mark who said it first"):
            measured(name, lambda name=name: page.evaluate(check, name))
            measured(f"{name}: off", lambda name=name: page.evaluate(check, name))
        measured("narrow", lambda: page.set_viewport_size({"width": 320, "height": 900}))
        measured("wide", lambda: page.set_viewport_size({"width": 1400, "height": 900}))
        nodes = page.evaluate("() => document.querySelectorAll('*').length")
        print(f"{nodes:,} elements")
    print(f"(aim for live use: < {AIM_MS:.0f} ms)")


if __name__ == "__main__":
    main()
