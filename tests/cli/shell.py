"""The command line, run in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from support.waiting import LIMIT_S

COMMAND = [sys.executable, "-m", "ipyscribe"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False, **options
    )


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The notices on stderr, except those of a busy machine."""
    return [line for line in done.stderr.splitlines() if not line.startswith("ipyscribe: Behind by")]
