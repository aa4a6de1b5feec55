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
from playwright.sync_api import Page
from support.browser import SHARED_BROWSER
from support.expect import expect

LESSON = "how-late-is-a-word"
PAGES = (
    "index.html",
    f"notebooks/{LESSON}.html",
    "docs/inputs.html",
    "reference/diagnostics.html",
    "replays/listening.html",
    "search.html",
)
"""One of each kind, which axe takes a second for; where ``SITE`` names a site, it reads all of that."""
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


def pages(site: Path) -> list[Path]:
    """All pages of the site, those that play included."""
    return sorted(site.rglob("*.html"))


def checked_pages(site: Path) -> list[Path]:
    return pages(site) if "SITE" in os.environ else [site / name for name in PAGES]


def violations(page: Page, rules: str = "") -> list[tuple[str, str]]:
    """What axe finds on the page as it is, with the first element for each rule."""
    options = f"{{ iframes: false, resultTypes: ['violations'], {rules} }}"
    each: Any = page.evaluate(f"axe.run(document, {options}).then(({{ violations }}) => violations)")
    return [(violation["id"], violation["nodes"][0]["html"][:160]) for violation in each]


@pytest.mark.parametrize("name", ["index.html", "notebooks/words-that-move.html"])
def test_a_replay_plays_in_the_page(site: Path, page: Page, name: str) -> None:
    page.goto((site / name).as_uri())
    replay = page.frame_locator("iframe.replay")
    expect(replay.get_by_role("heading", level=1)).to_have_text("Four recognisers on one recording")
    expect(replay.get_by_text("0:44.9 / 0:44.9")).to_be_visible()
    replay.get_by_role("button", name="Play", exact=True).click()
    expect(replay.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    [frame] = [each for each in page.frames if each.url.endswith("models.html")]
    # It begins anew; its sound moves the slider on, and words that may still change appear in all four columns.
    frame.wait_for_function(
        "() => { const at = Number(document.querySelector('[type=range]').value); return at > 300 && at < 30_000 }"
    )
    frame.wait_for_function(
        "() => document.querySelectorAll('#turns section:has(li:not([hidden]) .pending)').length === 4"
    )
    replay.get_by_role("button", name="Pause", exact=True).click()
    replay.get_by_role("slider", name="Moment").fill("20000")
    expect(replay.get_by_text("As it stood at 0:20.0", exact=True)).to_be_visible()
    replay.get_by_role("button", name="Final text").click()
    expect(replay.get_by_text("So far 42 have signed up.", exact=True).first).to_be_visible()


def test_search_finds_from_disk(site: Path, page: Page) -> None:
    page.goto(f"{(site / 'search.html').as_uri()}?q=churn")
    results = page.locator("#search-results li")
    expect(results.first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("Words that move")


def test_nothing_is_in_the_way_of_a_reader(site: Path, page: Page) -> None:
    axe, found = AXE.read_text(encoding="utf-8"), {}
    for path in checked_pages(site):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(path.as_uri())
        page.evaluate(axe)
        found[path.name] = violations(page)
        page.emulate_media(color_scheme="dark")  # only colours depend on the theme
        found[f"{path.name}, dark"] = violations(page, "runOnly: ['color-contrast']")
    assert {name: each for name, each in found.items() if each} == {}


def test_it_can_be_read_on_a_phone_in_the_dark_without_script(site: Path) -> None:
    options: dict[str, Any] = {"java_script_enabled": False, "offline": True, "color_scheme": "dark"}
    browser = SHARED_BROWSER.start()
    with browser.new_context(viewport={"width": 360, "height": 780}, **options) as context:
        opened = context.new_page()
        for path in pages(site):
            name = path.relative_to(site).as_posix()
            opened.goto(path.as_uri())
            assert opened.evaluate("document.documentElement.scrollWidth") <= 360, name
            dark = opened.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            assert max(dark[:3]) < 60, (name, dark)
        opened.goto((site / "notebooks" / f"{LESSON}.html").as_uri())
        sizes = opened.eval_on_selector_all(
            ".cell_output img", "all => all.map(each => [each.clientWidth, each.closest('.cell_output').clientWidth])"
        )
        assert len(sizes) >= 3
        assert all(width >= 600 and box <= 360 for width, box in sizes)  # large enough to read, in a box that scrolls
        expect(opened.locator(".cell_output").filter(has_text="endpointing delay").first).to_be_visible()
        opened.goto((site / "replays" / "models.html").as_uri())
        expect(opened.get_by_text("So far 42 have signed up.").first).to_be_visible()
