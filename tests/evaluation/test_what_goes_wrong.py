"""What goes wrong with one recording, one model, the program or the folder: nothing else is lost, and it is said."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from evaluation.levels import LEVELS, TEXTS, by_level, evaluation, write
from support.scripted_server import Client, ScriptedServer, closed_port, scripted

from ipyscribe.errors import ConnectError, ParameterError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.evaluation.notes import first_notes, left_out_notes

TESTS = Path(__file__).parents[1]


def names(done: Evaluation) -> list[str]:
    return [record["recording"] for record in done.records()]


@pytest.mark.parametrize("gone", ["0.wav", "2.wav"])
def test_a_file_that_goes_before_it_is_played_is_left_out(server: ScriptedServer, leveled: Path, gone: str) -> None:
    done = evaluation(server, leveled, max_cost_usd=1)
    (leveled / gone).unlink()
    done.run()
    assert names(done) == sorted(TEXTS.keys() - {gone})
    assert f"{gone} is left out: There is no file {str(leveled / gone)!r}." in done.table().notes
    assert (done.progress.status, done.progress.failed, len(server.clients)) == ("done", 1, 3)
    assert done.cost_usd == pytest.approx(sum(record["cost_usd"] for record in done.records()))
    write(leveled / gone, LEVELS[gone])
    assert names(done.run()) == sorted(TEXTS)


def test_one_bad_recording_is_left_out_and_not_the_folder(server: ScriptedServer, leveled: Path) -> None:
    (leveled / "0.wav").write_bytes(b"RIFF")
    for name in ("4", "5", "6", "7"):
        write(leveled / f"{name}.wav", 500)
    (leveled / "5.srt").write_text("nonsense")
    (leveled / "6.txt").write_text(" \n")
    (leveled / "7.wav").unlink()
    (leveled / "7.wav").symlink_to(leveled / "not fetched")
    (leveled / "7.txt").write_text("a link to what was not fetched")
    done = evaluation(server, leveled).run()
    reasons = {
        "0.wav": "it is not a sound file that can be read (Invalid data found when processing input).",
        "4.wav": "it has no text beside it",
        "5.wav": "'5.srt' cannot be read as .srt (MalformedFileError: Invalid format).",
        "6.wav": "6.txt is empty",
        "7.wav": f"There is no file {str(leveled / '7.wav')!r}.",
    }
    assert names(done) == ["1.wav", "2.wav", "3.wav"]
    assert (done.left_out, done.failures) == (reasons, {})
    assert {f"{name} is left out: {reason.removesuffix('.')}." for name, reason in reasons.items()} <= {
        *done.table().notes
    }


def test_one_bad_row_is_left_out_and_not_the_table(leveled: Path) -> None:
    rows = ["0.wav,0,0.4,", "0.wav,0.4,0.8,", "0.wav,0.8,0.2,so", "1.wav,0,9,so", "2.wav,0,x,so", "3.wav,0,1,so"]
    (leveled / "t.csv").write_text("\n".join(["file,start,end,text", *rows]))
    done = Evaluation(["u3-rt-pro"], leveled / "t.csv", api_key="k")
    assert [each.name for each in done.recordings] == ["3.wav"]
    assert list(done.left_out) == ["0.wav", "0.wav (line 3)", "0.wav (line 4)", "2.wav", "1.wav"]
    assert done.left_out["0.wav (line 4)"] == "Line 4 of 't.csv' ends at 0.2 s, before it starts."
    assert "stop_s=9.0" in done.left_out["1.wav"]


def test_results_that_cannot_be_written_to_can_be_read(server: ScriptedServer, leveled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    evaluation(server, leveled, folder=folder).run()
    stored = {path.name: path.read_bytes() for path in folder.iterdir()}
    (leveled / "2.txt").write_text("recording number tree")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # every write fails, as on a full or a read-only disk
    try:
        read = evaluation(server, leveled, folder=folder)
        record, notes = read.table()[0], read.table().notes
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert record["substitutions"] == 0
    assert (
        f"The folder {str(folder)!r} cannot be written to (File too large). These figures are not kept there." in notes
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == stored
    assert evaluation(server, leveled, folder=folder).table()[0]["substitutions"] == 0


def test_a_recording_whose_connection_is_lost_is_left_out_and_comes_later(leveled: Path, tmp_path: Path) -> None:
    lost = iter(["1.wav"])

    def script(client: Client) -> None:
        client.begin()
        client.hear(chunks=1)
        if int.from_bytes(client.audio[:2], "little") == LEVELS["1.wav"] and next(lost, None):
            return client.vanish()
        client.begin = lambda: None  # type: ignore[method-assign]
        return by_level(client)

    with scripted(script) as unsteady, scripted(by_level) as steady:
        models = {
            label: {"model": "u3-rt-pro", "endpoint": server.url, "connect_for_s": 0, "reconnect_for_s": 0}
            for label, server in (("unsteady", unsteady), ("steady", steady))
        }
        options = {"folder": tmp_path / "results", "speed": 4, "silence_s": 0, "at_once": 4}
        done = Evaluation(models, leveled, **options).run()
        assert names(done)[::2] == ["0.wav", "2.wav", "3.wav"]
        assert list(done.failures) == ["1.wav"]
        again = Evaluation(models, leveled, **options)
        assert [each.name for each in again.left] == ["1.wav"]
        assert names(again.run())[::2] == sorted(TEXTS)
        assert [record["substitutions"] for record in again.table()] == [1, 1]


def test_a_model_that_fails_again_and_again_ends_it(server: ScriptedServer, leveled: Path) -> None:
    recordings = [Recording(f"{number}", leveled / "0.wav", TEXTS["0.wav"]) for number in range(20)]
    there = {"model": "u3-rt-pro", "endpoint": server.url, "connect_for_s": 0}
    models = {"there": there, "not there": {**there, "endpoint": f"ws://127.0.0.1:{closed_port()}"}}
    done = Evaluation(models, recordings, speed=4, silence_s=0, at_once=1)
    for _ in range(2):
        with pytest.raises(ConnectError, match=r"not there failed at 5 recordings in a row\. Nothing is listening"):
            done.run()
        assert (len(done.failures), len(done.left), done.records()) == (5, 15, [])
    assert len(server.clients) == 10


@pytest.mark.parametrize(("at_once", "killed_at", "kept"), [(1, 3, {2}), (3, 4, {1, 2, 3})])
def test_a_killed_program_loses_what_it_was_playing_alone(
    server: ScriptedServer, leveled: Path, tmp_path: Path, at_once: int, killed_at: int, kept: set[int]
) -> None:
    folder = tmp_path / "results"
    program = f"""
import os, signal
from pathlib import Path
from types import SimpleNamespace
from evaluation.levels import evaluation

def kill(number, total, recording):
    if number == {killed_at}:
        os.kill(os.getpid(), signal.SIGKILL)

server = SimpleNamespace(url={server.url!r})
evaluation(server, Path({str(leveled)!r}), folder={str(folder)!r}, at_once={at_once}).run(kill)
"""
    killed = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(TESTS)}, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    again = evaluation(server, leveled, folder=folder)
    left, clients = {each.name for each in again.left}, len(server.clients)
    assert len(TEXTS) - len(left) in kept
    assert sorted(TEXTS)[killed_at - 1] in left
    assert names(again.run()) == sorted(TEXTS)
    assert len(server.clients) == clients + len(left)


def test_money_that_is_too_little_is_said_and_what_is_no_money_refused(server: ScriptedServer, leveled: Path) -> None:
    each_usd = 1.2 / 3600 * 0.45
    some = evaluation(server, leveled, max_cost_usd=1.5 * each_usd, at_once=1).run()
    note = f"The next recording could cost more than the $0.0000 that are left of max_cost_usd={1.5 * each_usd:g}, "
    assert (names(some), some.progress.status) == (["0.wav"], "stopped")
    assert f"{note}so it was not begun." in some.table().notes
    assert some.progress.budget_note.startswith(note)
    values: tuple[Any, ...] = (float("nan"), -1, 0, "1", True)
    for value in values:
        with pytest.raises(ParameterError, match="max_cost_usd"):
            evaluation(server, leveled, max_cost_usd=value)


def test_few_recordings_or_speakers_cannot_tell(server: ScriptedServer, leveled: Path) -> None:
    few = evaluation(server, leveled).run().table()
    needed = "an interval needs at least 6"
    assert f"Too few to tell how sure the figures are (n = 4): {needed} recordings." in few.notes
    speakers = [
        Recording(f"{number}", leveled / "2.wav", TEXTS["2.wav"], columns={"speaker": "a", "noise": "ny"[number % 2]})
        for number in range(12)
    ]
    of_one = evaluation(server, speakers, at_once=12, speed=20).run()
    table = of_one.table()
    assert (table[0]["wer"], table[0]["wer_low"]) == (1 / 3, None)
    units = "blocks of recordings that belong together (speaker)"
    assert f"Too few to tell how sure the figures are (n = 1): {needed} {units}." in table.notes
    assert of_one.groups("noise").notes == ("Too few recordings, or blocks of them, to tell: n, y.",)
    assert of_one.groups("speaker").notes[1:] == ("Intervals assume that recordings of one speaker are independent.",)


def test_results_of_other_models_are_told_from_these(server: ScriptedServer, leveled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    evaluation(server, leveled, folder=folder)
    evaluation(server, leveled, folder=folder, speed=4)  # a float or not
    with pytest.raises(ParameterError, match=r"or settings: speed \(there: 4\.0; here: 2\.0\)\."):
        evaluation(server, leveled, folder=folder, speed=2)
    with pytest.raises(ParameterError, match=r"settings: max_turn_silence \(there: none; here: 300\)\."):
        evaluation(server, leveled, folder=folder, max_turn_silence=300)
    model = {"model": "u3-rt-pro", "endpoint": server.url, "connect_for_s": 0, "reconnect_for_s": 0}
    options = {"folder": folder, "speed": 4.0, "silence_s": 0.0}
    with pytest.raises(ParameterError, match=r"models \(there: model; here: model, second\)\."):
        Evaluation({"model": model, "second": model}, leveled, **options)
    with pytest.raises(ParameterError, match=r"settings: min_turn_silence of model \(there: none; here: 200\)\."):
        Evaluation({"model": {**model, "min_turn_silence": 200}}, leveled, **options)
    for damaged in ("[]", '{"models": [[], [1, 2], [[], {}]]}', '{"models": 3}', '{"settings": 3}'):
        (folder / "evaluation.json").write_text(damaged)
        with pytest.raises(ParameterError, match="models"):
            evaluation(server, leveled, folder=folder)


def test_thousands_that_are_left_out_are_a_few_notes() -> None:
    reasons = {f"{number}.wav": "it is empty" for number in range(2_000)} | {"x.wav": "a model failed. Call it."}
    assert left_out_notes(reasons) == [
        "2,000 recordings (0.wav, 1.wav, 2.wav, ...) are left out: it is empty.",
        "x.wav is left out: a model failed. Call it.",
    ]
    each_its_own = left_out_notes({f"{number}.wav": f"reason {number}" for number in range(13)})
    assert (len(each_its_own), each_its_own[-1]) == (11, "3 more left out, for other reasons.")
    assert first_notes(["a"] * 12)[-1] == "2 more of this kind."
    assert (first_notes(["a"]), left_out_notes({})) == (["a"], [])


def test_no_key_is_kept_with_the_results(server: ScriptedServer, leveled: Path, tmp_path: Path) -> None:
    key = "f00dfeed" * 4
    model = {"model": "u3-rt-pro", "endpoint": server.url, "connect_for_s": 0}

    def made(own: str, common: str) -> Evaluation:
        models = {"model": {**model, "api_key": own}}
        return Evaluation(models, leveled, folder=tmp_path / "results", api_key=common, speed=20, silence_s=0)

    made(key, key[::-1]).run()
    for kept in (tmp_path / "results").iterdir():
        content = kept.read_bytes()
        contents = [content]
        if kept.suffix == ".tape":
            with zipfile.ZipFile(kept) as tape:
                contents += [tape.read(name) for name in tape.namelist()]
        assert not any(secret.encode() in each for each in contents for secret in (key, key[::-1]))
    assert made("another" * 4, key).left == ()
