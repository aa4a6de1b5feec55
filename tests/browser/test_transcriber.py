"""The Transcriber in JupyterLab, as a person uses it: a real kernel, the real recogniser, a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import jiwer
import nbformat
import pytest
from local.harness import wait_for
from playwright.sync_api import Page
from support.expect import expect

from browser.conftest import SECRET
from browser.lab import Lab, answer, interrupt_kernel, output, run_cell, save, write_notebook
from browser.person import MAKE, STATE, normal, shows_a_picture, start, stop, word_error_rate
from ipyscribe.audio import sample_reference

STEREO = """
import numpy as np, soundfile
samples, rate = soundfile.read(sample_path(), dtype="int16")
stereo = scribe.AudioArray(np.stack([0 * samples, samples], axis=1), rate, speed=3)
scribe.Transcriber("local-whisper-tiny.en", source=stereo, endpoint=os.environ["SAMPLE_SERVER"])
"""
"""A cell with a widget that plays silence on the left and the sample on the right."""

MAKE_SESSION = """
import os
import ipyscribe as scribe
def make():
    return scribe.Session('local-whisper-tiny.en', source=scribe.sample(speed=3), endpoint=os.environ['SAMPLE_SERVER'])
"""
LATE_MODULES = """() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => {
    if (ms !== 2000) return timeout(ms);
    const over = new AbortController();
    queueMicrotask(() => over.abort());
    return over.signal;
  };
  return () => { AbortSignal.timeout = timeout; };
}"""
"""anywidget finds that each widget's module has taken longer than the 2 s that it gives it."""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_words_of_the_quickstart_arrive_while_its_sample_plays(lab: Lab, page: Page, notebooks: Path) -> None:
    notebook = nbformat.read(notebooks / "quickstart.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(STATE))
    nbformat.write(notebook, lab.root / "quickstart.ipynb")
    widget, state = (
        next(index for index, cell in enumerate(notebook.cells) if "Transcriber(" in cell.source),
        len(notebook.cells) - 1,
    )
    lab.open(page, "quickstart.ipynb")
    run_cell(page, widget)
    model = page.get_by_label("Model", exact=True)
    model.select_option("universal-streaming-english")
    expect(page.locator(".facts")).to_contain_text("$0.15/h while open")
    model.select_option("local-whisper-tiny.en")
    expect(page.locator(".facts")).to_contain_text("Not an AssemblyAI model")
    expect(page.get_by_label("Sound from")).to_have_value("sample")
    start(page)
    expect(page.locator(".turn.open .pending").first).to_be_visible()
    expect(page.get_by_role("meter")).to_be_visible()
    expect(page.locator(".turn:not(.open)").first).to_contain_text("do you have a minute")
    expect(page.locator("[role=log]")).to_contain_text("minute")  # it holds the newest turns only
    expect(page.locator(".status")).to_contain_text("listening")
    expect(page.locator(".turn:not(.open) .late").first).to_have_text(re.compile(r"\d ms$"))
    expect(page.locator(".turn:not(.open)").nth(2)).to_be_visible()
    live = page.locator(".ips-timeline .live[role=img]")
    expect(live).to_have_attribute("aria-label", re.compile(r"\d turns"))
    expect(live.locator(".bar:not(.open)").first).to_be_visible()
    stop(page)
    picture = page.locator(".ips-timeline img")
    expect(picture).to_have_attribute("alt", re.compile(r"\d turns"))
    shows_a_picture(picture)
    assert word_error_rate(page) <= 0.25
    run_cell(page, state)
    assert output(page, state).strip() == "left: [] []"
    expect(page.locator("[class^=ipyscribe-static]")).to_contain_text("do you have a minute")
    save(page)
    saved = (lab.root / "quickstart.ipynb").read_text(encoding="utf-8")
    assert SECRET not in saved
    assert "do you have a minute" in saved
    assert "data:image/png;base64," in saved


def test_with_a_key_the_dropdown_begins_with_assemblyai(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "key.ipynb", "import ipyscribe as scribe\nscribe.Transcriber()")
    lab.open(page, "key.ipynb")
    run_cell(page, 0)
    expect(page.get_by_label("Model", exact=True)).to_have_value("universal-3-6-pro")
    expect(page.locator(".notices .first")).to_be_empty()
    save(page)
    assert SECRET not in (lab.root / "key.ipynb").read_text(encoding="utf-8")


def test_to_the_end_of_the_sample_and_then_nothing_is_left(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "end.ipynb",
        MAKE.replace("silence_s=600, speed=3", "speed=4"),
        "t.start(); t.wait()",
        "print(t.transcript.text)",
        "t.plot_timeline()",
        STATE,
    )
    lab.open(page, "end.ipynb")
    run_cell(page, 0)
    run_cell(page, 1, wait=False)
    # The kernel is busy with wait(), and the words come nevertheless.
    expect(page.locator(".turn").nth(1)).to_be_visible()
    assert "[*]" in page.locator(".jp-InputPrompt").nth(1).inner_text()
    expect(page.locator(".status")).to_contain_text("ended")
    run_cell(page, 2)
    reference = normal(" ".join(turn.text for turn in sample_reference()))
    assert jiwer.wer(reference, normal(output(page, 2)).replace("\n", " ")) <= 0.25
    run_cell(page, 3)
    expect(page.locator(".jp-RenderedImage img")).to_be_visible()
    run_cell(page, 4)
    assert output(page, 4).strip() == "left: [] []"


def test_the_same_widget_in_two_cells(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "twice.ipynb", MAKE, "t", STEREO)
    lab.open(page, "twice.ipynb")
    run_cell(page, 0)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".turn:not(.open)").first).to_be_visible()
    run_cell(page, 1)
    both = page.locator(".ips-transcript")
    expect(both).to_have_count(2)
    expect(both.nth(1).locator(".turn").first).to_contain_text("minute")
    page.get_by_role("button", name="Stop", exact=True).nth(1).click()
    for index in (0, 1):
        expect(page.locator(".status").nth(index)).to_contain_text("ended")
    expect(page.get_by_label("Channel", exact=True)).to_have_count(2)  # both hidden: the sample is mono
    expect(page.get_by_label("Channel", exact=True).first).to_be_hidden()
    run_cell(page, 2)
    channel = page.get_by_label("Channel", exact=True).last
    channel.select_option("Right channel")
    page.get_by_role("button", name="Start", exact=True).last.click()
    left, right = page.get_by_label("Level, Left channel"), page.get_by_label("Level, Right channel")
    expect(right).to_have_attribute("aria-valuetext", re.compile(r"-\d+ dB"))
    expect(left).to_have_attribute("aria-valuetext", "silence")
    expect(left).to_be_visible()
    expect(channel).to_be_disabled()
    expect(page.locator(".ips-transcript").last.locator(".turn").first).to_contain_text("Sam")
    page.get_by_role("button", name="Stop", exact=True).last.click()


def test_what_a_widget_misses_while_its_module_loads_is_made_up(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "late.ipynb", MAKE, "t.model = 'universal-streaming-english'")
    lab.open(page, "late.ipynb")
    in_time = page.evaluate_handle(LATE_MODULES)
    try:
        run_cell(page, 0)
        start(page)
        expect(page.locator(".ips-transcript .turn:not(.open)").first).to_contain_text("do you have a minute")
        expect(page.locator(".ips-timeline .live .bar").first).to_be_visible()
        expect(page.locator(".status")).to_contain_text("listening")
        stop(page)
        expect(page.get_by_label("Save as")).to_be_visible()
        run_cell(page, 1)
        expect(page.get_by_label("Model", exact=True)).to_have_value("universal-streaming-english")
    finally:
        in_time.evaluate("again => again()")


def test_running_the_cell_again_ends_what_it_had_started(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "again.ipynb",
        MAKE + "\nmade = [*globals().get('made', []), t]\nt",
        "print([m.session and m.session.status for m in made])",
    )
    lab.open(page, "again.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn").first).to_be_visible()
    run_cell(page, 0)
    expect(page.locator(".ips-controls")).to_have_count(1)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()

    def states() -> str:
        run_cell(page, 1)
        return output(page, 1).strip()

    wait_for(lambda: states() == "['ended', None]", within_s=30)


def test_an_exception_and_an_interrupt_end_the_session(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "broken.ipynb",
        f"{MAKE_SESSION}session = make()\n"
        "with session:\n    for turn in session.iter_turns():\n        raise ValueError('mine')",
        "second = make()\nwith second:\n    for turn in second.iter_turns():\n        print(turn.text)",
        "print(session.status, second.status, len(second.transcript.settled) > 0)",
        STATE,
    )
    lab.open(page, "broken.ipynb")
    run_cell(page, 0)
    assert "ValueError: mine" in output(page, 0)
    run_cell(page, 1, wait=False)
    wait_for(lambda: "minute" in output(page, 1), within_s=60)
    interrupt_kernel(page)
    wait_for(lambda: "KeyboardInterrupt" in output(page, 1), within_s=30)
    assert answer(page, 2) == "ended ended True"
    assert answer(page, 3) == "left: [] []"
