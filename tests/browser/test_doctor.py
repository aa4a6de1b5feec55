"""A report in JupyterLab: the page says what it is, and what its microphone gives."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page
from support.expect import expect

from browser.lab import Lab, run_cell, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CELL = "import ipyscribe as scribe\nreport = scribe.doctor(only=['notebook'])\nreport"


def line(page: Page, topic: str) -> Locator:
    """The line of the report on that topic."""
    return page.locator(".ips-report tr", has=page.get_by_role("rowheader", name=topic, exact=True))


def test_the_page_and_its_microphone_are_in_the_report(page: Page, lab: Lab) -> None:
    write_notebook(lab.root / "doctor.ipynb", CELL)
    lab.open(page, "doctor.ipynb")
    run_cell(page, 0)
    expect(line(page, "page")).to_contain_text("JupyterLab 4.")
    expect(line(page, "page")).to_contain_text("the kernel answers in")
    expect(line(page, "notebook")).to_have_attribute("data-status", "fine")
    microphone = line(page, "browser's microphone")
    expect(microphone).to_contain_text("can be used here, allowed")
    page.get_by_role("button", name="Try this browser's microphone").click()
    expect(microphone).to_contain_text("2.0 s recorded, level -")
    assert page.locator(".ips-report audio").evaluate("audio => audio.duration") > 1
    page.locator(".ips-report").evaluate("report => { report.style.inlineSize = '300px'; }")
    lines = page.locator(".ips-report .status").evaluate_all(
        "cells => cells.map(cell => { const text = document.createRange(); text.selectNodeContents(cell); "
        "return text.getClientRects().length })"
    )
    assert set(lines) == {1}, "a status in a narrow cell is not broken into letters"
