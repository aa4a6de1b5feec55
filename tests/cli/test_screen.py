"""How turns come to a terminal, and what never does."""

from __future__ import annotations

import io

import pytest
from support.waiting import wait_for
from transcript.messages import reduced, turn

from ipyscribe.cli import waiting as waiting_room
from ipyscribe.cli.transcribe import Screen
from ipyscribe.cli.waiting import waiting
from ipyscribe.comparison import Table

REWRITE = "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_rewrites_the_open_turn() -> None:
    out = Terminal()
    screen = Screen(out, columns=40)
    screen.show(reduced(turn(0, "hi")).turns)
    screen.show(reduced(turn(0, "hi sam")).turns)
    settled = reduced(turn(0, "Hi Sam.", end=True), turn(1, "do")).turns
    screen.show(settled)
    screen.show(settled)
    screen.finish()
    assert out.getvalue().split(REWRITE) == [
        "", "0:00  hi", "0:00  hi sam", "0:00  Hi Sam.\n", "0:00  do", "0:00  do", "",
    ]  # fmt: skip


def test_a_file_gets_settled_turns_only() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.show(reduced(turn(0, "hi")).turns)
    screen.show(reduced(turn(0, "Hi Sam.", end=True), turn(1, "do")).turns)
    screen.finish()
    assert out.getvalue() == "0:00  Hi Sam.\n"


def test_a_long_open_turn_shows_its_end_on_one_line() -> None:
    out = Terminal()
    Screen(out, columns=30).show(reduced(turn(0, " ".join(f"word{n}" for n in range(50)))).turns)
    shown = out.getvalue().removeprefix(REWRITE)
    assert shown.startswith("0:00  …")
    assert shown.endswith(" word48 word49")
    assert len(shown) <= 30


HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "\u202etxt.exe\u202c",
    "a\r\nb\x08\x7f",
    "\u2066\u200f\u2028\u2029",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_terminal_would_obey_is_blanked(text: str) -> None:
    out = Terminal()
    screen = Screen(out, columns=200)
    screen.show(reduced(turn(0, text + "x")).turns)
    screen.show(reduced(turn(0, text + "x", end=True)).turns)
    written = out.getvalue().replace(REWRITE, "")
    assert written.count("\n") == 1
    for character in text:
        assert character.isprintable() or character not in written.replace("\n", "")


def test_a_sign_of_life_goes_when_the_waiting_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that the test does not wait for seconds.
    monkeypatch.setattr(waiting_room, "_QUIET_S", 0.0)
    # As above.
    monkeypatch.setattr(waiting_room, "_EVERY_S", 0.01)
    terminal, file = Terminal(), io.StringIO()
    with waiting("Loading the recogniser", terminal):
        wait_for(lambda: "Loading the recogniser… 0 s" in terminal.getvalue())
    assert terminal.getvalue().endswith(REWRITE)
    with waiting("Loading the recogniser", file):
        pass
    assert file.getvalue() == ""


def test_a_table_that_is_too_wide_has_its_models_side_by_side() -> None:
    records = [{"model": name, "wer": 0.1, "words": 1200, "cost_usd": 0.0} for name in ("quick", "patient")]
    table = Table(records, ["WER, patient against quick: no difference shown"], ["A note of some length."])
    wide, narrow = table.to_text(200), table.to_text(30)
    assert wide.splitlines()[0] == "model    word error rate (95\u00a0%)  words  cost"
    assert [line.split("  ")[0] for line in narrow.splitlines()[:4]] == [
        "model", "word error rate (95\u00a0%)", "words", "cost",
    ]  # fmt: skip
    assert narrow.splitlines()[0].split() == ["model", "quick", "patient"]
    assert all(len(line) <= 30 for line in narrow.splitlines()[4:])


def test_long_labels_of_models_take_several_lines_of_a_narrow_table() -> None:
    records = [{"model": name, "words": 1200} for name in ("quick", "with a longer silence at the end of a turn")]
    lines = Table(records, [], ["The interval is one of 95 %."]).to_text(40).splitlines()
    assert lines[:4] == [
        "model  quick  with a longer",
        "              silence at the",
        "              end of a turn",
        "words  1,200  1,200",
    ]
    assert all(len(line) <= 40 for line in lines)
