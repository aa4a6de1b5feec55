"""An evaluation's widget without a browser: real sessions, messages as a front end would send them."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from comparison.speakers import saying
from local.harness import wait_for
from support.front_end_messages import deliver
from support.hostile import HOSTILE, assert_plain, assert_plain_html
from support.scripted_server import Client, scripted
from widgets.conftest import MODEL, SentMessages

from ipyscribe import Evaluation
from ipyscribe.widgets.evaluation import evaluation_panel

TEXTS = {"a": "so we meet", "b": "bring the lamps", "c": "see you there"}
SAID = ("so we meat", "bring lamps", "see you there")


def corpus(folder: Path) -> Path:
    """Three recordings of a second by two speakers, one of whom is hostile; so is a word."""
    sound = (0.1 * np.sin(2 * np.pi * 440 / 16_000 * np.arange(16_000))).astype(np.float32)
    rows = []
    for number, (name, text) in enumerate(TEXTS.items()):
        sf.write(folder / f"{name}.wav", sound, 16_000)
        rows.append({"file": f"{name}.wav", "text": text, "accent": HOSTILE if number % 2 else "north"})
    rows.append({"file": "c.wav", "text": f"more {HOSTILE}", "start": 0.2, "end": 0.9, "accent": HOSTILE})
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "corpus.jsonl"


def test_an_evaluation_is_played_sorted_heard_and_corrected(tmp_path: Path, sent: SentMessages) -> None:
    coming = iter((*SAID, HOSTILE))

    def script(client: Client) -> None:
        saying(next(coming))(client)

    with scripted(script) as server:
        models = {HOSTILE: {"model": MODEL, "endpoint": server.url, "api_key": "k"}}
        evaluation = Evaluation(models, corpus(tmp_path), at_once=1, speed=8, silence_s=0)
        view: Any = evaluation.view
        panel, opened = view.panel, view.recording_panel

        deliver(panel, {"kind": "hello", "width": 600, "ratio": 1, "theme": "dark"})
        wait_for(lambda: sent.of("list"))
        assert (panel.state["buttons"], panel.state["share"]) == ([("start", "Start")], 0)
        assert [row["status"] for row in sent.of("list")[-1]["rows"]] == [""] * 4
        deliver(panel, {"kind": "command", "command": "start"})
        wait_for(lambda: panel.state["strip"]["status"] == "done")
        wait_for(lambda: sent.of("list")[-1]["rows"][0]["rates"] == ["33.3\u00a0%"])
        wait_for(lambda: sent.of("picture"))
        assert panel.state["buttons"] == []

        deliver(panel, {"kind": "list", "sort": "rate", "of": 0, "descending": True, "search": "bring"})
        wait_for(lambda: sent.of("list")[-1]["total"] == 1)
        deliver(panel, {"kind": "open", "name": "b.wav"})
        wait_for(lambda: opened.state.get("open"))
        assert (opened.state["name"], opened.reference) == ("b.wav", "bring the lamps")
        wait_for(lambda: sent.of("disagreements"))
        [difference] = sent.of("disagreements")[-1]["disagreements"]
        assert difference["texts"] == ["the", ""]
        deliver(opened, {"kind": "play_audio", "first": 1, "end": 2, "request": "r"})
        wait_for(lambda: sent.of("audio"))
        assert (sent.of("audio")[-1]["request"], sent.of("audio")[-1].get("problem")) == ("r", None)
        deliver(opened, {"kind": "resolve", "first": 1, "end": 2, "text": ""})
        wait_for(lambda: opened.reference == "bring lamps")
        wait_for(lambda: sent.of("list")[-1]["rows"][0]["rates"] == ["0.0\u00a0%"])
        deliver(opened, {"kind": "reference", "text": " um "})
        wait_for(lambda: (opened.state.get("error") or {}).get("message", "").endswith("has no word that counts."))
        deliver(opened, {"kind": "reference", "text": "bring all lamps"})
        wait_for(lambda: evaluation.row("b.wav").rates == (1 / 3,))
        wait_for(lambda: opened.state["error"] is None)

        deliver(panel, {"kind": "unfold", "part": "errors", "open": True, "view": "words"})
        wait_for(lambda: sent.of("errors") and sent.of("errors")[-1].get("open"))
        assert sent.of("errors")[-1]["rows"][0]["places"]
        deliver(panel, {"kind": "unfold", "part": "groups", "open": True, "column": "accent"})
        wait_for(lambda: sent.of("groups") and sent.of("groups")[-1].get("open"))
        assert len(sent.of("groups")[-1]["rows"]) == 3
        place = sent.of("errors")[-1]["rows"][0]["places"][0]
        deliver(panel, {"kind": "open", "name": place["name"], "at": place["at"]})
        wait_for(lambda: sent.of("play"))
        deliver(opened, {"kind": "close"})
        wait_for(lambda: opened.state == {"open": False})

        for message in sent:
            assert_plain(message["kind"], "\n".join(texts_of(message)))
        for shown in (panel, opened):
            assert_plain("state", "\n".join(texts_of(shown.get_state(["state"]))))
        frozen = evaluation.freeze(title=HOSTILE)
        assert_plain_html("freeze", frozen.page)
        assert "most errors" in frozen.html
        bundle = view.saved_copy.bundle(evaluation)
        assert_plain_html("saved copy", bundle["text/html"])
        assert_plain("saved copy", bundle["text/plain"])
        assert_plain("errors", str(evaluation.errors()))
        assert_plain("groups", str(evaluation.groups("accent")))
        view.close()


def test_what_is_left_out_stands_above_the_figures(tmp_path: Path, sent: SentMessages) -> None:
    corpus(tmp_path)
    for name, text in (("a", "so we meet"), ("b", "[laughter]"), ("c", "Um.")):
        (tmp_path / f"{name}.txt").write_text(text)
    with scripted(saying("so we meet")) as server:
        models = {"one": {"model": MODEL, "endpoint": server.url, "api_key": "k"}}
        pairs = [(tmp_path / f"{name}.wav", tmp_path / f"{name}.txt") for name in "abc"]
        (tmp_path / "d.wav").write_bytes(b"RIFF")
        evaluation = Evaluation(models, [*pairs, (tmp_path / "d.wav", "so we meet")], speed=8, silence_s=0)
        (tmp_path / "a.wav").unlink()
        view: Any = evaluation.run().view
        wait_for(lambda: view.panel.state.get("strip"))
        notices = view.panel.state["strip"]["notices"][:4]  # the price comes last
        assert [notice["message"].partition(":")[0] for notice in notices] == [
            "b.wav is left out", "c.wav is left out", "d.wav is left out", "a.wav is left out",
        ]  # fmt: skip
        assert [notice["advice"] for notice in notices] == ["", "", "", "Continue tries again."]
        view.close()


def texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in texts_of(each)]
    return [text for each in value for text in texts_of(each)] if isinstance(value, list | tuple) else []


def test_a_picture_that_takes_long_holds_up_nothing_else(
    tmp_path: Path, sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = iter((*SAID, "more"))
    with scripted(lambda client: saying(next(coming))(client)) as server:
        models = {"one": {"model": MODEL, "endpoint": server.url, "api_key": "k"}}
        evaluation = Evaluation(models, corpus(tmp_path), at_once=1, speed=8, silence_s=0).run()
        drawn, may_end = threading.Event(), threading.Event()

        def picture(*_: object, **options: object) -> bytes:
            drawn.set()
            assert may_end.wait(60)
            return b"picture"

        monkeypatch.setattr(evaluation_panel, "accuracy_latency_png", picture)
        panel = evaluation.view.panel
        deliver(panel, {"kind": "hello", "width": 600, "ratio": 1, "theme": "dark"})
        assert drawn.wait(60)
        deliver(panel, {"kind": "list", "sort": "name", "of": -1, "descending": True, "search": "bring"})
        wait_for(lambda: sent.of("list")[-1]["total"] == 1)
        assert not sent.of("picture")
        may_end.set()
        wait_for(lambda: sent.of("picture"))
