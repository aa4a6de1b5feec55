"""A disk that takes no more: the session goes on and says so, and its tape knows that it is incomplete.

The limit on a file's size stands for the full disk: the system refuses to write in the same way, on any machine.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tape.making import Recording, rewritten, short_tape, use_all_of

from ipyscribe.errors import StorageError, TapeError
from ipyscribe.tape import Tape
from ipyscribe.tape.abandoned import SAVING

_NOBODY = 65534
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")

SESSION = """
import json, math, resource, sys, warnings
sys.path.insert(0, sys.argv[1])
import numpy as np
import soundfile
from support.scripted_server import scripted
import ipyscribe as scribe

def script(client):
    client.begin()
    client.turn(0, "One two.", end=True)
    client.hear(chunks=400)
    client.turn(1, "Three four.", end=True)
    client.hear("Terminate")
    client.terminate()

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

noise = np.random.default_rng(0).normal(0, 3000, 16_000 * 30).astype(np.int16)
clip = scribe.AudioArray(noise, 16_000, speed=math.inf)
soundfile.write("noise.wav", noise, 16_000)
reference = "one two\\nthree four"
limit(200_000)
with scripted(script, unread=None) as server:
    session = scribe.Session("u3-rt-pro", source=clip, endpoint=server.url)
    with session:
        session.wait()
    evaluation = scribe.Evaluation(
        ["u3-rt-pro"], [("noise.wav", reference)], endpoint=server.url, speed=1e6, silence_s=0, record_audio=True
    ).run()
limit(50_000)
try:
    session.tape.save("refused.tape")
    refusal = ""
except scribe.errors.StorageError as error:
    refusal = str(error)
limit(resource.RLIM_INFINITY)
with warnings.catch_warnings(record=True) as raised:
    warnings.simplefilter("always")
    tape = scribe.Tape.load(session.tape.save("rest.tape"))
print(json.dumps({
    "warnings": [str(warning.message) for warning in raised],
    "repr": repr(tape),
    "notes": list(scribe.Comparison.from_tape(tape, reference=reference).table().notes),
    "left_out": dict(evaluation.failures),
    "pooled_notes": list(evaluation.table().notes),
    "status": session.status,
    "turns": len(session.transcript.turns),
    "notices": [[notice.kind, notice.message, notice.advice] for notice in session.notices],
    "refusal": refusal,
    "cut_off": [session.tape.cut_off, tape.cut_off],
    "duration_s": len(tape.audio()) / 32_000,
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("full")
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", SESSION, tests],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    result["left"] = sorted(path.name for path in folder.iterdir() if not path.name.startswith("ipyscribe-tape-"))
    return result


def test_the_session_goes_on_and_says_that_recording_has_stopped(report: dict[str, Any]) -> None:
    assert (report["status"], report["turns"]) == ("ended", 2)
    [[kind, message, advice]] = report["notices"]
    assert kind == "tape"
    assert message == "Recording has stopped: File too large."
    assert "MB free" in advice
    assert "a minute of sound takes 2 MB" in advice


def test_the_tape_is_not_taken_for_a_whole_one(report: dict[str, Any]) -> None:
    assert report["cut_off"] == [True, True]
    assert 0 < report["duration_s"] < 10


def test_the_tape_says_so_when_it_is_saved_opened_and_scored(report: dict[str, Any]) -> None:
    part = "the end of its session: transcript, sound and figures cover only the part that was recorded."
    note = f"The tape of u3-rt-pro is missing {part}"
    assert report["warnings"] == [f"The tape that was saved is missing {part}", f"'rest.tape' is missing {part}"]
    assert report["repr"].endswith(", without its end>")
    assert note in report["notes"]


def test_an_evaluation_leaves_the_recording_out(report: dict[str, Any]) -> None:
    reason = "its tape lacks the end of the session. Recording has stopped: File too large."
    assert report["left_out"] == {"noise.wav": reason}
    assert f"noise.wav is left out: {reason}" in report["pooled_notes"]


def test_a_save_that_does_not_fit_is_refused_and_leaves_nothing(report: dict[str, Any]) -> None:
    assert "cannot be written" in report["refusal"]
    assert report["left"] == ["noise.wav", "rest.tape"]


@contextlib.contextmanager
def temporary_files_in(folder: Path | str) -> Iterator[None]:
    """Temporary files lie in ``folder``, and what may be done there holds for the administrator, too."""
    user = os.geteuid()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        if user == 0:
            os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)


def test_a_folder_that_cannot_be_written_to_stops_the_recording_alone() -> None:
    short_tape()  # the versions that a tape names are read now
    recording = Recording()
    recording.say(0, "one two")
    with temporary_files_in("/"):
        recording.recorder.settle()
    tape = recording.finish()
    trouble = recording.recorder.trouble
    assert trouble is not None
    assert trouble.message.startswith("Recording has stopped: Permission denied")
    assert "Make room in / (" in trouble.advice
    assert tape.cut_off
    for use in (lambda: tape.transcript, tape.audio, lambda: tape.save("never.tape")):
        with pytest.raises(StorageError, match="Recording has stopped"):
            use()
    assert not Path("never.tape").exists()


def test_no_folder_for_temporary_files_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_usable() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none_usable)
    recording = Recording()
    recording.say(0, "one two")
    recording.recorder.settle()
    assert recording.recorder.trouble is not None
    assert "No usable temporary directory" in recording.recorder.trouble.message


@pytest.mark.parametrize("vanished", ["", "lanes/0/sound.jsonl", "lanes/0/00000.jsonl", "audio/00000.pcm"])
def test_what_vanishes_while_it_is_recorded_is_missed(vanished: str, tmp_path: Path) -> None:
    recording = Recording()
    recording.say(0, "one two")
    recording.recorder.settle()
    lost = recording.recorder.folder / vanished
    lost.unlink() if vanished else shutil.rmtree(lost)
    recording.say(1, "three four")
    tape = recording.finish()
    assert recording.recorder.trouble is not None
    assert "Recording has stopped: " in recording.recorder.trouble.message
    assert tape.cut_off
    if not vanished:
        with pytest.raises(StorageError, match="The tape of this session cannot be read"):
            tape.save(tmp_path / "never.tape")
        assert list(tmp_path.iterdir()) == []


def test_a_tape_whose_folder_vanishes_after_its_end_is_not_an_empty_one(tmp_path: Path) -> None:
    tape = short_tape()
    tape.save(saved := tmp_path / "a.tape")
    loaded, sound = Tape.load(saved), tape.sound
    assert sound is not None
    assert loaded.sound is not None
    saved.unlink()
    shutil.rmtree(tape._storage.folder)  # type: ignore[attr-defined]  # no user is told where it lies
    for use in (
        lambda: tape.transcript, lambda: tape.sound, lambda: sound.read(0, 9), lambda: tape.save(saved),
        lambda: loaded.transcript, lambda: loaded.sound and loaded.sound.end,
    ):  # fmt: skip
        with pytest.raises(StorageError, match="cannot be read"):
            use()


def test_a_part_that_is_missing_between_others_is_named(tmp_path: Path) -> None:
    saved = short_tape().save(tmp_path / "a.tape")

    def skip(parts: dict[str, bytes]) -> None:
        parts["lanes/0/00002.jsonl"] = parts["lanes/0/00000.jsonl"]

    with pytest.raises(TapeError, match=r"lanes/0/00002\.jsonl and lacks a part before it"):
        use_all_of(Tape.load(io.BytesIO(rewritten(saved, skip))))


@pytest.mark.parametrize("name", ["", "missing/a.tape", "a\0b.tape", "x" * 300])
def test_a_place_that_cannot_be_written_to_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        short_tape().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    tape = short_tape()
    with temporary_files_in(tmp_path), pytest.raises(StorageError, match="Permission denied"):
        tape.save("/never.tape")


def test_a_file_that_is_closed_is_named(tmp_path: Path) -> None:
    with short_tape().save(tmp_path / "a.tape").open("rb") as file:
        pass
    with pytest.raises(StorageError, match="closed file"):
        Tape.load(file)


def test_what_a_killed_program_left_beside_its_target_goes_with_the_next_save(tmp_path: Path) -> None:
    old_folder, new_folder = tmp_path / f".{SAVING}old", tmp_path / f".{SAVING}new"
    old_part, new_part = tmp_path / ".a.tape.01234567.part", tmp_path / ".a.tape.89abcdef.part"
    others = [tmp_path / ".b.tape.01234567.part", tmp_path / ".a.tape.part"]
    for folder in (old_folder, new_folder):
        folder.mkdir()
        (folder / "audio.flac").write_bytes(b"fLaC")
    for part in (old_part, new_part, *others):
        part.write_bytes(b"PK")
    for path in (old_folder / "audio.flac", old_folder, old_part, *others):
        os.utime(path, (0, 0))
    saved = short_tape().save(tmp_path / "a.tape")
    assert sorted(tmp_path.iterdir()) == sorted([saved, new_folder, new_part, *others])


def test_many_saves_in_a_folder_list_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    list_folder = os.listdir

    def spy(folder: str) -> list[str]:
        listed.append(str(folder))
        return list_folder(folder)

    monkeypatch.setattr(os, "listdir", spy)
    tape = short_tape()
    for number in range(5):
        tape.save(tmp_path / f"{number}.tape")
    assert listed.count(str(tmp_path)) <= 2, "more than once in each ten minutes"
