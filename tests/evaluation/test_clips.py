"""Where recordings and their references come from, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation import Clip, clips


def test_a_folder(recordings: Path) -> None:
    (recordings / "notes.md").write_text("no recording")
    found = clips(str(recordings))
    assert [(clip.name, clip.reference) for clip in found] == [
        ("a.wav", "So we meet at noon."),
        ("b.wav", "Bring the red lamps!"),
        ("c.wav", "See you there."),
    ]
    assert found[0].path == recordings / "a.wav"


@pytest.mark.parametrize(("name", "comma"), [("clips.csv", ","), ("clips.tsv", "\t")])
def test_a_table(recordings: Path, name: str, comma: str) -> None:
    lines = [("Text", "lang", "file"), ("so we meet", "en", "a.wav"), ("see you", "en", "c.wav")]
    (recordings / name).write_text("\n".join(map(comma.join, lines)), encoding="utf-8-sig")
    assert clips(recordings / name) == (
        Clip("a.wav", recordings / "a.wav", "so we meet"),
        Clip("c.wav", recordings / "c.wav", "see you"),
    )


def test_pairs(recordings: Path) -> None:
    other = recordings / "more" / "a.wav"
    given = [(recordings / "a.wav", "so we meet"), (str(other), recordings / "b.txt"), Clip("x", other, "hm")]
    assert [(clip.name, clip.reference) for clip in clips(given)] == [
        ("a.wav", "so we meet"),
        ("more/a.wav", "Bring the red lamps!"),
        ("x", "hm"),
    ]


def test_the_same_twice_is_told_apart(recordings: Path) -> None:
    pair = (recordings / "a.wav", "so we meet")
    assert [clip.name for clip in clips([pair, pair, pair])] == ["a.wav", "recordings/a.wav", "a.wav (3)"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "7 is no recording"),
        ([], "holds no recording"),
        (["talk.wav"], "'talk.wav' is no recording"),
        ([("talk.wav", "  ")], "The reference of 'talk.wav' is empty"),
        ([("talk.wav", 7)], "is no recording"),
        ("no/such/place", "is no folder and cannot be read as a table"),
    ],
)
def test_what_cannot_be_used(given: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said) as caught:
        clips(given)
    assert caught.value.advice


def test_folders_and_tables_that_lack_something(recordings: Path) -> None:
    (recordings / "b.txt").unlink()
    with pytest.raises(ParameterError, match=r"1 of 3 sound files have no text beside them, such as 'b\.wav'"):
        clips(recordings)
    (recordings / "empty").mkdir()
    with pytest.raises(ParameterError, match="holds no sound file"):
        clips(recordings / "empty")
    table = recordings / "clips.csv"
    table.write_text("file,words\na.wav,so\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"has no column 'reference' or 'text'.*; it has file, words"):
        clips(table)
    table.write_bytes(b"file,text\n\xff\xfe,x\n")
    with pytest.raises(ParameterError, match="is no table of text"):
        clips(table)
