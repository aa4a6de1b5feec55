"""The browser's microphone in JupyterLab: a fake device plays a known recording, and everything else is real."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from local.harness import wait_for
from playwright.sync_api import Page
from support.browser import MICROPHONE_HZ
from support.expect import expect
from support.kernels import ipykernel_beside

from browser.lab import Lab, interrupt_kernel, output, run_cell, write_notebook
from browser.microphone import BY_COMM, BY_WEBSOCKET, MAKE, RECOGNISE, WITHOUT_PROXY, dark, handed_out, light, tracks
from browser.person import ENDLESS, runs, start, word_error_rate

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NEWEST, OLDEST = "python3", "6.31.0"
RECORD = """
import threading, time
import ipyscribe as scribe
microphone = scribe.BrowserMicrophone()
heard, stream = bytearray(), microphone.open()
def listen():
    while not stream.ended:
        block = stream.read(1)
        heard.extend(block.pcm if block else b"")
reader = threading.Thread(target=listen)
reader.start()
microphone
"""
BUSY = """
from pathlib import Path
begun = time.monotonic()
while time.monotonic() < begun + 10 or not Path("seen").exists():
    time.sleep(0.1)
"""
KEEP = """
reader.join(60)
print(len(heard) // 2, stream.dropped_samples, reader.is_alive())
_ = Path("heard.pcm").write_bytes(heard)
"""


def test_words_arrive_by_websocket_also_while_a_cell_runs_and_stop_is_heard_then(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "words.ipynb", RECOGNISE, "import time\ntime.sleep(5)", ENDLESS)
    lab.open(page, "words.ipynb")
    run_cell(page, 0)
    expect(page.get_by_label("Sound from")).to_have_value("browser")
    dark(page)
    assert tracks(page) == 0
    start(page)
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text(BY_WEBSOCKET)
    expect(page.locator(".ips-microphone")).to_contain_text("Fake Default Audio Input at 44.1 kHz · no processing")
    expect(page.locator(".turn:not(.open)").filter(has_text="do you have a minute").first).to_be_visible()
    run_cell(page, 1)
    run_cell(page, 2, wait=False)
    expect(page.locator(".turn:not(.open)").nth(3)).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for(lambda: tracks(page) == 0)
    expect(page.locator(".status")).to_contain_text("ended")
    runs(page, 2)
    dark(page)
    interrupt_kernel(page)
    assert word_error_rate(page) <= 0.25
    expect(page.locator(".ips-controls .notices")).not_to_contain_text("lost")


@pytest.mark.parametrize("kernel", [OLDEST, NEWEST])
def test_without_a_websocket_stop_turns_the_microphone_off_while_a_cell_runs(lab: Lab, page: Page, kernel: str) -> None:
    if kernel == OLDEST:
        lab.offer_kernel(OLDEST, **ipykernel_beside(OLDEST))
    write_notebook(lab.root / f"stop-{kernel}.ipynb", MAKE, ENDLESS, kernel=kernel)
    lab.open(page, f"stop-{kernel}.ipynb")
    page.evaluate(WITHOUT_PROXY)
    run_cell(page, 0)
    start(page)
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text(BY_COMM)
    run_cell(page, 1, wait=False)
    if kernel == NEWEST:  # which hears the comm meanwhile
        expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
        expect(page.locator(".ips-microphone")).not_to_contain_text("kernel busy")
    else:
        expect(page.locator(".ips-microphone")).to_contain_text("kernel busy, buffering")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for(lambda: tracks(page) == 0)
    if kernel == NEWEST:
        expect(page.locator(".status")).to_contain_text("ended")
    else:
        expect(page.locator(".ips-microphone")).to_contain_text("Off. The rest of the sound is being sent")
        expect(page.locator(".ips-controls")).to_contain_text("The kernel has not received this yet.")
    runs(page, 1)
    interrupt_kernel(page)
    expect(page.locator(".status")).to_contain_text("ended")
    expect(page.locator(".ips-controls")).not_to_contain_text("The kernel has not received this yet.")
    dark(page)


def test_sound_stays_intact_when_the_way_changes_and_a_cell_keeps_the_kernel_busy(
    lab: Lab, page: Page, recording: Path
) -> None:
    lab.offer_kernel(OLDEST, **ipykernel_beside(OLDEST))
    write_notebook(lab.root / "intact.ipynb", RECORD, BUSY, KEEP, kernel=OLDEST)
    lab.open(page, "intact.ipynb")
    run_cell(page, 0)
    assert tracks(page) == 0
    page.get_by_role("button", name="Listen").click()
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text(BY_WEBSOCKET)
    run_cell(page, 1, wait=False)
    page.evaluate("() => window.proxySockets[0].close()")
    expect(page.locator(".ips-microphone .path")).to_have_text(BY_COMM)
    expect(page.locator(".ips-microphone")).to_contain_text(
        re.compile(r"kernel busy, buffering [3-9] s \(at most 60 s\)")
    )
    (lab.root / "seen").touch()
    expect(page.locator(".ips-microphone")).not_to_contain_text("kernel busy")
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator(".ips-microphone")).to_contain_text("Off. It opens when a session starts.")
    run_cell(page, 2)  # it waits for the end, which this kernel could not hear meanwhile
    samples, dropped, still_running = output(page, 2).split()
    assert (dropped, still_running) == ("0", "False")
    assert int(samples) > 10 * MICROPHONE_HZ
    pcm = np.frombuffer((lab.root / "heard.pcm").read_bytes(), dtype="<i2")
    assert len(pcm) == int(samples)
    assert pcm.tobytes() == handed_out(page), "the kernel has what the audio worklet has handed out"
    heard, played = beside_each_other(pcm, recording)
    assert len(heard) >= 3 * MICROPHONE_HZ
    assert coherences(heard, played).min() >= 0.99


def coherences(heard: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Coherence (Welch, 1024 samples, Hann) at each frequency from 500 Hz to 6 kHz."""
    length = 1024
    starts = range(0, len(heard) - length, length // 2)
    window = np.hanning(length)
    one, two = (np.fft.rfft([window * part[at : at + length] for at in starts]) for part in (heard, source))
    cross = (one * two.conj()).sum(axis=0)
    coherence: np.ndarray = np.abs(cross) ** 2 / ((np.abs(one) ** 2).sum(axis=0) * (np.abs(two) ** 2).sum(axis=0))
    hertz = np.fft.rfftfreq(length, 1 / MICROPHONE_HZ)
    return coherence[(hertz >= 500) & (hertz <= 6000)]


def beside_each_other(pcm: np.ndarray, recording: Path) -> tuple[np.ndarray, np.ndarray]:
    """The longest stretch of what was heard that runs along with what was played, and that.

    On a machine under load Chromium's fake device repeats or leaves out 10 ms now and then, before any page has
    the sound. To tell such a place from a small difference in colour, both are compared below 6 kHz and in
    frames of 10 ms, with the delay between them known to a sixteenth of a sample.
    """
    played, _ = soundfile.read(recording, dtype="float64")
    sound, frame, finer = pcm.astype(float), MICROPHONE_HZ // 100, 16
    size = 1 << (len(played) + len(sound)).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / MICROPHONE_HZ)
    one, two = (np.fft.rfft(part, size) * (hertz <= 6000) for part in (sound, played))
    cross = two * one.conj()
    nearest = int(np.argmax(np.fft.irfft(cross, size)[: len(played)]))
    near = nearest + np.arange(-finer, finer + 1) / finer
    offset = max(near, key=lambda delay: float((cross * np.exp(2j * np.pi * hertz * delay / MICROPHONE_HZ)).sum().real))
    one, two = (np.fft.irfft(part, size) for part in (one, two * np.exp(2j * np.pi * hertz * offset / MICROPHONE_HZ)))
    best: range = range(0)
    begin = 0
    for at in range(0, len(sound) - frame, frame):
        heard, source = one[at : at + frame], two[at : at + frame]
        if heard @ source < 0.9 * np.linalg.norm(heard) * np.linalg.norm(source):
            begin = at + frame
        best = max(best, range(begin, at + frame), key=len)
    first = round(offset)
    return sound[best.start : best.stop], played[first + best.start : first + best.stop]
