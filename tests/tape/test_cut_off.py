"""Tapes that end in the midst: what is whole of them is there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from tape.making import short_tape, use_all_of

from ipyscribe.errors import IncompleteTapeWarning, TapeError
from ipyscribe.tape import Tape

BLOCK = "lanes/0/00000.jsonl"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return short_tape().save(tmp_path_factory.mktemp("tape") / "good.tape")


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.999])
def test_a_file_that_is_cut_off_gives_its_complete_records(share: float, tmp_path: Path) -> None:
    original = short_tape(record_audio=False)
    full = original.save(tmp_path / "original.tape").read_bytes()
    with pytest.warns(IncompleteTapeWarning):
        tape = Tape.load(io.BytesIO(full[: round(share * len(full))]))
    assert tape.cut_off
    expected, records = list(original.lanes[0].records()), list(tape.lanes[0].records())
    assert records == expected[: len(records)]
    assert share < 0.9 or len(records) == len(expected)
    use_all_of(tape)


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_file_of_which_only_the_beginning_is_there_says_so(share: float, saved: Path) -> None:
    full = saved.read_bytes()
    with pytest.raises(TapeError, match="its manifest cannot be read"):
        Tape.load(io.BytesIO(full[: round(share * len(full))]))


@pytest.mark.parametrize("cut", [2, 5, 12, 30, 45])
def test_a_folder_whose_last_line_was_only_begun_gives_the_lines_before(cut: int, saved: Path, tmp_path: Path) -> None:
    expected = list(Tape.load(saved).lanes[0].records())
    with zipfile.ZipFile(saved) as archive:
        archive.extractall(tmp_path)
    block = tmp_path / BLOCK
    block.write_bytes(block.read_bytes()[:-cut])
    assert list(Tape.load(tmp_path).lanes[0].records()) == expected[:-1]
