"""Tapes made without a session: the records of a session, at the times that a test chooses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from support.turns import turn_message

from ipyscribe.errors import ScribeError
from ipyscribe.protocol import find_model
from ipyscribe.protocol.encode import encode_message
from ipyscribe.tape import LaneManifest, Recorder, Tape

CHUNK = 800


def frame(order: int, text: str, *, end: bool = False, start_ms: int = 0) -> bytes:
    return encode_message(turn_message(order, text, end=end, start_ms=start_ms)).encode()


def sound(chunk: int) -> bytes:
    """Sound in which every chunk differs from every other."""
    return np.full(CHUNK, chunk % 30_000 + 1, "<i2").tobytes()


class Recording:
    """A recorder and the clock that it looks at, in seconds."""

    def __init__(self, model: str = "u3-rt-pro", **options: Any) -> None:
        self.now_s = 1000.0
        self.chunks = 0
        self.recorder = Recorder(LaneManifest(find_model(model), "this test"), clock=lambda: self.now_s, **options)
        self.recorder.begin()

    def hear(self, seconds: float) -> None:
        """Capture and send so much sound at the pace of the clock."""
        for _ in range(round(20 * seconds)):
            self.now_s += 0.05
            self.recorder.take_captured((self.now_s, self.chunks * CHUNK, sound(self.chunks)))
            self.recorder.take_sent((0, self.now_s, self.chunks * CHUNK, CHUNK))
            self.chunks += 1
            self.recorder.tidy()

    def receive(self, data: bytes, *, connection: int = 0) -> None:
        self.recorder.take((self.recorder.stamp(self.now_s), "received", connection, 50.0 * self.chunks, data))

    def say(self, order: int, text: str) -> None:
        """One turn, word by word, a word every 0.2 s."""
        words = text.split()
        for count in range(1, len(words) + 1):
            self.hear(0.2)
            self.receive(frame(order, " ".join(words[:count]), end=count == len(words)))

    def finish(self, error: ScribeError | None = None) -> Tape:
        self.recorder.note("finished", "ended" if error is None else "failed", error)
        self.recorder.complete = True
        self.recorder.settle()
        return Tape.of(self.recorder)


def short_tape(**options: Any) -> Tape:
    """Two turns and a mark."""
    recording = Recording(**options)
    recording.recorder.note("status", "listening")
    recording.say(0, "one two three")
    recording.recorder.note("mark", "settings", 600.0, "prompt=dogs")
    recording.say(1, "four five")
    return recording.finish()


def rewritten(saved: Path, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The file with its parts changed."""
    with zipfile.ZipFile(saved) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            stored = name.startswith("audio")
            archive.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return written.getvalue()


def use_all_of(tape: Tape) -> None:
    """Everything that reads a part of the file."""
    for lane in tape.lanes:
        assert lane.transcript is not None
        assert lane.at(0.5) is not None
        assert lane.duration_s >= 0
        assert lane.sent is not None
        assert lane.captured is not None
    tape.audio(0, 1000)
