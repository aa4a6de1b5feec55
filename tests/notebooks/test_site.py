"""The site, opened from disk: replays play, search finds, a phone in the dark and without script shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from notebooks.running import ROOT
from playwright.sync_api import Page, expect
from support.browser import SHARED_BROWSER

LESSON = "how-late-is-a-word"
PAGES = ("index.html", f"notebooks/{LESSON}.html", "reference/sessions.html", "docs/teachers.html")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages; one notebook is run, where "make site" runs all. ``SITE`` names a folder that has them already."""
    if "SITE" in os.environ:
        return Path(os.environ["SITE"])
    out = tmp_path_factory.mktemp("site") / "html"
    command = [sys.executable, str(ROOT / "tools" / "site.py"), "--out", str(out), "--notebook", LESSON]
    env = os.environ | {"IPYTHONDIR": str(out.parent / "ipython")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture
def page(site: Path) -> Iterator[Page]:
    """A page that reaches nothing but the disk."""
    asked: list[str] = []
    with SHARED_BROWSER.new_context(offline=True) as context:
        opened = context.new_page()
        opened.on("request", lambda request: asked.append(request.url))
        yield opened
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_replay_plays_in_the_first_page(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    replay = page.frame_locator("iframe.replay")
    expect(replay.get_by_role("heading", level=1)).to_have_text("Four recognisers on one recording")
    replay.get_by_role("button", name="Play", exact=True).click()
    expect(replay.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    [frame] = [each for each in page.frames if each.url.endswith("models.html")]
    # It begins anew, and its sound moves the slider on.
    frame.wait_for_function(
        "() => { const at = Number(document.querySelector('[type=range]').value); return at > 300 && at < 30_000 }"
    )


def test_search_finds_from_disk(site: Path, page: Page) -> None:
    page.goto(f"{(site / 'search.html').as_uri()}?q=churn")
    results = page.locator("#search-results li")
    expect(results.first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("Words that move")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_in_the_way_of_a_reader(site: Path, page: Page, theme: Any) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for name in PAGES:
        page.goto((site / name).as_uri())
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, { iframes: false })")["violations"]
        assert [(each["id"], each["nodes"][0]["html"][:160]) for each in found] == [], name


def test_it_can_be_read_on_a_phone_in_the_dark_without_script(site: Path) -> None:
    options: dict[str, Any] = {"java_script_enabled": False, "offline": True, "color_scheme": "dark"}
    browser = SHARED_BROWSER.start()
    with browser.new_context(viewport={"width": 360, "height": 780}, **options) as context:
        opened = context.new_page()
        for name in PAGES:
            opened.goto((site / name).as_uri())
            assert opened.evaluate("document.documentElement.scrollWidth") <= 360, name
            dark = opened.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            assert max(dark[:3]) < 60, (name, dark)
        opened.goto((site / "notebooks" / f"{LESSON}.html").as_uri())
        sizes = opened.eval_on_selector_all(".cell_output img", "images => images.map(each => each.clientWidth)")
        assert len(sizes) >= 3
        assert all(100 < width <= 360 for width in sizes)
        expect(opened.locator(".cell_output").filter(has_text="endpointing delay").first).to_be_visible()
        opened.goto((site / "replays" / "models.html").as_uri())
        expect(opened.get_by_text("So far 42 have signed up.").first).to_be_visible()
