"""A real ipykernel, as a front end uses it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from jupyter_client.manager import KernelManager
from support.waiting import LIMIT_S


def ipykernel_beside(version: str) -> dict[str, str]:
    """The environment in which a kernel is of that ipykernel, with everything else as it is installed."""
    folder = Path(sys.prefix) / "ipykernel" / version
    if not folder.is_dir():
        reason = f"needs ipykernel {version} in {folder}: run tools/setup test"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}


class Kernel:
    """``with Kernel() as kernel`` starts one and kills what is left of it; ``environment`` is added to its own."""

    def __init__(self, **environment: str) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=os.environ | environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):
            self.manager.shutdown_kernel(now=True)
        self.client.stop_channels()
        self.manager.cleanup_resources()

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def run(self, code: str) -> str:
        """What the cell prints; its error as text if it fails."""
        printed: list[str] = []

        def output(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append(content.get("text", "") + "\n".join(content.get("traceback", ())))

        self.client.execute_interactive(code, timeout=LIMIT_S, output_hook=output, stop_on_error=False)
        return "".join(printed)

    def begin(self, code: str, until: str, *, cell: str = "") -> str:
        """Start a cell that goes on once it has printed the line ``until``; its id. ``cell`` is the notebook's name
        for it."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        content["stop_on_error"] = False  # after an error the kernel would throw the next cell away, if it comes soon
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        self.client.shell_channel.send(message)
        request = str(message["header"]["msg_id"])
        printed = ""  # a line and its end may come in two messages
        while True:
            told = self.client.get_iopub_msg(timeout=LIMIT_S)
            if told["parent_header"].get("msg_id") != request:
                continue
            assert told["msg_type"] != "error", told["content"]
            printed += told["content"].get("text", "")
            if f"{until}\n" in printed:
                return request

    def reply(self, request: str) -> dict[str, Any]:
        """How the cell ended."""
        while True:
            message = self.client.get_shell_msg(timeout=LIMIT_S)
            if message["parent_header"].get("msg_id") == request:
                return dict(message["content"])
