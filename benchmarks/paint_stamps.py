"""The two ways that send_to_paint.py compares, each with a stamp at every stage; imported by a notebook's cell.

Each way takes a server's address and gives back a widget whose session runs. ``write`` puts what was stamped into
a file: for every stage (number of the newest update that it held, ``time.monotonic()``). The product's functions
are wrapped from here; a stamp costs a microsecond or two.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
from paint_server import MARK

import ipyscribe as scribe
from ipyscribe.session import live_session
from ipyscribe.tape import snapshot

MODEL = "universal-streaming-english"
STAMPS: dict[str, list[tuple[int, float]]] = {"socket": [], "reducer": [], "publisher": []}


def sound() -> scribe.AudioArray:
    """Ten minutes of noise that grows and falls as speech does, so that the level meter moves."""
    noise = np.random.default_rng(1).normal(0, 1, 16_000 * 600)
    swell = 0.05 + 0.05 * np.sin(np.arange(noise.size) * 2 * np.pi * 3 / 16_000)
    return scribe.AudioArray((noise * swell).clip(-1, 1).astype(np.float32), 16_000)


def newest(text: str) -> int | None:
    """The number of the newest update in a text, where one is in it."""
    place = text.rfind(MARK)
    return None if place < 0 else int(text[place + len(MARK) :].split(None, 1)[0])


def watch_session() -> None:
    """Stamp when the loop's thread had a message in hand, and when the transcript had it."""
    on_frame, reduce = live_session.LiveSession.on_frame, snapshot.reduce
    number: int | None = None

    def taken(self: Any, connection: Any, data: bytes, received_s: float) -> None:
        nonlocal number
        place = data.rfind(MARK.encode())
        number = None if place < 0 else int(data[place + len(MARK) : data.index(b'"', place)])
        if number is not None:
            STAMPS["socket"].append((number, received_s))
        on_frame(self, connection, data, received_s)

    def reduced(*arguments: Any) -> Any:
        after = reduce(*arguments)
        if number is not None:
            STAMPS["reducer"].append((number, time.monotonic()))
        return after

    live_session.LiveSession.on_frame = taken  # type: ignore[method-assign]
    snapshot.reduce = reduced  # type: ignore[attr-defined]


def ours(url: str) -> Any:
    """The Transcriber as it is."""
    watch_session()
    transcriber = scribe.Transcriber(MODEL, source=sound(), endpoint=url)
    post = transcriber.transcript_view.post

    def stamped(kind: str, buffers: Any = (), **fields: Any) -> None:
        if kind == "turns" and fields["rows"]:
            number = newest(fields["rows"][-1][1]["text"])
            if number is not None:
                STAMPS["publisher"].append((number, time.monotonic()))
        post(kind, buffers, **fields)

    transcriber.transcript_view.post = stamped  # type: ignore[method-assign]
    transcriber.start().wait_until_open()
    return transcriber


def plain(url: str) -> Any:
    """A Textarea whose value is set from a thread that waits for the same session's words."""
    watch_session()
    session = scribe.Session(MODEL, source=sound(), endpoint=url)
    area = ipywidgets.Textarea(layout={"width": "100%", "height": "400px"})

    def show() -> None:
        version = 0
        while not session.done:
            version = session.wait_for_change(version, None)
            text = session.transcript.text
            number = newest(text)
            if number is not None:
                STAMPS["publisher"].append((number, time.monotonic()))
            area.value = text

    session.start().wait_until_open()
    threading.Thread(target=show, daemon=True).start()
    return area


def write(path: str) -> None:
    """All stamps so far, as JSON."""
    Path(path).write_text(json.dumps(STAMPS), encoding="utf-8")
