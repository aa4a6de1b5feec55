"""Pictures of the widgets and pages in every state: what their Python says is drawn by their scripts in a page.

``python tools/gallery.py FOLDER [STATE ...]`` writes one for each state, width and theme. The sessions are real, with
servers that follow a script, so that a picture needs neither JupyterLab nor a recogniser.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import soundfile  # noqa: E402
from browser.lab import CHROMIUM, FLAGS  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from scripted_sessions import (  # noqa: E402
    LONG,
    MISHEARD,
    RIGHT_TO_LEFT,
    SPEECH,
    comparison,
    recording,
    silent,
    sound,
    spoken,
    transcriber,
)
from support.front_end_messages import deliver  # noqa: E402
from support.scripted_server import scripted  # noqa: E402
from support.waiting import wait_for  # noqa: E402
from support.widget_page import page_of, page_without_kernel, saved_copy_of, say_hello  # noqa: E402

import ipyscribe as scribe  # noqa: E402
from ipyscribe.errors import ScribeError  # noqa: E402
from ipyscribe.export import to_html  # noqa: E402
from ipyscribe.widgets.shared.cell_widget import CellWidget  # noqa: E402

WIDTHS_PX = (360, 860, 1400)
THEMES = ("light", "dark")
HIGHEST_PX = 3000
"""All of it is in view: what is not has no height yet."""
SCREEN_PX = 700
"""The height of a screen that captions fill."""
LONGEST_WAIT_MS = 120_000
SETTLE_MS = 600
"""Long rows are drawn in slices, and a view that has come to a new width waits before it says so."""

Contents = Callable[[int, str], str]
"""The page for a width in pixels and a theme."""


def has_words(text: str, *words: str) -> bool:
    """Whether all of ``words`` are in it."""
    return all(word in text for word in words)


def over(made: scribe.Transcriber | scribe.Comparison) -> None:
    """Wait for the end, whatever it is."""
    with contextlib.suppress(ScribeError):
        made.wait(60)


def shown(widget: CellWidget) -> Contents:
    """The widget as it lives in its cell."""
    return lambda width_px, theme: page_of(
        widget, say_hello(widget, width_px=width_px, theme=theme), width_px=width_px, theme=theme
    )


def printed(widget: CellWidget) -> Contents:
    """The widget and its saved copy, of which a printer gets one."""
    return lambda width_px, theme: page_of(
        widget,
        say_hello(widget, width_px=width_px, theme=theme),
        width_px=width_px,
        theme=theme,
        saved_copy=saved_copy_of(widget),
    )


def saved(widget: CellWidget) -> Contents:
    """What stays of it without a kernel."""
    return lambda width_px, theme: page_without_kernel(saved_copy_of(widget), width_px=width_px, theme=theme)


def same_everywhere(page: str) -> Contents:
    """A page that finds out by itself where it is."""
    return lambda _width_px, _theme: page


@contextlib.contextmanager
def empty() -> Iterator[Contents]:
    with transcriber(silent, start=False) as made:
        yield shown(made)


@contextlib.contextmanager
def loading() -> Iterator[Contents]:
    with transcriber(silent) as made:
        yield shown(made)


@contextlib.contextmanager
def listening() -> Iterator[Contents]:
    with transcriber(spoken(SPEECH * LONG, end="open"), length_s=600) as made:
        wait_for(lambda: has_words(made.transcript.text, "red lamp"), within_s=60)
        yield shown(made)


@contextlib.contextmanager
def late() -> Iterator[Contents]:
    with transcriber(spoken(SPEECH * LONG, late_ms=5000, end="open"), length_s=600) as made:
        wait_for(lambda: has_words(made.transcript.text, "dome opens"), within_s=60)
        yield shown(made)


@contextlib.contextmanager
def failed() -> Iterator[Contents]:
    with transcriber(spoken(SPEECH[:1], end="failed")) as made:
        over(made)
        yield shown(made)


@contextlib.contextmanager
def ended(show: Callable[[CellWidget], Contents] = shown, *, sessions: int = 2) -> Iterator[Contents]:
    with transcriber(spoken(SPEECH), start=False) as made:
        for _ in range(sessions):
            made.start()
            over(made)
        yield show(made)


@contextlib.contextmanager
def directions() -> Iterator[Contents]:
    with transcriber(spoken(RIGHT_TO_LEFT), model="universal-streaming-multilingual") as made:
        over(made)
        yield shown(made)


@contextlib.contextmanager
def replayed() -> Iterator[Contents]:
    with tempfile.TemporaryDirectory() as folder, transcriber(spoken(SPEECH)) as made:
        over(made)
        assert made.session is not None
        view = scribe.ReplayView(scribe.Replay(made.session.tape.save(Path(folder) / "talk.tape")))
        deliver(view.travel_bar, {"kind": "seek", "share": 0.6})
        yield shown(view)
        view.close()


@contextlib.contextmanager
def compared(show: Callable[[CellWidget], Contents] = shown) -> Iterator[Contents]:
    with comparison() as made:
        over(made)
        view: Any = made.view
        yield show(view)


@contextlib.contextmanager
def comparing() -> Iterator[Contents]:
    with comparison(end="open", length_s=600) as made:
        wait_for(lambda: has_words(made.lanes[1].transcript.text, "four tea", "lamp"), within_s=60)
        view: Any = made.view
        yield shown(view)


@contextlib.contextmanager
def choosing() -> Iterator[Contents]:
    setup = scribe.ComparisonSetup(source=recording())
    yield shown(setup)
    setup.close()


@contextlib.contextmanager
def evaluation() -> Iterator[scribe.Evaluation]:
    """Four recordings, two models."""
    coming = {"one": iter([SPEECH] * 4), "other": iter([MISHEARD, SPEECH, MISHEARD, SPEECH])}
    with (
        tempfile.TemporaryDirectory() as name,
        scripted(lambda client: spoken(next(coming["one"]))(client)) as one,
        scripted(lambda client: spoken(next(coming["other"]), late_ms=700)(client)) as other,
    ):
        folder = Path(name)
        rows = [
            {"file": f"talk-{number}.wav", "text": " ".join(SPEECH), "room": "dome" if number % 2 else "hall"}
            for number in range(1, 5)
        ]
        for row in rows:
            soundfile.write(folder / row["file"], sound(SPEECH, 14.0), 16_000)
        (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
        models = {
            "u3-rt-pro": {"model": "u3-rt-pro", "endpoint": one.url, "api_key": "k"},
            "english": {"model": "universal-streaming-english", "endpoint": other.url, "api_key": "k"},
        }
        yield scribe.Evaluation(models, folder / "corpus.jsonl", at_once=1, speed=4)


@contextlib.contextmanager
def evaluated(show: Callable[[CellWidget], Contents] = shown) -> Iterator[Contents]:
    with evaluation() as made:
        made.run(confirm=True)
        view: Any = made.view
        deliver(view.panel, {"kind": "unfold", "part": "errors", "open": True, "view": "words"})
        deliver(view.panel, {"kind": "open", "name": "talk-1.wav"})
        wait_for(lambda: view.recording_panel.state.get("open"), within_s=60)
        yield show(view)
        view.close()


@contextlib.contextmanager
def dropping() -> Iterator[Contents]:
    upload = scribe.EvaluationUpload(["u3-rt-pro", "universal-streaming-english"], api_key="k")
    yield shown(upload)
    upload.close()


@contextlib.contextmanager
def exported() -> Iterator[Contents]:
    with transcriber(spoken(SPEECH)) as made:
        over(made)
        yield same_everywhere(to_html(made))


@contextlib.contextmanager
def compared_export() -> Iterator[Contents]:
    with comparison() as made:
        over(made)
        yield same_everywhere(to_html(made))


@contextlib.contextmanager
def frozen() -> Iterator[Contents]:
    with comparison() as made:
        over(made)
        yield same_everywhere(made.freeze().page)


STATES: dict[str, Callable[[], contextlib.AbstractContextManager[Contents]]] = {
    "empty": empty,
    "loading": loading,
    "listening": listening,
    "late": late,
    "failed": failed,
    "settings": empty,
    "captions": ended,
    "high-contrast": ended,
    "keys": ended,
    "ended": ended,
    "replayed": replayed,
    "saved": lambda: ended(saved, sessions=1),
    "printed": lambda: ended(printed, sessions=1),
    "right-to-left": directions,
    "choosing": choosing,
    "comparing": comparing,
    "compared": compared,
    "compared-saved": lambda: compared(saved),
    "compared-printed": lambda: compared(printed),
    "dropping": dropping,
    "evaluated": evaluated,
    "evaluated-saved": lambda: evaluated(saved),
    "exported": exported,
    "compared-exported": compared_export,
    "compared-frozen": frozen,
}

PRESSED = {
    "settings": ["button:text-is('Settings')"],
    "captions": ["button:text-is('Captions')"],
    "high-contrast": ["button:text-is('Captions')", "button:text-is('High contrast')"],
    "keys": [".ips-transcript button:text-is('?')"],
}
"""The buttons that a person has pressed in a state."""
FULL_SCREEN = ("captions", "high-contrast")


def main(folder: Path, wanted: list[str]) -> None:
    """Write all, or those of the states that are ``wanted``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        page = browser.new_page(device_scale_factor=1)
        page.set_default_timeout(LONGEST_WAIT_MS)
        page.on("pageerror", lambda error: print("page error:", error, file=sys.stderr))
        for name in wanted or STATES:
            places = [(width_px, theme) for width_px in WIDTHS_PX for theme in THEMES]
            with STATES[name]() as contents:
                pages = [contents(width_px, theme) for width_px, theme in places]  # all at once: a session goes on
            media: Literal["print", "screen"] = "print" if name.endswith("printed") else "screen"
            for (width_px, theme), content in zip(places, pages, strict=True):
                page.emulate_media(
                    media=media, color_scheme="dark" if (media, theme) == ("screen", "dark") else "light"
                )
                highest_px = SCREEN_PX if name in FULL_SCREEN else HIGHEST_PX
                page.set_viewport_size({"width": width_px + 24, "height": highest_px})
                page.goto("about:blank")  # else the policy of the page before holds on
                page.set_content(content)
                page.wait_for_selector("#panel > *, body[data-ready], body:not(:has(script))", state="attached")
                for button in PRESSED.get(name, ()):
                    page.click(button)
                page.wait_for_timeout(SETTLE_MS)
                path = folder / f"{name}-{width_px}-{theme}.png"
                height_px = page.evaluate("document.body.getBoundingClientRect().bottom") + 12
                if name in FULL_SCREEN:
                    height_px = highest_px
                page.screenshot(
                    path=path, clip={"x": 0, "y": 0, "width": width_px + 24, "height": min(height_px, highest_px)}
                )
                print(path, flush=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
