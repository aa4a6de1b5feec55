"""In which order the tests run, and which of them stay together on one worker.

Without ``-n`` only the order matters. With ``--dist loadscope --no-loadscope-reorder`` a worker takes the next group
as soon as it has nothing to do, so what takes longest begins first, and tests that need nothing of each other fill
the gaps at the end. Many tests wait for sound that plays at its own pace: with twice as many workers as processors
others compute meanwhile.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.weights import find_weights

# A machine that is busy with other tests is no failure.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# For this process and for those that it starts: JupyterLab, Voila, nbconvert and papermill read notebooks, too.
EACH_PROCESS = str(Path(__file__).parent / "support" / "each_process")
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
if EACH_PROCESS not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (EACH_PROCESS, os.environ.get("PYTHONPATH"))))

# A shell that runs the tests in the background has them ignore SIGINT, and the programs that they interrupt too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
LONGEST_FIRST = ("browser", "notebooks", "foreign", "kernel", "local", "evaluation", "cli", "session", "widgets")
"""Folders whose tests wait for other programs; the rest computes, and comes after them."""
APART = ("cli", "comparison", "protocol", "timeline", "transcript")
"""Folders whose tests share nothing that takes long to make, so that each may run anywhere."""
OWN_PAGES = ("tests/browser/test_axe.py", "tests/browser/test_hosts.py")
"""Browser tests that do not use the page of JupyterLab that the others have one after the other."""
SECOND_PAGE = tuple(f"tests/browser/test_{name}.py" for name in ("recording_ends", "transcriber", "what_stays"))
"""Those that have such a page on another worker: one after the other, all of them would end last by minutes."""
DATA_FRAMES = (
    "tests/evaluation/test_corpus_reading.py::test_a_dataset_of_hugging_face",
    "tests/evaluation/test_corpus_reading.py::test_a_tsv_that_pandas_wrote",
    "tests/export/test_tables.py",
    "tests/export/test_several.py::test_data_names_the_model",
)
"""What imports pandas and polars, which hold 90 MB of a worker to its end: they come late, and to one worker."""
RECOGNISER = (
    "tests/audio/test_sample.py::test_an_offline_recogniser_understands_it",
    "tests/local/test_pace.py",
    "tests/local/test_recogniser.py",
)
"""What loads the recogniser, which needs 210 MB for a while: early, when workers do not hold much else yet."""
BROWSER_FILES: set[Path] = set()
PEAKS_MB: dict[str, int | None] = {}
CPU_S: dict[str, float] = {}
TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


@pytest.fixture(scope="module")
def offline() -> OfflineRecognition:
    """The offline recogniser, loaded. It goes with the file that needs it, as it holds much memory."""
    return OfflineRecognition(find_weights())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The first worker compiles what is new while the others wait, else each of them would."""
    with Path(__file__).open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH)
        else:
            _make_tables_of_characters()
        return (yield)


def _make_tables_of_characters() -> None:
    """Hypothesis keeps them in a file; making them takes 200 MB, which a worker would hold at its fullest."""
    if not (TESTS.parent / ".hypothesis" / "unicode_data").exists():
        make = "from hypothesis import strategies; strategies.text().validate()"
        subprocess.run([sys.executable, "-c", make], cwd=TESTS.parent, check=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    BROWSER_FILES.update(item.path for item in items if item.get_closest_marker("browser"))
    items.sort(key=_rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return Scheduling(config, log)


class Scheduling(LoadScopeScheduling):
    """Which tests go to one worker, one after the other, as they share what fixtures have made.

    pytest-xdist 3.8.0 writes the groups of ``--dist loadgroup`` where pytest 9.2.0 does not read them.
    """

    def _split_scope(self, nodeid: str) -> str:
        path, folder = nodeid.partition("::")[0], nodeid.split("/")[1]
        if nodeid.startswith(DATA_FRAMES):
            return "data frames"
        if nodeid.startswith(RECOGNISER):
            return "recogniser"
        if path in SECOND_PAGE:
            return "second page"
        if folder == "browser" and path not in OWN_PAGES:
            return folder
        return nodeid if folder in APART else path


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.path not in BROWSER_FILES:
        _close_browser()


@pytest.fixture(scope="module", autouse=True)
def _give_memory_back() -> Iterator[None]:
    """glibc keeps what many threads have freed; without this a worker grows by a third."""
    yield
    if TRIM is not None:
        TRIM(0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    _close_browser()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["peak_mb"] = _peak_mb()
        session.config.workeroutput["cpu_s"] = sum(os.times()[:4])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    PEAKS_MB[node.gateway.id] = output.get("peak_mb")
    CPU_S[node.gateway.id] = output.get("cpu_s", 0.0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    peaks = [f"{worker} {peak_mb} MB" for worker, peak_mb in PEAKS_MB.items() if peak_mb]
    if peaks:
        terminalreporter.write_line(f"Most memory that a worker has held: {', '.join(peaks)}")
    if CPU_S:
        terminalreporter.write_line(f"Processor time of the workers and what they started: {sum(CPU_S.values()):.0f} s")


def _peak_mb() -> int | None:
    """The most that this process has held in memory (VmHWM); None where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), None)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def _rank(item: pytest.Item) -> tuple[int, bool, bool]:
    """Of a folder, tests that use the browser come first: a worker closes it before the others."""
    folder, in_browser = _folder(item), item.path in BROWSER_FILES
    if item.nodeid.startswith(DATA_FRAMES):
        folder, in_browser = "data frames", False
    elif item.nodeid.startswith(RECOGNISER):
        folder = "local"
    elif in_browser and folder == "export":
        folder = "browser"
    place = LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)
    return place, not in_browser, folder in APART


def _close_browser() -> None:
    shared = sys.modules.get("support.browser")  # there is none to close before a test has imported it
    if shared is not None:
        shared.SHARED_BROWSER.close()
