"""A server of the v3 protocol for lessons: it knows the words of the sample, and fails where it is told to."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from ipyscribe.audio import sample_path
from ipyscribe.errors import LocalServerError

_READY = "listening on "
_STOP_S = 5.0


class TeachingServer:
    """``with lesson.server("drop@3s") as server:`` runs one at ``server.url`` until the block ends.

    It answers any sound with the words of the bundled sample at their times, counted from the beginning of each
    connection, so it needs no recogniser and takes sound as fast as it comes; with ``recogniser=True`` it hears.
    ``faults`` are those of ``ipyscribe serve --fault``. Without ``with``, it goes with ``close()``, with the last
    reference to it, or with Python. Raises ``LocalServerError`` for a fault that does not exist.
    """

    def __init__(self, *faults: str, recogniser: bool = False) -> None:
        script = Path(sample_path()).with_name("sample.json")
        command = [sys.executable, "-P", "-m", "ipyscribe", "serve", "--no-token", "--simulate", "--exit-with-stdin"]
        command += [] if recogniser else ["--script", str(script)]
        command += [part for fault in faults for part in ("--fault", fault)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt of the kernel must not reach it
        )
        self._finalizer = weakref.finalize(self, _end, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith(_READY):
            assert process.stderr is not None
            reason = process.stderr.read().strip() or "it printed nothing"
            self.close()
            raise LocalServerError(
                f"The server of the lesson did not start: {reason}",
                advice="'ipyscribe serve --fault list' shows the faults that there are.",
            )
        self.url = line.removeprefix(_READY).strip()

    def close(self) -> None:
        """End it; any number of times."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<TeachingServer{'' if self._finalizer.alive else ', closed'}>"


def server(*faults: str, recogniser: bool = False) -> TeachingServer:
    """A server that knows the words of the bundled sample, with these faults; ``docs/faults.md`` lists them.

    With ``recogniser=True`` it hears instead, as after a lost connection it must.
    """
    return TeachingServer(*faults, recogniser=recogniser)


def _end(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
