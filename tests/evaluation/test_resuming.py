"""What is resumed is what was heard: a recording is known by its sound, and its reference only changes its score."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import soundfile as sf
from evaluation.levels import LEVELS, TEXTS, by_level, evaluation, write
from support.scripted_server import Client, ScriptedServer, scripted

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation import Evaluation, Recording


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
