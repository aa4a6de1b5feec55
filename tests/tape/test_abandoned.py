"""Programs that were killed while they recorded: their tapes are listed, and are deleted in the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.waiting import LIMIT_S
from tape.making import Recording, short_tape

from ipyscribe.cli import main
from ipyscribe.tape import Tape
from ipyscribe.tape.abandoned import KEPT_DAYS, SAVING, clear_old

pytestmark = pytest.mark.filterwarnings("ignore::ipyscribe.errors.IncompleteTapeWarning")

RECORD = """
import sys; sys.path[:0] = sys.argv[1:2]
from tape.making import Recording
recording = Recording()
recording.say(0, "the last words before the end")
recording.recorder.settle()
print("recorded", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    clear_old.cache_clear()


def killed(folder: Path) -> Path:
    """The tape of a program that is there no more; not seen while it was."""
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    before = set(folder.iterdir())
    with subprocess.Popen(
        [sys.executable, "-c", RECORD, str(Path(__file__).parents[1])],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "recorded\n"
        (left,) = set(folder.iterdir()) - before
        assert left not in Tape.abandoned()
        age(left, KEPT_DAYS + 1)
        clear_old.cache_clear()
        clear_old()
        assert Tape.load(left).transcript.text
        child.kill()
        child.wait(LIMIT_S)
    age(left, 0)
    return left


def age(folder: Path, days: float) -> None:
    time_s = folder.parent.stat().st_mtime - 86_400 * days
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (time_s, time_s))


def test_the_tape_of_a_killed_program_is_found_and_goes_after_a_week(folder: Path) -> None:
    left = killed(folder)
    assert Tape.abandoned() == (left,)
    assert Tape.load(left).transcript.text == "the last words before the end"
    assert left.stat().st_mode & 0o077 == 0
    age(left, KEPT_DAYS - 1)
    clear_old.cache_clear()
    short_tape()
    assert Tape.abandoned() == (left,)
    age(left, KEPT_DAYS + 1)
    clear_old.cache_clear()
    short_tape()
    assert not left.exists()


def test_what_is_in_use_or_of_another_kind_stays(folder: Path, tmp_path: Path) -> None:
    recording = Recording()
    recording.say(0, "still here")
    recording.recorder.settle()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "ipyscribe-tape-link").symlink_to(elsewhere, target_is_directory=True)
    (folder / "ipyscribe-tape-file").write_text("", encoding="utf-8")
    (folder / "holiday").mkdir()
    (half := folder / f"{SAVING}half").mkdir()
    (half / "audio.flac").write_bytes(b"fLaC")
    for path in folder.iterdir():
        if not path.is_symlink():
            age(path, 400)
    age(elsewhere, 400)
    clear_old.cache_clear()
    clear_old()
    assert Tape.abandoned() == ()
    assert not half.exists()
    assert sorted(path.name for path in folder.iterdir() if path != recording.recorder.folder) == [
        "holiday",
        "ipyscribe-tape-file",
        "ipyscribe-tape-link",
    ]
    assert (elsewhere / "manifest.json").exists()
    assert Tape.of(recording.recorder).transcript.text == "still here"


def test_the_command_shows_saves_and_removes_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tapes"]) == 0
    assert capsys.readouterr().out == "No recordings were left behind.\n"
    left = killed(folder)
    assert main(["tapes"]) == 0
    output = capsys.readouterr().out
    assert f"0:01  u3-rt-pro  {left}" in output
    assert f"{KEPT_DAYS} days" in output
    assert main(["tapes", "--save", str(tmp_path)]) == 0
    (saved,) = tmp_path.glob("*.tape")
    assert Tape.load(saved).transcript.text == "the last words before the end"
    assert Tape.load(saved).audio() == Tape.load(left).audio()
    assert main(["tapes", "--save", str(tmp_path / "missing")]) == 1
    assert left.exists()
    assert main(["tapes", "--remove"]) == 0
    assert not left.exists()
    assert Tape.abandoned() == ()
