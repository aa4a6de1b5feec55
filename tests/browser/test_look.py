"""How the Transcriber looks and feels in JupyterLab: both themes, a narrow place, keys, thousands of turns."""

from __future__ import annotations

import pytest
from local.harness import wait_for
from playwright.sync_api import Page
from support.expect import expect

from browser.lab import Lab, run_cell, use_theme, write_notebook
from browser.person import MAKE, can_be_read, fits, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_in_light_and_dark_and_at_320_px(lab: Lab, page: Page, theme: str) -> None:
    name = f"look-{theme[-4:].strip().lower()}.ipynb"
    write_notebook(lab.root / name, MAKE)
    lab.open(page, name)
    use_theme(page, theme)
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    wanted = "dark" if theme.endswith("Dark") else "light"
    for part in ("controls", "transcript", "timeline", "save"):
        expect(page.locator(f".ips-{part}")).to_have_attribute("data-theme", wanted)
    can_be_read(page)
    page.evaluate("width => { document.querySelector('.ipyscribe').style.width = width }", "320px")
    expect(page.locator(".turn.open, .turn").last).to_be_visible()
    fits(page.locator(".ipyscribe"))
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    stop(page)
    use_theme(page, "JupyterLab Light")  # JupyterLab remembers it for the tests that come after


def test_everything_can_be_done_with_the_keyboard(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "keys.ipynb", MAKE)
    lab.open(page, "keys.ipynb")
    run_cell(page, 0)
    page.get_by_label("Model", exact=True).focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText")
        )
    assert reached[:3] == ["Sound from", "Start", "Settings"]
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    expect(page.locator(".turn").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".status")).to_contain_text("paused")
    page.get_by_role("button", name="Stop", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_contain_text("ended")


def test_thousands_of_turns_change_only_where_they_change(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "many.ipynb",
        "from msgspec.structs import replace\nimport ipyscribe as scribe\n"
        "from ipyscribe.transcript import Arrival, Turn\n"
        "def turn(i, ended=True):\n    a = Arrival(1.0, 2000.0 * i)\n"
        "    return Turn(i, f'turn number {i}', (), ended, True, False, a, a)\n"
        "turns = tuple(turn(i) for i in range(3000))\nview = scribe.TranscriptView()\nview",
        "view.show(scribe.Transcript(turns))",
        "view.show(scribe.Transcript((*turns[:-1], replace(turns[-1], text='changed'), turn(3000, False))))",
    )
    lab.open(page, "many.ipynb")
    run_cell(page, 0)
    expect(page.locator(".hint")).to_be_visible()
    run_cell(page, 1)
    expect(page.locator(".turn")).to_have_count(3000)
    page.evaluate(
        "() => { window.changes = 0; const rows = one => [...one.addedNodes].filter(n => n.matches?.('.turn')).length; "
        "new MutationObserver(list => { for (const one of list) window.changes += rows(one) })"
        ".observe(document.querySelector('.turns'), { childList: true, subtree: true }) }"
    )
    run_cell(page, 2)
    expect(page.locator(".turn").last).to_contain_text("turn number 3000")
    assert page.evaluate("window.changes") == 2
    turns = page.locator(".turns")
    wait_for(lambda: turns.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight < 40"))
    # The page hears of a scroll with its next frame; until then it takes the reader to be at the end.
    turns.evaluate(
        "e => { e.scrollTop = 500; return new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f))) }"
    )
    run_cell(page, 1)
    run_cell(page, 2)
    expect(page.get_by_role("button", name="New words below")).to_be_visible()
    assert turns.evaluate("e => e.scrollTop") == 500
    page.get_by_role("button", name="New words below").click()
    expect(page.get_by_role("button", name="New words below")).to_be_hidden()
