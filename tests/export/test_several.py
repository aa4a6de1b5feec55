"""A comparison, its tape and a replay of that: exports have every model, or say which one has to be chosen."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import soundfile
import srt
from praatio import textgrid
from pympi.Elan import Eaf
from support.browser import SHARED_BROWSER
from support.expect import expect
from tape.making import Recording

import ipyscribe.export as export
from ipyscribe.comparison import Comparison
from ipyscribe.errors import ParameterError
from ipyscribe.export.export_lanes import lanes_of
from ipyscribe.protocol.html_table import unbroken
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape

# So short a sound would be over before a busy machine has checked the highlighted words.
ENDLESSLY = """{
    const { play } = Audio.prototype;
    Audio.prototype.play = function () { this.loop = true; return play.call(this); };
}"""
TURNS_BY_LABEL = {"quick": ("so we meet at noon", "see you"), "patient": ("so we meat at noon see you",)}


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """Two sessions of one model, distinguished by their labels."""
    tapes = []
    for turns in TURNS_BY_LABEL.values():
        recording = Recording()
        for order, text in enumerate(turns):
            recording.say(order, text)
        tapes.append(recording.finish())
    both = Tape.together(*tapes, labels=list(TURNS_BY_LABEL))
    return Tape.load(both.save(tmp_path_factory.mktemp("tape") / "both.tape"))


@pytest.fixture(scope="module", params=["tape", "comparison", "replay"])
def both(request: pytest.FixtureRequest, tape: Tape) -> Any:
    """All that holds several transcripts, at its end."""
    replay = Replay(tape)
    replay.seek(math.inf)
    return {"tape": tape, "replay": replay, "comparison": Comparison.from_replay(replay)}[request.param]


def test_what_is_read_has_a_part_for_each_model(both: Any) -> None:
    quick, patient = TURNS_BY_LABEL.values()
    assert export.to_text(both) == "quick:\nso we meet at noon\nsee you\n\npatient:\n" + patient[0] + "\n"
    assert export.to_text(both, lane="quick") == "\n".join(quick) + "\n"
    page = export.to_markdown(both, title="Talk", times=False)
    assert page == "# Talk\n\n## quick\n\nso we meet at noon\n\nsee you\n\n## patient\n\n" + patient[0] + "\n"


def test_beside_its_label_a_lane_says_what_the_label_does_not() -> None:
    tapes = [Recording().finish() for _ in range(2)]
    labels = ["u3-rt-pro", "u3"]  # a label may be how a model's name begins
    assert [each.lane.manifest.model.name for each in tapes] == ["u3-rt-pro"] * 2
    both = Tape.together(*tapes, labels=labels)
    beside = re.findall(r'<h2 dir="auto">(.*?)</h2>\n<p class="about" dir="auto">(.*?)</p>', export.to_html(both))
    assert beside == [("u3-rt-pro", "this test"), ("u3", "u3-rt-pro (this test)")]
    origins = [lane.origin for lane in lanes_of(both)]
    assert origins == ["u3-rt-pro (this test)", "u3 \u00b7 u3-rt-pro (this test)"]


def test_data_names_the_model(both: Any, tape: Tape) -> None:
    import pandas as pd  # here, as every worker loads this file
    import polars as pl

    records = export.to_records(both)
    assert [(record["model"], record["text"]) for record in records] == [
        (label, text) for label, turns in TURNS_BY_LABEL.items() for text in turns
    ]
    assert list(records[0])[:2] == ["model", "turn_order"]
    assert "model" not in export.to_records(both, lane="quick")[0]
    rows = list(csv.DictReader(io.StringIO(export.to_csv(both, rows="words"))))
    assert [row["text"] for row in rows if row["model"] == "patient"] == TURNS_BY_LABEL["patient"][0].split()
    frames = (export.to_pandas(both), export.to_polars(both))
    assert isinstance(frames[0], pd.DataFrame)
    assert isinstance(frames[1], pl.DataFrame)
    for frame in frames:
        assert list(frame["model"]) == ["quick", "quick", "patient"]
    assert export.lanes_from_json(export.to_json(both)) == dict(
        zip(TURNS_BY_LABEL, [lane.transcript for lane in tape.lanes], strict=True)
    )
    assert export.from_json(export.to_json(both, lane="patient")) == tape.lanes[1].transcript


def test_each_reader_of_json_names_the_other(tape: Tape) -> None:
    with pytest.raises(ParameterError, match="lanes_from_json reads them"):
        export.from_json(export.to_json(tape))
    with pytest.raises(ParameterError, match=": from_json reads it"):
        export.lanes_from_json(export.to_json(tape, lane="quick"))
    broken = json.loads(export.to_json(tape))
    broken["lanes"][1]["turns"][0]["text"] = 7
    with pytest.raises(ParameterError, match=r"lanes\[1\]\.turns\[0\]\.text is 7"):
        export.lanes_from_json(json.dumps(broken))


def test_tiers_are_distinguished(both: Any, tmp_path: Path) -> None:
    names = [f"{label}: {kind}" for label in TURNS_BY_LABEL for kind in ("turns", "words")]
    path = export.save(both, tmp_path / "both.TextGrid")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert list(grid.tierNames) == names
    assert [entry.label for entry in grid.getTier("patient: words").entries] == TURNS_BY_LABEL["patient"][0].split()
    assert list(Eaf(str(export.save(both, tmp_path / "both.eaf"))).get_tier_names()) == names


@pytest.mark.parametrize("extension", ["srt", "vtt"])
def test_subtitles_are_of_one(both: Any, tmp_path: Path, extension: str) -> None:
    with pytest.raises(ParameterError, match=r"lane=: 'quick', 'patient'"):
        export.save(both, tmp_path / f"both.{extension}")
    with pytest.raises(ParameterError, match=r"no lane 'slow'.*'quick', 'patient'"):
        export.save(both, tmp_path / f"both.{extension}", lane="slow")
    assert list(tmp_path.iterdir()) == []
    path = export.save(both, tmp_path / f"one.{extension}", lane="patient", line_length=60)
    assert TURNS_BY_LABEL["patient"][0] in path.read_text(encoding="utf-8")


def test_another_reader_finds_the_chosen_one(both: Any) -> None:
    contents = [cue.content for cue in srt.parse(export.to_srt(both, lane="quick"))]
    assert " ".join(contents).replace("\n", " ") == " ".join(TURNS_BY_LABEL["quick"])


def test_all_lanes_share_the_sound(both: Any, tape: Tape, tmp_path: Path) -> None:
    samples, rate = soundfile.read(export.save(both, tmp_path / "both.wav"), dtype="int16")
    assert (rate, samples.tobytes()) == (16_000, tape.audio())
    with pytest.raises(ParameterError, match="lane="):
        export.to_wav(both, turn=1)
    turn = tape.lanes[0].transcript.turns[1]
    assert export.to_wav(both, turn=1, lane="quick")[44:] == tape.audio(turn.start_ms, turn.end_ms)


def test_one_alone_needs_no_choice(tape: Tape) -> None:
    alone = Tape.together(tape).lanes[0]
    assert export.to_text(alone) == "so we meet at noon\nsee you\n"
    with pytest.raises(ParameterError, match="There is no lane 'quick'"):
        export.to_text(alone, lane="quick")
    with pytest.raises(ParameterError, match="lane="):
        export.freeze(tape)
    assert "so we meat" in export.freeze(tape, lane="patient").html


def test_a_page_has_a_title_that_says_what_it_is(both: Any, tape: Tape) -> None:
    assert "<title>Comparison of quick and patient</title>" in export.to_html(both)
    assert "<title>Transcript: quick · u3-rt-pro (this test)</title>" in export.to_html(both, lane="quick")
    assert export.freeze(both, lane="quick").title == "Transcript: quick · u3-rt-pro (this test)"
    assert export.freeze(both, lane="quick", title="Noon").title == "Noon"
    assert Comparison.from_tape(tape).freeze().title == "Comparison of quick and patient"


def test_a_page_says_where_they_differ_and_has_the_figures_of_the_table(both: Any, tape: Tape) -> None:
    page = export.to_html(both)
    words, figures = page.split('<section class="compared"')[1:]
    assert "1 difference:" in words
    assert "<b><u>meet</u></b>" in words
    assert "<b><u>meat</u></b>" in words
    for cell in itertools.chain.from_iterable(Comparison.from_tape(tape).table().shown()):
        assert f">{unbroken(html.escape(cell))}<" in figures
    assert "compared" not in export.to_html(both, lane="quick").split("<body>")[1]


@pytest.mark.browser
def test_a_page_has_them_beside_each_other_at_every_moment(tape: Tape, tmp_path: Path) -> None:
    problems: list[str] = []
    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.add_init_script(ENDLESSLY)
        page.goto(export.export_html(tape, tmp_path / "both.html", sound=True).as_uri())
        columns = page.locator("#turns section")
        assert columns.locator("h2").all_inner_texts() == list(TURNS_BY_LABEL)
        boxes = [columns.nth(number).bounding_box() for number in range(2)]
        assert boxes[0]
        assert boxes[1]
        assert (boxes[0]["y"], boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]) == (boxes[1]["y"], True)
        for time_s in (1.1, 0.5, 0.3):
            page.get_by_label("Moment").fill(str(round(1000 * time_s)))
            for number, lane in enumerate(tape.lanes):
                shown = columns.nth(number).locator("li:visible .words").all_text_contents()
                assert shown == [turn.text for turn in lane.at(time_s).turns]
        page.get_by_role("button", name="Final text").click()
        page.get_by_label("Search the transcript").fill("noon")
        expect(page.locator("#panel [role=status]").first).to_have_text("1 of 2")
        columns.nth(1).get_by_role("button", name="Play from 0:00").click()
        expect(page.locator("#turns li.now")).to_have_count(2)
        page.get_by_role("button", name="Pause").click()
        page.set_viewport_size({"width": 280, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 280
        assert len({box["y"] for number in range(2) if (box := columns.nth(number).bounding_box())}) == 1
        page.locator("#turns").evaluate("columns => { columns.scrollLeft = 20; }")
        # An expression instead of a function is evaluated by the page, whose policy forbids that.
        page.wait_for_function("() => document.querySelector('.heads').scrollLeft === 20")
    assert problems == []


@pytest.mark.browser
def test_play_shows_the_words_as_they_came_with_the_sound(tape: Tape, tmp_path: Path) -> None:
    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.add_init_script(ENDLESSLY)
        page.goto(export.export_html(tape, tmp_path / "both.html", sound=True).as_uri())
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.locator(".then")).to_contain_text("As it stood at")
        page.get_by_role("button", name="Final text").click()
        expect(page.locator(".then")).to_be_empty()
        assert page.locator("#turns li:visible .words").all_text_contents() == [
            turn.text for lane in tape.lanes for turn in lane.transcript.turns
        ]
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
