"""An evaluation in the background: how far it is, pauses, corrected references."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from evaluation.test_evaluation import FIRST, QUICK, SECOND, serving
from support.waiting import wait_for

from ipyscribe.errors import ParameterError, ScribeError, SessionStateError, StorageError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.evaluation.progress import Pace, Progress


def progress(**fields: object) -> Progress:
    return Progress(
        **{  # type: ignore[arg-type]
            "status": "playing",
            "total": 8,
            "played": 2,
            "failed": 0,
            "playing": (),
            "elapsed_s": 0.0,
            "left_s": 90.0,
            "cost_usd": 0.01,
            "left_usd": 0.03,
            **fields,
        }
    )


def test_it_plays_in_the_background_and_says_how_far_it_is(recordings: Path) -> None:
    changes = threading.Semaphore(0)
    with serving(FIRST, SECOND) as (models, _):
        both = Evaluation(models, recordings, **QUICK)
        assert (both.progress.status, both.progress.share, both.progress.cost_usd) == ("ready", 0, 0)
        assert both.progress.left_s == pytest.approx(3.6 / 4)
        assert both.progress.left_usd == pytest.approx(both.expected_cost_usd)
        unsubscribe = both.on_change(changes.release)
        assert both.start() is both
        with pytest.raises(SessionStateError, match="is running"):
            both.start()
        assert both.running
        assert both.wait(60)
        unsubscribe()
    assert (both.progress.status, both.progress.share, both.progress.left_s) == ("done", 1, 0)
    assert both.progress.elapsed_s > 0
    assert both.progress.cost_usd == both.cost_usd
    assert changes.acquire(timeout=1)
    with pytest.raises(SessionStateError, match=r"pause\(\) needs an evaluation that runs"):
        both.pause()


def test_a_pause_lets_recordings_in_progress_end_and_begins_no_other(recordings: Path) -> None:
    with serving(FIRST) as (models, servers):
        alone = Evaluation(models, recordings, **QUICK)
        paused = threading.Event()

        def pause_at_first() -> None:
            if alone.progress.playing and not paused.is_set():
                paused.set()
                alone.pause()

        alone.on_change(pause_at_first)
        alone.start()
        wait_for(lambda: alone.progress.played == 1)
        assert (alone.progress.status, alone.paused, len(servers[0].clients)) == ("paused", True, 1)
        alone.resume()
        assert alone.wait(60)
        assert (alone.progress.played, alone.paused) == (3, False)


def test_what_ends_it_is_raised_by_those_who_wait(recordings: Path) -> None:
    alone = Evaluation(["u3-rt-pro"], recordings, endpoint="ws://127.0.0.1:9", api_key="k", connect_for_s=0)
    alone.start()
    with pytest.raises(ScribeError):
        alone.wait(60)
    assert (alone.progress.status, alone.error is None) == ("failed", False)


def test_a_corrected_reference_moves_the_figures_and_stays(recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with serving(FIRST, SECOND) as (models, servers):
        both = Evaluation(models, recordings, folder=folder, **QUICK).run()
        assert both.row("a.wav").rates == (0, 0.2)
        both.set_reference("a.wav", "so we meat  at noon")
        assert both.row("a.wav").rates == (0.2, 0)
        assert both.table()[0]["wer"] == 1 / 12
        assert "1 reference was corrected while reviewing." in both.table().notes
        with pytest.raises(ParameterError, match="no word that counts"):
            both.set_reference("a.wav", " um ")
        with pytest.raises(ParameterError, match="There is no recording 'd"):
            both.set_reference("d.wav", "x")
        again = Evaluation(models, recordings, folder=folder, **QUICK)
        assert again.recording("a.wav").reference == "so we meat at noon"
        assert again.table() == both.table()
        assert len(servers[0].clients) == 3
        (recordings / "a.txt").write_text("so we met at noon")
        assert Evaluation(models, recordings, folder=folder, **QUICK).recording("a.wav").text == "so we met at noon"
        (folder / "references.jsonl").unlink()
        (folder / "references.jsonl").mkdir()
        with pytest.raises(StorageError, match="references"):
            Evaluation(models, recordings, folder=folder, **QUICK)


def test_a_reference_that_is_corrected_before_its_recording_was_played_counts(recordings: Path, tmp_path: Path) -> None:
    with serving(FIRST) as (models, _):
        options = {"folder": tmp_path / "results", **QUICK, "at_once": 1}
        alone = Evaluation(models, recordings, **options)

        def correct(number: int, total: int, recording: Recording) -> None:
            if number == 1:
                alone.set_reference("c.wav", "see you here")
            if number == 2:
                alone.set_reference("b.wav", "bring the blue lamps")

        alone.run(correct)
        assert alone.row("c.wav").rates == (1 / 3,)
        assert alone.row("b.wav").rates == (1 / 4,)
        assert Evaluation(models, recordings, **options).table() == alone.table()


def test_the_time_left_is_that_of_the_recordings_played() -> None:
    now_s = 0.0
    pace = Pace(lambda: now_s)
    pace.begin()
    assert pace.left_s(60, 2) == 30
    now_s = 10
    pace.finished(20)
    assert pace.left_s(60, 2) == 30
    pace.finished(20)
    assert pace.left_s(60, 2) == 15
    pace.hold()
    now_s = 100
    assert (pace.elapsed_s, pace.left_s(60, 2)) == (10, 15)
    pace.go_on()
    now_s = 110
    assert (pace.elapsed_s, pace.left_s(60, 2)) == (20, 30)


def test_time_and_money_in_words() -> None:
    assert progress().time_text == "1:30 left"
    assert progress(left_s=4000.0).time_text == "1:07:00 left"
    assert progress(left_s=0.2).time_text == "0:01 left"
    assert [progress(left_s=left_s).time_text for left_s in (None, 0.0)] == ["", ""]
    assert progress().cost_text == "$0.0100, about $0.03 left"
    assert progress(cost_usd=0.0, left_usd=0.0).cost_text == "free"
    assert progress(cost_usd=None).cost_text == "price unknown"
    assert progress(left_usd=0.0).cost_text == "$0.0100"
    assert progress(left_usd=0.004).cost_text == "$0.0100, less than $0.01 left"
