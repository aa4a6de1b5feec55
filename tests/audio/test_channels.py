"""Which channel of files and arrays is read."""

import math

import numpy as np
import pytest
import soundfile

from ipyscribe.audio import AudioArray, AudioFile
from ipyscribe.errors import AudioFileError, ParameterError

NOISE = np.random.default_rng(0).integers(-9000, 9000, (32_000, 3)).astype(np.int16)


@pytest.fixture(params=["file", "array"])
def make(request, tmp_path):
    def source(samples, rate=16_000, **options):
        if request.param == "array":
            return AudioArray(samples, rate, speed=math.inf, **options)
        soundfile.write(tmp_path / "x.wav", samples, rate)
        return AudioFile(tmp_path / "x.wav", speed=math.inf, **options)

    return source


def read_all(stream):
    pcm = b""
    while not stream.ended:
        block = stream.read(5)
        pcm += block.pcm if block else b""
    notice = stream.notice
    stream.close()
    return np.frombuffer(pcm, "<i2"), notice


@pytest.mark.parametrize(("channel", "index"), [(0, 0), ("left", 0), (1, 1), ("right", 1), (2, 2)])
def test_a_channel_is_chosen(make, channel, index):
    samples, notice = read_all(make(NOISE, channel=channel).open())
    assert np.array_equal(samples, NOISE[:, index])
    assert notice is None


def test_another_channel_of_the_same_source_and_the_level_of_each(make):
    frames = np.stack([np.full(32_000, 16_384), np.zeros(32_000), np.full(32_000, -1638)], axis=1).astype(np.int16)
    source = make(frames)
    stream = source.with_channel(2).open()
    assert stream.channel_levels_dbfs == pytest.approx((-6.02, -math.inf, -26.02), abs=0.01)
    samples, _ = read_all(stream)
    assert (samples == -1638).all()
    assert source.channel == "mix"
    with pytest.raises(AudioFileError, match="channel=3 does not exist"):
        source.with_channel(3)


def test_the_mix_is_the_mean(make):
    samples, notice = read_all(make(NOISE[:, :2]).open())
    assert np.abs(samples - NOISE[:, :2].mean(axis=1)).max() <= 1
    assert notice is None


@pytest.mark.parametrize("factor", [-1.0, -0.9])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_channels_that_cancel_each_other_give_the_louder_one_and_a_notice(make, rate, factor):
    left = NOISE[:, 0]
    stereo = np.stack([left, np.rint(left * factor).astype(np.int16)], axis=1)
    samples, notice = read_all(make(stereo, rate).open())
    alone, _ = read_all(make(stereo, rate, channel="left").open())
    assert np.array_equal(samples, alone)
    assert notice.kind == "out_of_phase"
    assert "cancel each other" in notice.message
    assert "channel='left'" in notice.advice


def test_channels_that_cancel_each_other_for_a_while_are_mixed_again_after_it(make):
    inverted = np.stack([NOISE[:16_000, 0], -NOISE[:16_000, 0]], axis=1)
    samples, notice = read_all(make(np.concatenate([inverted, NOISE[:, :2]])).open())
    assert np.array_equal(samples[:16_000], NOISE[:16_000, 0])
    assert np.abs(samples[20_000:] - NOISE[4_000:, :2].mean(axis=1)).max() <= 1
    assert notice.kind == "out_of_phase"


@pytest.mark.parametrize("channels", [2, 6, 12])
def test_a_voice_on_one_of_many_channels_is_not_taken_for_cancellation(make, channels):
    frames = np.zeros((32_000, channels), np.int16)
    frames[:, -1] = NOISE[:, 0]
    samples, notice = read_all(make(frames).open())
    assert np.abs(samples - NOISE[:, 0] / channels).max() <= 1
    assert notice is None


@pytest.mark.parametrize("channel", [3, 99])
def test_a_channel_that_is_not_there_is_refused(make, channel):
    with pytest.raises(AudioFileError, match=rf"channel={channel} does not exist: .* has 3 channels, 0 to 2"):
        make(NOISE, channel=channel)


@pytest.mark.parametrize("channel", [-1, "centre", None, True, 1.0])
def test_what_cannot_name_a_channel_is_refused(make, channel):
    with pytest.raises(ParameterError, match=r"channel is .*'mix', 'left', 'right' or the number.*counted from 0"):
        make(NOISE, channel=channel)


def test_digital_silence_is_noticed(make):
    zeros = np.zeros(16_000 * 6, np.int16)
    samples, notice = read_all(make(zeros).open())
    assert (len(samples), notice.kind) == (len(zeros), "silent")
    assert "only digital silence" in notice.message
    with make(np.concatenate([zeros, NOISE[:, 0]])).open() as stream:
        kinds = set()
        for _ in range(110):
            stream.read(5)
            kinds.add(stream.notice.kind if stream.notice else None)
        assert kinds == {None, "silent"}
        while not stream.ended:
            stream.read(5)
        assert stream.notice is None


def test_a_short_source_of_zeros_is_noticed_at_its_end(make):
    assert read_all(make(np.zeros(800, np.int16)).open())[1].kind == "silent"
    assert read_all(make(NOISE[:800, 0]).open())[1] is None
