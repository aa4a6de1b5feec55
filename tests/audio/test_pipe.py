"""Pipes, standard input and other files that are read once; addresses."""

import io
import math
import os
import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ipyscribe.audio import AudioFile, sample_path
from ipyscribe.errors import AudioFileError

NOISE = np.random.default_rng(0).integers(-9000, 9000, 40_000).astype("<i2")


def as_wav(samples):
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.astype("<i2").tobytes())
    return memory.getvalue()


def streamed_wav(samples):
    """A wav of unknown length, as ffmpeg and sox write it into a pipe."""
    content = bytearray(as_wav(samples))
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    return bytes(content)


class Unseekable(io.RawIOBase):
    """What an HTTP response or a socket's file is like."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._content.readinto(buffer)


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def write_later(path, content):
    thread = threading.Thread(target=lambda: path.write_bytes(content))
    thread.start()
    return thread


@pytest.mark.parametrize("content", [as_wav(NOISE), streamed_wav(NOISE)], ids=["wav", "streamed wav"])
def test_a_named_pipe_is_read_once(fifo, drain, content):
    source = AudioFile(fifo, speed=math.inf)
    assert (source.duration_s, source.native_rate_hz, source.channels, source.path) == (None, None, None, None)
    assert repr(source) == "AudioFile('pipe', read once)"
    stream = source.open()
    writer = write_later(fifo, content)
    assert np.array_equal(np.frombuffer(drain(stream), "<i2"), NOISE)
    writer.join(60)
    with pytest.raises(AudioFileError, match="is a pipe and was read already"):
        source.open()


def test_a_part_of_a_pipe(fifo, drain):
    source = AudioFile(fifo, speed=math.inf, start_s=0.5, stop_s=1.25, silence_s=0.25)
    assert source.duration_s == 1.0
    stream = source.open()
    writer = write_later(fifo, as_wav(NOISE))
    samples = np.frombuffer(drain(stream), "<i2")
    writer.join(60)
    assert np.array_equal(samples[:-4_000], NOISE[8_000:20_000])
    assert not samples[-4_000:].any()


def test_a_pipe_to_which_nobody_writes_can_be_closed(fifo):
    stream = AudioFile(fifo).open()
    assert stream.read(0.01) is None
    assert not stream.ended
    stream.close()
    assert stream.ended
    assert stream.read(5) is None


def test_a_pipe_that_gives_nothing_is_noticed(fifo, clock):
    stream = AudioFile(fifo, clock=clock).open()
    assert stream.notice is None
    clock.now += 2
    assert stream.notice.kind == "stalled"
    assert "No sound has come through" in stream.notice.message
    stream.close()


def test_what_is_not_sound_is_refused_when_it_is_read(fifo, drain):
    stream = AudioFile(fifo).open()
    writer = write_later(fifo, b"To be honest, I almost hope for rain.\n" * 20)
    with pytest.raises(AudioFileError, match="is not a sound file that can be read"):
        drain(stream)
    writer.join(60)
    stream.close()


def test_a_file_object_that_raises_ends_the_sound_with_an_error(drain):
    class Broken(Unseekable):
        def readinto(self, buffer):
            if self._content.tell() > 20_000:
                raise ConnectionResetError("peer went away")
            return super().readinto(buffer[:4096])

    stream = AudioFile(Broken(streamed_wav(NOISE)), speed=math.inf).open()
    with pytest.raises(AudioFileError, match=r"could not be read to its end .*peer went away"):
        drain(stream)
    stream.close()


def test_a_file_object_that_cannot_seek_is_read_as_it_comes(drain):
    for content in (as_wav(NOISE), streamed_wav(NOISE)):
        stream = AudioFile(Unseekable(content), speed=math.inf).open()
        assert np.array_equal(np.frombuffer(drain(stream), "<i2"), NOISE)


def test_the_output_of_a_program_is_read_at_the_pace_of_speech(clock):
    code = f"import sys; sys.stdout.buffer.write(open({str(sample_path())!r}, 'rb').read())"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        stream = AudioFile(program.stdout, clock=clock).open()
        first = None
        while first is None:  # the clock stops while the program starts
            first = stream.read(0)
        assert stream.read(0) is None
        clock.now += 0.05
        second = stream.read(0)
        assert (second.position, second.captured_s) == (800, pytest.approx(first.captured_s + 0.05))
        stream.pause()
        clock.now += 7
        assert stream.read(0) is None
        stream.resume()
        assert stream.read(0).position == 1_600
        stream.close()


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="this system has no /dev/fd")
def test_a_process_substitution_of_a_shell_is_read(drain):
    reading, writing = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(writing, as_wav(NOISE[:9_000])), os.close(writing)))
    writer.start()
    stream = AudioFile(f"/dev/fd/{reading}", speed=math.inf).open()
    assert np.array_equal(np.frombuffer(drain(stream), "<i2"), NOISE[:9_000])
    writer.join(60)
    os.close(reading)


@pytest.mark.parametrize(
    "address",
    ["https://example.com/talk.wav", "HTTP://example.com/talk.wav", "s3://bucket/talk.wav", "ftp://example.com/a.wav"],
)
def test_addresses_are_not_fetched(address):
    with pytest.raises(AudioFileError, match=r"is a URL, and URLs are not downloaded.*Download it first"):
        AudioFile(address)
    with pytest.raises(AudioFileError, match="URLs are not downloaded"):
        AudioFile(Path("https://example.com/talk.wav"))


def test_the_secrets_of_an_address_are_not_repeated():
    with pytest.raises(AudioFileError) as caught:
        AudioFile("https://me:hunter2@example.com/talk.wav?X-Signature=abc")
    assert "'https://example.com/talk.wav' is a URL" in str(caught.value)


def test_a_file_address_is_taken(tmp_path):
    path = tmp_path / "a talk #1.wav"
    soundfile.write(path, NOISE, 16_000)
    assert AudioFile(path.as_uri()).path == path
    with pytest.raises(AudioFileError, match="is a file on the machine 'other'"):
        AudioFile("file://other/talk.wav")


def test_a_device_is_not_a_sound_file():
    with pytest.raises(AudioFileError, match="is a device or a socket, not a sound file"):
        AudioFile("/dev/null")
