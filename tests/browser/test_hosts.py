"""The other places where a notebook runs: the browser's microphone is heard in each, and all three tools show."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local.harness import wait_for
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as TooLate
from support.expect import expect
from tape.making import Recording

from browser.lab import Lab, free_port, interrupt_kernel, run_cell, write_notebook
from browser.microphone import BY_COMM, BY_WEBSOCKET, MAKE, light
from browser.person import ENDLESS, runs, settled, shows_a_picture
from browser.test_evaluation import drop, write_folder
from ipyscribe import Tape

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import os

    import ipyscribe as scribe

    t = scribe.Transcriber("local-whisper-tiny.en", source="auto", endpoint=os.environ["QUICK_SERVER"])
    t
    return (os, scribe)


@app.cell
def _(scribe):
    scribe.Comparison.from_tape("two.tape")
    return


@app.cell
def _(scribe):
    scribe.Replay("one.tape")
    return


@app.cell
def _(os, scribe):
    upload = scribe.EvaluationUpload(["local-whisper-tiny.en"], endpoint=os.environ["SAMPLE_SERVER"], speed=8)
    upload
    return
"""
BOXED = """
from ipywidgets import VBox
VBox([VBox([scribe.Comparison.from_tape("two.tape").view]), scribe.Replay("one.tape").view])
"""
COMPARED = {"quick": "so we meet at noon", "patient": "so we meat at noon"}


@pytest.fixture
def page(context: BrowserContext, lab: Lab) -> Iterator[Page]:
    """A page whose host may have errors of its own."""
    opened = context.new_page()
    yield opened
    opened.close()
    lab.end_kernels()


def save_tapes(folder: Path) -> None:
    """A tape of one lane and one of two."""
    tapes = []
    for text in COMPARED.values():
        recording = Recording()
        recording.say(0, text)
        tapes.append(recording.finish())
    tapes[0].save(folder / "one.tape")
    Tape.together(*tapes, labels=list(COMPARED)).save(folder / "two.tape")


def shows_recordings(page: Page) -> None:
    """A recorded comparison and a replay are there, with their pictures, and the replay moves."""
    comparison = page.get_by_role("group", name="Comparison of models", exact=True)
    expect(comparison.locator(".rows")).to_contain_text("meat")
    expect(comparison.locator(".lanes")).to_contain_text("patient")
    expect(page.locator(".ips-recording:not(.ips-comparison)")).to_contain_text("Replay of")
    shows_a_picture(page.locator(".ips-timeline img").first)
    page.get_by_role("button", name="Step forward", exact=True).last.click()
    expect(page.locator(".turn:visible .pending").filter(has_text="so")).to_be_visible()
    shows_a_picture(page.locator(".ips-timeline img").last)


def speak(page: Page, path: str, *, then: Callable[[], None] = lambda: None) -> None:
    """Press Start, see the recording's level and the first sentence, do what is to be done then, press Stop.

    The words are the script's, whatever is sent; that there is sound is said by the level, which the kernel measures.
    """
    expect(page.get_by_label("Sound from")).to_have_value("browser")
    page.get_by_role("button", name="Start", exact=True).click()
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text(path)
    expect(page.get_by_role("meter").first).to_have_attribute("aria-valuetext", re.compile(r"-\d+ dB"))
    expect(page.locator(".turn:not(.open)").filter(has_text="do you have a minute").first).to_be_visible()
    expect(page.locator(".ips-timeline .live .bar").first).to_be_visible()
    then()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".status").first).to_contain_text("ended")
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
    save_tapes(lab.root)
    write_notebook(lab.root / "app.ipynb", MAKE, BOXED)
    page.goto(f"http://127.0.0.1:{lab.port}/voila/render/app.ipynb?token={lab.token}", wait_until="commit")
    speak(page, BY_WEBSOCKET)
    shows_recordings(page)


@pytest.mark.parametrize("mode", ["run", "edit"])
def test_marimo(page: Page, sample_server: str, quick_server: str, tmp_path: Path, mode: str) -> None:
    app = tmp_path / "app.py"
    app.write_text(MARIMO, encoding="utf-8")
    save_tapes(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "marimo", "--quiet", mode, str(app), "--headless", "--no-token"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "log").open("w") as log:
        env = os.environ | {"SAMPLE_SERVER": sample_server, "QUICK_SERVER": quick_server}
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path, env=env)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"))
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        if mode == "edit":
            wait_for(lambda: run_stale_cells(page))
        speak(page, BY_COMM)
        shows_recordings(page)
        shows_an_evaluation(page, tmp_path)
    finally:
        process.terminate()
        process.wait(30)


def shows_an_evaluation(page: Page, folder: Path) -> None:
    """A folder that is dropped is evaluated in the same cell."""
    first, _ = write_folder(folder / "speech")
    upload = page.locator(".ips-upload")
    upload.scroll_into_view_if_needed()
    drop(page, folder / "speech", upload)
    expect(page.locator(".ips-evaluation .counted")).to_contain_text(f"of {len(first)} played")
    expect(page.locator(".ips-evaluation .metrics tbody tr")).to_have_count(1)
    page.locator(".ips-evaluation .recordings .open:enabled").first.click()
    expect(page.locator('[aria-label="One recording side by side"] .rows')).to_contain_text("have")


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
