"""One headless Chromium for all browser tests of a worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from browser.lab import CHROMIUM, FLAGS, LIMIT_MS
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from ipyscribe.audio import sample_path

MICROPHONE_HZ = 16_000


class SharedBrowser:
    """Starts when the first test asks for it, and again after ``close``.

    Playwright keeps an event loop in the thread that it was started in, so tests that run one of their own there
    come after ``close``.
    """

    def __init__(self) -> None:
        self._running = contextlib.ExitStack()
        self._browser: Browser | None = None
        self.recording = Path()
        """What the fake microphone plays in each page: the bundled sample with a faint noise at all frequencies."""

    def new_context(self, **options: Any) -> BrowserContext:
        """An empty profile; the caller closes it."""
        context = self.start().new_context(viewport={"width": 1100, "height": 1000}, **options)
        context.set_default_timeout(LIMIT_MS)
        return context

    def start(self) -> Browser:
        """The browser, once it runs. Without Chromium the test is skipped, but fails on CI, which installs it."""
        if self._browser is None:
            _require_chromium()
            self.recording = Path(self._running.enter_context(tempfile.TemporaryDirectory())) / "device.wav"
            _write_recording(self.recording)
            playwright = self._running.enter_context(sync_playwright())
            microphone = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={self.recording}"]
            self._browser = playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=[*FLAGS, *microphone]
            )
            self._running.callback(self._browser.close)
            expect.set_options(timeout=LIMIT_MS)
        return self._browser

    def close(self) -> None:
        self._browser = None
        self._running.close()


def _require_chromium() -> None:
    if shutil.which(CHROMIUM) is None:
        reason = "needs Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def _write_recording(path: Path) -> None:
    samples, rate_hz = soundfile.read(sample_path(), dtype="float32")
    resampled = soxr.resample(samples, rate_hz, MICROPHONE_HZ)
    noise = 0.003 * np.random.default_rng(7).standard_normal(len(resampled))
    soundfile.write(path, resampled + noise, MICROPHONE_HZ, subtype="PCM_16")


SHARED_BROWSER = SharedBrowser()
