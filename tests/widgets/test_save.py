"""The menu without a browser: a real session against a real server, asked as a front end would ask."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import srt
from local.harness import wait_for
from support.front_end_messages import deliver
from support.scripted_server import scripted
from widgets.conftest import SentMessages
from widgets.test_comparison_copy import taped

from ipyscribe import AudioArray, Comparison, ComparisonView, Tape, Transcriber, export
from ipyscribe.widgets.save.save_view import DOWNLOADS, SaveView

LOUD = (np.sin(np.arange(16_000 * 2) * 0.3) * 8000).astype(np.int16)


@pytest.fixture
def ended(url: str, sent: SentMessages, monkeypatch: pytest.MonkeyPatch) -> Iterator[Transcriber]:
    """A widget whose session is over."""
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    source = AudioArray(np.concatenate([LOUD, np.zeros(16_000, np.int16)]), 16_000, speed=4, label="a tone")
    with contextlib.closing(Transcriber("local-whisper-tiny.en", source=source, endpoint=url)) as t:
        assert t.downloads.choices == []
        t.start()
        assert t.wait(60)
        wait_for(lambda: len(t.downloads.choices) == len(DOWNLOADS) and t.downloads.able, within_s=30)
        yield t


def test_the_menu_keeps_its_place_while_there_are_no_words() -> None:
    source = AudioArray(LOUD, 16_000)
    with (
        scripted(lambda client: client.gone()) as server,
        contextlib.closing(Transcriber("local-whisper-tiny.en", source=source, endpoint=server.url)) as t,
    ):
        t.start()
        assert wait_for(lambda: t.downloads.choices, within_s=30)
        assert not t.downloads.able


def ask(view: SaveView, sent: SentMessages, what: str) -> dict[str, Any]:
    """The answer to a click."""
    deliver(view, {"kind": "save", "format": what, "request": what})
    return wait_for(  # type: ignore[no-any-return]
        lambda: next((message for message in sent if message.get("request") == what), None), within_s=60
    )


def test_every_file_of_the_menu_can_be_had(ended: Transcriber, sent: SentMessages, tmp_path: Path) -> None:
    files = {}
    for choice in ended.downloads.choices:
        answer = ask(ended.downloads, sent, choice["key"])
        assert answer["kind"] == "file", answer
        [files[choice["key"]]] = answer["buffers"]
    said = ended.transcript
    assert files["txt"].decode() == export.to_text(said)
    assert [cue.content for cue in srt.parse(files["srt"].decode())] == [said.text]
    assert export.from_json(files["json"]) == said
    samples, rate = soundfile.read(io.BytesIO(files["flac"]), dtype="int16")
    assert rate == 16_000
    assert len(samples) >= 16_000 * 3
    assert b'id="sound"' in files["html-1"]
    assert b'id="sound"' not in files["html"]
    assert b"<script" not in files["page"]
    assert files["tape"][:2] == b"PK"


def test_what_goes_wrong_is_told(ended: Transcriber, sent: SentMessages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "praatio.textgrid", None)
    answer = ask(ended.downloads, sent, "TextGrid")
    assert answer["kind"] == "problem"
    assert "ipyscribe[export]" in answer["message"]


def test_strange_messages_do_nothing(ended: Transcriber, sent: SentMessages) -> None:
    for message in (
        {},
        {"format": "../etc", "request": "1"},
        {"format": 3, "request": "1"},
        {"format": "txt", "request": 1},
    ):
        deliver(ended.downloads, {"kind": "save", **message})
    assert ask(ended.downloads, sent, "txt")["kind"] == "file"
    assert not [answer for answer in sent if answer.get("request") in ("1", 1)]


def test_it_stands_alone_too(ended: Transcriber, sent: SentMessages) -> None:
    view = SaveView(ended.session)
    wait_for(lambda: view.choices == ended.downloads.choices, within_s=30)
    assert ask(view, sent, "vtt")["kind"] == "file"
    view.close()


def test_a_comparison_has_a_menu_too_with_all_its_models(sent: SentMessages, tmp_path: Path) -> None:
    both = taped()
    view = ComparisonView(Comparison.from_tape(both))
    view.update_saved_copy()
    wait_for(lambda: view.downloads.choices, within_s=60)
    labels = {choice["label"] for choice in view.downloads.choices if choice["group"] == "Subtitles"}
    assert labels == {"quick (SRT)", "quick (VTT)", "patient (SRT)", "patient (VTT)"}
    scoring = {choice["label"] for choice in view.downloads.choices if choice["group"] == "Scoring"}
    assert {"quick (CTM)", "patient (RTTM)"} <= scoring
    files = {}
    for choice in view.downloads.choices:
        answer = ask(view.downloads, sent, choice["key"])
        assert answer["kind"] == "file", answer
        [files[choice["key"]]] = answer["buffers"]
    assert files["csv"].decode() == export.to_csv(both, excel=True)
    assert [cue.content for cue in srt.parse(files["srt 1"].decode())] == [both.lanes[1].transcript.text]
    assert list(export.lanes_from_json(files["json"])) == ["quick", "patient"]
    assert "word emission" in files["page"].decode()
    (tmp_path / "both.tape").write_bytes(files["tape"])
    assert Tape.load(tmp_path / "both.tape").labels == ("quick", "patient")
    assert ask(view.downloads, sent, "srt 0")["extension"] == "srt"
    view.close()
