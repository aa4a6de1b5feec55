"""Pictures of the widgets in every state: what their Python says is drawn by their scripts in a page of its own.

``python tools/gallery.py FOLDER`` writes one for each state, width and theme. The sessions are real, with a server that
follows a script, so that a picture needs neither JupyterLab nor a recogniser.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402
from browser.lab import CHROMIUM, FLAGS  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from support.scripted_server import Client, scripted  # noqa: E402
from support.turns import turn_message  # noqa: E402
from support.waiting import wait_for  # noqa: E402

import ipyscribe as scribe  # noqa: E402
from ipyscribe.errors import ScribeError  # noqa: E402
from ipyscribe.widgets.shared.cell_widget import CellWidget  # noqa: E402
from ipyscribe.widgets.shared.front_end import script, style  # noqa: E402
from ipyscribe.widgets.shared.view import View  # noqa: E402

WIDTHS_PX = (360, 860, 1400)
THEMES = {"light": "#ffffff", "dark": "#111418"}
SPEECH = (
    "Good evening and welcome to the open evening at the observatory.",
    "The dome opens at nine, and there will be hot chocolate for forty.",
    "Bring a warm coat and a red lamp, if you have one.",
)
RIGHT_TO_LEFT = ("مساء الخير، وأهلا بكم في المرصد.", "ערב טוב, וברוכים הבאים.", "こんばんは、天文台へようこそ。")
WORD_MS, CHUNK_MS = 240, 50
MODEL = "local-whisper-tiny.en"
Messages = dict[View, list[tuple[dict[str, Any], list[bytes]]]]


def spoken(turns: tuple[str, ...], *, late_ms: int = 0, end: str = "ended") -> Callable[[Client], None]:
    """A server that says ``turns`` so late, and then waits, breaks or comes to the end."""

    def script(client: Client) -> None:
        client.begin()
        at_ms = 0
        for order, text in enumerate(turns):
            words = text.split()
            for count in range(1, len(words) + 1):
                client.hear("Terminate", chunks=(at_ms + WORD_MS * count + late_ms) // CHUNK_MS)
                last = count == len(words)
                if end == "open" and last and order == len(turns) - 1:
                    continue
                client.say(turn_message(order, words[:count], end=last, start_ms=at_ms, word_ms=WORD_MS, spoken_ms=200))
            at_ms += WORD_MS * len(words) + 900
        if end == "failed":
            client.fail(1008, "Unauthorized Connection: Missing Authorization header")
            return
        client.hear("Terminate")
        client.terminate()

    return script


def silent(client: Client) -> None:
    """A server that has not begun."""
    client.gone()


@contextlib.contextmanager
def transcriber(
    server: Callable[[Client], None], *, model: str = MODEL, start: bool = True, sound_s: float = 14.0
) -> Iterator[scribe.Transcriber]:
    """A Transcriber with that server and a tone."""
    tone = (np.sin(np.arange(int(16_000 * sound_s)) * 0.2) * 6000).astype(np.int16)
    with scripted(server) as running:
        made = scribe.Transcriber(model, source=scribe.AudioArray(tone, 16_000, label="a tone"), endpoint=running.url)
        if start:
            made.start()
        try:
            yield made
        finally:
            made.close()


def words(made: scribe.Transcriber, text: str) -> None:
    """Wait until that was said."""
    wait_for(lambda: text in made.transcript.text, within_s=60)


def over(made: scribe.Transcriber) -> None:
    """Wait for the end, whatever it is."""
    with contextlib.suppress(ScribeError):
        made.wait(60)


@contextlib.contextmanager
def listening() -> Iterator[CellWidget]:
    with transcriber(spoken(SPEECH, end="open"), sound_s=600) as made:
        words(made, "red lamp")
        yield made


@contextlib.contextmanager
def late() -> Iterator[CellWidget]:
    with transcriber(spoken(SPEECH, late_ms=5000, end="open"), sound_s=600) as made:
        words(made, "dome opens")
        yield made


@contextlib.contextmanager
def ended() -> Iterator[CellWidget]:
    with transcriber(spoken(SPEECH)) as made:
        over(made)
        made.start()
        over(made)
        yield made


@contextlib.contextmanager
def failed() -> Iterator[CellWidget]:
    with transcriber(spoken(SPEECH[:1], end="failed")) as made:
        over(made)
        yield made


@contextlib.contextmanager
def directions() -> Iterator[CellWidget]:
    with transcriber(spoken(RIGHT_TO_LEFT), model="universal-streaming-multilingual") as made:
        over(made)
        yield made


@contextlib.contextmanager
def replayed() -> Iterator[CellWidget]:
    with tempfile.TemporaryDirectory() as folder, transcriber(spoken(SPEECH)) as made:
        over(made)
        assert made.session is not None
        view = scribe.ReplayView(scribe.Replay(made.session.tape.save(Path(folder) / "talk.tape")))
        yield view
        view.close()


STATES: dict[str, Callable[[], contextlib.AbstractContextManager[CellWidget]]] = {
    "empty": lambda: transcriber(silent, start=False),
    "loading": lambda: transcriber(silent),
    "listening": listening,
    "late": late,
    "failed": failed,
    "ended": ended,
    "replayed": replayed,
    "right-to-left": directions,
}


def say_hello(widget: CellWidget, *, width_px: int, theme: str) -> Messages:
    """What the widget sends to views that have just appeared in a place of that width and theme."""
    sent: Messages = {}
    lock = threading.Lock()

    def send(view: View, content: dict[str, Any], buffers: Any = None) -> None:
        with lock:
            sent.setdefault(view, []).append((content, [bytes(each) for each in buffers or ()]))

    with patch.object(View, "send", send):
        for view in widget.children:
            if isinstance(view, View):  # its handler is private: here the page is the test's own
                view._receive(None, {"kind": "hello", "theme": theme, "width": width_px - 26, "ratio": 2}, [])
        wait_for(lambda: any(content["kind"] == "turns" for each in sent.values() for content, _ in each), within_s=20)
        widget._drawer.flush(3.0)
    return sent


def page_of(widget: CellWidget, sent: Messages, *, width_px: int, background: str) -> str:
    """A page in which the scripts of the widget draw what it has sent."""
    views = [view for view in widget.children if isinstance(view, View)]
    data = [
        {
            "module": base64.b64encode(script(view.front).encode()).decode(),
            "style": style(view.front),
            "state": {name: each for name, each in view.get_state().items() if not name.startswith("_")},
            "sent": [
                [content, [base64.b64encode(each).decode() for each in buffers]]
                for content, buffers in list(sent.get(view, ()))
            ],
        }
        for view in views
    ]
    return f"""<!doctype html><meta charset="utf-8"><title>{html.escape(type(widget).__name__)}</title>
<body style="margin:12px;background:{background}"><div class="ipyscribe" id="cell" style="width:{width_px}px"></div>
<script type="application/json" id="data">{json.dumps(data, default=str).replace("<", chr(92) + "u003c")}</script>
<script type="module">
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
for (const {{ module, style, state, sent }} of JSON.parse(document.getElementById("data").textContent)) {{
  document.head.append(Object.assign(document.createElement("style"), {{ textContent: style }}));
  const el = document.createElement("div");
  document.getElementById("cell").append(el);
  const source = URL.createObjectURL(new Blob([bytes(module)], {{ type: "text/javascript" }}));
  let made = (await import(source)).default;
  if (typeof made === "function") made = made();
  const heard = [];
  const model = {{
    get: name => state[name], set: (name, value) => {{ state[name] = value; }}, save_changes() {{}}, send() {{}},
    on: (name, act) => heard.push([name, act]), off() {{}},
  }};
  const signal = new AbortController().signal;
  await made.initialize?.({{ model, signal, experimental: {{}} }});
  await made.render({{ model, el, signal, experimental: {{}} }});
  for (const [content, buffers] of sent)
    for (const [name, act] of heard)
      if (name === "msg:custom") act(content, buffers.map(each => new DataView(bytes(each).buffer)));
}}
document.body.dataset.ready = "yes";
</script></body>"""


def main(folder: Path, wanted: list[str]) -> None:
    """Write all, or those of the states that are ``wanted``."""
    folder.mkdir(parents=True, exist_ok=True)
    places = [(width_px, theme) for width_px in WIDTHS_PX for theme in THEMES]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        page = browser.new_page(device_scale_factor=1)
        page.on("pageerror", lambda error: print("page error:", error, file=sys.stderr))
        for name in wanted or STATES:
            with STATES[name]() as widget:
                pages = [  # all at once: a session goes on
                    page_of(
                        widget, say_hello(widget, width_px=width_px, theme=theme), width_px=width_px,
                        background=THEMES[theme],
                    )
                    for width_px, theme in places
                ]  # fmt: skip
            for (width_px, theme), content in zip(places, pages, strict=True):
                page.set_viewport_size({"width": width_px + 24, "height": 400})
                page.set_content(content)
                page.wait_for_selector("body[data-ready]")
                page.wait_for_timeout(250)
                path = folder / f"{name}-{width_px}-{theme}.png"
                page.locator("#cell").screenshot(path=path)
                print(path, flush=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
