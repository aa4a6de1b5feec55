"""Every kind of file is read in full and exactly, read with a notice, or refused with an error: docs/inputs.md."""

import io
import math
import os
import re
from pathlib import Path

import av
import numpy as np
import pytest
import soxr
from audio.odd_inputs import ERROR, IN_FULL, INPUTS, NOTICE, REFUSED, encode

from ipyscribe.audio import AudioFile, reader
from ipyscribe.errors import AudioFileError

DOCUMENT = Path(__file__).parents[2] / "docs" / "inputs.md"
MARK = "<!-- The table is made by tests/audio/test_inputs.py: IPYSCRIBE_WRITE_DOCS=1 writes it again. -->"


def listen(source):
    """All of a source's sound as int16, the last notice, and the error that ended it."""
    pcm, error = b"", None
    with source.open() as stream:
        try:
            while not stream.ended:
                block = stream.read(5)
                pcm += block.pcm if block else b""
        except AudioFileError as problem:
            error = problem
        notice = stream.notice
    return np.frombuffer(pcm, "<i2"), notice, error


def decoded(content, options=None):
    """The same file decoded by FFmpeg in one go and resampled in one go, by another way through PyAV."""
    parts, rates = [], []
    with av.open(io.BytesIO(content), options=options or {}) as container:
        for packet in container.demux(container.streams.best("audio")):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if rates[-1:] != [frame.sample_rate]:  # joined files of different rates
                    resampler = av.AudioResampler(format="fltp")
                    rates.append(frame.sample_rate)
                    parts.append([])
                parts[-1] += [part.to_ndarray().mean(axis=0) for part in resampler.resample(frame)]
    joined = [np.concatenate(part) for part in parts]
    return np.concatenate(
        [
            part if rate == 16_000 else soxr.resample(part, rate, 16_000)
            for part, rate in zip(joined, rates, strict=True)
        ]
    )


def write(tmp_path, item):
    path = tmp_path / f"x.{item.suffix}"
    path.write_bytes(item.content())
    return path


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: item.name)
def test_it_is_read_in_full_read_with_a_notice_or_refused(tmp_path, item):
    path = write(tmp_path, item)
    if item.outcome == REFUSED:
        with pytest.raises(AudioFileError, match=item.words) as caught:
            AudioFile(path)
        assert caught.value.advice
        return
    source = AudioFile(path, speed=math.inf)
    samples, notice, error = listen(source)
    options = {"ignore_length": "1"} if "a third of the length" in item.name else None
    expected = np.clip(np.rint(decoded(item.content(), options) * 32768), -32768, 32767)
    assert len(samples) == len(expected)
    assert np.abs(samples - expected).max() <= 1
    assert (notice is not None) == (item.outcome == NOTICE or (item.outcome == ERROR and notice is not None))
    assert (error is not None) == (item.outcome == ERROR)
    if item.outcome != IN_FULL:
        assert re.search(item.words, str(error or notice.message))
    assert source.duration_s == pytest.approx(len(samples) / 16_000, abs=0.05)
    for start_s in (0.3, 0.7321, 0.9):
        assert np.array_equal(
            listen(AudioFile(path, speed=math.inf, start_s=start_s))[0], samples[round(16_000 * start_s) :]
        )


@pytest.mark.parametrize("pieces_per_s", [1, 7, 100])
@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("mp3", "libmp3lame", 44_100), ("ogg", "libopus", 48_000), ("ipod", "aac", 44_100), ("flac", "flac", 16_000)],
)
def test_the_size_of_the_pieces_changes_no_sample(monkeypatch, container, codec, rate, pieces_per_s):
    content = io.BytesIO(encode(container, codec, rate, 2))
    expected = listen(AudioFile(content, speed=math.inf))[0]
    # A fixed rate of the reader: what is read must not depend on it.
    monkeypatch.setattr(reader, "_PIECES_PER_S", pieces_per_s)
    assert np.abs(listen(AudioFile(content, speed=math.inf))[0] - expected).max() <= 1


def table():
    rows = ["| file | details | outcome |", "| --- | --- | --- |"]
    for item in INPUTS:
        words = f": “{item.words.split('|')[0].replace('.*', '…')}”" if item.words else ""
        rows.append(f"| {item.kind} | {item.detail} | {item.outcome}{words} |")
    return "\n".join(rows) + "\n"


def test_the_document_shows_them_all():
    text = DOCUMENT.read_text(encoding="utf-8")
    head = text[: text.index(MARK)] + MARK + "\n\n"
    if os.environ.get("IPYSCRIBE_WRITE_DOCS"):
        DOCUMENT.write_text(head + table(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == head + table()
    assert len(INPUTS) >= 60
