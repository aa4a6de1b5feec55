"""What is resumed is what was heard: a recording is known by its sound, and its reference only changes its score."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile as sf
from evaluation.levels import LEVELS, TEXTS, by_level, evaluation, write
from support.scripted_server import Client, ScriptedServer, scripted
from support.waiting import wait_for

from ipyscribe.errors import ParameterError, SessionStateError
from ipyscribe.evaluation import Evaluation, Recording, results_folder
from ipyscribe.evaluation.json_lines import JsonLines
from ipyscribe.tape.abandoned import try_hold


class Line(msgspec.Struct):
    name: str
    value: int


@pytest.fixture
def results(server: ScriptedServer, leveled: Path, tmp_path: Path) -> Path:
    """A folder with the results of all four recordings."""
    folder = tmp_path / "results"
    evaluation(server, leveled, folder=folder).run()
    assert len(server.clients) == 4
    return folder


def substitutions(done: Evaluation) -> list[int]:
    return [record["substitutions"] for record in done.records()]


def test_changed_sound_is_played_again_and_said(server: ScriptedServer, leveled: Path, results: Path) -> None:
    write(leveled / "1.wav", LEVELS["0.wav"])
    changed = evaluation(server, leveled, folder=results)
    assert [each.name for each in changed.left] == ["1.wav"]
    changed.run()
    assert len(server.clients) == 5
    assert substitutions(changed) == [0, 1, 1, 0]
    assert "The sound of 1 recording had changed (1.wav): played again." in changed.table().notes
    assert evaluation(server, leveled, folder=results).left == ()


def test_a_changed_reference_or_normaliser_is_scored_without_playing(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    (leveled / "0.txt").write_text("recording number won")
    scored = evaluation(server, leveled, folder=results)
    assert scored.left == ()
    assert substitutions(scored) == [1, 0, 1, 0]
    note = "The reference or normaliser of 1 recording had changed (0.wav): scored again."
    assert note in scored.table().notes
    again = evaluation(server, leveled, folder=results)
    assert substitutions(again) == [1, 0, 1, 0]
    assert note not in again.table().notes
    equal = evaluation(server, leveled, folder=results, equivalents=[("won", "one")])
    assert (equal.left, substitutions(equal)) == ((), [0, 0, 1, 0])
    assert len(server.clients) == 4


def test_the_same_sound_under_another_name_or_in_another_format_is_not_played_again(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    (leveled / "0.wav").rename(leveled / "first.wav")
    (leveled / "0.txt").rename(leveled / "first.txt")
    samples, rate_hz = sf.read(leveled / "2.wav", dtype="int16")
    sf.write(leveled / "2.flac", samples, rate_hz)
    (leveled / "2.wav").unlink()
    again = evaluation(server, leveled, folder=results)
    assert again.left == ()
    assert [record["recording"] for record in again.records()] == ["1.wav", "2.flac", "3.wav", "first.wav"]
    assert substitutions(again) == [0, 1, 0, 0]
    assert again.tape("first.wav").transcript.text == TEXTS["0.wav"]


def test_a_recording_that_gets_its_name_back_is_not_played_again(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    for old, new in (("0", "first"), ("first", "0")):
        for suffix in (".wav", ".txt"):
            (leveled / f"{old}{suffix}").rename(leveled / f"{new}{suffix}")
        again = evaluation(server, leveled, folder=results)
        assert (again.left, again.tape(f"{new}.wav").transcript.text) == ((), TEXTS["0.wav"])
    assert len(server.clients) == 4


def test_recordings_that_exchanged_their_names_keep_their_results(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    for suffix in (".wav", ".txt"):
        one, other = leveled / f"0{suffix}", leveled / f"2{suffix}"
        one.rename(leveled / "between")
        other.rename(one)
        (leveled / "between").rename(other)
    again = evaluation(server, leveled, folder=results)
    assert (again.left, substitutions(again)) == ((), [1, 0, 0, 0])


def test_a_corrected_reference_follows_its_sound_to_another_name(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    for name in ("0.txt", "3.txt"):
        (leveled / name).write_text("recording number one")
    evaluation(server, leveled, folder=results).set_reference("0.wav", "recording number won")

    def references() -> dict[str, str]:
        again = evaluation(server, leveled, folder=results).run()
        return {each.name: each.reference for each in again.recordings}

    one, other = leveled / "0.wav", leveled / "3.wav"
    one.rename(leveled / "between")
    other.rename(one)
    (leveled / "between").rename(other)
    assert [references()[name] for name in ("0.wav", "3.wav")] == ["recording number one", "recording number won"]
    for suffix in (".wav", ".txt"):
        (leveled / f"3{suffix}").rename(leveled / f"last{suffix}")
    assert references()["last.wav"] == "recording number won"
    assert len(server.clients) == 4
    (leveled / "last.wav").rename(leveled / "0.wav")
    (leveled / "last.txt").rename(leveled / "0.txt")
    for _ in range(2):
        write(leveled / "0.wav", 100)
        assert references()["0.wav"] == "recording number won"


@pytest.mark.parametrize("played", [True, False])
@pytest.mark.parametrize("text", ["recording number one", "something else"])
def test_a_correction_stays_when_another_recording_of_its_name_is_corrected(
    server: ScriptedServer, leveled: Path, results: Path, text: str, played: bool
) -> None:
    evaluation(server, leveled, folder=results).set_reference("0.wav", "recording number won")
    for suffix in (".wav", ".txt"):
        (leveled / f"0{suffix}").rename(leveled / f"last{suffix}")
    write(leveled / "0.wav", 100)
    (leveled / "0.txt").write_text(text)
    other = evaluation(server, leveled, folder=results)
    if played:
        other.run()
    other.set_reference("0.wav", "something more")
    other.run()
    for name, more in (("0.wav", "something more"), ("last.wav", "recording number won")):
        assert other.recording(name).reference == more
        again = evaluation(server, leveled, folder=results)
        assert (again.recording(name).reference, again.left) == (more, ())
        again.set_reference(name, f"{more} again")
        again = evaluation(server, leveled, folder=results)
        assert again.recording(name).reference == f"{more} again"
    assert again.recording("0.wav").reference == "something more again"


def test_a_copy_of_a_recording_is_another_recording(server: ScriptedServer, leveled: Path, results: Path) -> None:
    for suffix in (".wav", ".txt"):
        shutil.copy(leveled / f"0{suffix}", leveled / f"copy{suffix}")
    again = evaluation(server, leveled, folder=results)
    assert [each.name for each in again.left] == ["copy.wav"]
    assert len(again.run().records()) == 5


def test_names_that_would_make_one_file_name_have_two_tapes(
    server: ScriptedServer, leveled: Path, tmp_path: Path
) -> None:
    pairs = [Recording("x/1.wav", leveled / "0.wav", "a b"), Recording("x_1.wav", leveled / "1.wav", "a b")]
    done = evaluation(server, pairs, folder=tmp_path / "results").run()
    assert [done.tape(each.name).transcript.text for each in pairs] == [TEXTS["0.wav"], TEXTS["1.wav"]]
    again = evaluation(server, pairs, folder=tmp_path / "results")
    assert (again.left, again.table()) == ((), done.table())
    with pytest.raises(ParameterError, match=r"no tape of 'x'"):
        done.tape("x")


def test_other_settings_are_another_evaluation(server: ScriptedServer, leveled: Path, results: Path) -> None:
    for options in ({"max_turn_silence": 300}, {"speed": 2.0}, {"endpoint": "local"}):
        with pytest.raises(ParameterError, match="other models or settings"):
            evaluation(server, leveled, folder=results, **options)


def test_values_of_numpy_are_kept_as_those_of_python(server: ScriptedServer, leveled: Path, tmp_path: Path) -> None:
    def recordings(number: Any, ends_s: Any, text_of: Any) -> list[Recording]:
        return [
            Recording(name, leveled / name, text_of(text), number(0), ends_s(1.0), {"age": number(30)})
            for name, text in TEXTS.items()
        ]

    settings = {"max_turn_silence": 300, "vad_threshold": 0.5, "at_once": 2, "silence_s": 0.25, "keyterms": ["three"]}
    of_numpy = {
        "max_turn_silence": np.int64(300),
        "vad_threshold": np.float32(0.5),
        "at_once": np.int64(2),
        "silence_s": np.float32(0.25),
        "keyterms": np.array(["three"]),
    }
    done = evaluation(server, recordings(np.int64, np.float32, np.str_), folder=tmp_path, **of_numpy).run()
    assert (done.left, len(list(done.groups("age")))) == ((), 1)
    again = evaluation(server, recordings(int, float, str), folder=tmp_path, **settings)
    assert (again.left, again.records()) == ((), done.records())


def test_lines_that_a_killed_program_did_not_finish_cost_one_recording_at_most(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    index, scores = results / "recordings.jsonl", results / "scores.jsonl"
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    scores.write_bytes(scores.read_bytes()[:-30])
    again = evaluation(server, leveled, folder=results)
    assert len(again.left) == 1
    done = again.run()
    once_more = evaluation(server, leveled, folder=results)
    assert (once_more.left, once_more.table()) == ((), done.table())


def test_scores_of_another_version_are_made_again_of_the_tapes(
    server: ScriptedServer, leveled: Path, results: Path
) -> None:
    scores = results / "scores.jsonl"
    content = scores.read_bytes().replace(b'"version":"', b'"version":"before ')
    scores.write_bytes(content.replace(b'"turns":1', b'"turns":9'))
    again = evaluation(server, leveled, folder=results)
    assert (again.left, [record["turns"] for record in again.records()]) == ((), [1, 1, 1, 1])


def test_a_file_that_changes_while_it_is_played_does_not_count(leveled: Path) -> None:
    def script(client: Client) -> None:
        write(leveled / "1.wav", LEVELS["1.wav"])
        by_level(client)

    with scripted(script) as server:
        done = evaluation(server, [(leveled / "1.wav", "recording number two")]).run()
    assert done.failures == {"1.wav": "its sound file changed while it was played."}


def test_two_evaluations_of_one_folder_play_each_recording_once(
    server: ScriptedServer, leveled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "results"
    first, second = (evaluation(server, leveled, folder=folder) for _ in range(2))
    monkeypatch.setattr(results_folder, "_HOLD_FOR_S", 0.2)  # so that the test does not wait for seconds
    refused: list[str] = []

    def meanwhile(number: int, total: int, recording: Recording) -> None:
        with pytest.raises(SessionStateError, match="Another evaluation is playing recordings into") as raised:
            second.run()
        refused.append(str(raised.value))

    first.run(meanwhile)
    assert (len(refused), second.running, len(second.left)) == (4, False, 4)
    assert second.run().table() == first.table()
    assert first.run().records() == second.records()
    assert len(server.clients) == 4


def test_another_program_that_plays_into_the_folder_is_waited_for(
    server: ScriptedServer, leveled: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    waiting = evaluation(server, leveled, folder=folder)
    program = f"""
from pathlib import Path
from types import SimpleNamespace
from evaluation.levels import evaluation

playing = evaluation(SimpleNamespace(url={server.url!r}), Path({str(leveled)!r}), folder={str(folder)!r}, at_once=1)
playing.run(lambda *_: print("playing", flush=True))
"""
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        other.stdout.readline()
        waiting.run()
    assert (waiting.left, len(waiting.records()), len(server.clients)) == ((), 4, 4)


def test_one_that_waits_for_the_folder_can_be_paused_corrected_and_stopped(
    server: ScriptedServer, leveled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_folder, "_HOLD_FOR_S", 600)  # however long the steps below take
    waiting = evaluation(server, leveled, folder=tmp_path)

    def is_held() -> bool:
        held = try_hold(tmp_path)
        if held is not None:
            held.close()
        return held is None

    other = try_hold(tmp_path)
    assert other is not None
    with other:
        assert waiting.start().stop(60)
        assert (waiting.wait(), waiting.error, len(waiting.left)) == (True, None, 4)
        waiting.start().pause()
        waiting.set_reference("0.wav", "recording number won")
        assert (waiting.running, waiting.paused, waiting.progress.status) == (True, True, "paused")
    wait_for(is_held)
    assert server.clients == []
    waiting.stop()
    assert (waiting.wait(), len(waiting.left)) == (True, 4)
    assert (waiting.run().left, substitutions(waiting)) == ((), [1, 0, 1, 0])


def test_lines_are_read_once_and_those_that_were_overtaken_removed(tmp_path: Path) -> None:
    def lines() -> JsonLines[Line]:
        return JsonLines(tmp_path / "lines.jsonl", Line, lambda line: line.name, lambda kind, value: value)

    one, other = lines(), lines()
    assert one.read(alone=True) == {}
    one.append([Line("a", 1)])
    assert one.read(alone=True) == {}
    other.append([Line("a", 2), Line("b", 3)])
    assert one.read(alone=True) == {"a": Line("a", 2), "b": Line("b", 3)}
    with (tmp_path / "lines.jsonl").open("ab") as unfinished:
        unfinished.write(b'{"name":"c')
    assert one.read(alone=True) == {}
    one.append([Line("d", 4)])
    assert one.read(alone=True) == {"d": Line("d", 4)}
    for _ in range(1_100):
        other.append([Line("a", 5)])
    size = (tmp_path / "lines.jsonl").stat().st_size
    assert (
        lines().read(alone=False)
        == lines().read(alone=True)
        == {"a": Line("a", 5), "b": Line("b", 3), "d": Line("d", 4)}
    )
    assert (tmp_path / "lines.jsonl").stat().st_size < size / 100
    assert one.read(alone=True) == {"a": Line("a", 5), "b": Line("b", 3), "d": Line("d", 4)}
