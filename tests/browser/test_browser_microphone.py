"""The browser's microphone in JupyterLab: a fake device plays a known recording, and everything else is real."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
import soxr
from browser.lab import (
    CHROMIUM,
    Lab,
    chromium,
    output,
    restart_kernel,
    run_cell,
    save,
    use_theme,
    write_notebook,
)
from browser.test_transcriber import CONTRASTS, normal, settled, start
from local.harness import wait_for
from playwright.sync_api import BrowserContext, Page, expect

from ipyscribe.audio import sample_path, sample_reference

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RATE_HZ = 16_000
MAKE = "import ipyscribe as scribe\nt = scribe.Transcriber('local-whisper-tiny.en', source='auto')\nt"
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
KEEP = """
reader.join(60)
print(len(heard) // 2, stream.dropped_samples, reader.is_alive())
from pathlib import Path
_ = Path("heard.pcm").write_bytes(heard)
"""
PROXY = re.compile(r"/proxy/\d+/")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake device plays in each page: the bundled sample with a faint noise at all frequencies."""
    sound, rate_hz = soundfile.read(sample_path(), dtype="float32")
    resampled = soxr.resample(sound, rate_hz, RATE_HZ)
    noise = 0.003 * np.random.default_rng(7).standard_normal(len(resampled))
    path = tmp_path_factory.mktemp("fake") / "device.wav"
    soundfile.write(path, resampled + noise, RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def context(recording: Path) -> Iterator[BrowserContext]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={recording}"]
    with chromium(flags, permissions=["microphone"]) as opened:
        yield opened


def light(page: Page) -> None:
    expect(page.locator(".ips-microphone .light.on").first).to_be_visible()


def dark(page: Page) -> None:
    expect(page.locator(".ips-microphone").first).to_be_visible()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(0)


def tracks(page: Page) -> int:
    """How many microphones the page has open."""
    return int(page.evaluate("() => window.tracks.filter(track => track.readyState === 'live').length"))


@pytest.fixture
def page(page: Page) -> Page:
    """The page notes every track that it is given."""
    page.add_init_script(
        "window.tracks = []; const devices = navigator.mediaDevices; if (devices) { "
        "const ask = devices.getUserMedia.bind(devices); devices.getUserMedia = async (wish) => { "
        "const stream = await ask(wish); window.tracks.push(...stream.getTracks()); return stream } }"
    )
    return page


def test_words_arrive_by_websocket_also_while_a_cell_runs_and_stop_is_heard_then(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "words.ipynb", MAKE, "import time\ntime.sleep(5)", "while True: time.sleep(0.1)")
    lab.open(page, "words.ipynb")
    run_cell(page, 0)
    expect(page.get_by_label("Sound from")).to_have_value("browser")
    dark(page)
    assert tracks(page) == 0
    start(page)
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text("by WebSocket")
    expect(page.locator(".ips-microphone")).to_contain_text("Fake Default Audio Input at 44.1 kHz · no processing")
    expect(page.locator(".turn:not(.open)").first).to_contain_text("do you have a minute")
    run_cell(page, 1)
    run_cell(page, 2, wait=False)
    expect(page.locator(".turn:not(.open)").nth(3)).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for(lambda: tracks(page) == 0, within_s=30)
    expect(page.locator(".status")).to_contain_text("ended")
    assert "[*]" in page.locator(".jp-InputPrompt").nth(2).inner_text()
    dark(page)
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:interrupt-kernel') }")
    heard = normal(" ".join(settled(page))).split()
    reference = normal(" ".join(turn.text for turn in sample_reference())).split()
    assert jiwer.wer(" ".join(reference[: len(heard)]), " ".join(heard)) <= 0.25
    expect(page.locator(".ips-controls .notes[role=status]")).not_to_contain_text("lost")


def test_sound_stays_intact_when_the_way_changes_and_a_cell_keeps_the_kernel_busy(
    lab: Lab, page: Page, recording: Path
) -> None:
    ways = []

    def on_the_way(socket: object) -> None:
        ways.append((socket, socket.connect_to_server()))  # type: ignore[attr-defined]

    page.route_web_socket(PROXY, on_the_way)
    # What the kernel says from the main thread has ipykernel 7.4 hear this comm there, as older ones always do.
    busy = "microphone.widget.tell('nothing')\ntime.sleep(10)"
    write_notebook(lab.root / "intact.ipynb", RECORD, busy, KEEP)
    lab.open(page, "intact.ipynb")
    run_cell(page, 0)
    assert tracks(page) == 0
    page.get_by_role("button", name="Listen").click()
    light(page)
    expect(page.locator(".ips-microphone .path")).to_have_text("by WebSocket")
    run_cell(page, 1, wait=False)
    ways[0][0].close()
    expect(page.locator(".ips-microphone .path")).to_have_text("through the notebook's connection")
    expect(page.locator(".ips-microphone")).to_contain_text(
        re.compile(r"kernel busy, holding [3-9] s \(at most 60 s\)")
    )
    expect(page.locator(".ips-microphone")).not_to_contain_text("kernel busy")
    page.get_by_role("button", name="Turn off").click()
    dark(page)
    run_cell(page, 2)
    samples, dropped, still_running = output(page, 2).split()
    assert (dropped, still_running) == ("0", "False")
    assert int(samples) > 10 * RATE_HZ
    pcm = np.frombuffer((lab.root / "heard.pcm").read_bytes(), dtype="<i2")
    assert len(pcm) == int(samples)
    heard, played = beside_each_other(pcm, recording)
    assert len(heard) >= 3 * RATE_HZ
    assert coherences(heard, played).min() >= 0.99


def coherences(heard: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Coherence (Welch, 1024 samples, Hann) at each frequency from 500 Hz to 6 kHz."""
    length = 1024
    starts = range(0, len(heard) - length, length // 2)
    window = np.hanning(length)
    one, two = (np.fft.rfft([window * part[at : at + length] for at in starts]) for part in (heard, source))
    cross = (one * two.conj()).sum(axis=0)
    coherence: np.ndarray = np.abs(cross) ** 2 / ((np.abs(one) ** 2).sum(axis=0) * (np.abs(two) ** 2).sum(axis=0))
    hertz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    return coherence[(hertz >= 500) & (hertz <= 6000)]


def beside_each_other(pcm: np.ndarray, recording: Path) -> tuple[np.ndarray, np.ndarray]:
    """The longest stretch of what was heard that runs along with what was played, and that.

    On a machine under load Chromium's fake device repeats or leaves out 10 ms now and then, before any page has
    the sound.
    """
    played, _ = soundfile.read(recording, dtype="float64")
    sound, piece = pcm.astype(float), RATE_HZ // 2
    size = 1 << (len(played) + len(sound)).bit_length()
    match = np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(sound, size).conj())
    offset = int(np.argmax(match[: len(played)]))
    best: range = range(0)
    begin = 0
    for at in range(0, len(sound) - piece, piece):
        heard, source = sound[at : at + piece], played[offset + at : offset + at + piece]
        if heard @ source < 0.5 * np.linalg.norm(heard) * np.linalg.norm(source):
            begin = at + piece
        best = max(best, range(begin, at + piece), key=len)
    return sound[best.start : best.stop], played[offset + best.start : offset + best.stop]


def test_every_view_shows_the_light_and_the_last_one_ends_the_recording(
    lab: Lab, page: Page, context: BrowserContext
) -> None:
    page.route_web_socket(PROXY, lambda socket: socket.close())
    write_notebook(lab.root / "views.ipynb", MAKE, "t", "print(t.session.status, t.session.error)")
    lab.open(page, "views.ipynb")
    run_cell(page, 0)
    run_cell(page, 1)
    save(page)
    page.get_by_role("button", name="Start", exact=True).first.click()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(2)
    expect(page.locator(".ips-microphone .path").first).to_have_text("through the notebook's connection")
    assert tracks(page) == 1
    other = context.new_page()
    lab.open(other, "views.ipynb")
    expect(other.locator(".ips-microphone").first).to_contain_text("Recording in another window")
    light(other)
    other.close()
    for index in (0, 1):
        light(page)
        assert tracks(page) == 1
        clear_output(page, index)
    wait_for(lambda: tracks(page) == 0, within_s=30)
    wait_for(lambda: ended(page), within_s=30)


def test_a_page_that_is_left_and_a_kernel_that_goes_end_the_recording(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "left.ipynb", MAKE, "", "print(t.session.status, t.session.error)")
    lab.open(page, "left.ipynb")
    run_cell(page, 0)
    save(page)
    start(page)
    light(page)
    page.reload(wait_until="commit")
    # A page that is left may have no time to say so; then the kernel misses it within seconds.
    expect(page.locator(".status")).to_contain_text(re.compile("ended|stopped by an error"))
    dark(page)
    start(page)
    light(page)
    assert tracks(page) == 1
    restart_kernel(page)
    wait_for(lambda: tracks(page) == 0, within_s=30)


def clear_output(page: Page, index: int) -> None:
    page.evaluate(
        "index => { const panel = [...jupyterapp.shell.widgets('main')].find(w => w.sessionContext); "
        "panel.content.widgets[index].outputArea.model.clear() }",
        index,
    )


def ended(page: Page) -> bool:
    run_cell(page, 2)
    return output(page, 2).strip() == "ended None"


def test_a_refusal_says_what_to_do_and_can_be_read_in_light_and_dark(lab: Lab, context: BrowserContext) -> None:
    assert context.browser is not None
    with context.browser.new_context(viewport={"width": 1100, "height": 1000}) as without_permission:
        page = without_permission.new_page()
        page.set_default_timeout(90_000)
        write_notebook(lab.root / "refused.ipynb", MAKE)
        lab.open(page, "refused.ipynb")
        run_cell(page, 0)
        start(page)
        expect(page.locator(".ips-microphone .trouble")).to_contain_text(
            "The microphone was refused. Allow it for this"
        )
        expect(page.locator(".ips-controls .notes[role=alert]")).to_contain_text("The microphone was refused.")
        expect(page.locator(".status")).to_contain_text("stopped by an error")
        dark(page)
        for theme in ("Dark", "Light"):
            use_theme(page, f"JupyterLab {theme}")
            expect(page.locator(".ips-microphone")).to_have_attribute("data-theme", theme.lower())
            assert page.evaluate(CONTRASTS) == []
