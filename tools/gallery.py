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

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import soundfile  # noqa: E402
from browser.lab import CHROMIUM, FLAGS  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from support.front_end_messages import deliver  # noqa: E402
from support.scripted_server import Client, scripted  # noqa: E402
from support.turns import turn_message  # noqa: E402
from support.waiting import wait_for  # noqa: E402
from support.widget_page import page_of, page_without_kernel, saved_copy_of, say_hello  # noqa: E402

import ipyscribe as scribe  # noqa: E402
from ipyscribe.errors import ScribeError  # noqa: E402
from ipyscribe.export import to_html  # noqa: E402
from ipyscribe.widgets.shared.cell_widget import CellWidget  # noqa: E402

WIDTHS_PX = (360, 860, 1400)
THEMES = ("light", "dark")
SPEECH = (
    "Good evening and welcome to the open evening at the observatory.",
    "The dome opens at nine, and there will be hot chocolate for forty.",
    "Bring a warm coat and a red lamp, if you have one.",
)
MISHEARD = (
    "Good evening and welcome to the open evening at the conservatory.",
    "The dome opens at nine, and there will be hot chocolate for four tea.",
    "Bring a warm goat and a lamp, if you have one.",
)
RIGHT_TO_LEFT = ("مساء الخير، وأهلا بكم في المرصد.", "ערב טוב, וברוכים הבאים.", "こんばんは、天文台へようこそ。")
WORD_MS, PAUSE_MS, CHUNK_MS = 240, 900, 50
MODEL = "local-whisper-tiny.en"

HIGHEST_PX = 3000
"""All of it is in view: what is not has no height yet."""
SETTLE_MS = 600
"""Long rows are drawn in slices, and a view that has come to a new width waits before it says so."""

Contents = Callable[[int, str], str]
"""The page for a width in pixels and a theme."""


def spoken(turns: tuple[str, ...], *, late_ms: int = 240, end: str = "ended") -> Callable[[Client], None]:
    """A server that says ``turns`` so late, and then waits, breaks or comes to the end."""

    def script(client: Client) -> None:
        client.begin()
        at_ms = 0
        for order, text in enumerate(turns):
            words = text.split()
            for count in range(1, len(words) + 1):
                last = count == len(words)
                more_ms = 180 + 90 * order if last else 0
                client.hear("Terminate", chunks=(at_ms + WORD_MS * count + late_ms + more_ms) // CHUNK_MS)
                if end == "open" and last and order == len(turns) - 1:
                    continue
                client.say(turn_message(order, words[:count], end=last, start_ms=at_ms, word_ms=WORD_MS, spoken_ms=200))
            at_ms += WORD_MS * len(words) + PAUSE_MS
        if end == "failed":
            client.fail(1008, "Unauthorized Connection: Missing Authorization header")
            return
        client.hear("Terminate")
        client.terminate()

    return script


def silent(client: Client) -> None:
    """A server that has not begun."""
    client.gone()


def sound(turns: tuple[str, ...], length_s: float) -> npt.NDArray[np.int16]:
    """A tone that swells with each word of ``turns``."""
    time_s = np.arange(int(16_000 * length_s)) / 16_000
    loudness, at_s = np.full(len(time_s), 0.004), 0.0
    for text in turns:
        end_s = at_s + WORD_MS / 1000 * len(text.split())
        spoken_then = (time_s >= at_s) & (time_s < end_s)
        swell = np.abs(np.sin(np.pi * (time_s - at_s) / (WORD_MS / 1000))) * (0.6 + 0.4 * np.sin(time_s * 3))
        loudness[spoken_then] = 0.02 + 0.3 * swell[spoken_then]
        at_s = end_s + PAUSE_MS / 1000
    return (np.sin(time_s * 2 * np.pi * 220) * loudness * 32767).astype(np.int16)


def recording(length_s: float = 14.0, *, speed: float = 1.0) -> scribe.AudioArray:
    """The source of all sessions."""
    return scribe.AudioArray(sound(SPEECH, length_s), 16_000, label="observatory.wav", speed=speed)


@contextlib.contextmanager
def transcriber(
    server: Callable[[Client], None], *, model: str = MODEL, start: bool = True, length_s: float = 14.0
) -> Iterator[scribe.Transcriber]:
    """A Transcriber with that server."""
    with scripted(server) as running:
        made = scribe.Transcriber(model, source=recording(length_s), endpoint=running.url)
        if start:
            made.start()
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def comparison(*, end: str = "ended", length_s: float = 14.0) -> Iterator[scribe.Comparison]:
    """Two models, one of which mishears and is slower."""
    with scripted(spoken(SPEECH, end=end)) as one, scripted(spoken(MISHEARD, late_ms=700, end=end)) as other:
        models = {
            label: {"model": model, "endpoint": server.url, "api_key": "k"}
            for label, model, server in (
                ("u3-rt-pro", "u3-rt-pro", one),
                ("english", "universal-streaming-english", other),
            )
        }
        made = scribe.Comparison(models, source=recording(length_s), reference=" ".join(SPEECH))
        assert made.view  # it shows how loud the sound is from its start on
        made.start()
        try:
            yield made
        finally:
            made.close()


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
    with transcriber(spoken(SPEECH, end="open"), length_s=600) as made:
        wait_for(lambda: has_words(made.transcript.text, "red lamp"), within_s=60)
        yield shown(made)


@contextlib.contextmanager
def late() -> Iterator[Contents]:
    with transcriber(spoken(SPEECH, late_ms=5000, end="open"), length_s=600) as made:
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


def main(folder: Path, wanted: list[str]) -> None:
    """Write all, or those of the states that are ``wanted``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        page = browser.new_page(device_scale_factor=1)
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
                page.set_viewport_size({"width": width_px + 24, "height": HIGHEST_PX})
                page.goto("about:blank")  # else the policy of the page before holds on
                page.set_content(content)
                page.wait_for_selector("#panel > *, body[data-ready], body:not(:has(script))", state="attached")
                page.wait_for_timeout(SETTLE_MS)
                path = folder / f"{name}-{width_px}-{theme}.png"
                height_px = page.evaluate("document.body.getBoundingClientRect().bottom") + 12
                page.screenshot(
                    path=path, clip={"x": 0, "y": 0, "width": width_px + 24, "height": min(height_px, HIGHEST_PX)}
                )
                print(path, flush=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
