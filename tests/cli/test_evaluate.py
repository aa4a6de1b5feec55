"""``ipyscribe evaluate``."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from cli.shell import call, errors, run
from support.scripted_server import Client, scripted

from ipyscribe.cli.progress_bar import progress_bar
from ipyscribe.evaluation import Evaluation, Recording


def polite(client: Client) -> None:
    client.begin()
    client.turn(0, "red evil", end=True)
    client.hear("Terminate")
    client.terminate()


def test_many_recordings_in_one_table(tmp_path: Path, tone_file: Path) -> None:
    folder, results = tmp_path / "clips", tmp_path / "results"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.wav").write_bytes(tone_file.read_bytes())
        (folder / f"{name}.txt").write_text("red evil")
    with scripted(polite) as server:
        ask = ["evaluate", str(folder), "--model", "local-whisper-tiny.en", "--endpoint", server.url]
        ask += ["--folder", str(results), "--csv", str(results / "table.csv"), "--speed", "8"]
        (tmp_path / "equal.txt").write_text("# names\nred evil = crimson evil\n")
        ask += ["--equivalents", str(tmp_path / "equal.txt"), "--keyterm", "red evil", "--keyterm", "lamps"]
        done = run(*ask)
        assert (done.returncode, errors(done)) == (0, [])
        again = call(*ask)
        (folder / "c.wav").write_bytes(b"RIFF")
        (folder / "c.txt").write_text("red evil")
        with_a_broken_one = call(*ask)
    left_out = "c.wav is left out: it is not a sound file that can be read"
    assert left_out in with_a_broken_one.stderr
    assert left_out in with_a_broken_one.stdout
    assert [line for line in done.stdout.splitlines() if " of 2  " in line] == ["1 of 2  a.wav", "2 of 2  b.wav"]
    assert "0 of 2 recordings to play" in again.stdout
    assert done.stdout.partition("\n\n")[2] == again.stdout.partition("\n\n")[2]
    assert "word error rate" in done.stdout
    assert "\x1b" not in done.stdout
    rows = (results / "table.csv").read_text().splitlines()
    assert rows[0].startswith("recording,model,")
    assert "+equivalents-" in rows[1]
    assert ",keyterm_recall,keyterm_precision,keyterm_f1,keyterm_false_positives," in rows[0]
    assert [row.partition(",")[0] for row in rows[1:]] == ["a.wav", "b.wav"]
    assert "contains no sound file" in call("evaluate", str(results)).stderr


def test_what_was_heard_before_an_error_is_told(tmp_path: Path, tone_file: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.wav").write_bytes(tone_file.read_bytes())
        (tmp_path / f"{name}.txt").write_text("red evil")
    tone_file.unlink()

    def once(client: Client) -> None:
        if len(server.clients) == 1:
            return polite(client)
        client.begin()
        return client.fail(1008, "Insufficient funds")

    with scripted(once) as server:
        ask = [
            "evaluate",
            str(tmp_path),
            "--model",
            "local-whisper-tiny.en",
            "--endpoint",
            server.url,
            "--speed",
            "8",
            "--at-once",
            "1",
        ]
        done = call(*ask)
    assert done.returncode == 1
    assert "Insufficient funds" in done.stderr
    assert "1 of 2 recordings were played." in done.stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


def test_a_terminal_gets_a_bar_with_the_figures(tmp_path: Path, tone_file: Path) -> None:
    screen = Terminal()
    with scripted(polite) as server:
        models = {"red \x1b[31mone": {"model": "u3-rt-pro", "endpoint": server.url, "api_key": "k"}}
        evaluation = Evaluation(models, [(tone_file, "red evil lamps")], speed=8, silence_s=0)
        with progress_bar(evaluation, screen):
            evaluation.run()
    last = screen.getvalue().rstrip().splitlines()[-1].split("\r")[-1]
    assert last.startswith("1/1 |")
    assert "$0.0" in last
    assert "one 33.3 %" in last
    assert "\x1b[31m" not in screen.getvalue()


@pytest.mark.parametrize(
    ("columns", "shown"),
    [(100, "one 0.0 % (0.0\u201333.0), other 0.0 % (0.0\u201333.0)"), (46, "one 0.0 %, other 0.0 %")],
)
def test_the_bar_of_a_narrow_terminal_leaves_room_for_the_figures(
    tone_file: Path, monkeypatch: pytest.MonkeyPatch, columns: int, shown: str
) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((columns, 24)))
    screen = Terminal()
    with scripted(polite) as server:
        models = {label: {"model": "local-whisper-tiny.en", "endpoint": server.url} for label in ("one", "other")}
        recordings = [Recording(str(number), tone_file, "red evil") for number in range(6)]
        evaluation = Evaluation(models, recordings, speed=8, silence_s=0)
        with progress_bar(evaluation, screen):
            evaluation.run(confirm=True)
    lines = screen.getvalue().replace("\n", "\r").split("\r")
    assert max(map(len, lines)) < columns
    last = [line for line in lines if line.strip()][-1]
    assert last.startswith("6/6 |")
    assert last.rstrip().endswith(shown)
