"""What takes long says so under its cell, and is gone afterwards."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, ClassVar

import IPython.core.getipython
import IPython.display
import pytest
from support.waiting import wait_for

from ipyscribe import progress as progress_module
from ipyscribe.progress import progress


class Handle:
    """Notes what a cell would show."""

    shown: ClassVar[list[dict[str, str]]] = []

    def display(self, bundle: dict[str, str], raw: bool) -> None:
        assert raw
        self.shown.append(bundle)

    update = display


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    shell: Any = SimpleNamespace(kernel=object())
    Handle.shown = []
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "DisplayHandle", Handle)
    monkeypatch.setattr(progress_module, "QUIET_S", 0.0)
    return Handle.shown


def test_what_takes_long_is_said_and_taken_away(shown: list[dict[str, str]]) -> None:
    steps = iter(["1 of 2", "1 of 2", "2 of 2"])
    with progress(lambda: next(steps, "2 of 2")):
        wait_for(lambda: {"text/plain": "2 of 2"} in shown)
    assert shown == [{"text/plain": "1 of 2"}, {"text/plain": "2 of 2"}, {"text/plain": "", "text/html": ""}]
    assert not any(thread.name == "ipyscribe-progress" for thread in threading.enumerate())


def test_what_is_soon_over_says_nothing(shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "QUIET_S", 60.0)
    with progress(lambda: "never"):
        pass
    assert shown == []


def test_nothing_is_said_outside_a_cell(shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: None)
    with progress(lambda: "never"):
        assert not any(thread.name == "ipyscribe-progress" for thread in threading.enumerate())
    assert shown == []
