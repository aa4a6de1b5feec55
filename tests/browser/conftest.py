from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import CHROMIUM, Lab, chromium
from playwright.sync_api import BrowserContext, Page

SECRET = "f00dfeedf00dfeedf00dfeedf00dfeed"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests, in whose kernels a key is set that must never be seen again."""
    with Lab(tmp_path_factory.mktemp("lab"), {"ASSEMBLYAI_API_KEY": SECRET}) as server:
        yield server


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    """One browser. Playwright keeps an event loop in this thread meanwhile, so it must not outlive these tests."""
    if shutil.which(CHROMIUM) is None:
        reason = "needs Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which no script of ours may fail."""
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert problems == []


@pytest.fixture
def notebooks() -> Path:
    return Path(__file__).parents[2] / "notebooks"
