import io
import math
import os
import sys

import numpy as np
import pytest
import soundfile

from ipyscribe.audio import AudioFile
from ipyscribe.errors import AudioFileError, MissingDependencyError, ParameterError


@pytest.fixture
def speech(tmp_path):
    def write(name="speech.wav", seconds=3.0, **options):
        path = tmp_path / name
        noise = np.random.default_rng(0).normal(0, 0.1, round(seconds * 16_000))
        soundfile.write(path, noise, 16_000, **options)
        return path

    return write


def refused(path, words, **options):
    with pytest.raises(AudioFileError, match=words) as caught:
        AudioFile(path, **options)
    assert caught.value.advice
    return caught.value


def read_to_the_end(stream, blocks):
    while not stream.ended:
        blocks.append(stream.read(1))


def test_missing(tmp_path):
    refused(tmp_path / "no.wav", r"There is no file '.*no\.wav'.*relative paths start at")


def test_a_folder(tmp_path):
    refused(tmp_path, r"^'[^']*' is a folder, not a sound file\. Give the path of a file in it\.$")


def test_empty(tmp_path):
    (tmp_path / "empty.wav").touch()
    refused(tmp_path / "empty.wav", r"empty\.wav' is empty \(0 bytes\)")
    refused(io.BytesIO(), r"'in-memory file' is empty \(0 bytes\)")


@pytest.mark.parametrize("name", ["notes.txt", "fake.wav", "fake.mp3", "fake.raw"])
def test_not_sound(tmp_path, name):
    (tmp_path / name).write_text("To be honest, I almost hope for rain.\n" * 20, encoding="utf-8")
    refused(tmp_path / name, rf"{name}' is not a sound file.*wav, flac, ogg, mp3 or m4a.*ffmpeg -i")


def test_nothing_that_can_be_decoded(tmp_path):
    (tmp_path / "x.amr").write_bytes(b"#!AMR\n broken")
    refused(tmp_path / "x.amr", "is not a sound file that can be read")


def test_zero_length(speech):
    refused(speech(seconds=0), r"has no audio samples, or was cut off")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(speech):
    path = speech()
    path.chmod(0)
    refused(path, "cannot be opened")


@pytest.mark.parametrize(
    ("start_s", "stop_s"), [(-0.1, None), (3.0, None), (9, None), (2.0, 2.0), (2.0, 1.0), (0, 3.5), (0, -1)]
)
def test_a_part_outside(speech, start_s, stop_s):
    error = refused(speech(), r"choose no part of .*3\.000 s long", start_s=start_s, stop_s=stop_s)
    assert "0 <= start_s < stop_s <= 3.000" in error.advice


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", True])
def test_a_part_that_is_not_a_number(speech, value):
    with pytest.raises(ParameterError, match=r"start_s is .*must be a number of seconds"):
        AudioFile(speech(), start_s=value)


def test_a_cut_off_wav_is_refused_at_once(speech):
    path = speech()
    path.write_bytes(path.read_bytes()[:20_000])
    refused(path, "cut off: its header declares 96,000 bytes of sound and 19,9.. are there")


def test_a_wav_of_unknown_length_is_read(speech, drain):
    path = speech()
    content = bytearray(path.read_bytes())
    assert content[36:40] == b"data"
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(drain(AudioFile(path, speed=math.inf).open())) == 96_000


def test_a_cut_off_ogg_is_read_with_a_notice(speech, drain):
    path = speech("x.ogg", seconds=20)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = AudioFile(path, speed=math.inf)
    assert (source.notice.kind, 5 < source.duration_s < 15) == ("cut_off", True)
    assert "its last Ogg page is missing" in source.notice.message
    assert 5 < len(drain(source.open())) / 32_000 < 15


@pytest.mark.parametrize("name", ["x.flac", "x.mp3"])
def test_a_cut_off_stream_is_read_up_to_the_cut(speech, name):
    path = speech(name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    stream = AudioFile(path, speed=math.inf).open()
    blocks = []
    with pytest.raises(AudioFileError, match=rf"{name}' is cut off or damaged after \d\.\d s of 3\.0 s") as caught:
        read_to_the_end(stream, blocks)
    assert len(blocks) >= 20
    assert stream.ended
    assert "stop_s" in caught.value.advice
    stream.close()
    assert stream.read(0) is None


def test_samples_that_are_not_numbers(tmp_path):
    path = tmp_path / "nan.wav"
    samples = np.zeros(48_000, np.float32)
    samples[30_000] = np.nan
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    stream = AudioFile(path, speed=math.inf).open()
    with pytest.raises(AudioFileError, match=r"nan\.wav' holds .* not numbers.*first at 1\.875 s"):
        read_to_the_end(stream, [])
    stream.close()
    with AudioFile(path, speed=math.inf, stop_s=1.8).open() as stream:
        read_to_the_end(stream, blocks := [])
    assert sum(block.samples for block in blocks) == 28_800


def test_a_file_that_goes_after_it_was_named(speech):
    path = speech()
    source = AudioFile(path)
    path.unlink()
    with pytest.raises(AudioFileError, match="There is no file"):
        source.open()


@pytest.mark.parametrize("path", [None, 3, b"speech.wav", np.zeros(3)])
def test_no_path_at_all(path):
    with pytest.raises(ParameterError, match=r"takes a path or a file opened with mode 'rb'.*AudioArray"):
        AudioFile(path)


def test_a_file_opened_as_text():
    with pytest.raises(ParameterError, match="was opened as text"):
        AudioFile(io.StringIO("hello"))


def test_without_av(speech, monkeypatch):
    path = speech()
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'ipyscribe\[files\]'"):
        AudioFile(path)
