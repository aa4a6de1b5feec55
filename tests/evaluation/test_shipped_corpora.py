"""Corpora as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation.corpora import Write, texts

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation import Recording, read_corpus


def test_an_ljspeech_folder(tmp_path: Path, sound: Write) -> None:
    sound(tmp_path / "wavs" / "LJ001-0001.wav")
    table = tmp_path / "metadata.csv"
    table.write_text(
        'LJ001-0001|Printing, in 1455, "so far"|Printing, in fourteen fifty-five, "so far"\nLJ001-0002|gone|gone\n'
    )
    assert texts(tmp_path) == [("LJ001-0001.wav", 'Printing, in fourteen fifty-five, "so far"')]
    assert list(read_corpus(tmp_path).left_out) == ["LJ001-0002"]
    assert texts(table) == texts(tmp_path)


def test_librispeech_as_it_is_shipped(tmp_path: Path, sound: Write) -> None:
    chapter = tmp_path / "test-clean" / "1089" / "134686"
    for number in range(2):
        sound(chapter / f"1089-134686-000{number}.flac")
    (chapter / "1089-134686.trans.txt").write_text(
        "1089-134686-0000 HE HOPED THERE WOULD BE STEW\n1089-134686-0001 STUFF IT INTO YOU\n1089-134686-0002 GONE\n"
    )
    corpus = read_corpus(tmp_path)
    assert [(each.name, each.reference) for each in corpus.recordings] == [
        ("1089-134686-0000.flac", "HE HOPED THERE WOULD BE STEW"),
        ("1089-134686-0001.flac", "STUFF IT INTO YOU"),
    ]
    assert corpus.recordings[0].columns == {"speaker": "1089", "chapter": "134686"}
    assert "line 3" in corpus.left_out["1089-134686-0002"]


def test_a_kaldi_data_folder(tmp_path: Path, sound: Write) -> None:
    path = sound(tmp_path / "audio" / "rec1.sph", 5, format="NIST")
    (tmp_path / "wav.scp").write_text(f"rec1 sph2pipe -f wav -p -c 1 {path} |\nrec2 sox 'a.wav |\n")
    (tmp_path / "text").write_text("spk1-utt1 hello there\nspk2-utt2 well yes\nspk2-utt3 gone\n")
    (tmp_path / "segments").write_text("spk1-utt1 rec1 0.5 2.0\nspk2-utt2 rec1 2.0 -1\nspk2-utt3 rec2 0 1\n")
    (tmp_path / "utt2dur").write_text("spk1-utt1 1.5\n")
    (tmp_path / "spk2gender").write_text("spk1 f\n")
    (tmp_path / "utt2spk").write_text("spk1-utt1 spk1\nspk2-utt2 spk2\nspk2-utt3 spk2\n")
    corpus = read_corpus(tmp_path)
    assert corpus.recordings == (
        Recording("spk1-utt1", path, "hello there", 0.5, 2.0, {"duration": "1.5", "speaker": "spk1", "gender": "f"}),
        Recording("spk2-utt2", path, "well yes", 2.0, None, {"speaker": "spk2"}),
    )
    assert list(corpus.left_out) == ["spk2-utt3"]
    (tmp_path / "segments").unlink()
    (tmp_path / "text").write_text("rec1 hello there well yes\n")
    assert texts(tmp_path) == [("rec1", "hello there well yes")]
    (tmp_path / "segments").write_text("rec1 rec1 zero 1\n")
    with pytest.raises(ParameterError, match="is not a segment of 'rec1'"):
        read_corpus(tmp_path)


STM = """;; LABEL "F0" "Fluent" ""
talk 1 S01 0.00 2.50 <o,f0,male> so {um / @} we're gonna meet
talk 1 inter_segment_gap 2.50 3.00 <o,,unknown> ignore_time_segment_in_scoring
talk 1 S02 3.00 5.00 <O,F0,F> (uh) bring { lamps / the lamps / @ }
"""


def test_ted_lium_by_stm(tmp_path: Path, sound: Write) -> None:
    path = sound(tmp_path / "test" / "sph" / "talk.sph", 6, format="NIST")
    (tmp_path / "test" / "stm").mkdir()
    transcript = tmp_path / "test" / "stm" / "talk.stm"
    transcript.write_text(STM)
    for corpus in (read_corpus(tmp_path / "test"), read_corpus(transcript)):
        first, second = corpus.recordings
        assert (first.path, first.start_s, first.end_s, first.columns) == (path, 0.0, 2.5, {"speaker": "S01"})
        assert (first.text, second.text) == ("so um we're gonna meet", "uh bring lamps")
        assert first.alternatives
        assert second.source().duration_s == 2


def test_ami_by_stm(tmp_path: Path, sound: Write) -> None:
    audio = tmp_path / "ES2002a" / "audio"
    mix = sound(audio / "ES2002a.Mix-Headset.wav", 6)
    sound(audio / "ES2002a.Headset-0.wav", 6)
    (tmp_path / "ami.stm").write_text("ES2002a A FEE005 0.50 2.00 <O,F0,F> OKAY (UH) WELCOME\n")
    (recording,) = read_corpus(tmp_path / "ami.stm").recordings
    assert (recording.path, recording.start_s, recording.columns) == (mix, 0.5, {"speaker": "FEE005"})
