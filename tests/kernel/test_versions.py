"""The oldest ipykernels that are promised to work, and the installed one: what differs between them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pytest
from kernel.judge import IN_ORDER, PATIENCE_S, SETUP, TOLD, Log
from support.kernels import Kernel, ipykernel_beside
from support.waiting import LIMIT_S, wait_for

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(sys.platform == "win32", reason="POSIX")]

BESIDE = Path(__file__).with_name("versions.txt").read_text(encoding="utf-8").split()
"""What ``tools/setup test`` puts into folders of .venv, beside the one that is installed."""
NEWEST = installed("ipykernel")
REFUSED = [version for version in BESIDE if version.startswith("7.0.")]
SUPPORTED = [version for version in BESIDE if version not in REFUSED] + [NEWEST]


def kernel_of(version: str) -> Kernel:
    """A kernel of this ipykernel, with everything else as it is installed."""
    return Kernel() if version == NEWEST else Kernel(**ipykernel_beside(version))


@pytest.fixture(scope="module", params=SUPPORTED)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def kernel(version: str, server: Log) -> Iterator[Kernel]:
    with kernel_of(version) as started:
        assert started.run("import ipykernel\nprint(ipykernel.__version__, end='')") == version
        assert started.run(SETUP.format(url=server.url)) == ""
        yield started


class Page:
    """What a browser is to a view: it says hello, hears what the kernel says, and asks for something."""

    def __init__(self, kernel: Kernel, view: str, *, subshell: bool = True) -> None:
        self._kernel = kernel
        self._comm = kernel.run(f"print({view}.comm.comm_id, end='')")
        self._subshell = self._own_subshell() if subshell else None

    def _own_subshell(self) -> str | None:
        """Where ipykernel has subshells, JupyterLab lets each widget speak to one of its own."""
        client = self._kernel.client
        message = client.session.msg("create_subshell_request", {})
        client.kernel_info()
        about = client.get_shell_msg(timeout=LIMIT_S)
        while about["msg_type"] != "kernel_info_reply":
            about = client.get_shell_msg(timeout=LIMIT_S)
        if "kernel subshells" not in about["content"].get("supported_features", ()):
            return None
        client.control_channel.send(message)
        return str(client.get_control_msg(timeout=LIMIT_S)["content"]["subshell_id"])

    def say(self, **content: Any) -> None:
        client = self._kernel.client
        message = client.session.msg(
            "comm_msg", {"comm_id": self._comm, "data": {"method": "custom", "content": content}}
        )
        if self._subshell is not None:
            message["header"]["subshell_id"] = self._subshell
        client.shell_channel.send(message)

    def heard(self, code: str, look: Callable[[list[dict[str, Any]]], None]) -> list[dict[str, Any]]:
        """What came for this view while the cell ran; ``look`` sees it each time."""
        client, heard = self._kernel.client, []
        request = client.execute(code)
        while True:
            message = client.get_iopub_msg(timeout=LIMIT_S)
            kind, content = message["msg_type"], message["content"]
            assert kind not in ("error", "stream"), content
            if kind == "comm_msg" and content["comm_id"] == self._comm:
                heard.append(content["data"].get("content", {}))
                look(heard)
            if content.get("execution_state") == "idle" and message["parent_header"].get("msg_id") == request:
                assert self._kernel.reply(request)["status"] == "ok"
                return heard


def rows_of(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rows that a view was sent, one after the other."""
    return [row for message in told if message.get("kind") == "turns" for _, row in message["rows"]]


def test_words_come_from_threads_while_a_cell_keeps_the_kernel_busy(kernel: Kernel, log: Log, tmp_path: Path) -> None:
    enough = tmp_path / "enough"
    kernel.run(
        "clip = scribe.AudioArray(np.zeros(16_000 * 50, 'int16'), 16_000)\n"
        f"t = scribe.Transcriber('local-whisper-tiny.en', source=clip, endpoint={log.url!r})"
    )
    page = Page(kernel, "t.transcript_view")
    page.say(kind="hello")

    def look(told: list[dict[str, Any]]) -> None:
        if len({row["text"] for row in rows_of(told)}) >= 3:
            enough.touch()

    until_enough = f"while not os.path.exists({str(enough)!r}) and not t.wait(0.02): pass"
    rows = rows_of(page.heard(f"import os\nt.start()\n{until_enough}\nt.session.request_stop()\nt.wait();", look))
    assert {row["state"] for row in rows} == {"open", "settled"}
    assert enough.exists()
    assert kernel.run("print(t.transcript.text, end='')") == rows[-1]["text"]
    assert log.ended() == [IN_ORDER]


HEARD_ONLY_AFTERWARDS = ("6.31.0",)
"""What a click is where ipykernel has no subshells."""


def test_a_click_while_a_cell_runs_is_heard_then_or_right_afterwards(kernel: Kernel, version: str, log: Log) -> None:
    kernel.run("t = transcriber()")
    page = Page(kernel, "t.controls")
    expected = version not in HEARD_ONLY_AFTERWARDS
    limit_s = LIMIT_S if expected else 2
    cell = kernel.begin(f"print('busy', flush=True)\nended = t.session.wait({limit_s})", until="busy")
    page.say(kind="command", command="stop")
    assert kernel.reply(cell)["status"] == "ok"
    assert kernel.run("print(ended, end='')") == str(expected)
    assert log.ended() == [IN_ORDER]
    assert kernel.run("t.wait()\nprint(told(t.session))") == f"{TOLD}\n"


def test_a_click_is_heard_while_a_cell_awaits_the_end_without_any_subshell(server: Log, log: Log) -> None:
    with kernel_of(NEWEST) as kernel:
        kernel.run(SETUP.format(url=server.url))
        kernel.run("t = transcriber()")
        page = Page(kernel, "t.controls", subshell=False)
        cell = kernel.begin("print('awaits', flush=True)\nawait t.session.finished()", until="awaits")
        page.say(kind="command", command="stop")
        assert kernel.reply(cell)["status"] == "ok"
        assert kernel.run("print(told(t.session))") == f"{TOLD}\n"
    assert log.ended() == [IN_ORDER]


@pytest.mark.parametrize("version", [version for version in SUPPORTED if version != NEWEST])
def test_the_next_run_of_the_cell_and_the_end_of_the_kernel_end_what_it_had_started(version: str, log: Log) -> None:
    with kernel_of(version) as kernel:
        kernel.manager.shutdown_wait_time = PATIENCE_S
        kernel.run(SETUP.format(url=log.url))
        for _ in range(2):
            kernel.reply(kernel.begin("s = transcriber().session", until="hearing", cell="a-cell"))
        wait_for(lambda: log.connections()[min(log.connections())][-1] == "end 1000")
        assert log.is_open(), "the new one goes on"
        kernel.manager.shutdown_kernel()
        assert log.ended() == [IN_ORDER, IN_ORDER]


REFUSED_VIEWS = """
import ipyscribe as scribe
for make in (scribe.Transcriber, scribe.TranscriptView, scribe.BrowserMicrophone):
    try:
        make()
    except scribe.errors.UnsupportedKernelError as error:
        print(error.advice)
print(scribe.Session("local-whisper-tiny.en", source=scribe.sample()).status)
"""


@pytest.mark.parametrize("refused", REFUSED)
def test_a_version_whose_threads_cannot_speak_to_the_browser_is_refused_with_advice(refused: str) -> None:
    with kernel_of(refused) as kernel:
        *advice, without_a_view = kernel.run(REFUSED_VIEWS).splitlines()
    assert advice == 3 * ["Run %pip install 'ipykernel>=7.1' (or 'ipykernel<7') in a cell and restart the kernel."]
    assert without_a_view == "ready"
