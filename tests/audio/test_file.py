import io
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ipyscribe.audio import AudioFile, AudioSource, sample_path
from ipyscribe.errors import ParameterError

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FORMATS = [
    *(("wav", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")),
    *(("flac", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24")),
    ("ogg", "VORBIS"),
    ("ogg", "OPUS"),
    ("mp3", "MPEG_LAYER_III"),
]
RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000)
SOME_RATES = {"OPUS": (8_000, 16_000, 48_000), "MPEG_LAYER_III": (8_000, 16_000, 22_050, 44_100, 48_000)}
COMBINATIONS = [
    (extension, subtype, rate, channels)
    for extension, subtype in FORMATS
    for rate in SOME_RATES.get(subtype, RATES)
    for channels in ((1, 2) if extension == "mp3" else (1, 2, 6))
]


def tone(frequency_hz, rate, seconds=1.5, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate)) / rate)


def samples_of(path, drain, **options):
    return np.frombuffer(drain(AudioFile(path, speed=math.inf, **options).open()), "<i2")


def strongest(samples, rate=16_000):
    """Frequency in Hz and amplitude (1 is full scale) of the strongest tone, by a flat-top window."""
    middle = samples[len(samples) // 8 : -len(samples) // 8] / 32768
    turn = 2 * np.pi * np.arange(len(middle)) / len(middle)
    weights = (0.21557895, -0.41663158, 0.277263158, -0.083578947, 0.006947368)
    window = sum(weight * np.cos(order * turn) for order, weight in enumerate(weights))
    spectrum = np.abs(np.fft.rfft(middle * window, 16 * len(middle)))
    peak = int(np.argmax(spectrum))
    return peak * rate / (16 * len(middle)), 2 * spectrum[peak] / window.sum()


@pytest.mark.parametrize(("extension", "subtype", "rate", "channels"), COMBINATIONS)
def test_every_format_rate_and_channel_count(tmp_path, drain, extension, subtype, rate, channels):
    path = tmp_path / f"tone.{extension}"
    mono = tone(1000, rate, 0.7)
    soundfile.write(path, np.repeat(mono[:, None], channels, axis=1), rate, subtype=subtype)
    source = AudioFile(path)
    assert (source.native_rate_hz, source.channels) == (48_000 if subtype == "OPUS" else rate, channels)
    # FFmpeg's Opus decoder delays channels of 5.1 in different ways where it changes its mode: their mean is weaker.
    samples = samples_of(path, drain, channel=0 if (subtype, channels) == ("OPUS", 6) else "mix")
    # Of a Vorbis file with a single page FFmpeg hands out a part of the last block too much or too little.
    assert abs(len(samples) - len(mono) * 16_000 / rate) <= {"VORBIS": 500, "OPUS": 8}.get(subtype, 0.5)
    assert source.duration_s == pytest.approx(0.7, abs=1 / rate)
    frequency, amplitude = strongest(samples)
    assert frequency == pytest.approx(1000, abs=2 if subtype == "OPUS" else 1)
    # With 6 channels the lossy formats take the tone out of the subwoofer's: 5/6 of it is left.
    # Where Opus changes its mode, FFmpeg's decoder leaves a step of 2 samples at 48 kHz.
    allowed_db = 0.1 if extension in ("wav", "flac") else 0.7 if channels < 6 else 1.7
    assert 20 * math.log10(amplitude / 0.5) == pytest.approx(0, abs=allowed_db)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_what_16_khz_cannot_carry_is_gone(tmp_path, drain, rate):
    path = tmp_path / "high.wav"
    soundfile.write(path, tone(9_000 if rate == 22_050 else 12_000, rate), rate, subtype="FLOAT")
    middle = samples_of(path, drain)[2000:-2000]
    assert np.abs(middle).max() <= 1


@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_16_bit_at_16_khz_is_bit_exact(tmp_path, drain, extension):
    path = tmp_path / f"noise.{extension}"
    noise = np.random.default_rng(0).integers(-32768, 32768, 50_001).astype(np.int16)
    soundfile.write(path, noise, 16_000, subtype="PCM_16")
    assert np.array_equal(samples_of(path, drain), noise)


def test_a_piecewise_conversion_is_a_whole_one(tmp_path, drain):
    import soxr

    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 44_100 * 3 + 7).astype(np.float32)
    soundfile.write(path, noise, 44_100, subtype="FLOAT")
    resampled = soxr.resample(noise, 44_100, 16_000)
    assert np.abs(samples_of(path, drain) - resampled * 32768).max() <= 1


def test_channels_are_averaged_and_excess_is_clipped(tmp_path, drain):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.array([[0.5, 0.0], [1.5, 1.5], [-1.5, -1.5]]), 16_000, subtype="FLOAT")
    assert samples_of(path, drain).tolist() == [8192, 32767, -32768]


def test_a_part_is_cut_to_the_sample(tmp_path, drain):
    path = tmp_path / "x.flac"
    noise = np.random.default_rng(0).integers(-32768, 32768, 48_000).astype(np.int16)
    soundfile.write(path, noise, 16_000)
    assert np.array_equal(samples_of(path, drain, start_s=0.5, stop_s=2.25), noise[8000:36_000])
    assert np.array_equal(samples_of(path, drain, start_s=1), noise[16_000:])
    assert AudioFile(path, start_s=0.5, stop_s=2.25).duration_s == 1.75


@pytest.mark.parametrize("extension", ["wav", "mp3"])
def test_silence_comes_after_the_sound(tmp_path, drain, extension):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, tone(440, 8_000), 8_000)
    quiet = samples_of(path, drain, silence_s=0.5)[-8000:]
    assert not quiet.any()
    assert np.array_equal(samples_of(path, drain, silence_s=0.5)[:-8000], samples_of(path, drain))
    assert AudioFile(path, silence_s=0.5).duration_s == AudioFile(path).duration_s + 0.5
    for wrong in (-1, math.inf, "2", True):
        with pytest.raises(ParameterError, match="silence_s="):
            AudioFile(path, silence_s=wrong)


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3"])
def test_bytes_in_memory_are_files_too(tmp_path, drain, extension):
    path = tmp_path / f"x.{extension}"
    soundfile.write(path, tone(440, 16_000), 16_000)
    memory = io.BytesIO()
    memory.write(path.read_bytes())
    source = AudioFile(memory, speed=math.inf)
    assert source.label == "in-memory file"
    expected = drain(AudioFile(str(path), speed=math.inf).open())
    assert drain(source.open()) == expected
    assert drain(source.open()) == expected
    with path.open("rb") as file:
        assert AudioFile(file).label == path.name


def test_a_file_is_an_audio_source(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros((24_000, 2)), 48_000)
    source = AudioFile(path)
    assert isinstance(source, AudioSource)
    assert (source.label, source.live, source.duration_s) == ("tone.wav", False, 0.5)
    assert repr(source) == "AudioFile('tone.wav', 0.50 s, 48000 Hz, 2 ch)"
    assert AudioFile(path, label="Nora").label == "Nora"


def test_close_lets_go_of_the_file(tmp_path):
    import psutil

    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros(160_000, np.int16), 16_000)
    stream = AudioFile(path, speed=math.inf).open()
    stream.read(1)
    assert any(Path(file.path) == path for file in psutil.Process().open_files())
    stream.close()
    assert not any(Path(file.path) == path for file in psutil.Process().open_files())


def test_a_long_file_is_not_held_in_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 48_000, 2) as sound:
        for _ in range(300):
            sound.write(np.zeros((48_000, 2), np.int16))
    stream = AudioFile(path, speed=math.inf).open()
    stream.read(1)
    tracemalloc.start()
    while not stream.ended:
        stream.read(1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300 * 16_000 * 2 / 2  # half of the sound at 16 kHz; the file itself has six times as much


def test_speech_opens(drain):
    """The bundled sample, and the recordings of the corpus where it is on this machine."""
    for path in [sample_path(), *sorted(CORPUS.glob("*.flac"))]:
        information = soundfile.info(path)
        samples = samples_of(path, drain)
        assert abs(len(samples) - information.frames * 16_000 / information.samplerate) <= 0.5
        assert np.abs(samples).max() > 100
