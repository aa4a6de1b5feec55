"""The command line: in a process of its own, or, where the process is not what is tested, as a call."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

from support.waiting import LIMIT_S

from ipyscribe.cli import main

COMMAND = [sys.executable, "-m", "ipyscribe"]
Done = subprocess.CompletedProcess[str]


def run(*arguments: str, **options: object) -> Done:
    """Run it in a process of its own."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False, **options
    )


def call(*arguments: str) -> Done:
    """Run it in this process, which spares a second for every start of Python."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(list(arguments))
        except SystemExit as left:
            status = int(left.code or 0)
    return Done(arguments, status, out.getvalue(), err.getvalue())


def errors(done: Done) -> list[str]:
    """The notices on stderr, except those of a busy machine."""
    return [line for line in done.stderr.splitlines() if not line.startswith("ipyscribe: Behind by")]
