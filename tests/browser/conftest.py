from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import BrowserContext, Error, Page

from browser.lab import CHROMIUM, Lab, chromium
from ipyscribe.audio import sample_path

SECRET = "f00dfeedf00dfeedf00dfeedf00dfeed"
RATE_HZ = 16_000
OURS, HOST = "blob:", "/static/"
"""What stands in the trace of an error in a widget's script, and in one of JupyterLab's own, which has races too.

JupyterLab also rejects with bare strings, which have neither trace nor name; our scripts throw errors only.
"""


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests, in whose kernels a key is set that must never be seen again."""
    with Lab(tmp_path_factory.mktemp("lab"), {"ASSEMBLYAI_API_KEY": SECRET}) as server:
        yield server


@pytest.fixture(scope="package")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone plays in each page: the bundled sample with a faint noise at all frequencies."""
    sound, rate_hz = soundfile.read(sample_path(), dtype="float32")
    resampled = soxr.resample(sound, rate_hz, RATE_HZ)
    noise = 0.003 * np.random.default_rng(7).standard_normal(len(resampled))
    path = tmp_path_factory.mktemp("fake") / "device.wav"
    soundfile.write(path, resampled + noise, RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture(scope="package")
def context(recording: Path) -> Iterator[BrowserContext]:
    """One browser. Playwright keeps an event loop in this thread meanwhile, so it must not outlive these tests."""
    if shutil.which(CHROMIUM) is None:
        reason = "needs Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={recording}"]
    with chromium(flags, permissions=["microphone"]) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext, lab: Lab) -> Iterator[Page]:
    """A page in which no script of ours may fail; the kernels go with it."""
    opened = context.new_page()
    problems: list[str] = []

    def note(error: Error) -> None:
        told = error.stack or str(error)
        if OURS in told or (error.name and HOST not in told):
            problems.append(told)

    opened.on("pageerror", note)
    yield opened
    opened.close()
    lab.end_kernels()
    assert problems == []


@pytest.fixture
def notebooks() -> Path:
    return Path(__file__).parents[2] / "notebooks"
