"""A server that says scripted words as long as it hears sound; its own log is the judge of how a session ended."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from support.waiting import wait_for

SCRIPT = {
    "duration_ms": 60_000,
    "repeat": True,
    "turns": [{"start_ms": 100, "end_ms": 59_000, "text": " ".join(f"word{number}" for number in range(300))}],
}
SETUP = """
import numpy as np
import ipyscribe as scribe
from ipyscribe.session import pump, running

# A kernel or a server that is held up for a moment ends in an orderly way all the same.
pump._CLOSE_TIMEOUT_S = 5.0
running.end_all.__defaults__ = (15.0,)

class Quiet:
    label, duration_s = "quiet", None
    def __init__(self, live=False):
        self.live = live
    def open(self):
        return scribe.AudioArray(np.zeros(16_000 * 600, "int16"), 16_000).open()

def session(live=False, endpoint={url!r}, **parameters):
    return scribe.Session("local-whisper-tiny.en", source=Quiet(live), endpoint=endpoint, **parameters)

def hearing(session):
    "The session, once words have come."
    seen = 0
    while len(session.transcript.words) < 3:
        assert not session.done, session.error
        seen = session.wait_for_change(seen, 1)
    print("hearing", flush=True)
    return session

def transcriber():
    made = scribe.Transcriber("local-whisper-tiny.en", source=Quiet(), endpoint={url!r})
    hearing(made.start())
    return made

def told(session):
    return session.status, session.error, [turn.settled for turn in session.transcript.turns]
"""
IN_ORDER = ["in Terminate", "out Turn", "out Termination", "end 1000"]
"""How a connection ends in an orderly way: the open turn's final is sent, then the server's last message."""

PATIENCE_S = 40.0
"""For so long a manager waits for a kernel's end, half of it before the first signal."""

TOLD = "('ended', None, [True])"
"""A session that went well, with its turn settled."""


class Log:
    """What the server wrote down."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self.url = url
        self.seen = 0

    def connections(self) -> dict[int, list[str]]:
        """The events of each connection that came since ``forget``, such as ``in Terminate`` and ``end 1000``."""
        found: dict[int, list[str]] = {}
        whole, _, _ = self._path.read_text(encoding="utf-8").rpartition("\n")  # what follows is still being written
        for line in whole.splitlines():
            event = json.loads(line)
            what = event["code"] if event["event"] == "end" else event.get("type", "")
            found.setdefault(event["connection"], []).append(f"{event['event']} {what}")
        return {number: events for number, events in found.items() if number > self.seen}

    def forget(self) -> None:
        """Look at later connections only."""
        self.seen = max(self.connections(), default=self.seen)

    def ended(self) -> list[list[str]]:
        """How each connection ended, from Terminate or Error on, once all have."""
        wait_for(lambda: all(events[-1].startswith("end") for events in self.connections().values()))
        return [_from_the_end_on(events) for _, events in sorted(self.connections().items())]

    def is_open(self) -> bool:
        """Whether the newest connection is open and nobody has asked for its end."""
        newest = self.connections()[max(self.connections())]
        return "in Terminate" not in newest and not newest[-1].startswith("end")


def _from_the_end_on(events: list[str]) -> list[str]:
    begin = next(at for at, event in enumerate(events) if event in ("in Terminate", "out Error", events[-1]))
    return [event for event, _ in groupby(events[begin:])]
