from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page
from support.browser import SHARED_BROWSER

from browser.lab import Lab

SECRET = "f00dfeedf00dfeedf00dfeedf00dfeed"
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
def context() -> Iterator[BrowserContext]:
    """A profile in which pages may use the microphone."""
    with SHARED_BROWSER.new_context(permissions=["microphone"]) as opened:
        yield opened


@pytest.fixture
def recording(context: BrowserContext) -> Path:
    """What the fake microphone plays in each page."""
    return SHARED_BROWSER.recording


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
