"""What the command line prints and writes of hostile names, words and errors."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from comparison.speakers import saying
from session.sources import TONE
from support.hostile import FILE_NAME, HOSTILE, assert_plain, hostile_server, hostile_tape
from support.scripted_server import scripted
from tape.making import short_tape

import ipyscribe.audio
from ipyscribe.audio.devices import InputDevice
from ipyscribe.cli.main import main
from ipyscribe.tape import Tape

MODEL = "u3-rt-pro"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; gives its exit status and all that it printed, which is plain."""

    def command(*arguments: str) -> tuple[int, str]:
        try:
            status = main(arguments)
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        printed = "".join(capfd.readouterr())
        assert_plain(" ".join(arguments), printed)
        return status, printed

    return command


def recorded(path: Path) -> Path:
    soundfile.write(path, np.tile(TONE, 1), 16_000, subtype="PCM_16")
    path.with_suffix(".txt").write_text("so we meet at noon", encoding="utf-8")
    return path


def test_an_evaluation_prints_and_writes_names_as_text(run: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in (FILE_NAME, "=1+1.wav", "@SUM.wav"):
        recorded(corpus / name)
    for suffix in (".m4a", ".txt"):
        (corpus / f"{FILE_NAME}{suffix}").write_text("neither sound nor words")
    table = tmp_path / "table.csv"
    options = ["--speed", "8", "--at-once", "1", "--csv", str(table)]
    with scripted(saying("so we meat at noon")) as server:
        status, printed = run("evaluate", str(corpus), "--model", MODEL, "--endpoint", server.url, *options)
    assert status == 0, printed
    assert printed.count("evil") >= 2
    assert "is left out" in printed
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 3
    assert {row["recording"] for row in rows} >= {"'=1+1.wav", "'@SUM.wav"}
    for row in rows:
        for value in (*row, *row.values()):
            assert_plain("table.csv", value)
            assert not value.startswith(("=", "+", "@"))


def test_a_transcript_is_printed_with_its_notices_and_error(run: Run, tmp_path: Path) -> None:
    sound = recorded(tmp_path / FILE_NAME)
    with scripted(hostile_server) as server:
        status, printed = run("transcribe", str(sound), "--model", MODEL, "--endpoint", server.url)
    assert status == 1
    assert printed.count("evil") > 5


def test_a_refusal_names_what_it_refuses(run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / FILE_NAME)
    for arguments in (
        ["transcribe", missing],
        ["transcribe", "--model", HOSTILE],
        ["transcribe", "--output", f"{missing}.txt/x.txt"],
        ["transcribe", "--speed", HOSTILE],
        ["evaluate", missing, "--model", "local-whisper-tiny.en"],
        ["serve", "--fault", HOSTILE],
        ["serve", "--script", missing],
        ["serve", "--tape", missing],
        ["serve", "--log", f"{missing}/log"],
        ["transcribe", "x", HOSTILE],
        ["transcribe", f"--{HOSTILE}"],
        [HOSTILE],
    ):
        assert run(*arguments)[0] in (1, 2)


def test_lists_hold_names_as_text(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = InputDevice(0, HOSTILE, HOSTILE, 1, 16_000, True)
    monkeypatch.setattr(ipyscribe.audio, "input_devices", lambda: (device,))
    assert "evil" in run("devices")[1]
    folders = [tmp_path / FILE_NAME, tmp_path / f"{FILE_NAME} damaged"]
    for folder in folders:
        folder.mkdir()
    saved = tmp_path / "hostile.tape"
    saved.write_bytes(hostile_tape(short_tape().save(tmp_path / "short.tape")))
    with zipfile.ZipFile(saved) as archive:
        archive.extractall(folders[0])
    (folders[1] / "manifest.json").write_text(f'{{"format": "{FILE_NAME[:5]}"}}', encoding="utf-8")
    monkeypatch.setattr(Tape, "abandoned", staticmethod(lambda: tuple(folders)))
    status, printed = run("tapes")
    assert status == 0
    assert printed.count("evil") >= 3
