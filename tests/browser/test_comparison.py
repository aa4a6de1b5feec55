"""A comparison in JupyterLab, as a person uses it: two real recognisers on recorded speech, a real browser."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page
from support.expect import expect

from browser.lab import Lab, output, reopen, run_cell, save, use_theme, write_notebook
from browser.person import STATE, can_be_read, fits

pytestmark = [pytest.mark.browser, pytest.mark.recogniser, pytest.mark.timeout(300)]

MAKE = """
import ipyscribe as scribe
from ipyscribe.audio import sample_path
spoken = scribe.AudioFile(sample_path(), stop_s=24, speed=2)
c = scribe.Comparison(["local-whisper-tiny.en", "local-pocketsphinx"], source=spoken)
c
"""
PLACES = "import json\nprint(json.dumps([(d.start_ms, d.end_ms, d.texts) for d in c.disagreements()]))"
AROUND_MS, HEARD_MS = 600, 24_000


def column(page: Page, lane: int, looks: str) -> Any:
    return page.locator(f".row .cell:nth-child({lane + 2}) {looks}")


def places_of(page: Page, said: list[str]) -> Any:
    """The places where the models have these words and no others."""
    found = page.locator(".entry")
    for words in said:
        version = page.locator(".version > span:first-child").filter(has_text=re.compile(f"^{re.escape(words)}$"))
        found = found.filter(has=version)
    return found


def seconds(ms: float) -> str:
    """As JavaScript rounds them."""
    return str(Decimal(ms / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP))


def test_two_models_are_compared_heard_and_corrected(lab: Lab, page: Page) -> None:
    path = write_notebook(lab.root / "compare.ipynb", MAKE, PLACES, STATE, "c")
    lab.open(page, path.name)
    run_cell(page, 0)
    expect(page.get_by_label("Cost of all models")).to_have_text("free")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_role("meter")).to_be_visible()
    for lane in (0, 1):
        expect(column(page, lane, ".pending").first).to_be_visible()
    for lane in (0, 1):
        expect(column(page, lane, ".disagreement").first).to_be_visible()
    # A busy machine's recognisers may be behind the sound by now, but not through with it.
    expect(page.locator(".status")).to_have_text(re.compile("^(listening|finishing)$"))
    assert column(page, 0, ".disagreement").first.get_attribute("title").startswith("local-whisper-tiny.en: ")
    expect(page.locator(".status")).to_have_text("ended")
    expect(page.locator(".rows")).to_contain_text("families with children")
    expect(page.locator("[role=log]")).to_contain_text("local-pocketsphinx: ")
    run_cell(page, 1)
    places = json.loads(output(page, 1))
    expect(page.locator(".review .top")).to_contain_text(f"{len(places)} differences")

    start_ms, end_ms, said = next(place for place in places if all(place[2]) and place[1] + AROUND_MS <= HEARD_MS)
    place = places_of(page, said).first
    place.focus()
    page.keyboard.press("Enter")
    audio = page.locator(".review audio")
    page.wait_for_function("() => document.querySelector('.review audio')?.ended")
    from_ms, to_ms = max(0, start_ms - AROUND_MS), end_ms + AROUND_MS
    expect(page.locator(".sound")).to_have_text(f"{seconds(from_ms)} to {seconds(to_ms)} s")
    page.wait_for_function("() => document.querySelector('audio').ended")
    assert audio.evaluate("a => a.duration") == pytest.approx((to_ms - from_ms) / 1000, abs=0.01)

    numbers = page.locator(".metrics")
    expect(numbers).not_to_contain_text("word error rate")
    page.get_by_label("The correct words").fill(said[0])
    page.keyboard.press("Enter")
    expect(page.locator(".correction:visible")).to_contain_text(said[0])
    expect(numbers).to_contain_text("word error rate")
    expect(numbers.locator("tbody tr").nth(0).locator("td").first).to_have_text("0.0 %")
    expect(numbers.locator("tbody tr").nth(1).locator("td").first).not_to_have_text("0.0 %")
    expect(numbers.locator("li").last).to_contain_text("1 corrected")

    page.get_by_label("Only where they differ").check()
    expect(page.locator(".row.differs").first).to_be_visible()
    assert page.locator(".row:not(.differs)").count() > 0
    expect(page.locator(".row:not(.differs)").first).to_be_hidden()
    page.get_by_label("Only where they differ").uncheck()
    for theme in ("Dark", "Light"):
        use_theme(page, f"JupyterLab {theme}")
        expect(page.locator(".ips-comparison")).to_have_attribute("data-theme", theme.lower())
        can_be_read(page)
    lanes, root = page.locator(".lanes"), page.locator(".ipyscribe")
    for width, look in ((800, "lanes"), (420, "lanes stacked"), (320, "lanes stacked")):
        root.evaluate("(root, width) => { root.style.width = `${width}px` }", width)
        expect(lanes).to_have_class(re.compile(f"^{look}$"))
        fits(root, ".unseen, .wide, .who")

    run_cell(page, 2)
    assert output(page, 2).strip() == "left: [] []"
    run_cell(page, 3)
    save(page)
    cell = nbformat.read(path, as_version=4).cells[0]
    saved = "".join(out.get("data", {}).get("text/html", "") for out in cell.outputs)
    for part in ("local-pocketsphinx", "families with children", "word error rate", "differences"):
        assert part in saved
    assert len(saved) < 120_000

    page.reload(wait_until="commit")
    for view in (0, 1):
        expect(page.locator(".rows").nth(view)).to_contain_text("families with children")
        expect(page.locator(".review .top").nth(view)).to_contain_text(f"{len(places)} differences")
        expect(page.locator(".metrics").nth(view).locator("li").last).to_contain_text("1 corrected")
    reopen(lab, page, path.name)
    copy = page.locator("[class^=ipyscribe-static]").first
    expect(copy).to_be_visible()
    expect(copy).to_contain_text("families with children")
