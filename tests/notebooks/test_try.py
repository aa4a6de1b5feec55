"""What ``make try`` leaves: the terminal's words, the quickstart as a page, the timeline as a picture."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
import nbformat
import pytest
from matplotlib.image import imread
from notebooks.running import ROOT
from playwright.sync_api import Page
from support.browser import SHARED_BROWSER
from whisper_normalizer.english import EnglishTextNormalizer

from ipyscribe.audio import sample_reference

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.timeout(600)]
WORST_WER = 0.25
SPEED = 3
"""The recogniser takes a processor for as long as it listens."""
_TURN = re.compile(r"^\d+:\d\d  (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tried:
    said: str
    page: Path
    picture: Path


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    out = tmp_path_factory.mktemp("try")
    env = {name: value for name, value in os.environ.items() if name != "ASSEMBLYAI_API_KEY"}
    env["IPYTHONDIR"] = str(out / "ipython")
    command = [sys.executable, str(ROOT / "tools" / "try.py"), "--out", str(out), "--speed", str(SPEED)]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    slow = ("ipyscribe: Behind by ", "ipyscribe: This computer cannot keep up")
    told = [line for line in run.stderr.splitlines() if not line.startswith(slow)]
    assert told == [], "nothing but that a busy machine was slow"
    return Tried(run.stdout, out / "quickstart.html", out / "timeline.png")


@pytest.fixture(scope="module")
def page(tried: Tried) -> Iterator[Page]:
    """The page in a browser that reaches nothing but this file."""
    asked = []
    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(tried.page.as_uri())
        yield page
        others = [url for url in asked if not url.startswith("data:") and url != tried.page.as_uri()]
        assert others == [], "the page asked for something outside itself"


def word_error_rate(heard: str) -> float:
    normalised = EnglishTextNormalizer()
    spoken = " ".join(turn.text for turn in sample_reference())
    return float(jiwer.wer(normalised(spoken), normalised(heard)))


def test_the_terminal_shows_each_settled_turn_on_a_line(tried: Tried) -> None:
    assert word_error_rate(" ".join(_TURN.findall(tried.said))) <= WORST_WER
    assert "\r" not in tried.said
    assert "make lab" in tried.said
    assert str(tried.page) in tried.said


def test_the_timeline_is_a_picture(tried: Tried) -> None:
    pixels = imread(tried.picture)
    height, width = pixels.shape[:2]
    assert width > 1200
    assert height > 150
    assert len({tuple(pixel) for pixel in pixels[::3, ::3, :3].reshape(-1, 3).tolist()}) > 3


@pytest.mark.browser
def test_the_page_shows_the_words_without_script_or_network(page: Page) -> None:
    static = page.locator("[aria-label=Transcript]")
    assert word_error_rate(" ".join(static.locator("td:nth-child(2)").all_inner_texts())) <= WORST_WER
    text_cell = page.locator(".jp-CodeCell", has_text="print(t.transcript.text)").locator(".jp-OutputArea-output")
    assert word_error_rate(text_cell.inner_text()) <= WORST_WER


@pytest.mark.browser
def test_the_page_shows_the_timelines(page: Page) -> None:
    sizes = page.eval_on_selector_all("img", "images => images.map(i => [i.naturalWidth, i.clientWidth, i.alt])")
    sizes = [size for size in sizes if size[1]]  # a saved copy has one for dark pages, too
    assert len(sizes) == 2
    for natural, shown, alternative in sizes:
        assert natural > 1200
        assert shown > 500
        assert "Timeline" in alternative


def test_the_page_loads_nothing(tried: Tried) -> None:
    source = tried.page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|img|iframe|link)\b[^>]*\b(src|href)\s*=\s*[\"']?\s*(https?:)?//", source)
    assert html.escape("Hi Sam") in source


@pytest.mark.parametrize("name", ["quickstart", "compare"])
def test_the_committed_notebooks_have_no_outputs(name: str) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) >= 8
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert "widgets" not in notebook.metadata
