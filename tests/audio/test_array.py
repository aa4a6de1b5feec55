import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ipyscribe.audio import AudioArray, AudioSource
from ipyscribe.errors import ParameterError

FAST = math.inf


def pcm(samples, rate=16_000):
    data = b""
    with AudioArray(samples, rate, speed=FAST).open() as stream:
        while not stream.ended:
            block = stream.read(1)
            data += block.pcm if block else b""
    return np.frombuffer(data, "<i2")


@settings(deadline=None)
@given(hnp.arrays(np.int16, st.integers(1, 3000)))
def test_16_bit_mono_at_16_khz_comes_out_bit_for_bit(samples):
    assert np.array_equal(pcm(samples), samples)
    assert np.array_equal(pcm(samples.tolist()), samples)
    assert np.array_equal(pcm(samples.astype(np.int32) << 16), samples)
    assert np.array_equal(pcm(samples / 32768), samples)
    assert np.array_equal(pcm((samples / 32768).astype(np.float32)), samples)
    assert np.array_equal(pcm(np.stack([samples, samples], axis=1)), samples)


@settings(deadline=None)
@given(st.integers(1, 30_000), st.integers(1_000, 200_000))
def test_every_rate_gives_the_exact_length(length, rate):
    exact = length * 16_000 / rate
    source = AudioArray(np.ones(length, np.int16), rate, speed=FAST)
    assert source.duration_s == length / rate
    assert abs(len(pcm(np.ones(length, np.int16), rate)) - exact) <= 0.5 + 1e-9


DTYPES = st.one_of(hnp.scalar_dtypes(), hnp.floating_dtypes(), hnp.integer_dtypes())


@settings(deadline=None, max_examples=200)
@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=40)))
def test_an_array_is_read_or_refused_with_reason(samples):
    try:
        source = AudioArray(samples, 16_000, speed=FAST)
    except ParameterError as error:
        message = str(error)
    else:
        assert source.duration_s == len(samples) / 16_000
        return
    assert any(word in message for word in ("shape", "dtype", "not numbers", "[-1, 1]"))


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(0, np.int16), r"shape \(0,\), which is empty"),
        ([], r"shape \(0,\), which is empty"),
        (np.zeros((5, 0), np.float32), r"shape \(5, 0\), which is empty"),
        (np.zeros((2, 16_000), np.int16), r"shape \(2, 16000\).*16,000 channels.*samples\.T"),
        (np.zeros((2, 2, 2), np.int16), r"shape \(2, 2, 2\); \(n,\) or \(n, channels\) is expected"),
        (np.float32(0.5), r"dtype|shape"),
        (np.zeros(4, np.complex64), "dtype complex64"),
        (np.zeros(4, np.uint8), "dtype uint8.*int16, int32, float32 or float64.*astype"),
        (np.zeros(4, np.int64), "dtype int64"),
        (np.zeros(4, bool), "dtype bool"),
        (np.array(["a"]), "dtype <U1"),
        ([1, 2, 40_000], "dtype int64"),
        ([[1, 2], [3]], "different lengths"),
        (np.array([0.0, 3.5]), r"float64 from 0 to 3\.5.*\[-1, 1\].*numpy\.clip"),
        (np.array([0.0, 1.01]), r"float64 from 0 to 1\.01"),
        (np.array([0.0, -1.01], np.float32), r"float32 from -1\.01 to 0"),
        (np.array([0.0, np.nan]), "NaN"),
        (np.array([np.inf, 0.0], np.float32), "infinite"),
    ],
)
def test_unusable_samples_are_named(samples, words):
    with pytest.raises(ParameterError, match=words):
        AudioArray(samples, 16_000)


@pytest.mark.parametrize("rate", [0, -16_000, 999, 1_000_000, 16_000.5, "16000", None, True, math.nan])
def test_the_rate_is_checked(rate):
    with pytest.raises(ParameterError, match=r"sample_rate is .*whole number of Hz"):
        AudioArray([0, 1], rate)


@pytest.mark.parametrize("rate", [16_000, 16_000.0, np.int32(16_000)])
def test_whole_numbers_of_any_type_are_rates(rate):
    assert AudioArray([0, 1], rate).native_rate_hz == 16_000


def test_channels_are_averaged():
    assert pcm(np.array([[1000, 3000], [-200, 100]], np.int16)).tolist() == [2000, -50]


def test_full_scale_does_not_wrap():
    assert pcm([1.0, -1.0]).tolist() == [32767, -32768]


def test_later_changes_to_the_array_have_no_effect():
    samples = np.ones(800, np.float32) * 0.5
    source = AudioArray(samples, 16_000, speed=FAST)
    samples[:] = np.nan
    with source.open() as stream:
        assert stream.read(1).pcm == (np.ones(800, "<i2") * 16384).tobytes()


def test_it_is_an_audio_source():
    source = AudioArray([0] * 8000, 16_000, label="silence")
    assert isinstance(source, AudioSource)
    assert (source.label, source.live, source.duration_s) == ("silence", False, 0.5)
    assert repr(source) == "AudioArray('silence', 0.50 s, 16000 Hz)"
