"""Pictures of the widgets in every state: what their Python says is drawn by their scripts in a page of its own.

``python tools/gallery.py FOLDER`` writes one for each state, width and theme. The sessions are real, with a server that
follows a script, so that a picture needs neither JupyterLab nor a recogniser.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402
from browser.lab import CHROMIUM, FLAGS  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from support.scripted_server import Client, scripted  # noqa: E402
from support.turns import turn_message  # noqa: E402
from support.waiting import wait_for  # noqa: E402
from support.widget_page import page_of, say_hello  # noqa: E402

import ipyscribe as scribe  # noqa: E402
from ipyscribe.errors import ScribeError  # noqa: E402
from ipyscribe.widgets.shared.cell_widget import CellWidget  # noqa: E402

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
