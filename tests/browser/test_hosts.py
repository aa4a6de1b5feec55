"""The other places where a notebook runs: words of the browser's microphone arrive in each."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local.harness import wait_for
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from browser.lab import Lab, free_port, interrupt_kernel, run_cell, write_notebook
from browser.microphone import BY_COMM, BY_WEBSOCKET, MAKE, light
from browser.person import ENDLESS, runs, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import ipyscribe as scribe

    t = scribe.Transcriber("local-whisper-tiny.en", source="auto")
    t
    return (t,)
"""


@pytest.fixture
def page(context: BrowserContext, lab: Lab) -> Iterator[Page]:
    """A page whose host may have errors of its own."""
    opened = context.new_page()
    yield opened
    opened.close()
    lab.end_kernels()


def speak(page: Page, path: str, *, then: Callable[[], None] = lambda: None) -> None:
    """Press Start, hear the first sentence of the recording, do what is to be done then, press Stop."""
    expect(page.get_by_label("Sound from")).to_have_value("browser")
    page.get_by_role("button", name="Start", exact=True).click()
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text(path)
    expect(page.locator(".turn:not(.open)").filter(has_text="do you have a minute").first).to_be_visible()
    expect(page.locator(".ips-timeline img")).to_be_visible()
    then()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".status")).to_contain_text("ended")
    expect(page.locator(".ips-microphone .light.on")).to_have_count(0)


def test_notebook_7(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "seven.ipynb", MAKE, ENDLESS)
    lab.open(page, "seven.ipynb", where="notebooks")
    run_cell(page, 0)

    def words_come_while_a_cell_runs() -> None:
        known = len(settled(page))
        run_cell(page, 1, wait=False)
        expect(page.locator(".turn:not(.open)").nth(known)).to_be_visible()

    speak(page, BY_WEBSOCKET, then=words_come_while_a_cell_runs)
    runs(page, 1)
    interrupt_kernel(page)


def test_voila(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "app.ipynb", MAKE)
    page.goto(f"http://127.0.0.1:{lab.port}/voila/render/app.ipynb?token={lab.token}", wait_until="commit")
    speak(page, BY_WEBSOCKET)


@pytest.mark.parametrize("mode", ["run", "edit"])
def test_marimo(page: Page, tmp_path: Path, mode: str) -> None:
    app = tmp_path / "app.py"
    app.write_text(MARIMO, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "marimo", "--quiet", mode, str(app), "--headless", "--no-token"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"))
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        if mode == "edit":
            wait_for(lambda: run_stale_cells(page))
        speak(page, BY_COMM)
    finally:
        process.terminate()
        process.wait(30)


def run_stale_cells(page: Page) -> bool:
    """Press the key for it until the cell has run: marimo does not hear it before it has connected."""
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+Shift+r")
    with contextlib.suppress(TooLate):
        page.get_by_label("Sound from").first.wait_for(state="attached", timeout=1000)
        return True
    return False


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (OSError, urllib.error.URLError):
        return False
