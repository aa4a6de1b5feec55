"""No violation of what axe-core checks: the widgets, the export and the frozen pages, in both themes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page
from support.browser import SHARED_BROWSER
from support.front_end_messages import deliver
from support.scripted_server import Client, scripted
from support.turns import turn_message
from support.widget_page import page_of, page_without_kernel, saved_copy_of, say_hello

from ipyscribe import (
    AudioArray,
    Comparison,
    ComparisonSetup,
    Evaluation,
    EvaluationUpload,
    EvaluationView,
    ReplayView,
    Transcriber,
)
from ipyscribe.export import to_html
from ipyscribe.timeline.palette import follow_host
from ipyscribe.widgets.shared.cell_widget import CellWidget

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
UNFOLD = """() => {
    for (const each of document.querySelectorAll("details")) each.open = true;
    const texts = ["Settings", "?"];
    for (const each of document.querySelectorAll("button")) if (texts.includes(each.textContent)) each.click();
}"""
TONE = (np.sin(np.arange(32_000) * 0.2) * 6000).astype(np.int16)


def says(*words: str) -> object:
    def script(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        client.say(turn_message(0, list(words), end=True))
        client.terminate()

    return script


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    with scripted(says("bring", "a", "warm", "coat")) as server:
        made = Transcriber("local-whisper-tiny.en", source=AudioArray(TONE, 16_000, speed=10), endpoint=server.url)
        made.start()
        made.wait(60)
    yield made
    made.close()


@pytest.fixture(scope="module")
def comparison() -> Iterator[Comparison]:
    with scripted(says("bring", "a", "warm", "coat")) as one, scripted(says("bring", "a", "worn", "goat")) as other:
        models = {
            label: {"model": "local-whisper-tiny.en", "endpoint": server.url}
            for label, server in (("one", one), ("other", other))
        }
        both = Comparison(models, source=AudioArray(TONE, 16_000, speed=10), reference="bring a warm coat")
        both.run()
    yield both
    both.close()


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder = tmp_path_factory.mktemp("corpus")
    soundfile.write(folder / "a.wav", TONE, 16_000)
    (folder / "metadata.csv").write_text("file,text,room\na.wav,bring a warm coat,dome\n")
    with scripted(says("bring", "a", "worn", "coat")) as server:
        model = {"model": "local-whisper-tiny.en", "endpoint": server.url}
        made = Evaluation({"one": model, "other": model}, folder / "metadata.csv", speed=10, silence_s=0)
        made.run()
    return made


@contextlib.contextmanager
def closing(*widgets: CellWidget) -> Iterator[tuple[CellWidget, ...]]:
    yield widgets
    for widget in widgets:
        widget.close()


@pytest.fixture(autouse=True)
def _light_again() -> Iterator[None]:
    yield
    follow_host("light")  # figures of later tests would follow the page that said hello last


@contextlib.contextmanager
def page_in(theme: str) -> Iterator[Page]:
    context = SHARED_BROWSER.new_context(color_scheme=theme)
    try:
        yield context.new_page()
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)")
    return [f"{each['id']}: {[node['html'][:200] for node in each['nodes'][:3]]}" for each in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_widgets(theme: str, transcriber: Transcriber, comparison: Comparison, evaluation: Evaluation) -> None:
    assert transcriber.session is not None
    evaluated = EvaluationView(evaluation)
    deliver(evaluated.panel, {"kind": "unfold", "part": "errors", "open": True})
    deliver(evaluated.panel, {"kind": "unfold", "part": "groups", "open": True})
    evaluated.recording_panel.open_recording("a.wav", None)
    replay = ReplayView(transcriber.session.tape)
    setup = ComparisonSetup(source=AudioArray(TONE, 16_000))
    upload = EvaluationUpload(["u3-rt-pro"], api_key="k")
    with closing(evaluated, replay, setup, upload) as others, page_in(theme) as page:
        for widget in (transcriber, comparison.view, *others):
            sent = say_hello(widget, width_px=860, theme=theme)
            page.set_content(page_of(widget, sent, width_px=860, theme=theme))
            page.wait_for_selector("body[data-ready]")
            page.evaluate(UNFOLD)
            assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages(theme: str, transcriber: Transcriber, comparison: Comparison, evaluation: Evaluation) -> None:
    with page_in(theme) as page:
        for content in (
            to_html(transcriber),
            to_html(comparison),
            transcriber.freeze(sound=True).page,
            comparison.freeze().page,
            evaluation.freeze().page,
            page_without_kernel(saved_copy_of(transcriber), width_px=860, theme=theme),
            page_without_kernel(saved_copy_of(comparison.view), width_px=860, theme=theme),
        ):
            page.goto("about:blank")  # else the policy of the page before holds on
            page.set_content(content)
            assert violations(page) == []
