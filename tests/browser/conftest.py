from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from local.harness import running
from local.scripts import sample_script
from playwright.sync_api import BrowserContext, Error, Page
from support.browser import SHARED_BROWSER

from browser.lab import Lab, close_notebooks
from browser.microphone import FORGET, NOTES
from ipyscribe.local import ScriptedRecognition

SECRET = "f00dfeedf00dfeedf00dfeedf00dfeed"
OURS, HOST = "blob:", "/static/"
"""What stands in the trace of an error in a widget's script, and in one of JupyterLab's own, which has races too.

JupyterLab also rejects with bare strings, which have neither trace nor name; our scripts throw errors only.
"""


@pytest.fixture(scope="package")
def sample_server() -> Iterator[str]:
    """A server that has the sample's words at their times, again and again; its address.

    For all tests that are not about what is recognised: the recogniser takes a processor for as long as it listens.
    """
    recognition = ScriptedRecognition(sample_script())
    with running(lambda: recognition) as url:
        yield url


@pytest.fixture(scope="package")
def quick_server() -> Iterator[str]:
    """The same with the words at a third of their times, for the browser's microphone, which has one pace only."""
    recognition = ScriptedRecognition(sample_script(pace=3))
    with running(lambda: recognition) as url:
        yield url


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory, sample_server: str, quick_server: str) -> Iterator[Lab]:
    """One JupyterLab for all tests, in whose kernels a key is set that must never be seen again."""
    environment = {"ASSEMBLYAI_API_KEY": SECRET, "SAMPLE_SERVER": sample_server, "QUICK_SERVER": quick_server}
    with Lab(tmp_path_factory.mktemp("lab"), environment) as server:
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


@pytest.fixture(scope="package")
def opened_page(context: BrowserContext) -> Iterator[Page]:
    """A page that tests have one after the other: to load JupyterLab takes longer than most of them do."""
    opened = context.new_page()
    opened.add_init_script(NOTES)
    yield opened
    opened.close()


@pytest.fixture
def page(opened_page: Page, lab: Lab) -> Iterator[Page]:
    """A page without a notebook, in which no script of ours may fail; the kernels go with it."""
    opened_page.evaluate(FORGET)
    with no_errors(opened_page):
        yield opened_page
    close_notebooks(opened_page)
    lab.end_kernels()


@pytest.fixture
def file_page(context: BrowserContext) -> Iterator[Page]:
    """A page for what was saved, so that ``page`` keeps its JupyterLab."""
    with context.new_page() as opened, no_errors(opened):
        yield opened


@contextlib.contextmanager
def no_errors(page: Page) -> Iterator[None]:
    """No script of ours fails in the page."""
    errors: list[str] = []

    def note(error: Error) -> None:
        trace = error.stack or str(error)
        if OURS in trace or (error.name and HOST not in trace):
            errors.append(trace)

    page.on("pageerror", note)
    yield
    page.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture
def notebooks() -> Path:
    return Path(__file__).parents[2] / "notebooks"
