"""Every trait and every message that the three tools send to a page, with a hostile text in every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audio.fake_portaudio import FakePortAudio
from session.sources import TONE
from support.front_end_messages import deliver
from support.hostile import FILE_NAME, HOSTILE, assert_plain, assert_plain_html, hostile_server, hostile_tape
from support.scripted_server import Client, scripted
from support.waiting import wait_for
from widgets.conftest import SentMessages, wait_until_published

import ipyscribe
from ipyscribe import AudioArray, Comparison, Transcriber
from ipyscribe.audio import portaudio
from ipyscribe.errors import InvalidRequestError, ScribeError
from ipyscribe.protocol.messages import ServerWarning
from ipyscribe.tape import Tape
from ipyscribe.widgets import ReplayView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.view import View

MODEL = "u3-rt-pro"
WIDGETS = Path(ipyscribe.__file__).parent / "widgets"
KINDS = {
    kind
    for path in WIDGETS.rglob("*.py")
    if path.parent.name not in ("evaluation", "report")
    for kind in re.findall(r'[_.]post(?:_changed)?\(\s*"(\w+)"', path.read_text())
}
"""The kind of every message that a widget posts; evaluations and reports have tests of their own for theirs."""
WITHOUT_TEXT = {"record", "finish", "stop", "ack", "socket", "taken", "welcome", "channel_levels", "made_up"}
"""Numbers, and what the page that records has said of itself; that page's own test has them all."""


def sound() -> AudioArray:
    return AudioArray([[TONE[n % len(TONE)]] * 2 for n in range(40_000)], 16_000, speed=8, label=HOSTILE)


def views_of(cell: CellWidget) -> list[View]:
    views = [child for child in cell.children if isinstance(child, View)]
    assert len(views) == len(cell.children)
    return views


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in strings(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in strings(each))


def use_all_of(cell: CellWidget, sent: SentMessages) -> None:
    """What a page and a person do that is answered with texts, hostile where they can be."""
    views = {type(view).__name__: view for view in views_of(cell)}
    for name, view in views.items():
        hello = {"kind": "hello", "theme": HOSTILE, "width": 800, "ratio": 1, "page": HOSTILE}
        deliver(view, hello)
        if name in ("Controls", "ComparisonPanel"):
            deliver(view, {"kind": "command", "command": HOSTILE, "page": HOSTILE})
            deliver(view, {"kind": "select", "source": HOSTILE, "model": HOSTILE})
            deliver(view, {"kind": "set", "name": "max_turn_silence", "value": HOSTILE})
            deliver(view, {"kind": "set", "name": HOSTILE, "value": HOSTILE})
            deliver(view, {"kind": "resolve", "first": 0, "end": 10**6, "text": HOSTILE})
        if name in ("TranscriptView", "TimelineView", "TravelBar"):
            deliver(view, {"kind": "play_audio", "request": HOSTILE, "order": 0})
            deliver(view, {"kind": "play_audio", "request": HOSTILE, "order": 10**6})
        if name == "TimelineView":
            deliver(view, {"kind": "point", "audio_ms": HOSTILE})
            deliver(view, {"kind": "point", "audio_ms": 300})
    wait_until_published()
    save = views["SaveView"]
    assert save.choices
    for choice in save.choices:
        if choice["key"] in ("txt", "wav", "html") or choice["key"].startswith("srt"):
            deliver(save, {"kind": "save", "format": choice["key"], "request": HOSTILE})
    wait_until_published()
    seek = views["TravelBar"]
    deliver(seek, {"kind": "seek", "share": 0.5, "mark": HOSTILE})
    wait_until_published()
    cell.update_saved_copy()


def check(cell: CellWidget) -> set[str]:
    """All traits and copies of it are plain; gives the names of traits that had something hostile."""
    hostile = set()
    for view in views_of(cell):
        for name, value in view.get_state().items():
            if name.startswith("_"):
                continue
            for text in strings(value):
                assert_plain(f"{type(view).__name__}.{name}", text)
                if "evil" in text:
                    hostile.add(f"{type(view).__name__}.{name}")
    assert_plain("repr", repr(cell))
    assert_plain("bundle", cell._repr_mimebundle_()["text/plain"])
    copy = cell.saved_copy.bundle(cell._saved_content())  # what the saved notebook gets of it
    assert_plain_html("saved copy", copy["text/html"])
    assert_plain("saved copy", copy["text/plain"])
    assert "evil" in copy["text/html"]
    return hostile


def test_nothing_that_reaches_a_page_steers(
    sent: SentMessages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = FakePortAudio((HOSTILE, 1, 48_000), (f"{HOSTILE}2", 1, 48_000))
    monkeypatch.setattr(portaudio, "load", lambda: devices)
    hostile: set[str] = set()
    with scripted(hostile_server) as server:
        options: Any = {
            "endpoint": server.url,
            "reconnect_for_s": 0,
            "prompt": HOSTILE,
            "keyterms_prompt": [HOSTILE[:40]],
        }
        transcriber = Transcriber(MODEL, source=sound(), **options)
        comparison = Comparison({HOSTILE: MODEL, f"{HOSTILE}2": MODEL}, source=sound(), **options)
        cells = [transcriber, comparison.view]
        for tool in (transcriber, comparison):
            tool.start()
            with pytest.raises(ScribeError, match="evil"):
                tool.wait(60)
        strangers = tmp_path / f"{FILE_NAME}.tape"
        strangers.write_bytes(hostile_tape(comparison.tape.save(tmp_path / "own.tape")))
        tape = Tape.load(strangers)
        recorded = Comparison.from_tape(tape)
        alone = tmp_path / "alone.tape"
        alone.write_bytes(hostile_tape(transcriber.session.tape.save(tmp_path / "own.tape")))
        cells += [recorded.view, ReplayView(alone)]
        for cell in cells:
            use_all_of(cell, sent)
            hostile |= check(cell)
        strangers.unlink()
        deliver(recorded.view.downloads, {"kind": "save", "format": "tape", "request": HOSTILE})
        wait_until_published()
        for cell in cells:
            cell.close()
    for message in sent:
        for text in strings({name: value for name, value in message.items() if name != "buffers"}):
            assert_plain(message["kind"], text)
    assert {"Controls.state", "Controls.sources", "Controls.parameters", "ComparisonPanel.state", "SaveView.choices",
            "ReplayHead.state"} <= hostile  # fmt: skip
    assert {message["kind"] for message in sent} >= KINDS - WITHOUT_TEXT
    with_text = {message["kind"] for message in sent if any("evil" in text for text in strings(message))}
    assert with_text >= {"turns", "rows", "metrics", "picture", "audio", "position", "file"}


def test_no_text_of_a_server_steers_the_page() -> None:
    hostile = "domain \x1b[2J\u202egpj.exe\u202c ignored"

    def script(client: Client) -> None:
        client.begin()
        client.say(ServerWarning(1, hostile))
        client.turn(0, f"Said {hostile}.", end=True)
        client.hear(chunks=3)
        client.fail(3006, hostile)

    with scripted(script) as server:
        t = Transcriber(MODEL, source=sound(), endpoint=server.url)
        session = t.start()
        with pytest.raises(InvalidRequestError):
            session.wait(60)
        wait_for(lambda: t.controls.state["strip"]["error"] and t.controls.state["strip"]["notices"], within_s=30)
        shown = json.dumps(t.controls.state, ensure_ascii=False) + json.dumps(t.saved_copy.bundle(session))
        t.close()
    assert shown.count(" [2Jgpj.exe ignored") >= 4
    assert not set(shown) & set("\u202e\u202c\x1b")
    assert "\\u202e" not in shown
