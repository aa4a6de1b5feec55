"""Sources of recordings with references, and the messages about unusable ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation.corpora import Write, texts

from ipyscribe.errors import AudioFileError, ParameterError
from ipyscribe.evaluation import Evaluation, Recording, read_corpus


def test_a_folder(recordings: Path) -> None:
    (recordings / "notes.md").write_text("no recording")
    (recordings / "._a.wav").write_bytes(b"what macOS leaves beside files")
    (recordings / "b.txt").rename(recordings / "b.TXT")
    corpus_recordings = read_corpus(str(recordings)).recordings
    assert [(recording.name, recording.reference) for recording in corpus_recordings] == [
        ("a.wav", "So we meet at noon."),
        ("b.wav", "Bring the red lamps!"),
        ("c.wav", "See you there."),
    ]
    assert corpus_recordings[0].path == recordings / "a.wav"
    assert corpus_recordings[0].source(silence_s=1).duration_s == pytest.approx(2.2)


def test_all_formats_that_can_be_read_are_taken_and_the_others_named(recordings: Path, sound: Write) -> None:
    for suffix, options in {
        ".opus": {"format": "OGG", "subtype": "OPUS"},
        ".aiff": {},
        ".sph": {"format": "NIST"},
        ".flac": {},
    }.items():
        sound(recordings / f"d{suffix}", **options)
    (recordings / "d.txt").write_text("Four of a name.")
    (recordings / "e.amr").write_bytes(b"#!AMR\n broken")
    (recordings / "e.txt").write_text("Broken.")
    done = Evaluation(["u3-rt-pro"], recordings, api_key="k")
    names = [recording.name for recording in done.recordings]
    assert names == ["a.wav", "b.wav", "c.wav", "d.aiff", "d.flac", "d.opus", "d.sph"]
    assert list(done.left_out) == ["e.amr"]


@pytest.mark.parametrize(
    ("name", "separator"), [("c.csv", ","), ("c.csv", ";"), ("c.csv", "|"), ("c.tsv", "\t"), ("c.TSV", "\t")]
)
def test_a_table(recordings: Path, name: str, separator: str) -> None:
    lines = [("Text", "lang", "file"), ("so we meet", "en", "a.wav"), ("see you", "en", "c.wav")]
    (recordings / name).write_text("\n".join(map(separator.join, lines)), encoding="utf-8-sig")
    assert read_corpus(recordings / name).recordings == (
        Recording("a.wav", recordings / "a.wav", "so we meet", columns={"lang": "en"}),
        Recording("c.wav", recordings / "c.wav", "see you", columns={"lang": "en"}),
    )


def test_columns_that_were_exchanged_leave_the_row_out(recordings: Path) -> None:
    (recordings / "t.csv").write_text(f"file,text\n{'red lamps ' * 40},a.wav\nb.wav,so we meet\n")
    done = Evaluation(["u3-rt-pro"], recordings / "t.csv", api_key="k")
    assert [each.name for each in done.recordings] == ["b.wav"]
    assert "File name too long" in next(iter(done.left_out.values()))


def test_quotes_are_letters_in_common_voice(recordings: Path, sound: Write) -> None:
    rows = [
        ("c1.flac", '"Never," he said.'),
        ("c2.flac", 'He said "no" twice.'),
        ("c3.flac", '"Quiet.'),
        ("c4.flac", '"All of it."'),
    ]
    for name, _ in rows:
        sound(recordings / "clips" / name)
    lines = ["client_id\tpath\tsentence\tup_votes\tage\taccents"]
    lines += [f"abc{number}\t{name}\t{text}\t2\tthirties\tScottish" for number, (name, text) in enumerate(rows)]
    (recordings / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert texts(recordings / "test.tsv") == rows
    assert texts(recordings) == rows
    first = read_corpus(recordings).recordings[0]
    assert first.path == recordings / "clips" / "c1.flac"
    assert (first.columns["accents"], first.columns["client_id"]) == ("Scottish", "abc0")
    (recordings / "train.tsv").write_text("\n".join(lines))
    with pytest.raises(ParameterError, match=r"several tables: test\.tsv, train\.tsv"):
        read_corpus(recordings)


@pytest.mark.parametrize("within", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_what_ends_lines_elsewhere_may_stand_within_a_text(recordings: Path, sound: Write, within: str) -> None:
    text = f'bring the{within}red "lamps'
    rows = (("a.wav", text), ("b.wav", "so we meet"))
    tables = {
        "t.tsv": "".join(f"{name}\t{each}\n" for name, each in (("path", "sentence"), *rows)),
        "t.jsonl": "\n".join(json.dumps({"file": name, "text": each}, ensure_ascii=False) for name, each in rows),
        "t.stm": "".join(f"{Path(name).stem} 1 ann 0.0 0.5 {each}\n" for name, each in rows),
    }
    for name, content in tables.items():
        (recordings / name).write_text(content, encoding="utf-8")
        [(_, first), (_, second)] = texts(recordings / name)
        assert (first.split(), second) == (text.split(), "so we meet")


def test_a_tsv_that_pandas_wrote(recordings: Path) -> None:
    pandas = pytest.importorskip("pandas")
    rows = [("a.wav", '"Never," he said.'), ("b.wav", "A tab\tin it."), ("c.wav", "Plain.")]
    pandas.DataFrame(rows, columns=["file", "text"]).to_csv(recordings / "p.tsv", sep="\t", index=False)
    assert texts(recordings / "p.tsv") == rows
    pandas.DataFrame(rows, columns=["file", "text"]).to_csv(recordings / "p.csv", index=False)
    assert texts(recordings / "p.csv") == rows


def test_an_unquoted_comma_is_named_where_the_fields_are_as_many_as_the_columns(recordings: Path) -> None:
    (recordings / "t.csv").write_text("file,text,accent\nb.wav,fine,us\na.wav,And so, my fellow Americans\n")
    with pytest.raises(ParameterError, match=r"Line 3 of 't\.csv' has a space after a separator.*'a\.wav,And so, my"):
        read_corpus(recordings / "t.csv")
    (recordings / "t.csv").write_text("a.wav,And so\n")
    with pytest.raises(ParameterError, match=r"has no column 'file'.*it has a\.wav, And so"):
        read_corpus(recordings / "t.csv")


@pytest.mark.parametrize("line", ["a.wav,And so, my fellow Americans", "a.wav"])
def test_a_line_with_other_fields_than_the_head_is_named(recordings: Path, line: str) -> None:
    (recordings / "t.csv").write_text(f"file,text\nb.wav,fine\n{line}\n")
    with pytest.raises(ParameterError, match=r"Line 3 of 't\.csv' has (more|fewer) than 2 fields: 'a\.wav"):
        read_corpus(recordings / "t.csv")


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        ("file,start,end,text", "0,1.5", "1.5,3"),
        ("file,offset,duration,text", "0,1.5", "1.5,1.5"),
        ("file,start_ms,end_ms,text", "0,1500", "1500,3000"),
        ("file,Start (sec),End (sec),text", "0,1.5", "1.5,3"),
        ("file,onset,offset,text", "0,1.5", "1.5,3"),
        ("file,begin_time,dur,text", "0,1.5", "1.5,1.5"),
        ("file,segment_start,segment_end,text", "0:00:00,00:01.500", "0:00:01.5,0:00:03.0"),
    ],
)
def test_parts_of_a_long_recording(recordings: Path, sound: Write, head: str, first: str, second: str) -> None:
    sound(recordings / "long.wav", 4)
    (recordings / "t.csv").write_text(f"{head}\nlong.wav,{first},one\nlong.wav,{second},two\n")
    corpus_recordings = read_corpus(recordings / "t.csv").recordings
    assert [(each.start_s, each.end_s, each.reference) for each in corpus_recordings] == [
        (0, 1.5, "one"),
        (1.5, 3, "two"),
    ]
    assert [each.name for each in corpus_recordings] == ["long.wav", "long.wav at 1.5 s"]
    assert [each.source().duration_s for each in corpus_recordings] == [1.5, 1.5]


def test_two_texts_for_the_same_whole_recording_are_named(recordings: Path) -> None:
    (recordings / "t.csv").write_text("file,from_s,text\na.wav,0,one\na.wav,1,two\n")
    with pytest.raises(ParameterError, match=r"Lines 2 and 3 of 't\.csv' both are the whole of 'a\.wav'"):
        read_corpus(recordings / "t.csv")


def test_an_end_that_is_rounded_up_is_the_end_of_the_file(recordings: Path, sound: Write) -> None:
    path = sound(recordings / "long.wav", 4)
    assert Recording("x", path, "one", 1.0, 4.04).source().duration_s == 3
    with pytest.raises(AudioFileError, match=r"stop_s=9"):
        Recording("x", path, "one", 1.0, 9.0).source()


def test_rows_and_files_without_a_text_are_left_out_by_name(recordings: Path) -> None:
    (recordings / "t.csv").write_text("file,text\na.wav,\nb.wav,  \nc.wav,fine\n")
    corpus = read_corpus(recordings / "t.csv")
    assert [each.name for each in corpus.recordings] == ["c.wav"]
    assert dict(corpus.left_out) == {"a.wav": "line 2 of t.csv has no text", "b.wav": "line 3 of t.csv has no text"}
    (recordings / "t.csv").unlink()
    (recordings / "b.txt").write_text("\n")
    assert dict(read_corpus(recordings).left_out) == {"b.wav": "b.txt is empty"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_tables_as_excel_saves_them(recordings: Path, encoding: str) -> None:
    (recordings / "t.csv").write_text(
        "file;text\r\na.wav;Gr\u00fc\u00dfe, J\u00f6rg\r\n", encoding=encoding, newline=""
    )
    assert texts(recordings / "t.csv") == [("a.wav", "Gr\u00fc\u00dfe, J\u00f6rg")]


def test_a_table_may_name_files_with_the_texts(recordings: Path) -> None:
    (recordings / "t.csv").write_text("file, text\na.wav, a.txt\nb.wav, gone.txt\n")
    assert texts(recordings / "t.csv") == [("a.wav", "So we meet at noon."), ("b.wav", "gone.txt")]


def test_folders_within_a_folder(recordings: Path, sound: Write) -> None:
    for name in ("x/a", "y/a", "z/x/a", "z/b", ".cache/a"):
        sound(recordings / "parts" / f"{name}.flac")
        (recordings / "parts" / f"{name}.txt").write_text(f"This is {name}.")
    assert texts(recordings / "parts") == [
        ("x/a.flac", "This is x/a."),
        ("y/a.flac", "This is y/a."),
        ("b.flac", "This is z/b."),
        ("z/x/a.flac", "This is z/x/a."),
    ]
    (recordings / "parts" / "x" / "metadata.csv").write_text("file_name,text\na.flac,so\n")
    with pytest.raises(ParameterError, match="several parts with tables") as caught:
        read_corpus(recordings / "parts")
    assert "parts/x" in caught.value.advice


@pytest.mark.parametrize("times", ["2,1", "x,1", "-1,1", "nan,1"])
def test_times_that_are_none_are_named(recordings: Path, times: str) -> None:
    (recordings / "t.csv").write_text(f"file,start,end,text\na.wav,{times},one\n")
    with pytest.raises(ParameterError, match=r"[Ll]ine 2 of 't\.csv'"):
        read_corpus(recordings / "t.csv")


def test_a_nemo_manifest(recordings: Path, sound: Write) -> None:
    path = sound(recordings / "long.wav", 4)
    rows = [
        {"audio_filepath": str(path), "text": "one", "offset": 0.5, "duration": 1.0, "speaker": "s1"},
        {"audio_filepath": "long.wav", "text": "two", "offset": 2.0, "duration": 1.5, "speaker": "s2"},
        {"audio_filepath": "a.wav", "text": "whole", "duration": 1.2},
    ]
    for name in ("manifest.json", "manifest.jsonl"):
        (recordings / name).write_text("\n".join(map(json.dumps, rows)) + "\n")
        corpus_recordings = read_corpus(recordings / name).recordings
        assert [(each.start_s, each.end_s) for each in corpus_recordings] == [(0.5, 1.5), (2.0, 3.5), (0.0, None)]
        assert [each.columns.get("speaker") for each in corpus_recordings] == ["s1", "s2", None]


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_a_hugging_face_folder(recordings: Path, name: str) -> None:
    rows: list[dict[str, Any]] = [{"file_name": "a.wav", "transcription": "so we meet", "accent": "us", "tags": ["x"]}]
    text = "file_name,transcription,accent\na.wav,so we meet,us\n" if name.endswith("csv") else json.dumps(rows[0])
    (recordings / name).write_text(text)
    (recording,) = read_corpus(recordings).recordings
    assert (recording.path, recording.reference, recording.columns) == (
        recordings / "a.wav",
        "so we meet",
        {"accent": "us"},
    )


def test_pairs(recordings: Path) -> None:
    other = recordings / "more" / "a.wav"
    pairs = [(recordings / "a.wav", "so we meet"), (str(other), recordings / "b.txt"), Recording("x", other, "hm")]
    assert texts(pairs) == [("a.wav", "so we meet"), ("more/a.wav", "Bring the red lamps!"), ("x", "hm")]


def test_the_same_twice_is_told_apart(recordings: Path) -> None:
    pair = (recordings / "a.wav", "so we meet")
    names = [recording.name for recording in read_corpus([pair, pair, pair]).recordings]
    assert names == ["a.wav", "recordings/a.wav", "a.wav (3)"]


@pytest.mark.parametrize(
    ("unusable", "message"),
    [
        (7, "7 is not a recording"),
        (b"x", "is not a recording"),
        ({}, "is not a recording"),
        ("", "'' is not a recording"),
        ([], "contains no recording"),
        (["talk.wav"], "'talk.wav' is not a recording"),
        ([("talk.wav", "  ")], "The reference of 'talk.wav' is empty"),
        ([("talk.wav", 7)], "is not a recording"),
        ("no/such/place", "is not a folder and cannot be read as a table"),
        ("a long text " * 40, r"is not a folder and cannot be read as a table \(File name too long\)"),
    ],
)
def test_unusable_input(unusable: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        read_corpus(unusable)
    assert caught.value.advice


def test_folders_and_tables_that_lack_something(recordings: Path) -> None:
    for name in "abc":
        (recordings / f"{name}.txt").unlink()
    with pytest.raises(ParameterError, match=r"No sound file in the folder .* has a text beside it.*of 'a\.wav'"):
        read_corpus(recordings)
    (recordings / "empty").mkdir()
    with pytest.raises(ParameterError, match="contains no sound file"):
        read_corpus(recordings / "empty")
    table = recordings / "clips.csv"
    table.write_text("file,words\na.wav,so\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"has no column 'reference' or 'text'.*; it has file, words"):
        read_corpus(table)
    table.write_bytes(b"file,text\n\xff\xfe,x\n")
    with pytest.raises(ParameterError, match="is not a table that can be read"):
        read_corpus(table)
    lines = recordings / "clips.jsonl"
    for text in ("[1]", "{", '"x"'):
        lines.write_text(text)
        with pytest.raises(ParameterError, match="is not a table that can be read"):
            read_corpus(lines)


def test_a_dataset_of_hugging_face(recordings: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = {
        "audio": [str(recordings / "a.wav"), str(recordings / "b.wav")],
        "sentence": ["So we meet at noon.", "Bring the red lamps!"],
        "accent": ["us", "scotland"],
    }
    dataset = datasets.Dataset.from_dict(rows).cast_column("audio", datasets.Audio(sampling_rate=8_000))
    corpus_recordings = read_corpus(dataset).recordings
    assert [(each.reference, each.columns) for each in corpus_recordings] == [
        ("So we meet at noon.", {"accent": "us"}),
        ("Bring the red lamps!", {"accent": "scotland"}),
    ]
    assert [each.source().duration_s for each in corpus_recordings] == pytest.approx([1.2, 1.2])
    samples = {"array": np.zeros(8_000, np.float32).tolist(), "sampling_rate": 16_000}
    decoded = datasets.Dataset.from_dict({"audio": [samples], "text": ["silence"]})
    assert read_corpus(decoded).recordings[0].source().duration_s == 0.5
    named = datasets.Features(
        speech=datasets.Value("string"), text=datasets.Value("string"), sex=datasets.ClassLabel(names=["f", "m"])
    )
    rows = {"speech": [str(recordings / "a.wav")] * 2, "text": ["one", " "], "sex": [1, 0]}
    labelled = datasets.Dataset.from_dict(rows, features=named)
    corpus = read_corpus(labelled.rename_column("speech", "file"))
    assert [(each.columns, each.source().duration_s) for each in corpus.recordings] == [({"sex": "m"}, 1.2)]
    assert dict(corpus.left_out) == {"000001": "row 1 has no text"}
    assert read_corpus(labelled.cast_column("speech", datasets.Audio())).recordings[0].source().duration_s == 1.2
    with pytest.raises(ParameterError, match="is a stream"):
        read_corpus(labelled.to_iterable_dataset())
    with pytest.raises(ParameterError, match="DatasetDict of test"):
        read_corpus(datasets.DatasetDict(test=dataset))
    with pytest.raises(ParameterError, match="'audio' and 'text' are needed"):
        read_corpus(dataset.rename_column("sentence", "words"))


def test_one_sound_file_needs_its_reference(recordings: Path) -> None:
    with pytest.raises(ParameterError, match=r"a\.wav' is one recording without its reference\. Give pairs: \[\('"):
        read_corpus(recordings / "a.wav")
