"""What stays of a session in JupyterLab: after a reload, after a restart, without a kernel, in files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import psutil
import pytest
import srt
from local.harness import wait_for
from playwright.sync_api import Page
from support.expect import expect

from browser.conftest import SECRET
from browser.lab import END_KERNELS, LIMIT_MS, Lab, output, restart_kernel, run_cell, save, write_notebook
from browser.person import MAKE, QUICK, normal, settled, shows_a_picture, start, stop

RECOGNISE_AT_FIRST = MAKE.replace(
    "os.environ['SAMPLE_SERVER']", "os.environ['SAMPLE_SERVER'] if os.path.exists('restarted') else None"
)
"""A cell with the offline recogniser in a process that the kernel starts; and with the script after a restart."""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_reload_brings_everything_back_and_the_session_goes_on(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "reload.ipynb", MAKE)
    lab.open(page, "reload.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    save(page)
    before = settled(page)
    page.reload(wait_until="commit")
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    assert settled(page)[: len(before)] == before
    expect(page.locator(".turn:not(.open)").nth(len(before))).to_be_visible()
    expect(page.locator(".ips-timeline .live .bar").first).to_be_visible()
    stop(page)


def servers(lab: Lab) -> list[psutil.Process]:
    """The loopback servers below this Lab's kernels."""
    found = []
    for process in psutil.Process(lab.process.pid).children(recursive=True):
        try:
            if "serve" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_kernel_restart_leaves_no_process_and_the_saved_notebook_still_tells(lab: Lab, page: Page) -> None:
    path = write_notebook(lab.root / "restart.ipynb", RECOGNISE_AT_FIRST)
    lab.open(page, "restart.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn").first).to_be_visible()
    wait_for(lambda: servers(lab), within_s=30)
    restart_kernel(page)
    wait_for(lambda: not servers(lab), within_s=30)
    (lab.root / "restarted").touch()
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    stop(page)
    expect(page.locator("[class^=ipyscribe-static]")).to_contain_text("do you have a minute")
    save(page)
    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata
    html = "".join(out.get("data", {}).get("text/html", "") for out in notebook.cells[0].outputs)
    assert "do you have a minute" in html
    assert "data:image/png;base64," in html


def test_without_its_kernel_a_reopened_notebook_shows_transcript_and_timeline(lab: Lab, page: Page) -> None:
    path = write_notebook(
        lab.root / "dead.ipynb",
        QUICK,
        "t.start(); t.wait()",
    )
    lab.open(page, "dead.ipynb")
    run_cell(page, 0)
    expect(page.locator("[class^=ipyscribe-static]")).to_be_hidden()
    run_cell(page, 1)
    save(page)
    page.evaluate(END_KERNELS)
    lab.open(page, path.name)
    copy = page.locator("[class^=ipyscribe-static]")
    expect(copy).to_be_visible()
    expect(copy).to_contain_text("How many people are coming")
    shows_a_picture(copy.locator("img.i-light"))
    expect(copy.locator("img.i-dark")).to_be_hidden()
    expect(page.get_by_text("model not found")).to_be_hidden()


def test_the_browser_saves_a_file_of_the_menu(lab: Lab, page: Page) -> None:
    path = write_notebook(
        lab.root / "menu.ipynb",
        QUICK,
        "t.start(); t.wait()",
    )
    lab.open(page, path.name)
    run_cell(page, 0)
    expect(page.get_by_label("Save as")).to_be_hidden()
    run_cell(page, 1)
    menu = page.get_by_label("Save as")
    expect(menu.locator("option[value=tape]")).to_be_attached()  # it is filled a moment after the end
    menu.focus()
    for key in ("S", "Tab"):
        page.keyboard.press(key)
    expect(menu).to_have_value("srt")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"transcript-\d{4}-\d\d-\d\d-\d{4}\.srt", download.value.suggested_filename)
    cues = list(srt.parse(Path(download.value.path()).read_text(encoding="utf-8")))
    assert "do you have a minute" in normal(" ".join(cue.content for cue in cues).replace("\n", " "))
    assert 0.2 < cues[0].start.total_seconds() < 1.5
    expect(page.locator(".ips-save [role=status]")).to_contain_text(".srt, 1 kB")
    menu.select_option("tape")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"


def test_nbconvert_shows_transcript_and_timeline_without_network(
    lab: Lab, page: Page, file_page: Page, tmp_path: Path
) -> None:
    from nbconvert import HTMLExporter

    write_notebook(
        lab.root / "convert.ipynb",
        QUICK,
        "t.start(); t.wait()",
    )
    lab.open(page, "convert.ipynb")
    run_cell(page, 0)
    run_cell(page, 1)
    assert "Error" not in output(page, 1)
    save(page)
    body, _ = HTMLExporter(mathjax_url="", require_js_url="").from_filename(str(lab.root / "convert.ipynb"))
    target = tmp_path / "convert.html"
    target.write_text(body, encoding="utf-8")
    file_page.goto(target.as_uri())
    copy = file_page.locator("[class^=ipyscribe-static]")
    expect(copy).to_be_visible(timeout=LIMIT_MS)
    expect(copy).to_contain_text("How many people are coming")
    shows_a_picture(copy.locator("img.i-light"))
    assert SECRET not in body
    assert json.dumps(SECRET) not in body
