"""An evaluation in JupyterLab, as a person uses it: a folder of eight recordings, two models that make mistakes."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from comparison.speakers import saying
from playwright.sync_api import Locator, Page
from support.expect import expect
from support.scripted_server import Client, ScriptedServer, scripted

from browser.lab import Lab, answer, run_cell, save, use_theme, write_notebook
from browser.person import STATE, can_be_read, fits
from ipyscribe.audio import sample_path, sample_reference
from ipyscribe.evaluation.opened_recording import sound_of
from ipyscribe.evaluation.recording import Recording
from ipyscribe.export.sound import wav_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MAKE = """
import ipyscribe as scribe
models = {models!r}
u = scribe.EvaluationUpload(models, folder="results", at_once=1, speed=8, silence_s=0, max_cost_usd=1.0)
u
"""
RATE = "e = u.evaluation; print(e.records()[2 * 5]['wer'], e.recording('6.wav').reference)"
WORST = 6


def write_folder(folder: Path) -> tuple[list[str], list[str]]:
    """Eight sentences of the sample with their texts, half of them by one speaker; and what two models make of them.

    The first model leaves out most of one sentence.
    """
    folder.mkdir()
    first, second = [], []
    rows = ["file,text,accent"]
    for number, turn in enumerate(sample_reference()[:8], start=1):
        pcm = sound_of(Recording("sample", sample_path(), ""), turn.start_ms, min(turn.end_ms, turn.start_ms + 2400))
        (folder / f"{number}.wav").write_bytes(wav_of(pcm))
        words = re.sub(r"[^\w' ]", "", turn.text).lower().split()[:7]
        rows.append(f"{number}.wav,{' '.join(words)},{'north' if number % 2 else 'south'}")
        first.append(" ".join(words[:2] if number == WORST else words))
        second.append(" ".join([*words[:-1], "lamps"] if number % 3 == 0 else words))
    (folder / "metadata.csv").write_text("\n".join(rows))
    return first, second


@contextlib.contextmanager
def serving(texts: Sequence[str], half: threading.Event) -> Iterator[ScriptedServer]:
    """A model that says these texts, one at each connection, the fifth not before ``half`` is set."""
    coming = iter(enumerate(texts))

    def script(client: Client) -> None:
        number, text = next(coming)
        if number == 4:
            assert half.wait(120)
        saying(text)(client)

    with scripted(script) as server:
        yield server


def drop(page: Page, folder: Path, onto: Locator) -> None:
    """Drop a folder of this computer, as a file manager does."""
    box = onto.bounding_box()
    assert box is not None
    browser = page.context.new_cdp_session(page)
    dropped = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "drop"):
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        browser.send("Input.dispatchDragEvent", {"type": event, "data": dropped, **at})
    browser.detach()


def rates(page: Page, model: str) -> Locator:
    return page.locator(".metrics tbody tr").filter(has_text=model).locator("td").first


def test_eight_dropped_recordings_are_watched_sorted_heard_and_corrected(lab: Lab, page: Page, tmp_path: Path) -> None:
    first, second = write_folder(tmp_path / "speech")
    half = threading.Event()
    with serving(first, half) as one, serving(second, half) as other:
        models = {
            label: {"model": "u3-rt-pro", "endpoint": server.url} for label, server in (("one", one), ("other", other))
        }
        path = write_notebook(lab.root / "evaluation.ipynb", MAKE.format(models=models), RATE, STATE)
        lab.open(page, path.name)
        run_cell(page, 0)
        drop(page, tmp_path / "speech", page.locator(".ips-upload"))
        expect(page.locator(".ips-evaluation .bar")).to_contain_text("8 recordings, 2 models")
        expect(page.locator(".recordings tbody tr")).to_have_count(8)
        expect(page.locator(".counted")).to_contain_text("4 of 8 played")
        expect(rates(page, "one")).to_contain_text("0.0 %")
        expect(page.locator(".recordings tbody tr.playing")).to_contain_text("5.wav")
        half.set()
        expect(page.locator(".counted")).to_have_text("8 of 8 played")
        expect(page.locator(".status")).to_have_text("done")
    expect(rates(page, "one")).not_to_contain_text("0.0 % (")
    expect(page.locator(".ips-evaluation .metrics").first).to_contain_text("WER, other against one")
    expect(page.locator(".picture")).to_be_visible()

    page.locator("thead").get_by_role("button", name="one").click()
    worst = page.locator(".recordings tbody tr").first
    expect(worst).to_contain_text(f"{WORST}.wav")
    before = rates(page, "one").inner_text()
    worst.get_by_role("button").click()
    opened = page.locator(".ips-recording")
    expect(opened.locator(".bar")).to_contain_text(f"{WORST}.wav")
    expect(opened.locator(".rows")).to_contain_text(first[WORST - 1])

    opened.locator(".row .disagreement").first.click()
    page.wait_for_function("() => document.querySelector('.ips-recording .review audio')?.ended")

    opened.get_by_label("Reference", exact=True).last.fill(first[WORST - 1])
    opened.get_by_role("button", name="Save the reference").click()
    expect(rates(page, "one")).not_to_have_text(before)
    expect(page.locator(".metrics").first).to_contain_text("1 reference was corrected")
    assert answer(page, 1) == f"0.0 {first[WORST - 1]}"

    for theme in ("Dark", "Light"):
        use_theme(page, f"JupyterLab {theme}")
        expect(page.locator(".ips-evaluation")).to_have_attribute("data-theme", theme.lower())
        can_be_read(page)
    root = page.locator(".ipyscribe.widget-vbox").first
    root.evaluate("root => { root.style.width = '360px' }")
    fits(root, ".unseen, .wide, .who, thead, thead *")
    assert answer(page, 2) == "left: [] []"
    save(page)
    outputs = nbformat.read(path, as_version=4).cells[0].outputs
    saved = "".join(out.get("data", {}).get("text/html", "") for out in outputs)
    for part in ("word error rate", "The recordings with the most errors", "most frequent errors", "<img"):
        assert part in saved
    assert len(saved) < 400_000
