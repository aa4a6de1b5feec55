"""In which order the tests run, and which of them stay together on one worker.

Without ``-n`` only the order matters. With ``--dist loadgroup --no-loadscope-reorder`` a worker takes the next group
as soon as it has nothing to do, so what takes longest begins first, and tests that need nothing of each other fill
the gaps at the end.
"""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.weights import find_weights

# A machine that is busy with other tests is no failure.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# A shell that runs the tests in the background has them ignore SIGINT, and the programs that they interrupt too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
LONGEST_FIRST = ("browser", "notebooks", "kernel", "foreign", "cli", "session", "local", "evaluation", "widgets")
"""Folders whose tests wait for other programs; the rest computes, and comes after them."""
APART = ("cli", "comparison", "protocol", "timeline", "transcript")
"""Folders whose tests share nothing that takes long to make, so that each may run anywhere."""
BROWSER_FILES: set[Path] = set()
TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


@pytest.fixture(scope="module")
def offline() -> OfflineRecognition:
    """The offline recogniser, loaded. It goes with the file that needs it, as it holds much memory."""
    return OfflineRecognition(find_weights())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    BROWSER_FILES.update(item.path for item in items if item.get_closest_marker("browser"))
    items.sort(key=_rank)
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.path not in BROWSER_FILES:
        _close_browser()


@pytest.fixture(scope="module", autouse=True)
def _give_memory_back() -> Iterator[None]:
    """glibc keeps what many threads have freed; without this a worker grows by a third."""
    yield
    if TRIM is not None:
        TRIM(0)


def pytest_sessionfinish() -> None:
    _close_browser()


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def _rank(item: pytest.Item) -> int:
    folder = "browser" if _group(item) == "browser" else _folder(item)
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def _group(item: pytest.Item) -> str | None:
    """One JupyterLab serves a whole folder; other files are groups, and some tests are none."""
    folder = _folder(item)
    if folder == "browser" or (folder == "export" and item.path in BROWSER_FILES):
        return "browser"
    return None if folder in APART else item.path.relative_to(TESTS).with_suffix("").as_posix()


def _close_browser() -> None:
    shared = sys.modules.get("support.browser")  # there is none to close before a test has imported it
    if shared is not None:
        shared.SHARED_BROWSER.close()
