"""A report of findings, one line each, that can be shown to anybody."""

from __future__ import annotations

import getpass
import platform
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ipyscribe.notebook import NotebookDisplay
from ipyscribe.plain_text import plain

Status = Literal["fine", "note", "fix"]
_SHORTEST_NAME = 3
_COMMON_ACCOUNTS = frozenset({"root", "user", "jovyan", "runner", "localhost"})
_PATH = re.compile(r"(?<![\w/.:~-])(?:~|[A-Za-z]:)?(?:[/\\][\w.@+-]*[\w@+-]){2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report.

    ``status`` is "fine", "note" for what limits nothing that was asked for, or "fix" for what has to be done before
    something works; ``advice`` says what.
    """

    topic: str
    status: Status
    text: str
    advice: str = ""

    @property
    def line(self) -> str:
        """The finding as one line of text."""
        return f"{self.status:5} {self.topic:19} {self.text} {self.advice}".rstrip()


class Report(NotebookDisplay):
    """What ``doctor()`` found, a line for each topic; it grows while the checks run.

    ``text`` is all of it, to be pasted into a question or an issue: no names of people, computers, networks or
    devices, no paths and no keys are in it. As the last expression of a notebook cell it shows itself, asks the page
    what it can do, and offers to try the browser's microphone. ``recording`` is what the microphone of this machine
    recorded, 16 kHz PCM16, where that was asked for; it is in no text.
    """

    view_factory = "ipyscribe.widgets.report.report_view:ReportView"

    def __init__(self) -> None:
        self.recording = b""
        self._findings: dict[str, Finding] = {}
        self._changed = threading.Condition()
        self._done = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def done(self) -> bool:
        """Whether all checks have run."""
        return self._done

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings so far, in the order in which they were made."""
        with self._changed:
            return tuple(self._findings.values())

    @property
    def ok(self) -> bool:
        """Whether nothing has to be fixed. Waits until all checks have run."""
        self.wait()
        return all(finding.status != "fix" for finding in self.findings)

    @property
    def text(self) -> str:
        """All lines. Waits until all checks have run."""
        self.wait()
        return "\n".join(finding.line for finding in self.findings)

    def to_records(self) -> list[dict[str, str]]:
        """One dict per finding. Waits until all checks have run."""
        self.wait()
        return [
            {"topic": each.topic, "status": each.status, "text": each.text, "advice": each.advice}
            for each in self.findings
        ]

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all checks have run; False if ``timeout_s`` came first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._done, timeout_s)

    def follow(self) -> Iterator[Finding]:
        """Each finding as soon as it is made, to the last."""
        shown = 0
        while True:
            with self._changed:
                while not self._done and len(self._findings) <= shown:
                    self._changed.wait()
                new, done = list(self._findings.values())[shown:], self._done
            yield from new
            shown += len(new)
            if done and not new:
                return

    def add(self, finding: Finding) -> None:
        """Add a finding, or replace that of the same topic."""
        finding = replace(finding, text=without_names(finding.text), advice=without_names(finding.advice))
        with self._changed:
            self._findings[finding.topic] = finding
            self._changed.notify_all()
        self._tell()

    def finish(self) -> None:
        """All checks have run."""
        with self._changed:
            self._done = True
            self._changed.notify_all()
        self._tell()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have ``listener()`` called after every change, on the thread that made it; it must be quick."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        fixes = sum(finding.status == "fix" for finding in self.findings)
        return f"<Report: {len(self.findings)} findings, {fixes} to fix{'' if self._done else ', still running'}>"


def without_names(text: str) -> str:
    """``text`` on one line without this account's and this computer's names, and without paths."""
    for name, stand_in in _names().items():
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", stand_in, text)
    return _PATH.sub("PATH", plain(text))


def _names() -> dict[str, str]:
    folders: dict[str, Any] = {"PATH": sys.prefix}
    names = {}
    try:
        folders["~"] = str(Path.home())
        names["USER"] = getpass.getuser()
    except (OSError, RuntimeError, KeyError):  # an account without a name or a home
        pass
    names["HOST"] = platform.node()
    usable = {
        name: stand_in
        for stand_in, name in names.items()
        if len(name) >= _SHORTEST_NAME and name.lower() not in _COMMON_ACCOUNTS
    }
    return {folder: stand_in for stand_in, folder in folders.items() if len(folder) >= _SHORTEST_NAME} | usable
