"""What is kept of a comparison: in the saved notebook, as an object, as a file."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from local.harness import wait_for
from support.html import Reader
from support.waiting import no_new_threads
from tape.making import Recording, frame

import ipyscribe as scribe
from ipyscribe.comparison import Comparison
from ipyscribe.comparison.static_page import static_comparison
from ipyscribe.errors import ParameterError
from ipyscribe.export import Frozen
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape
from ipyscribe.widgets import ComparisonView
from ipyscribe.widgets.comparison.comparison_copy import ComparisonCopy

SAID = {"quick": ("so we meet at noon", "see you"), "patient": ("so we meat at noon see you",)}
WORDS = "so we plan our open evening at the observatory and there will be hot chocolate for forty".split()  # noqa: SIM905


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    with no_new_threads():
        yield


def taped(**options: Any) -> Tape:
    tapes = []
    for turns in SAID.values():
        recording = Recording(**options)
        for order, text in enumerate(turns):
            recording.say(order, text)
        tapes.append(recording.finish())
    return Tape.together(*tapes, labels=list(SAID))


@pytest.fixture
def unplayed() -> Comparison:
    """A comparison out of its tape, of which nothing was played yet."""
    return Comparison.from_replay(Replay(taped()))


@pytest.fixture
def view(unplayed: Comparison) -> Iterator[ComparisonView]:
    """Its view."""
    shown = ComparisonView(unplayed)
    yield shown
    shown.close()


def test_freezing_gives_columns_lanes_and_numbers_as_an_object_and_a_file(
    view: ComparisonView, unplayed: Comparison, tmp_path: Path
) -> None:
    frozen = view.freeze(title="<Two> models")
    assert isinstance(frozen, Frozen)
    page = Reader(frozen.save(tmp_path / "two.html").read_text(encoding="utf-8"))
    for part in ("quick", "patient", "meet", "meat", "1 difference: "):
        assert part in page.text
    for part in ("<Two> models", "word emission, median", "churn", "cost"):
        assert part in page.text
    picture, _dark = [attributes for tag, attributes in page.tags if tag == "img"]
    assert picture["alt"] == "Timelines, described below"
    assert "quick: 2 turns" in page.text
    assert "patient: 1 turn" in page.text
    assert base64.b64decode((picture["src"] or "").partition("base64,")[2]).startswith(b"\x89PNG")
    assert re.search(r"https?:|<script|@import|url\(|\son\w+=", frozen.html) is None
    assert "<audio" not in frozen.html
    assert ComparisonCopy().bundle((unplayed, {}))["text/plain"] == "No speech recognised yet."


def test_sound_is_in_it_only_when_asked_for(view: ComparisonView) -> None:
    [sound] = [attributes for tag, attributes in Reader(view.freeze(sound=True).html).tags if tag == "audio"]
    assert (sound["src"] or "").startswith("data:audio/ogg;base64,")
    quiet = ComparisonView(Comparison.from_tape(taped(record_audio=False)))
    with pytest.raises(ParameterError, match="has no audio"):
        quiet.freeze(sound=True)
    quiet.close()


def test_a_tape_that_was_only_opened_is_kept_whole(
    view: ComparisonView, unplayed: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[dict[str, str]] = []

    class Handle:
        def display(self, bundle: dict[str, str], raw: bool) -> None:
            written.append(bundle)

        update = display

    monkeypatch.setattr("IPython.display.DisplayHandle", Handle)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    view._ipython_display_()
    wait_for(lambda: "word emission" in written[-1]["text/html"], within_s=60)
    assert "so we meat at noon see you" in written[-1]["text/plain"]
    assert unplayed.lanes[0].transcript.turns == ()


def test_a_running_one_is_frozen_as_it_stands() -> None:
    """The same call on what a cell makes; nothing has begun here."""
    source = scribe.AudioArray([0] * 16_000, 16_000)
    two = scribe.Comparison(
        {"local-whisper-tiny.en": "local-whisper-tiny.en", "other": "local-whisper-tiny.en"}, source=source
    )
    assert "No speech recognised yet." in two.freeze().html
    two.close()


@cache
def hour(seed: int) -> Tape:
    """700 turns of 12 words, of which each model hears some differently."""
    said, heard = random.Random(1), random.Random(seed)
    recording = Recording(record_audio=False)
    for order in range(700):
        words = [said.choice(WORDS) for _ in range(12)]
        words = [heard.choice(WORDS) if heard.random() < 0.07 else word for word in words]
        recording.now_s += 5
        recording.chunks += 100
        recording.receive(frame(order, " ".join(words), end=True, start_ms=5000 * order))
    return recording.finish()


def test_an_hour_of_two_models_is_small() -> None:
    replay = Replay(Tape.together(hour(2), hour(3), labels=["a", "b"]))
    replay.seek(float("inf"))
    side = Comparison.from_replay(replay)
    bundle = ComparisonCopy().bundle((side, {}))
    assert len(bundle["text/html"]) + len(bundle["text/plain"]) < 300_000
    assert bundle["text/plain"] == "a: 700 turns\nb: 700 turns"
    whole = static_comparison(side, {})
    page = Reader(whole)
    for label, lane in zip("ab", side.lanes, strict=True):
        assert label in page.text
        assert lane.transcript.turns[-1].text.split()[-1] in page.text[-40_000:]
    cells = [tag for tag, _ in page.tags if tag == "td"]
    assert 300 < len(cells) < 600
    assert "newest part" not in page.text
    newest = static_comparison(side, {}, max_pieces=400)
    assert "This is the newest part" in newest
    rows = re.findall("<tr.*?</tr>", whole)
    kept = re.findall("<tr.*?</tr>", newest)
    assert kept[0] == rows[0]
    assert len(kept) < 30
    assert kept[1:] == rows[-len(kept) + 1 :]


def test_a_running_one_is_written_again_and_again_and_so_only_its_newest_part(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that a short comparison is too long.
    monkeypatch.setattr("ipyscribe.widgets.comparison.comparison_copy._MAX_PIECES", 400)
    replay = Replay(Tape.together(hour(2), hour(3), labels=["a", "b"]))
    side = Comparison.from_replay(replay)
    replay.seek(replay.tape.duration_s - 60)
    assert not side.done
    assert "This is the newest part" in ComparisonCopy().bundle((side, {}))["text/html"]
    replay.seek(float("inf"))
    assert side.done
    assert "newest part" not in ComparisonCopy().bundle((side, {}))["text/html"]
